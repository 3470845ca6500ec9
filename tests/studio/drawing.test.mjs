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
