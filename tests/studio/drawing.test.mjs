// How posters follow the state: one request at a time, the next one while a poster is decoded, and the explanation of the last one.
import assert from 'node:assert/strict'
import test from 'node:test'
import { createDrawing } from '../../src/studio/drawing.js'
import { createStore, initial } from '../../src/studio/state.js'

const settled = () => new Promise(setImmediate)

// A page whose service and whose decoder answer when they are told to, the oldest request first.
const page = context => {
  const [asked, decoding, explained, revoked] = [[], [], [], []]
  const later = list => (...given) => new Promise((resolve, reject) => list.push({ given, resolve, reject }))
  const decode = later(decoding)
  globalThis.Image = class {
    naturalWidth = 75
    naturalHeight = 133
    set src(url) { this.url = url; queueMicrotask(() => (url === 'broken' ? this.onerror() : this.onload())) }
    decode() { return decode(this.url) }
  }
  context.mock.method(URL, 'createObjectURL', blob => blob)
  context.mock.method(URL, 'revokeObjectURL', url => revoked.push(url))
  const store = createStore({ ...initial({ template: 'a', language: 'en', editable: true }), phase: 'ready', files: { 'layout.json': { text: '{}' } } })
  const draw = createDrawing(store, { preview: later(asked), explain: later(explained) })
  const answer = async (blob, at = asked.length - 1) => { asked[at].resolve({ blob, count: 0, took: 1 }); await settled() }
  const type = title => { store.set({ params: { title } }); draw() }
  return { store, draw, type, asked, decoding, explained, revoked, answer, titles: list => list.map(({ given: [body] }) => body.params.title) }
}

test('the next poster is requested while one is decoded', async context => {
  const { store, draw, type, asked, decoding, explained, revoked, answer, titles } = page(context)
  let frees = 0
  draw.onFree(() => { if (++frees === 1) type('b') })
  type('a')
  assert.ok(draw.isBusy())
  await answer('A')
  assert.deepEqual([titles(asked), decoding.length, frees], [['a', 'b'], 1, 1], 'as soon as the service is free')
  type('c')
  decoding[0].resolve()
  await settled()
  assert.deepEqual([store.get().poster.url, store.get().isDrawing, explained.length], ['A', true, 0])
  await answer('B')
  assert.deepEqual(titles(asked), ['a', 'b', 'c'], 'one at a time')
  await answer('C')
  assert.equal(decoding.length, 2)
  decoding[1].resolve()
  await settled()
  assert.deepEqual([store.get().poster.url, store.get().isDrawing], ['B', true], 'C is decoded')
  decoding[2].resolve()
  await settled()
  assert.deepEqual([store.get().poster.url, store.get().isDrawing, revoked, titles(explained)], ['C', false, ['A', 'B'], ['c']])
})

test('posters that are drawn faster than they are decoded are left out', async context => {
  const { store, type, decoding, revoked, answer } = page(context)
  for (const name of ['A', 'B', 'C']) {
    type(name)
    await answer(name)
  }
  decoding[0].resolve()
  await settled()
  decoding[1].resolve()
  await settled()
  assert.deepEqual([decoding.map(({ given: [url] }) => url), store.get().poster.url, store.get().isDrawing, revoked], [['A', 'C'], 'C', false, ['A', 'B']])
})

test('a poster that is decoded late does not hide the fault of the next one', async context => {
  const { store, type, asked, decoding, explained, answer, titles } = page(context)
  type('good')
  await answer('A')
  type('bad')
  asked[1].reject({ status: 422, code: 'params_invalid', errors: [] })
  await settled()
  decoding[0].resolve()
  await settled()
  const { poster, fault, isDrawing } = store.get()
  assert.deepEqual([poster.url, fault.code, isDrawing, titles(explained)], ['A', 'params_invalid', false, ['good']])
  store.set({ isFaultsOpen: false })
  type('better')
  await answer('B')
  assert.deepEqual([store.get().fault, store.get().isFaultsOpen], [null, null], 'the next fault is shown again')
})

test('a picture that cannot be decoded is a fault, unless another one comes', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { store, type, decoding, answer } = page(context)
  type('a')
  await answer('A')
  type('b')
  decoding[0].reject(new DOMException('broken', 'EncodingError'))
  await settled()
  assert.equal(store.get().fault, null)
  await answer('B')
  decoding[1].reject(new DOMException('broken', 'EncodingError'))
  await settled()
  const isPicture = () => assert.deepEqual([store.get().fault.code, store.get().fault.status, store.get().isDrawing], ['picture', 0, false])
  isPicture()
  store.set({ fault: null })
  type('c')
  await answer('broken')
  isPicture()
})

test('an explanation is given up when the next poster is requested', async context => {
  const { store, type, decoding, explained, answer } = page(context)
  type('a')
  await answer('A')
  decoding[0].resolve()
  await settled()
  type('b')
  assert.ok(explained[0].given[1].aborted)
  explained[0].resolve({ layers: [] })
  await settled()
  assert.equal(store.get().explain, null)
})
