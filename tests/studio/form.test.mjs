// Fields of the form from a JSON Schema, and values as people write them.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import test from 'node:test'
import { blank, fieldOf, fieldsOf, setAt, textOf, valueOf } from '../../src/studio/form.js'
import { parse, valueOf as valueOfText } from '../../src/studio/jsonc.js'

const field = (schema, language = 'en') => fieldOf('x', schema, { language })
const kind = schema => field(schema).kind

test('a schema decides on the kind of the field', () => {
  const cases = [
    [{ type: 'string', maxLength: 100 }, 'text'], [{ type: 'string' }, 'text'], [{ type: 'string', maxLength: 12 }, 'line'],
    [{ type: 'string', maxLength: 12, examples: ['a\nb'] }, 'text'], [{ type: 'string', pattern: '^[a-z]+$' }, 'line'],
    [{ type: 'string', format: 'image' }, 'image'], [{ type: 'string', format: 'date' }, 'date'], [{ type: 'string', format: 'uri' }, 'line'],
    [{ type: 'string', format: 'color' }, 'colour'], [{ type: 'string', pattern: '^#[0-9a-f]{6}$' }, 'colour'],
    [{ type: 'integer', format: 'money' }, 'money'], [{ type: ['integer', 'null'] }, 'integer'], [{ type: 'number' }, 'number'],
    [{ type: 'boolean' }, 'boolean'], [{ enum: ['a', 'b'] }, 'enum'], [{ oneOf: [{ const: 1 }, { const: 2 }] }, 'enum'],
    [{ type: 'array', items: { type: 'string' } }, 'list'], [{ type: 'object', properties: {} }, 'group'], [{ type: 'object' }, 'json'], [{}, 'json'],
  ]
  for (const [schema, expected] of cases) assert.equal(kind(schema), expected, JSON.stringify(schema))
})

test('labels and help are for people who fill in a form', () => {
  const schema = { type: 'integer', format: 'money', title: '售价', 'x-titles': { en: ['Sale price', 'Price'] }, description: 'In fen: 12800 is ¥128.', examples: [12850] }
  const { label, help, placeholder } = field(schema)
  assert.deepEqual([label, help, placeholder], ['Sale price', '', '128.50'])
  assert.equal(field(schema, 'zh').label, '售价')
  const helps = [
    ['In fen, struck out beside the price. Without it nothing stands there.', 'Struck out beside the price. Without it nothing stands there.'],
    ['For one person, in fen: 498000 is ¥4980.', 'For one person.'], ['In fen: 2000 is ¥20. From about ¥8.80 on it is set smaller.', 'From about ¥8.80 on it is set smaller.'],
  ]
  for (const [description, expected] of helps) assert.equal(field({ ...schema, description }).help, expected)
  const options = field({ enum: ['spring', 2], 'x-labels': { spring: ['春节', '新春'] } }).options
  assert.deepEqual(options, [{ value: 'spring', label: '春节' }, { value: 2, label: '2' }])
})

test('objects, lists and references have fields of their own', () => {
  const point = { type: 'object', required: ['text'], properties: { text: { type: 'string', examples: ['轻'] }, bold: { type: 'boolean' } } }
  const root = { required: ['points'], properties: { points: { type: 'array', items: { $ref: '#/$defs/point' } } }, $defs: { point } }
  const [points] = fieldsOf(root, { language: 'en' })
  assert.deepEqual([points.isRequired, points.kind, points.item.kind, points.item.fields.map(one => one.kind)], [true, 'list', 'group', ['text', 'boolean']])
  assert.deepEqual(blank(points.item), { text: '轻' })
  const endless = { properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } } } } }
  assert.equal(fieldsOf(endless, { language: 'en' }).length, 1)
})

test('amounts are yuan in the form and fen in the parameters', () => {
  for (const [text, fen] of [['128', 12800], ['128.5', 12850], ['0.07', 7], ['12.', 1200], ['¥1,280.00', 128000], ['１２．５', 1250], ['-3', -300]]) {
    assert.equal(valueOf(text, 'money'), fen, text)
  }
  assert.equal(valueOf('', 'money'), undefined)
  // The service says what is wrong with these.
  for (const text of ['12元', '1.234', 'abc']) assert.equal(valueOf(text, 'money'), text)
  for (const [fen, text] of [[12800, '128'], [12850, '128.50'], [7, '0.07'], [-300, '-3'], ['12元', '12元'], [undefined, '']]) {
    assert.equal(textOf(fen, 'money'), text)
  }
})

test('numbers and JSON stay texts until they are valid', () => {
  assert.deepEqual(['12', '1.5', '', '1e', ' '].map(text => valueOf(text, 'number')), [12, 1.5, undefined, '1e', ' '])
  assert.deepEqual(['{"a":1}', '{', ''].map(text => valueOf(text, 'json')), [{ a: 1 }, '{', undefined])
  assert.equal(textOf({ a: 1 }, 'json'), '{\n  "a": 1\n}')
})

test('a value is set or removed at a path without changing the parameters before', () => {
  const params = { title: 'a', points: [{ text: 'x' }, { text: 'y' }] }
  const frozen = JSON.stringify(params)
  assert.deepEqual(setAt(params, ['points', 1, 'text'], 'z').points, [{ text: 'x' }, { text: 'z' }])
  assert.deepEqual(setAt(params, ['points', 0], undefined).points, [{ text: 'y' }])
  assert.deepEqual(setAt(params, ['title'], undefined), { points: params.points })
  assert.deepEqual(setAt({}, ['list', 0], 'a'), { list: ['a'] })
  assert.equal(JSON.stringify(params), frozen)
})

test('the help of built-in templates is in Chinese', () => {
  const root = new URL('../../', import.meta.url)
  const table = path => JSON.parse(readFileSync(new URL(path, root), 'utf8'))
  const amounts = table('src/studio/amounts.zh.json')
  const helps = { ...table('src/export/blank/descriptions.zh.json'), ...amounts }
  const used = new Set()
  const look = (id, { name, help, fields = [], item }) => {
    assert.ok(!help || /\p{Script=Han}/u.test(help), `${id}: ${name}: ${help}`)
    used.add(help)
    for (const one of [...fields, ...(item ? [item] : [])]) look(id, one)
  }
  for (const id of readdirSync(new URL('templates', root)).filter(name => !name.includes('.'))) {
    const { params } = valueOfText(parse(readFileSync(new URL(`templates/${id}/layout.json`, root), 'utf8')))
    for (const one of fieldsOf(params, { language: 'zh', helps })) look(id, one)
  }
  for (const [english, chinese] of Object.entries(amounts)) assert.ok(used.has(chinese), `amounts.zh.json: nothing has the help ${english}`)
})
