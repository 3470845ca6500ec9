// Places in layout.json, and completion from its schema.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { complete } from '../../src/studio/complete.js'
import { rangeOf } from '../../src/studio/editor.js'
import { nodeAt, offsetOf, parse, placeOf, valueOf } from '../../src/studio/jsonc.js'

const ROOT = new URL('../../templates/', import.meta.url).pathname
const schema = JSON.parse(readFileSync(join(ROOT, 'layout.schema.json'), 'utf8'))
const templates = readdirSync(ROOT, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(({ name }) => name)

test('JSON with comments has the values of JSON', () => {
  for (const text of ['{}', '[]', '1', '"a\\"b\\n\\u4e2d"', '{"a":[1,-2.5e3,true,null,{"b":"c"}],"d":{}}']) {
    assert.deepEqual(valueOf(parse(text)), JSON.parse(text), text)
  }
  const text = '{ // a\n "u": "http://x/*y*/", /* { */ "b": [1, /**/ 2] }'
  assert.deepEqual(valueOf(parse(text)), { u: 'http://x/*y*/', b: [1, 2] })
})

test('texts that are read again keep their trees, the last four', () => {
  const trees = [1, 2, 3, 4, 5].map(n => parse(`[${n}]`))
  for (const n of [5, 4, 3, 2]) assert.equal(parse(`[${n}]`), trees[n - 1])
  const again = parse('[1]')
  assert.notEqual(again, trees[0])
  assert.deepEqual(again, trees[0])
})

test('every template is read, and its layers are found by their pointers', () => {
  for (const name of templates) {
    const text = readFileSync(join(ROOT, name, 'layout.json'), 'utf8')
    const tree = parse(text)
    const layout = valueOf(tree)
    assert.ok(layout.layers.length > 2 && layout.title, name)
    for (const [at, layer] of layout.layers.entries()) {
      const { from, to } = nodeAt(tree, `/layers/${at}`)
      assert.deepEqual(valueOf(parse(text.slice(from, to))), layer)
    }
  }
})

test('texts with faults are read as far as possible', () => {
  for (const text of ['', '{', '{"a"', '{"a":', '{"a": [1, {', '}{', '[1,,2]', '{"a": tru}', '"', '{"a": "b\n}', '/*', '{"a":1]']) parse(text)
  assert.deepEqual(valueOf(parse('{"layers": [{"type": "text", "te')).layers[0].type, 'text')
  assert.deepEqual(valueOf(parse('{"a": 1 "b": 2}')), { a: 1, b: 2 })
  assert.equal(nodeAt(parse('{"a": [1]}'), '/a/7').type, 'array', 'the nearest node on the way')
})

test('large files are read at once', () => {
  const text = JSON.stringify({ layers: Array.from({ length: 5000 }, (_, at) => ({ type: 'text', text: `${at}`.repeat(20), box: [0, 0, 1, 1] })) })
  const start = performance.now()
  assert.equal(valueOf(parse(text)).layers.length, 5000)
  assert.ok(performance.now() - start < 2000)
})

test('lines and columns are characters', () => {
  assert.equal(offsetOf('a\nb😀c', 2, 3), 5)
  assert.equal(offsetOf('a\nb', 9, 1), 3)
  assert.equal(offsetOf('abc', 1, 99), 3)
})

const at = marked => {
  const position = marked.indexOf('|')
  const text = marked.replace('|', '')
  return { text, position, place: placeOf(parse(text), position), found: complete(text, position, schema) }
}
const labels = marked => at(marked).found?.options.map(({ label }) => label) ?? []

test('a position is in a name, in a value, or between members', () => {
  assert.equal(at('{ "a": { | } }').place.pointer, '/a')
  assert.deepEqual([at('{ "a|": 1 }').place.key, at('{ "a": |1 }').place.key, at('{ "a": 1, | }').place.key], [true, false, true])
  assert.equal(at('{ "a": [1, { "b": "|" }] }').place.pointer, '/a/1')
  assert.equal(at('{ "a": 1 }|').place.container, null)
})

test('names and values of layout.json are proposed', () => {
  assert.deepEqual(labels('{ "layers": [ { "type": "|" } ] }').slice(0, 3), ['"image"', '"text"', '"code"'])
  assert.deepEqual(labels('{ "layers": [ { "type": "text", "text_align": "|" } ] }'), ['"left"', '"center"', '"right"', '"justify"'])
  assert.deepEqual(labels('{ "layers": [ { "type": "text", "text_align": | } ] }').length, 4)
  const text = labels('{ "layers": [ { "type": "text", "font_size": 3, "|" } ] }')
  assert.ok(text.includes('line_height') && !text.includes('object_fit') && !text.includes('font_size') && !text.includes('grow'))
  assert.ok(labels('{ "layers": [ { "type": "row", "children": [ { "type": "image", "|" } ] } ] }').includes('grow'))
  assert.ok(labels('{ "canvas": { "|').includes('min_height'))
  assert.deepEqual(labels('{ "title": "|" }'), [])
})

test('a proposal replaces what is there, with the cursor in its value', () => {
  const { text, found } = at('{ "layers": [ { "type": "text", "col|" } ] }')
  const { apply, back } = found.options.find(({ label }) => label === 'spans')
  assert.deepEqual([text.slice(found.from, found.to), apply, back], ['"col"', '"spans": []', 1])
  const named = at('{ "canvas": { "wid|th": 3 } }').found.options.find(({ label }) => label === 'width')
  assert.equal(named.apply, '"width"', 'the value stays')
})

test('a place that is shown is the whole name or value, of a long one its beginning', () => {
  const text = `{ "a": [{ "type": "text", "colour": "#fff" }],\n  "long": "${'x'.repeat(90)}", "last": {\n } }`
  const shown = place => { const { from, to } = rangeOf(place, text); return text.slice(from, to) }
  assert.equal(shown({ line: 1, column: 1 + text.indexOf('"colour"') }), '"colour"')
  assert.equal(shown({ pointer: '/a/0/colour' }), '"#fff"')
  assert.equal(shown({ pointer: '/long' }), `"${'x'.repeat(39)}`)
  assert.equal(shown({ pointer: '/last' }), '{')
  assert.equal(shown({ pointer: '/none' }).slice(0, 5), '{ "a"')
  for (const place of [{}, { line: 1 }]) assert.equal(shown(place), '{')
  for (const place of [{ line: 99, column: 99 }, { line: 2, column: 999 }]) assert.ok(shown(place).length <= 40)
  assert.deepEqual([rangeOf({ line: 3, column: 1 }, ''), rangeOf({ pointer: '/a' }, '')], [{ from: 0, to: 0 }, { from: 0, to: 0 }])
})
