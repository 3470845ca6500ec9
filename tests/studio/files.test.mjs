// Unsaved texts and files that others change; requests for the newest state only; samples.
import assert from 'node:assert/strict'
import test from 'node:test'
import { accepted, discarded, edited, isKnown, settle, textAt } from '../../src/studio/files.js'
import { latest } from '../../src/studio/latest.js'
import { followed, isName, samplesOf, textOf } from '../../src/studio/samples.js'

const PATH = 'layout.json'
const file = (hash, text = hash) => ({ path: PATH, hash, text })
const start = { files: { [PATH]: file('1', 'one') }, drafts: {}, conflicts: [] }

test('an edit is a draft until it is that of the file again', () => {
  const after = { ...start, ...edited(start, PATH, 'two') }
  assert.deepEqual(after.drafts[PATH], { text: 'two', base: '1' })
  assert.equal(textAt(after, PATH), 'two')
  assert.deepEqual({ ...after, ...edited(after, PATH, 'one') }.drafts, {})
  assert.deepEqual(discarded(after, PATH), { drafts: {}, conflicts: [] })
})

test('a file that somebody else changed is a conflict, and nothing is lost', () => {
  const mine = { ...start, ...edited(start, PATH, 'mine') }
  const files = { [PATH]: file('2', 'theirs') }
  const after = { ...mine, files, ...settle(mine, files) }
  assert.deepEqual([after.conflicts, textAt(after, PATH)], [[PATH], 'mine'])
  // Further typing does not hide it, not even if the texts become equal by chance.
  assert.deepEqual({ ...after, ...edited(after, PATH, 'mine 2') }.conflicts, [PATH])
  const seen = { ...after, ...accepted(after, PATH) }
  assert.deepEqual([seen.conflicts, seen.drafts[PATH]], [[], { text: 'mine', base: '2' }])
  assert.equal(textAt({ ...after, ...discarded(after, PATH) }, PATH), 'theirs')
})

test('a draft that is on disk is none any more', () => {
  const mine = { ...start, ...edited(start, PATH, 'same') }
  assert.deepEqual(settle(mine, { [PATH]: file('9', 'same') }), { drafts: {}, conflicts: [] })
  assert.deepEqual(settle(mine, start.files).conflicts, [], 'another file was changed')
  assert.deepEqual(settle(mine, {}).conflicts, [PATH], 'the file was removed')
})

test('events about changed, new and removed files are news', () => {
  const state = { version: 'v1', files: { [PATH]: file('1'), 'artwork.svg': { path: 'artwork.svg', hash: '2', text: null } } }
  const listed = (...hashes) => ['layout.json', 'artwork.svg', 'assets/a.png'].map((path, at) => ({ path, hash: hashes[at] })).filter(one => one.hash)
  assert.ok(isKnown(state, { version: 'v1', files: listed('1', '2') }))
  for (const [version, files] of [
    ['v2', listed('1', '2')], ['v1', listed('1', '3')], ['v1', listed('1')], ['v1', listed(null, '2')], ['v1', listed('1', '2', '3')], ['v1', []], [null, listed('1', '2')],
  ]) assert.ok(!isKnown(state, { version, files }), JSON.stringify([version, files]))
  assert.ok(!isKnown(state, { version: 'v1' }))
})

test('the form follows the file of its sample, and shows another one when that is removed', () => {
  const before = { usual: { a: 1 }, longest: { a: 2 } }
  const as = (sample, params) => ({ sample, params })
  for (const [state, samples, expected] of [
    [as('longest', { a: 2 }), { usual: { a: 1 }, longest: { a: 3 } }, { params: { a: 3 } }],
    [as('longest', { a: 9 }), { usual: { a: 1 }, longest: { a: 3 } }, {}],
    [as('longest', { a: 2 }), { usual: { a: 1 } }, { sample: 'usual', params: { a: 1 } }],
    // Changed parameters are not saved over another sample.
    [as('longest', { a: 9 }), { usual: { a: 1 } }, {}],
    [as('longest', { a: 2 }), {}, { sample: null }],
    [as(null, { a: 9 }), before, {}],
  ]) assert.deepEqual(followed(state, before, samples), expected, JSON.stringify([state, samples]))
})

test('one request at a time, the newest waits, older ones are dropped', async () => {
  const seen = []
  const ends = []
  const push = latest(input => new Promise(resolve => { seen.push(input); ends.push(resolve) }))
  for (const input of [1, 2, 3, 4]) push(input)
  assert.deepEqual([seen, push.isWaiting()], [[1], true])
  ends.shift()()
  await new Promise(setImmediate)
  assert.deepEqual([seen, push.isWaiting()], [[1, 4], false])
  ends.shift()()
  await new Promise(setImmediate)
  push(5)
  assert.deepEqual(seen, [1, 4, 5])
})

test('a task that has what it needs lets the next one run', async () => {
  const seen = []
  const ends = []
  const push = latest((input, release) => new Promise(resolve => { seen.push(input); ends.push({ resolve, release }) }))
  for (const input of [1, 2]) push(input)
  ends[0].release()
  assert.deepEqual([seen, push.isWaiting(), push.isRunning()], [[1, 2], false, true], 'at once')
  push(3)
  ends[0].release()
  ends[0].resolve()
  await new Promise(setImmediate)
  assert.deepEqual([seen, push.isWaiting()], [[1, 2], true], 'once')
  ends[1].resolve()
  await new Promise(setImmediate)
  ends[2].release()
  assert.deepEqual([seen, push.isRunning()], [[1, 2, 3], false])
})

test('samples are the JSON objects of their folder', () => {
  const sample = (name, text) => [`samples/${name}.json`, { text }]
  const files = Object.fromEntries([sample('spring', '{"a":1}'), sample('poorest', '{}'), sample('usual', '{"b":2}'), sample('broken', '{'), sample('list', '[]'),
    sample('large', null), ['layout.json', { text: '{}' }]])
  assert.deepEqual(Object.keys(samplesOf(files)), ['usual', 'poorest', 'spring'])
  assert.deepEqual(JSON.parse(textOf({ a: '中' })), { a: '中' })
  assert.deepEqual(['spring-2', '', 'a/b', '..', 'a b', '春'].map(isName), [true, false, false, false, false, false])
})
