// A program that uses the generated types. `run` compiles it and runs it against a service.
import createClient from 'openapi-fetch'
import type { components, paths } from './haibao'

const baseUrl = process.argv[2] ?? ''
const haibao = createClient<paths>({ baseUrl })

const body: components['schemas']['PosterBody'] = {
  template: 'product-share',
  params: { product: 'assets/vase.jpg', title: '花瓶', price: 12800, goods_id: '8801' },
  code: { scene: { id: 8801 }, env_version: 'trial' },
  scale: 2,
}
const poster = await haibao.POST('/v1/posters', { body, parseAs: 'arrayBuffer' })
if (poster.error) throw new Error(`${poster.error.code}: ${poster.error.detail}`)
console.log('poster', new Uint8Array(poster.data).length > 10_000)

const templates = await haibao.GET('/v1/templates')
console.log('templates', (templates.data ?? []).some((template) => template.id === 'product-share'))

const scene = await haibao.POST('/v1/scenes', { body: { params: { id: 8801 } } })
console.log('scene', scene.data?.scene)

const unknown = await haibao.GET('/v1/templates/{id}', { params: { path: { id: 'no-such-template' } } })
// The codes of a status are a union of strings.
if (unknown.error?.code === 'template_unknown') console.log('error', unknown.error.code, unknown.error.errors.length)
