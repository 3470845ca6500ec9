// The options of an export, and which column sets which parameter.
import assert from 'node:assert/strict'
import test from 'node:test'
import { archiveOf, durationOf, isOver, optionsOf, sizeText } from '../../src/studio/exporting.js'
import { assigned, distinct, pairsOf, released, sparesOf } from '../../src/studio/mapping.js'

test('options have only what differs from the defaults', () => {
  assert.deepEqual(optionsOf({ template: 'a' }), { template: 'a', scale: 1, strict: false })
  assert.deepEqual(optionsOf({ template: 'a', scale: 2, strict: true, skipHidden: true, fileName: ' {{row}} ', page: 'pages/a', mapped: { title: '商品' }, ignored: ['备注', '商品'] }), {
    template: 'a', scale: 2, strict: true, hidden: 'skip', map: { 备注: '', 商品: '', title: '商品' }, file_name: '{{row}}', code: { page: 'pages/a' },
  })
})

test('sizes, durations and states', () => {
  assert.deepEqual([sizeText(900), sizeText(3 << 20), sizeText(5 * 2 ** 30)], ['1 KiB', '3.0 MiB', '5.00 GiB'])
  assert.deepEqual([durationOf(0.2), durationOf(600), durationOf(9000)], [[1, 's'], [10, 'min'], ['2.5', 'h']])
  assert.deepEqual([isOver('running'), isOver('done')], [false, true])
})

test('pictures become one archive, an archive stays as it is', async () => {
  const file = (name, text) => new File([text], name)
  const zip = file('a.ZIP', 'PK')
  assert.deepEqual(await archiveOf([zip]), { archive: zip, name: 'a.ZIP', count: null })
  assert.equal(await archiveOf([file('a.txt', '')]), null)
  const packed = await archiveOf([file('a.jpg', 'x'), file('notes.txt', 'y'), file('b.png', 'z')])
  assert.equal(packed.count, 2)
  const bytes = new Uint8Array(await packed.archive.arrayBuffer())
  assert.deepEqual([...bytes.slice(0, 4)], [0x50, 0x4b, 3, 4])
})

const SHEET = {
  columns: [
    { name: '商品', sets: null }, { name: 'title', sets: 'title' }, { name: '标签1', sets: 'tags[0]' }, { name: 'scene.id', sets: 'scene.id' },
    { name: '', sets: null }, { name: '价', sets: null }, { name: '价', sets: null },
  ],
  params: [{ name: 'title', required: true }, { name: 'tags' }, { name: 'price' }],
  first: [{ row: 2, cells: ['花瓶', '旧标题', '新品', '7', '', '1', '2'] }],
}

test('parameters have their columns and a value', () => {
  assert.deepEqual(pairsOf(SHEET).map(({ name, columns, value }) => [name, columns.map(one => one.name), value]),
    [['title', ['title'], '旧标题'], ['tags', ['标签1'], '新品'], ['price', [], '']])
  assert.deepEqual(sparesOf(SHEET).map(({ name }) => name), ['商品', 'scene.id', '价', '价'])
  assert.deepEqual(distinct(SHEET.columns).map(({ name }) => name), ['商品', 'title', '标签1', 'scene.id'])
})

test('a column that is given to a parameter replaces the one before', () => {
  const none = { mapped: {}, ignored: [] }
  const first = assigned(none, SHEET.columns, 'title', '商品')
  assert.deepEqual(first, { mapped: { title: '商品' }, ignored: ['title'] })
  // A column sets one parameter only, and one that is given again is no longer ignored.
  const columns = SHEET.columns.map(one => ({ ...one, sets: { 商品: 'title', title: null }[one.name] ?? null }))
  const second = assigned(first, columns, 'price', '商品')
  assert.deepEqual(second, { mapped: { price: '商品' }, ignored: ['title'] })
  assert.deepEqual(assigned(second, columns, 'title', 'title'), { mapped: { price: '商品', title: 'title' }, ignored: ['商品'] })
  assert.deepEqual(released(first, columns, 'title'), { mapped: {}, ignored: ['title', '商品'] })
})
