// The properties of layer kinds from the schema of layout.json, and their help in Chinese.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import test from 'node:test'
import { propertiesOf, sectionsOf, textOf, valueOf } from '../../src/studio/propschema.js'
import { knows } from '../../src/studio/words.js'

const file = path => new URL(`../../${path}`, import.meta.url)
const read = path => readFileSync(file(path), 'utf8')
const root = JSON.parse(read('templates/layout.schema.json'))
const KINDS = ['image', 'text', 'code', 'barcode', 'shape', 'row', 'column']
const all = KINDS.flatMap(kind => [false, true].map(isChild => [kind, propertiesOf(root, kind, isChild)]))
const field = (kind, name, isChild = false) => propertiesOf(root, kind, isChild).find(one => one.name === name)

test('every property of every kind can be edited', () => {
  for (const [kind, fields] of all) {
    const schema = root.$defs.Layer.oneOf.find(one => one.properties.type.const === kind)
    for (const name of Object.keys(schema.properties)) assert.ok(['type', 'children', 'at', 'box'].includes(name) || fields.some(one => one.name === name), `${kind}.${name}`)
    const shown = sectionsOf(fields).flatMap(([, own]) => own)
    assert.deepEqual(shown.map(({ name }) => name).sort(), fields.map(({ name }) => name).filter(name => !['at', 'box'].includes(name)).sort())
    for (const one of fields) assert.ok(one.kind !== 'json' || one.name === 'spans', `${kind}.${one.name}`)
  }
})

test('units, ranges, defaults and choices are those of the schema', () => {
  const pick = ({ kind, unit, minimum, maximum, default: value }) => [kind, unit, minimum, maximum, value]
  assert.deepEqual(pick(field('text', 'letter_spacing')), ['number', 'px', -100, 1000, 0])
  assert.deepEqual(pick(field('image', 'rotate')), ['number', '°', -360, 360, 0])
  assert.deepEqual(pick(field('image', 'timeout_ms')), ['integer', 'ms', 50, 60000, undefined])
  assert.deepEqual(pick(field('row', 'padding')), ['sides', 'px', 0, 10000, '0'])
  assert.equal(field('text', 'line_height').default, undefined, 'it depends on the font size')
  assert.equal(field('text', 'shrink', true).default, undefined)
  assert.equal(field('text', 'text_overflow').default, 'ellipsis')
  assert.deepEqual(field('image', 'object_fit').options.map(({ value }) => value), ['cover', 'contain', 'fill', 'blur-fill'])
  assert.deepEqual([field('text', 'color').kind, field('text', 'color').isExpression], ['colour', true])
  assert.deepEqual(field('shape', 'border').fields.map(({ name, kind }) => [name, kind]), [['width', 'number'], ['color', 'colour']])
  assert.equal(field('code', 'plate').word, 'auto')
})

test('values are written as people write them', () => {
  for (const [kind, text, value] of [['number', '1.5', 1.5], ['sides', '8 16', [8, 16]], ['sides', '50%', '50%'], ['words', 'tnum, liga=0', ['tnum', 'liga=0']],
    ['colour', '#fff', '#fff'], ['colour', '{{colour}}', '{{colour}}'], ['colour', '{"gradient":{"stops":[]}}', { gradient: { stops: [] } }], ['string', ' a ', ' a ']]) {
    assert.deepEqual(valueOf(text, kind), value)
    assert.deepEqual(valueOf(textOf(value, kind), kind), value)
  }
  assert.deepEqual([valueOf('', 'number'), valueOf('x', 'number'), valueOf('', 'string')], [undefined, 'x', undefined])
})

test('every property and every choice has a name in both languages', () => {
  const names = fields => fields.flatMap(one => [one, ...names(one.fields ?? [])])
  for (const [, fields] of all) {
    for (const { name, options } of names(fields).filter(({ name }) => !['at', 'box'].includes(name))) {
      assert.ok(knows(`prop_${name}`), name)
      for (const { value } of options ?? []) assert.ok(knows(`value_${value}`), `${name}: ${value}`)
    }
  }
})

// HAIBAO_GOLDEN=accept node --test tests/studio/ writes the file.
test('the help in Chinese is that of the documentation', () => {
  const help = {}
  let section = ''
  for (const line of read('docs/zh/properties.md').split('\n')) {
    const [, title] = /^## ([a-z_]+(?: [a-z]+)?)/.exec(line) ?? []
    if (title) section = title
    const [, name, said] = /^\| `(\w+)` \| (.+?) \| /.exec(line) ?? []
    if (name && said.trim()) help[`${section}.${name}`] = said.trim()
  }
  const text = `${JSON.stringify(help, null, 1)}\n`
  const path = 'src/studio/properties.zh.json'
  if (process.env.HAIBAO_GOLDEN === 'accept') writeFileSync(file(path), text)
  assert.equal(read(path), text)
  for (const [kind, fields] of all.filter(([kind]) => kind !== 'column')) {
    for (const { name } of fields) assert.ok(help[`${kind}.${name}`] || help[`child.${name}`], `${kind}.${name}`)
  }
})
