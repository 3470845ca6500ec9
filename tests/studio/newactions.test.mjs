// Reading an SVG for a new template: what is asked, and what is shown meanwhile.
import assert from 'node:assert/strict'
import test from 'node:test'
import { createNewActions } from '../../src/studio/newactions.js'
import { createStore } from '../../src/studio/state.js'
import { use } from '../../src/studio/words.js'

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
const photo = { id: 'photo', tag: 'rect', name: 'photo', box: [0, 0, 9, 9], outlined: false, within: [], proposal: { kind: 'image', param: 'photo', format: 'image', required: true } }
const file = (text, name) => Object.assign(new Blob([text]), { name })
const settle = () => new Promise(setImmediate)

// Actions whose requests are answered by hand, by what they accept.
const start = context => {
  use('en')
  const waiting = {}
  context.mock.method(globalThis, 'fetch', (path, { headers }) => new Promise(resolve => { waiting[headers.Accept] = resolve }))
  const store = createStore({ phase: 'start', artwork: null, slots: [], problem: null })
  const seen = []
  store.subscribe(({ phase, step, artwork }) => seen.push(phase === 'reading' ? step : artwork?.url ? 'drawn' : phase))
  const answer = (type, body, status = 200) => {
    const text = type === 'application/json' ? JSON.stringify(body) : body
    waiting[type](new Response(text, { status, headers: { 'content-type': status === 200 ? type : 'application/json' } }))
    return settle()
  }
  return { store, seen, waiting, answer, actions: createNewActions(store) }
}

test('slots are shown once they are known, and the picture is drawn beside them', async context => {
  const { store, seen, waiting, answer, actions } = start(context)
  const read = actions.file(file(SVG, 'poster.svg'))
  await settle()
  assert.deepEqual(Object.keys(waiting).sort(), ['application/json', 'image/png'], 'both are asked at once')
  assert.deepEqual(seen, ['Reading the SVG…', `Looking for the elements of the SVG (1 KiB)…`])
  await answer('application/json', { width: 9, height: 9, shapes: [photo], findings: [] })
  assert.deepEqual([store.get().phase, store.get().artwork.url, store.get().slots.length], ['slots', null, 1])
  await answer('image/png', 'picture')
  await read
  assert.match(store.get().artwork.url, /^blob:/)
  assert.equal(seen.at(-1), 'drawn')
})

test('an SVG that cannot be drawn, or was left, shows no slots', async context => {
  const { store, answer, actions } = start(context)
  const read = actions.file(file(SVG, 'slow.svg'))
  await settle()
  await answer('application/json', { width: 9, height: 9, shapes: [photo], findings: [] })
  await answer('image/png', JSON.stringify({ code: 'request_invalid', detail: 'filters', errors: [] }), 422)
  await read
  assert.deepEqual([store.get().phase, store.get().artwork, store.get().slots, store.get().problem.status], ['start', null, [], 422])
  const other = actions.file(file(SVG, 'left.svg'))
  await settle()
  await answer('application/json', { width: 9, height: 9, shapes: [photo], findings: [] })
  actions.restart()
  await answer('image/png', 'picture')
  await other
  assert.deepEqual([store.get().phase, store.get().artwork], ['start', null])
})

test('what is no SVG leaves the page as it was', async context => {
  const { store, actions } = start(context)
  context.mock.timers.enable({ apis: ['setTimeout'] })
  await actions.file(file('{}', 'data.svg'))
  assert.deepEqual([store.get().phase, store.get().note.kind], ['start', 'error'])
})
