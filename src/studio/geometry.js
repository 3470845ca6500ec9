// Moving and resizing boxes `[x, y, width, height]` with snapping to the edges and centres of others.

/** Handles of a box: the edges that each one moves. */
export const HANDLES = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w']
const MIN = 1

const linesOf = boxes => axis => boxes.flatMap(box => {
  const [start, size] = [box[axis], box[axis + 2]]
  return [start, start + size / 2, start + size].map(at => ({ at, box }))
})

// The nearest of several lines to one of several positions: { by, at, box }, or null if none is within the distance.
const nearest = (positions, lines, distance) => {
  let best = null
  for (const position of positions) {
    for (const { at, box } of lines) {
      const by = at - position
      if (Math.abs(by) <= distance && (!best || Math.abs(by) < Math.abs(best.by))) best = { by, at, box }
    }
  }
  return best
}

// Guides from the box to that which it is in line with, along all lines that meet.
const guidesOf = (box, targets, axes) => axes.flatMap(axis => {
  const across = 1 - axis
  const own = [box[axis], box[axis] + box[axis + 2] / 2, box[axis] + box[axis + 2]]
  const met = linesOf(targets)(axis).filter(({ at }) => own.some(position => Math.abs(position - at) < 0.01))
  const ats = [...new Set(met.map(({ at }) => Math.round(at * 100) / 100))]
  return ats.map(at => {
    const all = [box, ...met.filter(one => Math.abs(one.at - at) < 0.01).map(one => one.box)]
    return { axis, at, from: Math.min(...all.map(one => one[across])), to: Math.max(...all.map(one => one[across] + one[across + 2])) }
  })
})

const whole = box => box.map(Math.round)

/** A box moved by `by` px: { box, guides }. It snaps to targets within `distance` px; without any, it is at whole px. */
export const moved = (box, by, targets, distance) => {
  const free = whole([box[0] + by[0], box[1] + by[1], box[2], box[3]])
  const next = [free[0], free[1], box[2], box[3]]
  for (const axis of [0, 1]) {
    const positions = [next[axis], next[axis] + next[axis + 2] / 2, next[axis] + next[axis + 2]]
    const found = nearest(positions, linesOf(targets)(axis), distance)
    if (found) next[axis] += found.by
  }
  return { box: next, guides: distance > 0 ? guidesOf(next, targets, [0, 1]) : [] }
}

/** Names of the sides that a handle changes: those in its direction, and with kept proportions the other one. */
export const sidesOf = (handle, before, now) => [['width', /[ew]/, 2], ['height', /[ns]/, 3]]
  .filter(([, direction, at]) => direction.test(handle ?? '') || Math.abs(now[at] - before[at]) >= 1).map(([name]) => name)

/** A box of which a handle was moved by `by` px: { box, guides }. With `isRatio`, a corner keeps the proportions. */
export const resized = (box, handle, by, targets, distance, isRatio = false) => {
  const [x, y, width, height] = box
  const edges = [x, y, x + width, y + height]
  const axes = []
  for (const [axis, low, high] of [[0, 'w', 'e'], [1, 'n', 's']]) {
    const side = handle.includes(low) ? 0 : handle.includes(high) ? 2 : -1
    if (side < 0) continue
    axes.push(axis)
    const free = Math.round(edges[axis + side] + by[axis])
    const found = nearest([free], linesOf(targets)(axis), distance)
    const at = found ? found.at : free
    edges[axis + side] = side === 0 ? Math.min(at, edges[axis + 2] - MIN) : Math.max(at, edges[axis] + MIN)
  }
  const next = [edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]]
  if (isRatio && axes.length === 2 && width > 0 && height > 0) {
    const factor = Math.max(next[2] / width, next[3] / height)
    const size = [Math.max(MIN, Math.round(width * factor)), Math.max(MIN, Math.round(height * factor))]
    if (handle.includes('w')) next[0] = edges[2] - size[0]
    if (handle.includes('n')) next[1] = edges[3] - size[1]
    next.splice(2, 2, ...size)
  }
  return { box: next, guides: distance > 0 ? guidesOf(next, targets, axes) : [] }
}

/** The index in a row (`axis` 0) or a column (1) at which something is dropped, from the boxes of its children. */
export const indexAt = (position, boxes, axis) => {
  const at = boxes.findIndex(box => box && position[axis] < box[axis] + box[axis + 2] / 2)
  return at < 0 ? boxes.length : at
}

/** The CSS transform that gives an element of 1 x 1 px this box, in px of the screen. */
export const transformOf = ([x, y, width, height], factor) => `translate(${x * factor}px,${y * factor}px) scale(${width * factor},${height * factor})`
