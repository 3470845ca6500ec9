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

// A store whose file other people write, too.
const shared = () => {
  const started = start()
  const { store, history } = started
  const PATH = 'layout.json'
  return {
    ...started,
    // What is on disk after somebody else has written.
    outside: (text, hash) => store.set(state => {
      const files = { ...state.files, [PATH]: { text, hash } }
      return { files, ...settle(state, files) }
    }),
    save: hash => {
      const { text, base } = store.get().drafts[PATH]
      history.wrote(PATH, base, hash)
      store.set(({ files }) => ({ files: { ...files, [PATH]: { text, hash } } }))
      store.set(store.get().drafts[PATH].text === text ? discarded(store.get(), PATH) : accepted(store.get(), PATH))
    },
    discard: () => { history.cut(); store.set(discarded(store.get(), PATH)); history.cut() },
    accept: () => store.set(accepted(store.get(), PATH)),
    draft: () => store.get().drafts[PATH],
    conflicts: () => store.get().conflicts,
  }
}

test('a draft that was discarded in a conflict comes back in conflict', () => {
  const { history, text, edit, outside, discard, draft, conflicts } = shared()
  edit('mine')
  outside('theirs', '2')
  assert.deepEqual(conflicts(), ['layout.json'])
  discard()
  assert.deepEqual([text(), conflicts()], ['theirs', []])
  history.undo()
  assert.deepEqual([draft(), conflicts()], [{ text: 'mine', base: '1' }, ['layout.json']])
  history.undo()
  assert.deepEqual([text(), draft(), conflicts()], ['theirs', undefined, []], 'nothing of one\'s own is left')
  history.redo()
  assert.deepEqual([draft(), conflicts()], [{ text: 'mine', base: '1' }, ['layout.json']])
  history.redo()
  assert.deepEqual([text(), draft(), conflicts()], ['theirs', undefined, []])
})

test('no undo writes over what somebody else has written', () => {
  const { history, edit, outside, discard, accept, save, draft, conflicts, text, wait } = shared()
  edit('mine')
  save('2')
  wait(1000)
  edit('mine 2')
  // The file as it was before is what somebody else wants, too.
  outside('a', '1')
  assert.deepEqual(conflicts(), ['layout.json'])
  discard()
  wait(1000)
  edit('a b')
  history.undo()
  assert.deepEqual([text(), conflicts()], ['a', []])
  history.undo()
  assert.deepEqual([draft(), conflicts()], [{ text: 'mine 2', base: '2' }, ['layout.json']])
  // Kept knowingly, and saved: steps from before that ask again.
  accept()
  assert.deepEqual(conflicts(), [])
  save('3')
  history.undo()
  assert.deepEqual(conflicts(), ['layout.json'])
})

test('what is typed while a file is saved can be undone without a conflict', () => {
  const { store, history, edit, wait, text, conflicts } = shared()
  edit('b')
  wait(1000)
  edit('bc')
  history.wrote('layout.json', '1', '2')
  store.set(({ files }) => ({ files: { ...files, 'layout.json': { text: 'b', hash: '2' } } }))
  store.set(accepted(store.get(), 'layout.json'))
  for (const before of ['b', 'a']) {
    history.undo()
    assert.deepEqual([text(), conflicts()], [before, []])
  }
})
