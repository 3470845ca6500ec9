// Findings in one form, and what they belong to; the list of layers and its outlines.
import assert from 'node:assert/strict'
import test from 'node:test'
import { byLayer, byParam, joined, normal, ofProblem, placeText, target } from '../../src/studio/findings.js'
import { explainOf, follow, pointersAfter } from '../../src/studio/explained.js'
import { layersOf, nameOf, outlinesOf } from '../../src/studio/layers.js'

test('findings of templates, posters and explanations have one form', () => {
  const placed = normal({ code: 'css_value', severity: 'warning', message: 'm', place: { file: 'artwork.svg', line: 3, column: 7 } })
  assert.deepEqual([placed.file, placed.line, placed.column, placed.hint], ['artwork.svg', 3, 7, null])
  const flat = normal({ code: 'x', message: 'm', file: 'layout.json', line: 1, column: 2, excerpt: null, pointer: null })
  assert.deepEqual([flat.file, flat.line, flat.severity], ['layout.json', 1, 'error'])
})

test('a finding of several responses is listed once, errors first', () => {
  const warning = { code: 'a', severity: 'warning', message: 'm', place: { file: 'artwork.svg', line: 9, column: 1 } }
  const error = { code: 'b', severity: 'error', message: 'n', pointer: '/layers/1' }
  const all = joined([warning, error], [{ code: 'a', severity: 'warning', message: 'm', file: 'artwork.svg', line: 9, column: 1, excerpt: 'e', pointer: null }])
  assert.deepEqual(all.map(({ code, excerpt }) => code + excerpt), ['b', 'ae'])
  const lines = joined([3, 1, 2].map(line => ({ code: 'c', message: `${line}`, file: 'f', line, column: 1 })))
  assert.deepEqual(lines.map(({ line }) => line), [1, 2, 3])
})

test('a problem says what is wrong, in as much detail as it has', () => {
  const found = { code: 'x', message: 'm', file: 'layout.json', line: 2, column: 1 }
  assert.equal(ofProblem({ code: 'template_invalid', detail: 'd', errors: [{ code: 'e', message: 'n' }], findings: [found] })[0].line, 2)
  assert.equal(ofProblem({ code: 'params_invalid', detail: 'd', errors: [{ code: 'param_missing', message: 'n' }] })[0].code, 'param_missing')
  assert.equal(ofProblem({ code: 'busy', detail: 'the queue is full', errors: [], findings: [] })[0].message, 'the queue is full')
})

test('findings of parameters are shown at their fields', () => {
  const findings = ['/params/title', '/params/points/0/text', '/title', '/layers/1', '/params/other'].map(pointer => normal({ pointer, message: pointer }))
  const found = byParam(findings, ['title', 'points'])
  assert.deepEqual([...found].map(([name, list]) => [name, list.length]), [['title', 2], ['points', 1]])
})

test('findings of layers are marked at the innermost layer', () => {
  const findings = [{ pointer: '/layers/1/children/0/font_size', code: 'a' }, { pointer: '/layers/10', code: 'b' }, { pointer: null, code: 'c' }]
  const found = byLayer(findings, ['/layers/1', '/layers/1/children/0', '/layers/10'])
  assert.deepEqual([...found].map(([pointer, { code }]) => pointer + code), ['/layers/1/children/0a', '/layers/10b'])
})

test('a finding leads to its place', () => {
  assert.deepEqual(target({ file: 'artwork.svg', line: 2, column: 5 }), { file: 'artwork.svg', line: 2, column: 5 })
  assert.deepEqual(target({ pointer: '/layers/2/text' }), { file: 'layout.json', pointer: '/layers/2/text' })
  assert.equal(target({ pointer: '/params/title' }), null)
  assert.deepEqual([{ file: 'a', line: 3, column: 4 }, { file: 'a' }, { pointer: '/layers/1' }, {}].map(placeText), ['a:3:4', 'a', '/layers/1', ''])
})

const layout = { layers: [
  { type: 'image', at: '#photo', src: '{{photo}}' },
  { type: 'row', box: [0, 0, 100, 40], children: [{ type: 'text', text: '{{title}}' }, { type: 'text', text: '原价', when: '{{original}}' }] },
] }
const explain = { layers: [
  { layer: '/layers/0', type: 'image', box: [0, 0, 200, 200] },
  { layer: '/layers/1/children/0', type: 'text', box: [10, 210, 80, 20], text: '花瓶' },
  { layer: '/layers/1/children/0', type: 'text', box: [10, 240, 60, 20], text: '花瓶' },
] }

test('the list has all layers, with what was drawn', () => {
  const rows = layersOf(layout, explain)
  assert.deepEqual(rows.map(({ pointer, depth, name, isDrawn }) => [pointer, depth, name, isDrawn]), [
    ['/layers/0', 0, 'photo', true], ['/layers/1', 0, '', true], ['/layers/1/children/0', 1, '“花瓶”', true], ['/layers/1/children/1', 1, '“原价”', false],
  ])
  assert.equal(rows[2].reports.length, 2, 'a repeated layer is drawn several times')
  assert.equal(layersOf(null, explain).length, 2, 'without a layout, those of the explanation')
  assert.deepEqual(layersOf({ layers: [null, 3, { type: 'text' }] }, null).map(({ pointer }) => pointer), ['/layers/2'])
  assert.equal(nameOf({ spans: [{ text: 'a' }, { text: 'b' }] }), '“ab”')
})

test('small outlines are in front, and containers surround their children', () => {
  const outlines = outlinesOf(layersOf(layout, explain))
  assert.deepEqual(outlines.map(({ pointer }) => pointer), ['/layers/0', '/layers/1', '/layers/1/children/0', '/layers/1/children/0'])
  assert.deepEqual(outlines[1].box, [10, 210, 80, 50])
})

test('an explanation follows the layers of a layout that was edited since', () => {
  const text = value => ({ type: 'text', text: value })
  const row = (...children) => ({ type: 'row', children })
  const [a, b, image] = [text('a'), text('b'), { type: 'image', src: 'x' }]
  const moved = (before, after) => Object.fromEntries(pointersAfter({ layers: before }, { layers: after }))
  const [first, second, third] = ['/layers/0', '/layers/1', '/layers/2']
  assert.deepEqual(moved([a, b], [a, image, b]), { [first]: first, [second]: third }, 'added')
  assert.deepEqual(moved([a, image, b], [a, b]), { [first]: first, [third]: second }, 'deleted')
  assert.deepEqual(moved([a, image, b], [image, b, a]), { [first]: third, [second]: first, [third]: second }, 'reordered')
  assert.deepEqual(moved([a, b], [{ ...a, font_size: 9 }, b]), { [first]: first, [second]: second }, 'edited')
  assert.deepEqual(moved([a], [a, a]), { [first]: first }, 'copied')
  assert.deepEqual(moved([image, row(a, b)], [row(b, a)]), { [second]: first, [`${second}/children/0`]: `${first}/children/1`, [`${second}/children/1`]: `${first}/children/0` })
  assert.deepEqual(moved([a], 'none'), {})

  const layouts = [[a, b], [image, a, b]].map(layers => JSON.stringify({ layers }))
  const explain = {
    scale: 2, layers: [{ layer: first, box: [0, 0, 1, 1] }, { layer: second, box: [2, 2, 1, 1] }],
    findings: [{ pointer: '/layers/1/text' }, { pointer: '/params/a' }, { pointer: null }],
  }
  const found = follow(explain, ...layouts)
  assert.deepEqual([found.scale, found.layers.map(({ layer }) => layer)], [2, [second, third]])
  assert.deepEqual(found.findings.map(({ pointer }) => pointer), ['/layers/2/text', '/params/a', null])
  const rows = layersOf(JSON.parse(layouts[1]), found)
  assert.deepEqual(rows.map(({ isDrawn, reports }) => [isDrawn, reports.map(({ box }) => box[0])]), [[true, []], [true, [0]], [true, [2]]])
  assert.deepEqual(layersOf(JSON.parse(layouts[0]), { ...explain, layers: [] }).map(({ isDrawn }) => isDrawn), [false, false])
  // What is gone has no findings; the same layout has the same explanation.
  assert.deepEqual(follow(explain, layouts[0], '{ "layers": [] }').findings.map(({ pointer }) => pointer), ['/params/a', null])
  const state = { explain, explained: layouts[0] }
  assert.equal(explainOf(state, layouts[0]), explain)
  assert.equal(explainOf(state, layouts[1]), explainOf(state, layouts[1]))
  for (const [one, other] of [[null, layouts[0]], [layouts[0], null]]) assert.equal(follow(explain, one, other), explain)
})
