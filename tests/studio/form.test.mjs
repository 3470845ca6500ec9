// Fields of the form from a JSON Schema, and values as people write them.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import test from 'node:test'
import { blank, fieldOf, fieldsOf, setAt, textOf, valueOf } from '../../src/studio/form.js'
import { parse, valueOf as read } from '../../src/studio/jsonc.js'

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
    ['In fen, struck out beside the price. Without it, nothing is drawn.', 'Struck out beside the price. Without it, nothing is drawn.'],
    ['For one person, in fen: 498000 is ¥4980.', 'For one person.'], ['In fen: 2000 is ¥20. From about ¥8.80 on it is set smaller.', 'From about ¥8.80 on it is set smaller.'],
  ]
  for (const [description, expected] of helps) assert.equal(field({ ...schema, description }).help, expected)
  const fen = [
    ['单位：分', ''], ['单位为分。', ''], ['价格（分）', '价格'], ['原价 (单位：分)，可不填', '原价，可不填'], ['以分为单位，不含运费', '不含运费'],
    ['Price (fen)', 'Price'], ['Unit: fen', ''], ['Price in fen.', 'Price.'], ['每分钟的价格', '每分钟的价格'], ['A fence', 'A fence'],
  ]
  for (const [description, expected] of fen) assert.equal(field({ ...schema, description }, 'zh').help, expected, description)
  for (const [title, expected] of [['价格（分）', '价格'], ['价格(单位:分)', '价格'], ['分', '分'], ['积分', '积分']]) {
    assert.equal(field({ ...schema, title }, 'zh').label, expected)
    assert.equal(field({ type: 'integer', title }, 'zh').label, title, 'as it is, where the field has fen')
  }
  const options = field({ enum: ['spring', 2], 'x-labels': { spring: ['春节', '新春'] } }).options
  assert.deepEqual(options, [{ value: 'spring', label: '春节' }, { value: 2, label: '2' }])
})

test('the help of parameters is in Chinese where there is one', () => {
  const root = new URL('../../', import.meta.url)
  const descriptions = JSON.parse(readFileSync(new URL('src/export/blank/descriptions.zh.json', root), 'utf8'))
  const all = fields => fields.flatMap(one => [one, ...all([one.item ?? [], one.fields ?? []].flat())])
  for (const { name } of readdirSync(new URL('templates/', root), { withFileTypes: true }).filter(entry => entry.isDirectory())) {
    const { params } = read(parse(readFileSync(new URL(`templates/${name}/layout.json`, root), 'utf8')))
    for (const { label, help } of all(fieldsOf(params, { language: 'zh', descriptions }))) {
      assert.ok(help === '' || /\p{Script=Han}/u.test(help), `${name}: ${label}: ${help}`)
      assert.doesNotMatch(help, /单位.?分|\d{4,} ?即|^[，。；：]|[，；：]$/, `${name}: ${label}`)
    }
  }
  const own = { type: 'string', description: 'Mine.' }
  assert.equal(fieldOf('x', own, { language: 'zh', descriptions }).help, 'Mine.')
  const money = description => fieldOf('x', { type: 'integer', format: 'money', description }, { language: 'zh', descriptions }).help
  assert.equal(money('In fen: 2000 is ¥20. From about ¥8.80 on it is set smaller.'), '约 ¥8.80 起缩小字号')
  assert.equal(money('For one person, in fen: 498000 is ¥4980.'), '每人')
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
  const digits = ['9007199254740991', '-9007199254740991', '９０', '9007199254740993', '-9007199254740993', '123456789012345678901', '1e30']
  assert.deepEqual(digits.map(text => valueOf(text, 'integer')), [9007199254740991, -9007199254740991, 90, ...digits.slice(3)])
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

test('dates are written as in requests', () => {
  for (const [text, date] of [
    ['2026-05-20', '2026-05-20'], ['2026/5/2', '2026-05-02'], ['2026.5.20', '2026-05-20'], ['2026年5月20日', '2026-05-20'], ['２０２６-０５-２０', '2026-05-20'], [' 2026-5-20 ', '2026-05-20'],
    ['', undefined], ['2026-5', '2026-5'], ['5/20/2026', '5/20/2026'], ['soon', 'soon'],
  ]) assert.equal(valueOf(text, 'date'), date, text)
})
