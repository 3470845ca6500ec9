// The end of a session: what notices it, what asks again, and that nothing is lost.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { createActions } from '../../src/studio/actions.js'
import { answered, onSession, send } from '../../src/studio/api.js'
import { createHistory } from '../../src/studio/history.js'
import { watchSession } from '../../src/studio/session.js'
import { pagesOf } from '../../src/studio/shell.js'
import { createStore, initial } from '../../src/studio/state.js'

test('a refused request ends the session, an accepted one continues it', async context => {
  const said = []
  onSession(isOver => said.push(isOver))
  const answers = [401, 200, 422, 503]
  context.mock.method(globalThis, 'fetch', async () => new Response('{}', { status: answers.shift() }))
  for (let n = 0; n < 4; n++) await send('/').catch(() => {})
  assert.deepEqual(said, [true, false])
  answered(401)
  assert.deepEqual(said, [true, false, true])
})

test('the page asks again when the reader comes back from the login', () => {
  const listeners = {}
  globalThis.addEventListener = (name, listener) => { listeners[name] = listener }
  globalThis.document = { visibilityState: 'visible', addEventListener: globalThis.addEventListener }
  const store = createStore({ isSessionOver: false })
  let asked = 0
  watchSession(store, () => asked++)
  listeners.focus()
  assert.equal(asked, 0, 'nothing is asked during a session')
  answered(401)
  listeners.visibilitychange()
  listeners.focus()
  answered(200)
  listeners.focus()
  assert.deepEqual([asked, store.get().isSessionOver], [2, false])
})

test('a file that cannot be saved without a session stays a draft', async () => {
  const files = { 'layout.json': { path: 'layout.json', hash: '1', text: '{}' } }
  const store = createStore({ ...initial({ template: 'a', language: 'en', editable: true }), phase: 'ready', files, drafts: { 'layout.json': { text: '{ }', base: '1' } } })
  const api = { put: async () => { throw { status: 401, detail: 'the session has expired' } }, preview: async () => { throw { status: 401, code: 'x', errors: [] } } }
  await createActions(store, api, createHistory(store)).save('layout.json')
  const { drafts, note, isSaving } = store.get()
  assert.deepEqual([drafts['layout.json'].text, note, isSaving], ['{ }', null, null])
})

test('the header of the pages has the icons of the studio', () => {
  const read = name => readFileSync(new URL(`../../src/studio/${name}`, import.meta.url), 'utf8')
  const icons = read('icons.js')
  const theme = read('theme.js')
  for (const name of ['system', 'sun', 'moon']) {
    const [, path] = new RegExp(`\\b${name}: '([^']+)'`).exec(icons)
    assert.ok(theme.includes(`'${path}'`), name)
  }
})

test('without the data of the pages there is no navigation', () => {
  assert.deepEqual(pagesOf(undefined), [])
  assert.deepEqual(pagesOf('[{"path":"/","zh":"模板","en":"Templates"}]').length, 1)
})
