// New templates: which shapes become slots, their names, and what the service says about them.
import assert from 'node:assert/strict'
import test from 'node:test'
import { changed, choosable, crop, faults, guess, isName, isParam, isSvg, proposed, slotFaults, slug, stacked, toggled } from '../../src/studio/newslots.js'

const CANVAS = [750, 1200]
const shape = (id, box, more = {}) => ({ id, tag: 'rect', name: id, box, outlined: false, within: [], proposal: null, ...more })
const photo = shape('photo', [0, 0, 700, 600], { proposal: { kind: 'image', param: 'photo', format: 'image', required: true } })
const code = shape('code', [500, 900, 150, 150], { proposal: { kind: 'code', param: 'id', format: 'id', required: true } })
const bar = shape('shape-3', [40, 700, 600, 60])

test('shapes propose slots', () => {
  assert.deepEqual(proposed([bar, photo]), [{ id: 'photo', kind: 'image', param: 'photo', required: true }])
})

test('a click adds a shape or removes it', () => {
  const slots = proposed([photo, code])
  assert.deepEqual(toggled(slots, photo, CANVAS), proposed([code]))
  assert.deepEqual(toggled(slots, bar, CANVAS).at(-1), { id: 'shape-3', kind: 'text', param: 'text', required: false })
  // A second code is a picture, and names are distinct.
  assert.deepEqual(toggled(slots, { ...code, id: 'code-2' }, CANVAS).at(-1), { id: 'code-2', kind: 'image', param: 'picture', required: false })
  assert.equal(toggled(slots, { ...photo, id: 'photo-2' }, CANVAS).at(-1).param, 'photo_2')
})

test('a slot has no slots within it', () => {
  const card = shape('card', [0, 0, 750, 700], { tag: 'g' })
  const within = [{ ...photo, within: ['card'] }, card, code]
  assert.deepEqual(choosable(within, [{ id: 'card' }]).map(({ id }) => id), ['card', 'code'])
  assert.deepEqual(toggled(proposed(within), card, CANVAS, within).map(({ id }) => id), ['code', 'card'])
})

test('shapes without a name are what they look like', () => {
  const kinds = [[{ tag: 'image' }, 'image'], [{ tag: 'text' }, 'text'], [{ outlined: true }, 'text'], [{ box: [0, 0, 90, 90] }, 'image'], [{ box: [0, 0, 600, 220] }, 'image'], [{}, 'text']]
  for (const [more, kind] of kinds) assert.equal(guess({ ...bar, ...more }, CANVAS), kind, JSON.stringify(more))
})

test('another kind has another name, unless the name was chosen', () => {
  const slots = [{ id: 'a', kind: 'text', param: 'text', required: false }, { id: 'b', kind: 'text', param: 'place', required: false }]
  assert.equal(changed(slots, 'a', { kind: 'image' })[0].param, 'picture')
  assert.deepEqual(changed(slots, 'b', { kind: 'image' })[1], { id: 'b', kind: 'image', param: 'place', required: false })
  assert.equal(changed(slots, 'b', { param: 'x' })[1].param, 'x')
})

test('names are those that the service accepts', () => {
  for (const [file, name] of [['Autumn Sale 2.svg', 'autumn-sale-2'], ['秋日新品.svg', 'my-template'], ['', 'my-template'], ['new.svg', 'my-template'], ['海报-A.SVG', 'a']]) assert.equal(slug(file), name)
  for (const name of ['a', 'autumn-2', '2']) assert.ok(isName(name), name)
  for (const name of ['', '-a', 'A', 'a_b', 'new', 'a'.repeat(65), '秋']) assert.ok(!isName(name), name)
})

test('faults are said where they belong', () => {
  assert.equal(faults({ code: 'template_exists', detail: 'taken' }).name, 'taken')
  const { slots, rest } = faults({ code: 'template_invalid', detail: 'x', errors: [{ pointer: '/from/slots/1/param', message: 'a' }], findings: [{ pointer: '/layers/0/at', message: 'b' }, { pointer: null, message: 'c' }, { message: 'c' }] })
  assert.deepEqual([[...slots], rest.map(({ message }) => message)], [[[1, 'a'], [0, 'b']], ['c']])
  assert.deepEqual(faults({ code: 'busy', detail: 'later' }).rest, [{ message: 'later' }])
  assert.deepEqual(faults(null).rest, [])
})

test('what is wrong with slots is known before they are sent', () => {
  for (const name of ['a', '_a1', 'salePrice', 'a'.repeat(40)]) assert.ok(isParam(name), name)
  for (const name of ['', '价格', '1a', 'a b', 'a-b', 'é', 'this', 'null', 'a'.repeat(41)]) assert.ok(!isParam(name), name)
  const slots = [['text', 'title'], ['text', '价格'], ['image', 'title'], ['code', 'id'], ['code', 'id_2'], ['text', '']].map(([kind, param], at) => ({ id: `${at}`, kind, param }))
  assert.deepEqual([...slotFaults(slots)], [[1, 'newParamWrong'], [2, 'newParamTwice'], [4, 'newSecondCode'], [5, 'newParamWrong']])
  assert.equal(slotFaults(proposed([photo, code])).size, 0)
})

test('crops show the shape in a square', () => {
  assert.deepEqual(crop([100, 200, 80, 40], [400, 800], 40), { width: 40, height: 20, picture: { width: 200, height: 400, left: -50, top: -100 } })
  assert.deepEqual(crop([10, 20, 20, 10], [400, 800], 40), { width: 20, height: 10, picture: { width: 400, height: 800, left: -10, top: -20 } })
  assert.deepEqual(stacked([bar, photo, code]).map(({ id }) => id), ['photo', 'shape-3', 'code'])
})

test('an SVG is known by its text', () => {
  for (const text of ['<svg/>x'.replace('/', ' '), '\ufeff<svg width="1">', '<?xml version="1.0"?>\n<!-- a -->\n<svg >', '<!DOCTYPE svg [ <!ENTITY a "b"> ]><svg>']) assert.ok(isSvg(text), text)
  for (const text of ['', 'svg', '{"a":"<svg>"}', '<html><svg>', '<?xml version="1.0"?><html>']) assert.ok(!isSvg(text), text)
})
