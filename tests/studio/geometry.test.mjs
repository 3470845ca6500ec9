// Moving and resizing boxes with snapping.
import assert from 'node:assert/strict'
import test from 'node:test'
import { indexAt, moved, resized, sidesOf, transformOf } from '../../src/studio/geometry.js'

const CANVAS = [0, 0, 750, 1000]

test('a box that is moved snaps to edges and centres', () => {
  assert.deepEqual(moved([100, 100, 50, 50], [7.6, 0.4], [], 6), { box: [108, 100, 50, 50], guides: [] })
  const left = moved([100, 300, 50, 50], [-97, 0], [CANVAS], 6)
  assert.deepEqual(left.box, [0, 300, 50, 50])
  assert.deepEqual(left.guides, [{ axis: 0, at: 0, from: 0, to: 1000 }])
  const centre = moved([100, 300, 50, 50], [252, 177], [CANVAS], 6)
  assert.deepEqual(centre.box, [350, 475, 50, 50])
  assert.deepEqual(centre.guides.map(({ axis, at }) => [axis, at]), [[0, 375], [1, 500]])
  assert.deepEqual(moved([100, 300, 50, 50], [252, 177], [CANVAS], 0).box, [352, 477, 50, 50], 'without snapping')
  // The nearest of several.
  assert.equal(moved([10, 0, 20, 20], [0, 0], [[13, 500, 10, 10], [9, 700, 100, 10]], 6).box[0], 9)
})

test('a box that is resized keeps its other edges', () => {
  const box = [100, 100, 50, 40]
  assert.deepEqual(resized(box, 'e', [11.4, 99], [], 0).box, [100, 100, 61, 40])
  assert.deepEqual(resized(box, 'nw', [-10, -20], [], 0).box, [90, 80, 60, 60])
  assert.deepEqual(resized(box, 'w', [500, 0], [], 0).box, [149, 100, 1, 40], 'never inside out')
  assert.deepEqual(resized(box, 'se', [47, 3], [[200, 0, 10, 10]], 6).box, [100, 100, 100, 43])
  assert.deepEqual(resized(box, 'se', [50, 0], [], 0, true).box, [100, 100, 100, 80], 'in proportion')
  assert.deepEqual(resized(box, 'nw', [-50, 0], [], 0, true).box, [50, 60, 100, 80])
})

test('a handle changes the sides in its direction', () => {
  const box = [100, 100, 50, 40]
  for (const [handle, by, isRatio, expected] of [
    ['s', [9, 20], false, ['height']], ['n', [0, -20], false, ['height']], ['e', [20, 9], false, ['width']], ['w', [-20, 0], false, ['width']],
    ['se', [20, 0], false, ['width', 'height']], ['se', [20, 0], true, ['width', 'height']], [null, [0, 0], false, []],
  ]) assert.deepEqual(sidesOf(handle, box, handle ? resized(box, handle, by, [], 0, isRatio).box : box), expected, `${handle}`)
})

test('a child is dropped between its siblings', () => {
  const boxes = [[0, 0, 100, 20], [110, 0, 100, 20], [220, 0, 100, 20]]
  assert.deepEqual([10, 60, 165, 400].map(x => indexAt([x, 0], boxes, 0)), [0, 1, 2, 3])
  assert.equal(transformOf([10, 20, 30, 40], 0.5), 'translate(5px,10px) scale(15,20)')
})
