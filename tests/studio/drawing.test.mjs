// Posters that follow the state, and what is said about one that cannot be shown.
import assert from 'node:assert/strict'
import test from 'node:test'
import { createDrawing } from '../../src/studio/drawing.js'
import { createStore, initial } from '../../src/studio/state.js'

test('a picture that cannot be decoded is a fault of the picture', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  context.mock.method(URL, 'createObjectURL', blob => blob)
  globalThis.Image = class { async decode() { throw new DOMException('broken', 'EncodingError') } }
  const store = createStore({ ...initial({ template: 'a', language: 'en', editable: true }), phase: 'ready' })
  createDrawing(store, { preview: async () => ({ blob: 'blob:a', count: 0, took: 1 }) })()
  await new Promise(setImmediate)
  const { fault, isDrawing } = store.get()
  assert.deepEqual([fault.code, fault.status, fault.detail, isDrawing], ['picture', 0, 'Error: EncodingError: broken', false])
})

test('the next poster is asked for before the page shows one', async context => {
  context.mock.method(URL, 'createObjectURL', blob => blob)
  context.mock.method(URL, 'revokeObjectURL', () => {})
  globalThis.Image = class { async decode() {} }
  const store = createStore({ ...initial({ template: 'a', language: 'en', editable: true }), phase: 'ready', files: { 'layout.json': { text: '{}' } } })
  const seen = []
  const draw = createDrawing(store, {
    preview: async ({ params }) => { seen.push(`asks for ${params.title}`); return { blob: params.title, count: 0, took: 1 } },
    explain: async ({ params }) => { seen.push(`explains ${params.title}`); return { layers: [] } },
  })
  const type = title => { store.set({ params: { title } }); draw() }
  let before = store.get()
  // A layer that is dragged changes when nothing is drawn any more.
  const next = ['c', 'd']
  store.subscribe(state => {
    const { poster, isDrawing } = before
    before = state
    if (state.poster !== poster) seen.push(`shows ${state.poster.url}`)
    if (isDrawing && !state.isDrawing && next.length) type(next.shift())
  })
  type('a')
  type('b')
  await new Promise(setImmediate)
  assert.deepEqual(seen, ['asks for a', 'asks for b', 'shows a', 'asks for c', 'shows b', 'asks for d', 'shows c', 'shows d', 'explains d'])
  assert.equal(store.get().isDrawing, false)
})
