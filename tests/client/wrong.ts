// Each request is wrong. `run` expects an error of the compiler on every line that is marked.
import createClient from 'openapi-fetch'
import type { paths } from './haibao'

const haibao = createClient<paths>({ baseUrl: '' })
const params = { product: 'assets/vase.jpg', title: '花瓶', price: 12800, goods_id: '8801' }

await haibao.POST('/v1/poster', {}) // wrong
await haibao.POST('/v1/posters', { body: { template: 'product-shar', params } }) // wrong
await haibao.POST('/v1/posters', { body: { template: 'product-share', params: { ...params, price: '12800' } } }) // wrong
await haibao.POST('/v1/posters', { body: { template: 'product-share', params: { title: '花瓶' } } }) // wrong
await haibao.POST('/v1/posters', { body: { template: 'product-share', params, scale: '2' } }) // wrong
await haibao.POST('/v1/posters', { body: { template: 'product-share', params, code: { env_version: 'prod' } } }) // wrong
await haibao.POST('/v1/scenes', { body: {} }) // wrong
await haibao.GET('/v1/templates/{id}', {}) // wrong
const unknown = await haibao.GET('/v1/templates/{id}', { params: { path: { id: 'a' } } })
if (unknown.error?.code === 'template_unknwon') console.log() // wrong
