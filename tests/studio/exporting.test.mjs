// The options of an export, and which column sets which parameter.
import assert from 'node:assert/strict'
import test from 'node:test'
import { archiveOf, durationOf, isOver, optionsOf, startOf } from '../../src/studio/exporting.js'
import { createBulk } from '../../src/studio/bulk.js'
import { sizeText } from '../../src/studio/bytes.js'
import { assigned, chosen, distinct, guessesOf, pairsOf, refusedOf, released, sparesOf } from '../../src/studio/mapping.js'
import { createStore, initial } from '../../src/studio/state.js'

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

test('columns follow a choice before the service has read it', () => {
  const first = assigned({ mapped: {}, ignored: [] }, SHEET.columns, 'title', '商品')
  const shown = chosen(SHEET.columns, first)
  assert.deepEqual(shown.map(({ sets }) => sets), ['title', null, 'tags[0]', 'scene.id', null, null, null])
  // What the service answers is shown as it is.
  assert.deepEqual(chosen(shown, first).map(({ sets }) => sets), shown.map(({ sets }) => sets))
  const second = assigned(first, shown, 'price', '商品')
  assert.deepEqual(chosen(SHEET.columns, second).map(({ sets }) => sets).slice(0, 2), ['price', null])
  assert.deepEqual(chosen(SHEET.columns, released(second, chosen(SHEET.columns, second), 'price')).map(({ sets }) => sets).slice(0, 2), [null, null])
})

test('rows that are known to be invalid become no posters', () => {
  assert.deepEqual([startOf({ rows: 7, invalid: 3 }), startOf({ rows: 7 }), startOf({ rows: 1, invalid: 1 })], [4, 7, 0])
})

test('a sheet is read once after its columns were mapped, and shown until then', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const asked = []
  const answers = []
  context.mock.method(globalThis, 'fetch', (path, { body, signal }) => {
    asked.push({ path, options: JSON.parse(body.get('options')), signal })
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
      answers.push(() => resolve(new Response(JSON.stringify({ ...SHEET, errors: [], notices: [], failures: [], rows: 1 }))))
    })
  })
  const settled = async () => { for (let n = 0; n < 20; n++) await Promise.resolve() ; await new Promise(resolve => setImmediate(resolve)) }
  const store = createStore(initial({ template: 'a', language: 'en', editable: true }))
  const bulk = createBulk(store, () => {})
  bulk.file(new File(['商品\n花瓶'], 'a.csv'))
  answers[0]()
  await settled()
  assert.equal(store.get().bulk.isLooking, false)
  bulk.assign('title', '商品')
  bulk.assign('price', '价2')
  bulk.release('price')
  assert.ok(store.get().bulk.preview && store.get().bulk.isLooking)
  assert.equal(asked.length, 1, 'nothing is asked while columns are chosen')
  context.mock.timers.tick(400)
  await settled()
  assert.deepEqual([asked.length, asked[1].options.map.title], [2, '商品'])
  // A later choice cancels the request.
  bulk.assign('title', 'title')
  assert.equal(asked[1].signal.aborted, true)
  await settled()
  assert.ok(store.get().bulk.preview && !store.get().bulk.problem)
  context.mock.timers.tick(400)
  answers[2]()
  await settled()
  assert.deepEqual([asked.length, store.get().bulk.isLooking], [3, false])
})

test('columns that may be parameters are asked about until that is decided', () => {
  const params = [{ name: 'price', title: '价格', required: true }, { name: 'photo', title: null, required: false }, { name: 'title', title: '标题', required: true }]
  const columns = [
    { name: '售价', sets: null, likely: 'price' }, { name: '商品图', sets: null, likely: 'photo' }, { name: '标题', sets: 'title', likely: null }, { name: '备注', sets: null, likely: null },
  ]
  const none = { mapped: {}, ignored: [] }
  const asked = choice => guessesOf({ columns: chosen(columns, choice), params }, choice).map(({ column }) => column)
  assert.deepEqual(guessesOf({ columns, params }, none), [
    { column: '售价', param: 'price', title: '价格', required: true }, { column: '商品图', param: 'photo', title: 'photo', required: false },
  ])
  const one = assigned(none, columns, 'price', '售价')
  assert.deepEqual([one, asked(one)], [{ mapped: { price: '售价' }, ignored: [] }, ['商品图']])
  assert.deepEqual(asked({ mapped: {}, ignored: ['售价'] }), ['商品图'])
  // Another column was chosen for it.
  assert.deepEqual(asked(assigned(none, columns, 'price', '备注')), ['商品图'])
  const twice = [...columns, { name: '售价', sets: null, likely: null }]
  assert.deepEqual(guessesOf({ columns: twice, params }, none).map(({ column }) => column), ['商品图'])
})

test('a column whose first values are no numbers is not a number', () => {
  const schema = {
    properties: { price: { $ref: '#/$defs/amount' }, count: { type: ['integer', 'null'] }, note: { type: 'string' } },
    $defs: { amount: { type: 'integer', format: 'money' } },
  }
  const asked = (param, ...values) => guessesOf({
    columns: [{ name: '标题', sets: 'title', likely: null }, { name: '优惠', sets: null, likely: param }], params: [{ name: param, required: true }], schema,
    first: values.map((value, at) => ({ row: at + 2, cells: ['a', value] })),
  }, { mapped: {}, ignored: [] }).length === 1
  for (const text of ['满100减20', '面议', '10-20', '满 100 减 20', '２室１厅']) {
    assert.ok(!asked('price', text) && !asked('count', text), text)
    assert.ok(asked('note', text), text)
    assert.ok(asked('price', text, '20'), 'one of them can be read')
  }
  for (const text of ['¥1,280', '１２８０', '1.2万元', 'RMB 99', '-5', '1 280.50', '1e3', '', ' ']) assert.ok(asked('price', text), text)
  assert.ok(asked('price'), 'without rows')
  assert.ok(asked('unknown', '满100减20'), 'without a type')
})

test('columns that a person has refused are named', () => {
  const columns = [{ name: '售卖价', sets: null, likely: 'price' }, { name: '备注', sets: null, likely: null }, { name: '价', sets: null }, { name: '价', sets: null }]
  assert.deepEqual(refusedOf(columns, { mapped: {}, ignored: [] }), [])
  assert.deepEqual(refusedOf(columns, { mapped: {}, ignored: ['售卖价', '价'] }), ['售卖价'])
  // Another use of the column.
  const choice = assigned({ mapped: {}, ignored: ['售卖价'] }, columns, 'price', '售卖价')
  assert.deepEqual(refusedOf(chosen(columns, choice), choice), [])
})

test('one click takes all guesses, another one says no', async context => {
  const { createBulk } = await import('../../src/studio/bulk.js')
  const { createStore, initial } = await import('../../src/studio/state.js')
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const store = createStore(initial({ template: 'a', language: 'zh', editable: true }))
  const bulk = createBulk(store, () => {})
  const columns = ['售价', '商品图'].map((name, at) => ({ name, sets: null, likely: ['price', 'photo'][at] }))
  const params = ['price', 'photo'].map(name => ({ name, title: null, required: true }))
  store.set(({ bulk: before }) => ({ bulk: { ...before, preview: { columns, params } } }))
  bulk.confirm()
  assert.deepEqual(store.get().bulk.mapped, { price: '售价', photo: '商品图' })
  store.set(({ bulk: before }) => ({ bulk: { ...before, mapped: {}, ignored: [] } }))
  bulk.confirm({ column: '售价', param: 'price' })
  bulk.deny({ column: '商品图' })
  assert.deepEqual([store.get().bulk.mapped, store.get().bulk.ignored], [{ price: '售价' }, ['商品图']])
})
