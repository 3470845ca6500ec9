// Edits of layers in layout.json: bound and unbound, added, copied, moved between containers, deleted.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { isSound, valueAt } from '../../src/studio/jsonedit.js'
import { stacked } from '../../src/studio/layers.js'
import { add, addCode, bind, duplicate, fresh, move, placeFor, remove, setBox, setProperty, setSize, unbind, withCode } from '../../src/studio/layeredit.js'

const product = readFileSync(new URL('../../templates/product-share/layout.json', import.meta.url), 'utf8')
// What differs: lines of one text that the other does not have.
const linesOf = text => text.split('\n')
const changed = (one, other) => linesOf(other).filter(line => !linesOf(one).includes(line)).map(line => line.trim())

test('a box is written where it was, and a moved layer keeps its element', () => {
  const { text } = setBox(product, '/layers/1', [150, 44, 450.123, 44])
  assert.equal(text, product.replace('[148, 44, 450, 44]', '[150, 44, 450.12, 44]'))
  const placed = setBox(product, '/layers/3', [80, 180, 598, 598])
  assert.equal(placed.text, product.replace('"at": "#product"', '"at": "#product", "box": [80, 180, 598, 598]'))
  assert.equal(setBox(placed.text, '/layers/3', [90.123, 180, 598, 598]).text, placed.text.replace('[80,', '[90.12,'))
  assert.equal(setProperty(placed.text, '/layers/3', ['box'], undefined).text, product)
  assert.equal(bind(placed.text, '/layers/3', 'card').text, product.replace('#product', '#card'))
  assert.equal(unbind(placed.text, '/layers/3', [1, 2, 3, 4]).text, product.replace('"at": "#product"', '"box": [80, 180, 598, 598]'))
  const unbound = unbind(product, '/layers/3', [76, 180, 598, 598])
  assert.equal(unbound.text, product.replace('"at": "#product"', '"box": [76, 180, 598, 598]'))
  assert.equal(bind(unbound.text, '/layers/3', 'product').text, product)
  assert.equal(bind(product, '/layers/3', 'card').text, product.replace('#product', '#card'))
  // What a mask leaves of a group is the box of a layer that is bound to it, also of one that was moved.
  const masked = product.replace('"at": "#product"', '"at": "#group", "box": [30, 30, 690, 520]')
  assert.equal(bind(product, '/layers/3', 'group', [30, 30, 690, 520]).text, masked)
  assert.equal(bind(placed.text, '/layers/3', 'group', [30, 30, 690, 520]).text, masked)
  assert.equal(bind(unbound.text, '/layers/3', 'group', [30, 30, 690, 520]).text, masked)
  assert.equal(bind(masked, '/layers/3', 'product').text, product)
  const none = '{ "layers": [{ "type": "code" }] }'
  assert.equal(bind(none, '/layers/0', 'code').text, '{ "layers": [{ "type": "code", "at": "#code" }] }')
})

test('properties are set, also within others, and removed', () => {
  const border = setProperty(product, '/layers/0', ['border', 'width'], 5).text
  assert.equal(border, product.replace('"width": 3', '"width": 5'))
  const shadow = setProperty(product, '/layers/3', ['box_shadow', 'color'], '#0003').text
  assert.deepEqual(valueAt(shadow, '/layers/3/box_shadow'), { color: '#0003' })
  assert.equal(setProperty(shadow, '/layers/3', ['box_shadow'], undefined).text, product)
  assert.equal(setProperty(product, '/layers/3', ['blur'], undefined).text, product)
  assert.equal(setProperty(product, '/layers/3', ['box_shadow', 'x'], undefined).text, product)
})

test('layers are added behind the selected one, or into a container', () => {
  assert.deepEqual(placeFor(product, null), { parent: '/layers', index: Infinity })
  assert.deepEqual(placeFor(product, '/layers/1'), { parent: '/layers', index: 2 })
  assert.deepEqual(placeFor(product, '/layers/4'), { parent: '/layers/4/children', index: Infinity })
  const layer = fresh('shape', { box: [10, 20, 30, 40] })
  const { text, pointer } = add(product, '/layers', 2, layer)
  assert.equal(pointer, '/layers/2')
  assert.deepEqual(changed(product, text), ['{ "type": "shape", "box": [10, 20, 30, 40], "background": "#d8d4cc" },'])
  const inside = add(product, '/layers/4/children', Infinity, fresh('image', { box: [0, 0, 30, 40], isInside: true, source: '{{avatar}}' }))
  assert.equal(inside.pointer, '/layers/4/children/2')
  assert.deepEqual(valueAt(inside.text, inside.pointer), { type: 'image', width: 30, height: 40, src: '{{avatar}}' })
  assert.ok(isSound(inside.text) && inside.text.includes('// The price first'))
  assert.equal(add('{ "title": "t" }', '/layers', 0, { type: 'code' }).text, '{ "title": "t", "layers": [\n  { "type": "code" }\n] }')
})

test('a copy is beside its layer', () => {
  const one = duplicate(product, '/layers/1')
  assert.deepEqual(valueAt(one.text, '/layers/2'), { ...valueAt(product, '/layers/1'), box: [164, 60, 450, 44] })
  const bound = duplicate(product, '/layers/0', [48, 44, 80, 80])
  assert.deepEqual([valueAt(bound.text, '/layers/1').at, valueAt(bound.text, '/layers/1').box], [valueAt(product, '/layers/0').at, [64, 60, 80, 80]])
  const child = duplicate(product, '/layers/4/children/0/children/0')
  assert.deepEqual(valueAt(child.text, '/layers/4/children/0/children').map(({ font_size: size }) => size), [72, 72, 28])
  assert.equal(remove(child.text, child.pointer).text, product)
})

test('layers are moved within their list, into containers and out of them', () => {
  assert.equal(move(product, '/layers/1', '/layers', 3).pointer, '/layers/2')
  assert.equal(move(product, '/layers/1', '/layers', 1).text, product)
  const down = move(product, '/layers/4', '/layers', 0)
  assert.equal(down.pointer, '/layers/0')
  assert.match(down.text, /\[\n\s+\/\/ The price first.*\n\s+\{ "type": "column"/, 'its comment goes along')
  const into = move(product, '/layers/1', '/layers/4/children', 0, [148, 44, 450, 44])
  assert.equal(into.pointer, '/layers/3/children/0', 'the container is one step further up')
  const { box: _, ...rest } = valueAt(product, '/layers/1')
  assert.deepEqual(valueAt(into.text, into.pointer), rest)
  const image = move(product, '/layers/0', '/layers/4/children', 1, [48, 44, 80, 80])
  assert.deepEqual([valueAt(image.text, image.pointer).width, valueAt(image.text, image.pointer).at], [80, undefined])
  const out = move(product, '/layers/4/children/0/children/0', '/layers', 0, [76.4, 800, 300, 84])
  assert.deepEqual(valueAt(out.text, '/layers/0').box, [76, 800, 300, 84])
  assert.equal(valueAt(out.text, '/layers/0').shrink, undefined)
  assert.equal(move(product, '/layers/4', '/layers/4/children', 0).text, product, 'not into itself')
  for (const { text } of [down, into, image, out]) assert.ok(isSound(text))
})

test('a code layer brings what it opens', () => {
  const layer = fresh('code', { box: [10, 20, 200, 200] })
  const bare = '{\n  "title": "t",\n  "canvas": { "width": 750, "height": 1000 },\n  "layers": [] // none\n}'
  const { text, pointer } = addCode(bare, '/layers', 0, layer)
  assert.equal(pointer, '/layers/0')
  assert.deepEqual(Object.keys(valueAt(text, '')), ['title', 'canvas', 'code', 'layers'])
  assert.deepEqual(valueAt(text, '/code'), { page: 'pages/index/index', scene: { id: '1' } })
  assert.ok(isSound(text) && text.includes('// none'))
  assert.equal(addCode(text, '/layers', 1, layer).text.match(/"code": \{/g).length, 1, 'it is there already')
  const scenes = [
    [{ required: ['goods_id'], properties: { title: { type: 'string' }, goods_id: { type: 'string' } } }, '{{goods_id}}'],
    [{ required: ['goods_id'], properties: { goods_id: { type: 'string' }, id: { type: 'integer', default: 1 } } }, '{{id}}'],
    [{ required: ['userId'], properties: { userId: { type: 'string' } } }, '{{userId}}'],
    [{ properties: { goods_id: { type: 'string' } } }, '1'],
    [{ required: ['my-id', 'ids'], properties: { 'my-id': { type: 'string' }, ids: { type: 'array' } } }, '1'],
  ]
  for (const [params, id] of scenes) {
    const own = withCode(JSON.stringify({ title: 't', params, layers: [] }))
    assert.deepEqual(valueAt(own, '/code/scene'), { id }, JSON.stringify(params))
  }
})

test('all code layers look the same, and none is repeated', () => {
  const text = JSON.stringify({ code: {}, layers: [
    { type: 'row', children: [{ type: 'code', line_color: '#24352f', is_hyaline: false, plate: 'auto' }] },
    { type: 'column', children: [{ type: 'row', repeat: '{{items}}', children: [{ type: 'text', text: 'a' }] }, { type: 'text', text: 'b' }] },
  ] })
  const added = addCode(text, '/layers', 2, { type: 'code', box: [0, 0, 9, 9] })
  assert.deepEqual(valueAt(added.text, added.pointer), { type: 'code', box: [0, 0, 9, 9], is_hyaline: false, line_color: '#24352f' })
  const last = { parent: '/layers', index: Infinity }
  assert.deepEqual(placeFor(text, '/layers/1/children/0', 'code'), last)
  assert.deepEqual(placeFor(text, '/layers/1/children/0/children/0', 'code'), last)
  assert.deepEqual(placeFor(text, '/layers/1/children/0/children/0', 'text'), { parent: '/layers/1/children/0/children', index: 1 })
  assert.deepEqual(placeFor(text, '/layers/1/children/1', 'code'), { parent: '/layers/1/children', index: 2 })
})

test('a child keeps the sides that are not written', () => {
  const text = '{"layers": [{"type": "column", "children": [{"type": "text", "text": "a"}]}]}'
  const child = sides => JSON.parse(setSize(text, '/layers/0/children/0', [1, 2, 30.4, 40], sides).text).layers[0].children[0]
  assert.deepEqual(child(['height']), { type: 'text', text: 'a', height: 40 })
  assert.deepEqual(child(['width']), { type: 'text', text: 'a', width: 30 })
  assert.deepEqual(child(['width', 'height']), { type: 'text', text: 'a', width: 30, height: 40 })
})

test('a group that is one picture is in front of what it consists of', () => {
  const shape = (id, tag, box, seen = null) => ({ id, tag, box, seen })
  const ids = shapes => stacked(shapes).map(({ id }) => id)
  // As Sketch writes a masked picture: a click is one on the group.
  const masked = [shape('photo', 'g', [-25, 0, 800, 800], [75, 100, 600, 400]), shape('mask', 'use', [75, 100, 600.2, 400])]
  assert.deepEqual(ids(masked), ['mask', 'photo'])
  const frame = shape('frame', 'g', [0, 0, 750, 1000])
  assert.deepEqual(ids([frame, shape('ground', 'rect', [0, 0, 750, 1000]), ...masked]), ['frame', 'ground', 'mask', 'photo'], 'a frame is behind its ground')
  assert.deepEqual(ids([shape('outer', 'g', [0, 0, 9, 9]), shape('inner', 'g', [0, 0, 9, 9])]), ['inner', 'outer'])
  assert.deepEqual(ids([shape('small', 'rect', [0, 0, 9, 9]), frame]), ['frame', 'small'])
})
