// Keys of the page, and where they belong to something else.
import assert from 'node:assert/strict'
import test from 'node:test'
import { commandOf, placeOf } from '../../src/studio/keys.js'

const state = { selected: '/layers/0', editable: true, isBinding: false }
const press = (keys, place = 'page', more = {}) => {
  const parts = keys.split('+')
  const has = one => parts.includes(one)
  return commandOf({ key: parts.at(-1), shiftKey: has('Shift'), altKey: has('Alt'), isCommand: has('Control') }, place, { ...state, ...more })
}

test('save and undo work in the fields of the form and of layers', () => {
  for (const [keys, places] of [
    ['Control+s', ['save', 'save', 'save', 'save']], ['Control+z', ['undo', 'undo', null, null]], ['Control+Shift+Z', ['redo', 'redo', null, null]], ['Control+y', ['redo', 'redo', null, null]],
    ['Control+d', ['duplicate', null, null, null]], ['Delete', ['remove', null, null, null]], ['Backspace', ['remove', null, null, null]], ['Alt+ArrowUp', ['raise', null, null, null]],
    ['Alt+ArrowDown', ['lower', null, null, null]], ['ArrowUp', [null, null, null, null]], ['s', [null, null, null, null]],
  ]) assert.deepEqual(['page', 'value', 'text', 'editor'].map(place => press(keys, place)), places, keys)
  assert.equal(press('Delete', 'page', { selected: null }), null)
  assert.equal(press('Control+d', 'page', { editable: false }), null)
  assert.equal(press('Escape', 'page', { isBinding: true }), 'stopBinding')
})

test('an element has its place', () => {
  // As much of an element as the question needs.
  const element = (isField, ...around) => ({ matches: () => isField, closest: selector => (around.some(one => selector.split(', ').includes(one)) ? {} : null) })
  assert.equal(placeOf(element(true, '#form')), 'value')
  assert.equal(placeOf(element(true, '#properties')), 'value')
  assert.equal(placeOf(element(true)), 'text')
  assert.equal(placeOf(element(false, '#form')), 'page')
  assert.equal(placeOf(element(true, 'dialog')), 'editor')
  assert.equal(placeOf(element(false, '.cm-editor')), 'editor')
  assert.equal(placeOf({}), 'page')
})
