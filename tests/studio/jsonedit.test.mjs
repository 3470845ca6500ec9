// Edits of layout.json: what is not touched keeps its formatting and its comments.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { parse, valueOf } from '../../src/studio/jsonc.js'
import { insertItem, isSound, moveItem, removeAt, setValue, valueAt, written } from '../../src/studio/jsonedit.js'

const ROOT = new URL('../../templates/', import.meta.url).pathname
const templates = readdirSync(ROOT, { withFileTypes: true }).filter(entry => entry.isDirectory())
  .map(({ name }) => readFileSync(join(ROOT, name, 'layout.json'), 'utf8'))
const read = text => valueOf(parse(text))

test('a value is replaced alone', () => {
  const text = '{ "a": [1,2 , /* x */ 3], // end\n  "b": { "c":1 } }'
  assert.equal(setValue(text, '/a', [1, 5, 3]), text.replace('2 ,', '5 ,'))
  assert.equal(setValue(text, '/b/c', 2), text.replace('"c":1', '"c":2'))
  assert.equal(setValue(text, '/a', [1]), text.replace('[1,2 , /* x */ 3]', '[1]'))
  assert.equal(setValue(text, '/b', { c: 1, d: [0.5, 'x'] }), text.replace('"c":1 }', '"c":1, "d": [0.5, "x"] }'))
  assert.equal(setValue(text, '/b/c', 1), text, 'the same value')
  assert.equal(written({ a: [1, { b: 'c' }], d: {} }), '{ "a": [1, { "b": "c" }], "d": {} }')
})

test('members are added on one line or on lines of their own', () => {
  assert.equal(setValue('{ "a": 1 }', '/b', 2), '{ "a": 1, "b": 2 }')
  assert.equal(setValue('{\n  "a": 1, "b": 2,\n  "c": 3, "d": 4\n}', '/e', 5), '{\n  "a": 1, "b": 2,\n  "c": 3, "d": 4, "e": 5\n}', 'lines that are shared')
  assert.equal(setValue('{}', '/b', 2), '{ "b": 2 }')
  assert.equal(setValue('{ "a": "http://x" }', '/b', 2), '{ "a": "http://x", "b": 2 }')
  assert.equal(setValue('{\n  "a": 1 // one\n}', '/b', 2), '{\n  "a": 1, // one\n  "b": 2\n}')
  assert.equal(setValue('{\n  "a": 1, // one\n}', '/b', 2), '{\n  "a": 1, // one\n  "b": 2,\n}', 'trailing commas stay')
  assert.equal(setValue('{\r\n  "a": 1\r\n}\r\n', '/b', 2), '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n')
  assert.equal(setValue('{ "type": "row", "gap": 1, "children": [] }', '/wrap', true), '{ "type": "row", "gap": 1, "wrap": true, "children": [] }')
  assert.equal(setValue('{ "type": "text", "text": "" }', '/box', [1, 2, 3, 4], ['type']), '{ "type": "text", "box": [1, 2, 3, 4], "text": "" }')
  assert.equal(setValue('{\n  // about a\n  "a": 1\n  // the end\n}', '/b', 2), '{\n  // about a\n  "a": 1,\n  "b": 2\n  // the end\n}')
})

test('members are removed with their comma and their comments', () => {
  const text = '{ "a": 1, "b": 2, "c": 3 }'
  assert.deepEqual(['a', 'b', 'c'].map(key => removeAt(text, `/${key}`)), ['{ "b": 2, "c": 3 }', '{ "a": 1, "c": 3 }', '{ "a": 1, "b": 2 }'])
  assert.equal(removeAt('{ "a": 1 }', '/a'), '{}')
  assert.equal(removeAt('{\n  "a": 1, // of a\n\n  // of b\n  "b": 2, // of b, too\n  "c": 3,\n}', '/b'), '{\n  "a": 1, // of a\n  "c": 3,\n}')
  assert.equal(removeAt('{ // about all\n  "a": 1,\n  "b": 2\n}', '/a'), '{ // about all\n  "b": 2\n}')
  assert.equal(removeAt(text, '/x'), text)
})

const LIST = `[
  { "a": 1 }, // one
  // about two
  {
    "a": 2
  },

  // A section.

  { "a": 3 }
]`

test('items are moved with their comments', () => {
  assert.equal(moveItem(LIST, '', 1, 0), `[
  // about two
  {
    "a": 2
  },
  { "a": 1 }, // one

  // A section.

  { "a": 3 }
]`)
  const last = moveItem(LIST, '', 0, 2)
  assert.deepEqual(read(last).map(({ a }) => a), [2, 3, 1])
  assert.match(last, /\{ "a": 1 \} \/\/ one\n\]$/, 'no comma behind the last one')
  assert.equal(moveItem(moveItem(LIST, '', 0, 2), '', 2, 0), LIST, 'and back')
  assert.equal(moveItem('[1, 2, 3,]', '', 0, 2), '[2, 3, 1,]')
  // A comment to the end of the line does not hide what follows.
  const mixed = moveItem('[{ "a": 1 }, // one\n { "a": 2 }, { "a": 3 }]', '', 0, 1)
  assert.deepEqual(read(mixed).map(({ a }) => a), [2, 1, 3])
})

test('items are inserted as their neighbours are written', () => {
  assert.equal(insertItem('[1, 2]', '', 1, '9'), '[1, 9, 2]')
  assert.equal(insertItem('[]', '', 0, '9'), '[9]')
  assert.equal(insertItem('{\n  "layers": []\n}', '/layers', 0, '{ "a": 1 }'), '{\n  "layers": [\n    { "a": 1 }\n  ]\n}')
  assert.equal(insertItem('[\r\n  1,\r\n  2\r\n]', '', 2, '9'), '[\r\n  1,\r\n  2,\r\n  9\r\n]')
  assert.equal(insertItem('[\n  1\n]', '', 0, '9'), '[\n  9,\n  1\n]')
  assert.equal(insertItem('[\n  1\n]', '', 1, '{\n      "a": 1\n    }', '    '), '[\n  1,\n  {\n    "a": 1\n  }\n]', 'lines are indented as here')
})

test('every template survives every edit', () => {
  for (const text of templates) {
    assert.ok(isSound(text))
    const { layers } = read(text)
    for (const [at, layer] of layers.entries()) {
      const own = `/layers/${at}`
      assert.equal(moveItem(moveItem(text, '/layers', at, 0), '/layers', 0, at), text, 'moved there and back')
      const without = removeAt(text, own)
      assert.ok(isSound(without))
      assert.deepEqual(read(without).layers, layers.filter(one => one !== layer))
      for (const key of Object.keys(layer)) {
        const { [key]: _, ...rest } = layer
        assert.deepEqual(valueAt(removeAt(text, `${own}/${key}`), own), rest)
      }
      const changed = setValue(text, `${own}/opacity`, 0.5)
      assert.deepEqual(valueAt(changed, own), { ...layer, opacity: 0.5 })
      if (layer.opacity === undefined) assert.equal(removeAt(changed, `${own}/opacity`), text, 'added and removed')
      const crlf = text.replaceAll('\n', '\r\n')
      assert.equal(setValue(crlf, `${own}/opacity`, 0.5), changed.replaceAll('\n', '\r\n'))
    }
  }
})

test('only texts without faults are edited', () => {
  for (const text of ['{ "a": "//", /* } */ "b": [1,], }', '[]', '\ufeff{}']) assert.ok(isSound(text), text)
  for (const text of ['', '{', '{ "a": }', '{ "a": 1 "b": 2 }', '1', '{ "a": "x\n" }', '{ /* }']) assert.ok(!isSound(text), text)
})
