// Layers dragged in the list: where one would be put, as a line between rows or a frame around a container.

import { isContainer } from './layeredit.js'

// px until a press becomes a drag.
const CLICK = 4

const listOf = pointer => pointer.slice(0, pointer.lastIndexOf('/'))
const indexOf = pointer => Number(pointer.slice(pointer.lastIndexOf('/') + 1))

/** Where a layer goes that is dropped on a row, at a part of its height from 0 to 1: { list, index, side }. */
export const dropOf = (row, part) => {
  const [list, index] = [listOf(row.pointer), indexOf(row.pointer)]
  if (isContainer(row.type) && part > 0.25 && part < 0.75) return { list: `${row.pointer}/children`, index: (row.layer.children ?? []).length, side: 'inside' }
  return part < 0.5 ? { list, index, side: 'before' } : { list, index: index + 1, side: 'after' }
}

/** Follows the pointer from its press on a row. `show` is called with { pointer, side } of the row under it, or null. */
export const reorder = (event, row, rows, { show, drop }) => {
  if (event.button !== 0) return
  const start = [event.clientX, event.clientY]
  let target = null
  let isStarted = false
  const move = one => {
    if (!isStarted && Math.hypot(one.clientX - start[0], one.clientY - start[1]) < CLICK) return
    isStarted = true
    const element = document.elementFromPoint(one.clientX, one.clientY)?.closest('.layer')
    const over = rows.find(({ pointer }) => pointer === element?.querySelector('.name')?.dataset.pointer)
    if (!over || over.pointer === row.pointer || over.pointer.startsWith(`${row.pointer}/`)) target = null
    else {
      const { top, height } = element.getBoundingClientRect()
      target = { pointer: over.pointer, ...dropOf(over, (one.clientY - top) / height) }
    }
    show(target ?? { pointer: null })
  }
  const end = isDropped => {
    for (const [name, listener] of listeners) removeEventListener(name, listener, true)
    show(null)
    if (!isStarted) return
    // The click that may follow is none.
    const swallow = one => { one.stopPropagation(); one.preventDefault() }
    addEventListener('click', swallow, true)
    setTimeout(() => removeEventListener('click', swallow, true), 50)
    if (isDropped && target) drop(target.list, target.index)
  }
  const listeners = [['pointermove', move], ['pointerup', () => end(true)], ['pointercancel', () => end(false)],
    ['keydown', one => { if (one.key === 'Escape') { one.stopPropagation(); end(false) } }]]
  for (const [name, listener] of listeners) addEventListener(name, listener, true)
}
