// Samples that somebody else changes while the form is edited.
import assert from 'node:assert/strict'
import test from 'node:test'
import { createActions } from '../../src/studio/actions.js'
import { createHistory } from '../../src/studio/history.js'
import { baseOf, isSampleConflict, rebased } from '../../src/studio/samples.js'
import { createStore, initial } from '../../src/studio/state.js'

globalThis.location = { hash: '', pathname: '/studio/a', search: '' }
globalThis.history = { replaceState() {} }

const PATH = 'samples/usual.json'
const file = (hash, params) => ({ path: PATH, hash, text: JSON.stringify(params) })

// A template on disk that two browsers write, and the studio of one of them.
const opened = async () => {
  const disk = { [PATH]: file('1', { title: 'a', price: 1 }) }
  const api = {
    template: async () => ({ id: 'a', files: Object.values(disk), editable: true, version: 'v', schema: {}, findings: [] }),
    put: async (path, text, base) => {
      if ((disk[path]?.hash ?? null) !== base) throw { status: 412 }
      disk[path] = { path, hash: `own ${text}`, text }
      return { hash: disk[path].hash, findings: [] }
    },
    preview: async () => { throw { status: 422, code: 'x', errors: [] } },
    follow() {},
  }
  const store = createStore(initial({ template: 'a', language: 'en', editable: true }))
  const steps = createHistory(store)
  const actions = createActions(store, api, steps)
  await actions.load()
  return {
    actions, steps, state: store.get, saved: () => JSON.parse(disk[PATH].text), isConflict: () => isSampleConflict(store.get()),
    put: async (path, text) => {
      if (text === null) delete disk[path]
      else disk[path] = { path, hash: `out ${text}`, text }
      await actions.load()
    },
    outside: async (hash, params) => { disk[PATH] = file(hash, params); await actions.load() },
  }
}

test('a sample that somebody else has changed is saved only once that is decided', async () => {
  const { actions, state, saved, outside, isConflict } = await opened()
  actions.setParam(['title'], 'mine')
  await outside('2', { title: 'a', price: 2 })
  assert.deepEqual([isConflict(), state().params], [true, { title: 'mine', price: 1 }])
  assert.equal(await actions.saveSample('usual'), false)
  assert.deepEqual([saved(), state().note.kind], [{ title: 'a', price: 2 }, 'error'])
  await actions.keepSample()
  assert.deepEqual([saved(), isConflict()], [{ title: 'mine', price: 1 }, false])
})

test('the content on disk can be taken, and what was given up asks again', async () => {
  const { actions, steps, state, outside, isConflict } = await opened()
  actions.setParam(['title'], 'mine')
  await outside('2', { title: 'theirs' })
  steps.cut()
  actions.chooseSample('usual')
  assert.deepEqual([state().params, isConflict()], [{ title: 'theirs' }, false])
  steps.undo()
  assert.deepEqual([state().params, isConflict()], [{ title: 'mine', price: 1 }, true])
})

test('one writer of two is told, also if the event comes late', async () => {
  const { actions, state, saved, isConflict } = await opened()
  const other = await opened()
  actions.setParam(['title'], 'mine')
  assert.equal(await actions.saveSample('usual'), true)
  assert.deepEqual([saved().title, isConflict()], ['mine', false])
  // What is undone after it was saved is a change of one's own.
  actions.setParam(['title'], 'mine 2')
  assert.equal(await actions.saveSample('usual'), true)
  other.actions.setParam(['title'], 'x')
  await other.outside('9', { title: 'y' })
  assert.equal(await other.actions.saveSample('usual'), false)
  assert.deepEqual([other.isConflict(), other.state().params.title, state().params.title], [true, 'x', 'mine 2'])
})

test('steps from before a save are no conflict', async () => {
  const { actions, steps, state, saved, isConflict } = await opened()
  actions.setParam(['title'], 'b')
  await actions.saveSample('usual')
  steps.cut()
  steps.undo()
  assert.deepEqual([state().params.title, isConflict()], ['a', false])
  assert.equal(await actions.saveSample('usual'), true)
  assert.equal(saved().title, 'a')
})

test('changed parameters stay those of a sample that is removed or broken', async () => {
  for (const isBroken of [false, true]) {
    const { actions, state, saved, isConflict, put } = await opened()
    await put('samples/longest.json', '{"title": "long"}')
    actions.setParam(['title'], 'mine')
    await put(PATH, isBroken ? '{"title": ' : null)
    assert.deepEqual([state().sample, state().params.title, isConflict()], ['usual', 'mine', true], `${isBroken}`)
    assert.equal(await actions.saveSample('usual'), false)
    await actions.keepSample()
    assert.deepEqual([saved().title, isConflict()], ['mine', false])
  }
})

test('a form without changes stays with a sample that is broken for a moment', async () => {
  const { actions, state, isConflict, put, outside } = await opened()
  await put('samples/longest.json', '{"title": "long"}')
  await put(PATH, '{"title": ')
  assert.deepEqual([state().sample, state().params.title, isConflict()], ['usual', 'a', false])
  await outside('3', { title: 'b', price: 1 })
  assert.deepEqual([state().sample, state().params.title], ['usual', 'b'])
  actions.setParam(['title'], 'mine')
  await put(PATH, '[]')
  await outside('4', { title: 'c' })
  assert.deepEqual([state().params.title, isConflict()], ['mine', true])
})

test('Ctrl+S without edited files saves the parameters as their sample', async () => {
  const { actions, state, saved, isConflict } = await opened()
  await actions.saveAll()
  assert.deepEqual([state().note.text, saved().title], ['Saved', 'a'])
  actions.setParam(['title'], 'b')
  await actions.saveAll()
  assert.deepEqual([saved().title, isConflict()], ['b', false])
})

test('what the form is based on', () => {
  const before = { files: { [PATH]: file('1', { a: 1 }) }, sample: 'usual', params: { a: 9 }, sampleBase: '1' }
  const read = (hash, params) => ({ [PATH]: file(hash, params) })
  assert.equal(baseOf(before, 'usual'), '1')
  assert.equal(baseOf(before, null), null)
  for (const [own, files, expected] of [
    [{}, read('1', { a: 1 }), '1'],
    [{}, read('2', { a: 2 }), '1'],
    // Written with other spaces, or as the form is.
    [{}, read('2', { a: 1 }), '2'],
    [{}, read('2', { a: 9 }), '2'],
    [{ params: { a: 2 } }, read('2', { a: 2 }), '2'],
    [{ sample: null }, {}, null],
  ]) assert.equal(rebased(before, own, files), expected, JSON.stringify([own, files]))
})
