// One drag of a layer on the poster: what it changes, worked out once per frame of the screen.

import { indexAt, moved, resized } from './geometry.js'
import { isChild } from './layeredit.js'
import { boxOf } from './layers.js'

// px of the screen: below the first, a press is a click; within the second, a box snaps.
const CLICK = 3
const SNAP = 6

const listOf = pointer => pointer.slice(0, pointer.lastIndexOf('/'))

/** The boxes that a layer snaps to: the canvas, other layers, and the elements of the artwork. */
const targetsOf = (row, { rows, state, scale, canvas }) => {
  const { hidden, shapes } = state
  const isOther = ({ pointer, isDrawn }) => isDrawn && pointer !== row.pointer && !pointer.startsWith(`${row.pointer}/`) && !hidden.includes(pointer)
  const layers = rows.filter(isOther).map(one => boxOf(one, rows, shapes, scale)).filter(Boolean)
  const elements = (shapes ?? []).filter(({ id }) => `#${id}` !== row.layer.at || row.layer.box).map(({ seen, box }) => seen ?? box)
  return [canvas, ...layers, ...elements]
}

/**
 * Follows the pointer from its press on. `handle`: null moves the layer. `show` draws { box, guides, slot } at once, `slot`
 * being where a layer in a container would be put; `done` is called with the last of them, with null after Escape, or with
 * undefined if nothing moved.
 */
export const follow = (event, row, handle, scene, { show, live, start, done }) => {
  const { rows, state, scale, factor, siblings } = scene
  const box = boxOf(row, rows, state.shapes, scale)
  if (!box) return null
  const targets = targetsOf(row, scene)
  const isReordering = isChild(row.pointer) && !handle
  const parent = isReordering ? rows.find(({ pointer }) => pointer === listOf(listOf(row.pointer))) : null
  const axis = parent?.type === 'row' ? 0 : 1
  const from = [event.clientX, event.clientY]
  const current = { box, guides: [], slot: null, isStarted: false }
  let last = null
  let frame = 0

  const slotAt = position => {
    const boxes = siblings.map(one => boxOf(one, rows, state.shapes, scale))
    const index = indexAt(position, boxes, axis)
    const beside = boxes[index] ?? boxes.findLast(Boolean)
    if (!beside) return null
    const at = index < boxes.length ? beside[axis] : beside[axis] + beside[axis + 2]
    return { index, list: listOf(row.pointer), line: axis === 0 ? [at, beside[1], 0, beside[3]] : [beside[0], at, beside[2], 0] }
  }
  const step = () => {
    frame = 0
    const by = [last.clientX - from[0], last.clientY - from[1]].map(one => one / factor)
    const distance = last.ctrlKey || last.metaKey || isReordering ? 0 : SNAP / factor
    const next = handle ? resized(box, handle, by, targets, distance, last.shiftKey) : moved(box, by, targets, distance)
    // Along one axis only.
    if (!handle && last.shiftKey) next.box[Math.abs(by[0]) < Math.abs(by[1]) ? 0 : 1] = box[Math.abs(by[0]) < Math.abs(by[1]) ? 0 : 1]
    Object.assign(current, next)
    if (isReordering) current.slot = slotAt([next.box[0] + next.box[2] / 2, next.box[1] + next.box[3] / 2])
    show(current)
    if (!isReordering) live(current.box)
  }
  const move = one => {
    last = one
    if (!current.isStarted) {
      if (Math.hypot(one.clientX - from[0], one.clientY - from[1]) < CLICK) return
      current.isStarted = true
      start()
    }
    frame ||= requestAnimationFrame(step)
  }
  const end = result => {
    cancelAnimationFrame(frame)
    for (const [name, listener] of listeners) removeEventListener(name, listener, true)
    done(result)
  }
  const up = () => {
    if (current.isStarted && frame) step()
    end(current.isStarted ? current : undefined)
  }
  const keys = one => {
    if (one.key !== 'Escape' || !current.isStarted) return
    one.preventDefault()
    one.stopPropagation()
    end(null)
  }
  const listeners = [['pointermove', move], ['pointerup', up], ['pointercancel', () => end(current.isStarted ? null : undefined)], ['keydown', keys]]
  for (const [name, listener] of listeners) addEventListener(name, listener, true)
  return current
}
