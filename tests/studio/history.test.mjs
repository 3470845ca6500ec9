// Undo and redo across all edits.
import assert from 'node:assert/strict'
import test from 'node:test'
import { accepted, discarded, edited, settle, textAt } from '../../src/studio/files.js'
import { createHistory } from '../../src/studio/history.js'
import { createStore } from '../../src/studio/state.js'

const start = () => {
  let now = 0
  const store = createStore({ phase: 'ready', files: { 'layout.json': { text: 'a', hash: '1' } }, drafts: {}, conflicts: [], params: {}, sample: 'usual', selected: null })
  const history = createHistory(store, () => now)
  return {
    store, history,
    text: () => textAt(store.get(), 'layout.json'),
    edit: text => store.set(edited(store.get(), 'layout.json', text)),
    wait: ms => { now += ms },
  }
}

test('edits are undone and done again', () => {
  const { store, history, text, edit, wait } = start()
  edit('b')
  wait(1000)
  store.set({ params: { title: 'x' } })
  wait(1000)
  edit('c')
  assert.equal(store.get().undoable, 3)
  assert.ok(history.undo() && text() === 'b')
  assert.ok(history.undo() && store.get().params.title === undefined && text() === 'b')
  assert.ok(history.undo() && text() === 'a' && !store.get().drafts['layout.json'], 'the file as it is')
  assert.ok(!history.undo())
  assert.ok(history.redo() && history.redo() && history.redo() && text() === 'c')
  history.undo()
  edit('d')
  assert.ok(!history.redo(), 'an edit ends what can be done again')
})

test('what belongs together is one step', () => {
  const { history, text, edit, wait } = start()
  for (const typed of ['ab', 'abc', 'abcd']) { edit(typed); wait(100) }
  history.cut()
  edit('abcde')
  history.undo()
  assert.equal(text(), 'abcd')
  history.undo()
  assert.equal(text(), 'a')
  history.hold()
  for (const dragged of ['x', 'y', 'z']) { edit(dragged); wait(5000) }
  history.release()
  edit('zz')
  history.undo()
  assert.equal(text(), 'z')
  history.undo()
  assert.equal(text(), 'a')
  for (let n = 0; n < 10; n++) { edit(`typed ${n}`); wait(700) }
  history.undo()
  assert.equal(text(), 'typed 5', 'typing without a pause is several steps')
})

test('a file that was saved is undone as a draft, one that somebody else changed is not', () => {
  const { store, history, text, edit } = start()
  edit('b')
  store.set(({ files }) => ({ files: { ...files, 'layout.json': { text: 'b', hash: '2' } } }))
  store.set(discarded(store.get(), 'layout.json'))
  history.undo()
  assert.deepEqual(store.get().drafts['layout.json'], { text: 'a', base: '2' })
  history.redo()
  store.set(({ files }) => ({ files: { ...files, 'layout.json': { text: 'theirs', hash: '3' } } }))
  assert.ok(!history.undo())
  assert.equal(text(), 'theirs')
})

test('undo does not take back a change of somebody else that was taken over in a conflict', () => {
  const conflict = () => {
    const all = start()
    const { store, edit, wait } = all
    store.set({ params: { title: 'x' } })
    wait(1000)
    edit('mine')
    const files = { 'layout.json': { text: 'theirs', hash: '2' } }
    store.set({ files, ...settle(store.get(), files) })
    assert.deepEqual(store.get().conflicts, ['layout.json'])
    return all
  }
  const taken = conflict()
  taken.store.set(discarded(taken.store.get(), 'layout.json'))
  assert.equal(taken.text(), 'theirs')
  assert.ok(taken.history.undo() && taken.store.get().params.title === undefined, 'steps of other things stay')
  assert.ok(!taken.history.undo() && taken.text() === 'theirs')
  taken.history.redo()
  assert.equal(taken.text(), 'theirs')

  const merged = conflict()
  merged.wait(1000)
  merged.edit('both')
  merged.store.set(accepted(merged.store.get(), 'layout.json'))
  merged.history.undo()
  assert.equal(merged.text(), 'both')
  merged.edit('both, and more')
  assert.ok(merged.history.undo() && merged.text() === 'both', 'what follows can be undone')
})
