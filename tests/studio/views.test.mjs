// Stress, comparison, findings on the poster, and formats: what is drawn when, and where.
import assert from 'node:assert/strict'
import test from 'node:test'
import { bodyBefore, createCompare, openedOf } from '../../src/studio/compare.js'
import { extensionOf, formatsIn } from '../../src/studio/formats.js'
import { marksOf, marksOfCase } from '../../src/studio/marks.js'
import { createQueue } from '../../src/studio/queue.js'
import { createStore, initial } from '../../src/studio/state.js'
import { createStress, jobsOf, rankOf, versionOf } from '../../src/studio/stress.js'

const turn = () => new Promise(resolve => setTimeout(resolve, 0))

test('posters in view are first, pictures before checks', () => {
  const rank = rankOf(name => name === 'b')
  const jobs = jobsOf([{ name: 'a', params: {} }, { name: 'b', params: {} }, { name: 'titles', params: null }])
  const order = jobs.toSorted((one, other) => rank(one) - rank(other)).map(({ name, kind }) => `${kind} ${name}`)
  assert.deepEqual(order, ['poster b', 'check b', 'poster a', 'check a', 'check titles'])
})

test('a queue runs a few jobs at a time, and those of the latest filling only', async () => {
  const running = []
  const aborted = []
  const run = (job, signal) => new Promise(resolve => {
    running.push({ job, resolve })
    signal.addEventListener('abort', () => { aborted.push(job); resolve() })
  })
  const ranks = { c: 0, a: 1, b: 2, d: 3 }
  let idle = 0
  const queue = createQueue({ run, rank: job => ranks[job], slots: 2, idle: () => idle++ })
  queue.fill(['a', 'b', 'c', 'd'])
  assert.deepEqual(running.map(({ job }) => job), ['c', 'a'])
  // What is in view now is next.
  ranks.d = -1
  running[0].resolve()
  await turn()
  assert.deepEqual(running.map(({ job }) => job), ['c', 'a', 'd'])
  queue.fill(['b'])
  assert.deepEqual(aborted.filter(job => job !== 'c'), ['a', 'd'])
  await turn()
  assert.deepEqual(running.map(({ job }) => job), ['c', 'a', 'd', 'b'])
  running[3].resolve()
  await turn()
  assert.ok(idle > 0)
})

test('the posters are drawn anew when texts or files change, not when the form does', () => {
  const state = { language: 'en', editable: true, drafts: {}, params: { a: 1 }, files: { 'layout.json': { hash: '1' }, 'notes.md': { hash: '2' } } }
  const known = versionOf(state)
  assert.equal(versionOf({ ...state, params: { a: 2 }, files: { ...state.files, 'notes.md': { hash: '3' } } }), known)
  for (const change of [{ drafts: { 'layout.json': { text: '{}' } } }, { files: { 'layout.json': { hash: '4' } } }, { language: 'zh' }]) {
    assert.notEqual(versionOf({ ...state, ...change }), known)
  }
})

test('the view of stress asks for cases, posters and findings of the draft', async () => {
  const asked = []
  const api = {
    cases: async body => {
      asked.push(['cases', body])
      return body.check === false ? [{ name: 'long', params: { t: 1 }, findings: null }] : [{ name: 'long', findings: [{ code: 'x' }], boxes: [null] }]
    },
    preview: async body => { asked.push(['preview', body]); return { blob: {} } },
  }
  const store = createStore({ ...initial({ template: 'a', language: 'en', editable: true }), phase: 'ready', drafts: { 'layout.json': { text: '{ }', base: '1' } } })
  createStress(store, api, async () => ({ url: 'blob:1', width: 3, height: 4 }))
  store.set({ zoom: 'double' })
  await turn()
  assert.deepEqual(asked, [], 'nothing is drawn in another view')
  store.set({ view: 'stress' })
  for (let n = 0; n < 20 && !store.get().stress.found.long?.findings; n++) await turn()
  const files = { 'layout.json': '{ }' }
  assert.deepEqual(asked, [['cases', { files, check: false }], ['preview', { params: { t: 1 }, files }], ['cases', { files, only: ['long'] }]])
  const { findings, picture } = store.get().stress.found.long
  assert.deepEqual([findings[0].code, picture.width], ['x', 3])
})

test('before is the template as it was opened, or a version', async () => {
  const files = { 'layout.json': { text: '{}' }, 'artwork.svg': { text: '<svg/>' }, 'samples/a.json': { text: '{}' } }
  const opened = openedOf({ version: 'v1', files })
  assert.deepEqual(opened, { version: 'v1', texts: { 'layout.json': '{}', 'artwork.svg': '<svg/>' } })
  const state = { compare: 'opened', opened, params: { a: 1 }, poster: { scale: 2 }, editable: true }
  assert.deepEqual(bodyBefore(state), { params: { a: 1 }, scale: 2, files: opened.texts })
  // Who may not have texts drawn, and texts that are too large: by the version.
  assert.deepEqual(bodyBefore({ ...state, editable: false }), { params: { a: 1 }, scale: 2, version: 'v1' })
  const large = openedOf({ version: 'v1', files: { ...files, 'artwork.svg': { text: null } } })
  assert.deepEqual(bodyBefore({ ...state, opened: large }), { params: { a: 1 }, scale: 2, version: 'v1' })
  assert.equal(bodyBefore({ ...state, opened: { version: null, texts: null } }), null)
  assert.deepEqual(bodyBefore({ ...state, compare: 'v0' }), { params: { a: 1 }, scale: 2, version: 'v0' })

  const asked = []
  const api = { preview: async body => { asked.push(body); return { blob: {} } }, versions: async () => [{ version: 'v1', seen_at: 1 }] }
  const store = createStore({ ...initial({ template: 'a', language: 'en', editable: true }), files, version: 'v1' })
  createCompare(store, api, async () => ({ url: `blob:${asked.length}`, width: 1, height: 1 }))
  store.set({ phase: 'ready' })
  // The files change; what was opened stays.
  store.set({ files: { 'layout.json': { text: '{ }' } }, poster: { url: 'blob:p', scale: 1 }, params: { a: 2 } })
  await turn()
  assert.deepEqual(asked, [])
  store.set({ compare: 'opened' })
  for (let n = 0; n < 5; n++) await turn()
  assert.deepEqual(asked, [{ params: { a: 2 }, scale: 1, files: opened.texts }])
  assert.equal(store.get().before.url, 'blob:1')
  assert.equal(store.get().versions.length, 1)
  store.set({ compare: null })
  assert.equal(store.get().before, null)
})

test('findings are at the innermost layer that they are about, each layer once', () => {
  const layers = [{ layer: '/layers/1', box: [0, 0, 9, 9] }, { layer: '/layers/1/children/0', box: [1, 1, 2, 2] }, { layer: '/layers/10', box: [5, 5, 1, 1] }]
  const marks = marksOf([
    { pointer: '/layers/1/children/0/text', message: 'a' }, { pointer: '/layers/1/children/0', message: 'b' }, { pointer: '/layers/10', message: 'c' },
    { pointer: '/params/title', message: 'd' }, { pointer: null, message: 'e' },
  ], layers)
  assert.deepEqual(marks.map(({ finding, box }) => [finding.message, box]), [['a', [1, 1, 2, 2]], ['c', [5, 5, 1, 1]]])
  assert.deepEqual(marksOfCase({ findings: [{ message: 'a', pointer: '/layers/0' }, { message: 'b' }], boxes: [[1, 2, 3, 4], null] }).map(({ box }) => box), [[1, 2, 3, 4]])
  assert.deepEqual(marksOfCase({ findings: null }), [])
})

test('formats are those of the API document', () => {
  const document = format => ({
    paths: { '/v1/studio/templates/{id}/preview': { post: { requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/DraftBody' } } } } } } },
    components: { schemas: { DraftBody: { properties: { format } } } },
  })
  assert.deepEqual(formatsIn(document({ enum: ['png', 'jpeg', 'webp', null] })), ['png', 'jpeg', 'webp'])
  assert.deepEqual(formatsIn(document({})), ['png'])
  assert.deepEqual(formatsIn({}), ['png'])
  assert.deepEqual(['png', 'jpeg'].map(extensionOf), ['png', 'jpg'])
})
