// Fields and editors while they are typed in: the browser owns what is in them.
import assert from 'node:assert/strict'
import test from 'node:test'
import { amountOf } from '../../src/studio/amount.js'
import { createEcho } from '../../src/studio/echo.js'
import { valueOf } from '../../src/studio/form.js'
import { sideOf } from '../../src/studio/propschema.js'
import { positionAfter } from '../../src/studio/textchange.js'
import { createTyping } from '../../src/studio/typing.js'

const own = value => (value === undefined ? '' : String(value))
// A field of a value that the state has: what is typed reaches the state, but the field may be drawn before that.
const field = (value, kind = 'line') => {
  const typing = createTyping()
  const found = { value, typing, shown: () => typing.shown(found.value, own(found.value)) }
  found.type = (text, { isLate = false, isComposing = false } = {}) => {
    const before = found.value
    let next = before
    typing.typed(text, before, isComposing ? null : one => (next = valueOf(one, kind)))
    assert.equal(found.shown(), text, 'drawn with the value before')
    if (!isLate) found.value = next
    assert.equal(found.shown(), text)
    return next
  }
  return found
}

test('what is typed stays in the field, whenever it is drawn', () => {
  const one = field('ab')
  assert.equal(one.shown(), 'ab')
  one.type('a1b')
  one.type('a12b')
  assert.equal(one.value, 'a12b')
  // Two keys before the state is drawn, which then has the first one for a moment.
  const [first, second] = [one.type('a123b', { isLate: true }), one.type('a1234b', { isLate: true })]
  one.value = first
  assert.equal(one.shown(), 'a1234b')
  one.value = second
  assert.equal(one.shown(), 'a1234b')
  one.type('')
  assert.equal(one.value, undefined)
  one.type('x')
  assert.equal(one.value, 'x')
})

test('a text that is no whole value stays until the field is left', () => {
  const price = field(1200, 'money')
  price.type('12.')
  assert.equal(price.value, 1200)
  price.typing.end()
  assert.equal(price.shown(), '1200')
})

test('what changes elsewhere is shown, also while the field is edited', () => {
  const one = field('a')
  one.type('ab')
  one.value = 'sample'
  assert.equal(one.shown(), 'sample')
  one.type('sample 2')
  // Undone.
  one.value = 'sample'
  assert.equal(one.shown(), 'sample')
  const late = field('a')
  late.type('ab', { isLate: true })
  late.value = 'other'
  assert.equal(late.shown(), 'other')
})

test('an input method is not interrupted, and sends what it has composed', () => {
  const name = field('小满')
  for (const text of ['小满n', '小满ni', '小满nih', '小满niha', '小满nihao']) name.type(text, { isComposing: true })
  assert.equal(name.value, '小满', 'no poster of the letters')
  name.type('小满你好')
  assert.equal(name.value, '小满你好')
  name.type('小满你好w', { isComposing: true })
  name.type('小满你好')
  assert.equal(name.value, '小满你好')
  const empty = field(undefined)
  empty.type('n', { isComposing: true })
  empty.type('你')
  assert.equal(empty.value, '你')
})

test('an editor keeps what was typed while its texts come back', () => {
  const echo = createEcho()
  let [shown, doc] = ['a', 'a']
  const typed = text => { doc = text; echo.sent(text, shown) }
  // The editor's text is that of the state from now on.
  const comes = text => {
    shown = text
    if (!echo.isOwn(text)) doc = text
  }
  for (const text of ['ab', 'abc', 'abcd']) typed(text)
  comes('ab')
  assert.equal(doc, 'abcd')
  comes('abcd')
  assert.equal(doc, 'abcd')
  comes('abc')
  assert.equal(doc, 'abc', 'undone')
  comes('abcd')
  assert.equal(doc, 'abcd', 'done again')
  typed('abcde')
  comes('elsewhere')
  comes('abcde')
  assert.equal(doc, 'abcde', 'newer than what was sent')
  typed('abcd')
  typed('abcde')
  comes('abcd')
  assert.equal(doc, 'abcd', 'nothing was on its way')
})

test('a side of a box is a number of px', () => {
  for (const [text, options, expected] of [
    ['12', {}, 12], [' -12.346 ', {}, -12.35], ['１２', {}, 12], ['0', {}, 0], ['', {}, null], ['abc', {}, null], ['12,5', {}, 12.5], ['-99999', {}, null], ['1e9', {}, null],
    ['0', { isSize: true }, null], ['-1', { isSize: true }, null], ['1', { isSize: true }, 1], ['auto', { isSize: true, canBeAuto: true }, 'auto'], ['auto', { isSize: true }, null],
  ]) assert.equal(sideOf(text, options), expected, JSON.stringify(text))
})

test('what is composed stays whatever else changes', () => {
  const one = field('ab')
  one.type('ani', { isComposing: true })
  one.value = 'changed on disk'
  assert.equal(one.shown(), 'ani')
  one.type('anihao', { isComposing: true })
  assert.equal(one.shown(), 'anihao')
  assert.equal(one.type('a你好'), 'a你好')
  one.value = 'undone'
  assert.equal(one.shown(), 'undone')
  one.type('ni', { isComposing: true })
  one.typing.end()
  assert.equal(one.shown(), 'undone', 'a field without the focus composes nothing')
})

test('the caret stays at its place in a text that something else changes', () => {
  for (const [before, after, places] of [
    ['abcd', 'abXcd', [[0, 0], [1, 1], [2, 3], [3, 4], [4, 5]]], ['abcd', 'ad', [[0, 0], [1, 1], [3, 1], [4, 2]]], ['ab', 'xy', [[0, 0], [1, 2], [2, 2]]], ['', 'x', [[0, 1]]],
  ]) for (const [at, to] of places) assert.equal(positionAfter(before, after, at), to, `${before} ${after} ${at}`)
})

test('numbers are taken as people type them', () => {
  for (const [text, number] of [
    ['12', 12], ['12.5', 12.5], ['12,5', 12.5], ['1,000', 1000], ['1,000.5', 1000.5], ['12000,5', 12000.5], ['１２．５', 12.5], ['375-48/2', 351], ['(1+2)×3', 9], ['-3', -3], ['2*-3', -6],
    ['.5', 0.5], ['', null], ['abc', null], ['12 5', null], ['1/0', null], ['(1', null], ['1)', null], ['1+', null], ['{{price}}', null], ['1,2,3', null], ['('.repeat(5000), null],
  ]) assert.equal(amountOf(text), number, text)
  assert.deepEqual([sideOf('100+20'), sideOf('12,5'), sideOf('12,5,')], [120, 12.5, null])
})
