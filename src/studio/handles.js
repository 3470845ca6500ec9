// The selected layer on the poster: its frame and handles, guides while it snaps, and its box while it is dragged. What moves is moved
// by transforms, without waiting for the state.

import { html, useEffect, useLayoutEffect, useRef } from './vendor/preact.js'
import { follow } from './drag.js'
import { HANDLES, sidesOf, transformOf } from './geometry.js'
import { isChild } from './layeredit.js'
import { boxOf } from './layers.js'

const CURSORS = { n: 'ns', s: 'ns', e: 'ew', w: 'ew', nw: 'nwse', se: 'nwse', ne: 'nesw', sw: 'nesw' }
const MAX_GUIDES = 6
// px of a side on screen from which it has a handle in its middle.
const ROOM = 36

const pointOf = (handle, [x, y, width, height]) => [
  handle.includes('w') ? x : handle.includes('e') ? x + width : x + width / 2,
  handle.includes('n') ? y : handle.includes('s') ? y + height : y + height / 2,
]
const lineOf = ({ axis, at, from, to }) => (axis === 0 ? [at, from, 0, to - from] : [from, at, to - from, 0])
const rounded = value => Math.round(value * 10) / 10

// Moves the elements of the overlay to a box.
const place = (root, { box, guides = [], slot = null }, factor, text) => {
  root.querySelector('.frame').style.transform = transformOf(box, factor)
  for (const grip of root.querySelectorAll('.grip')) {
    const [x, y] = pointOf(grip.dataset.handle, box)
    grip.style.transform = `translate(${x * factor}px,${y * factor}px)`
    // On a short side, the corners are enough.
    const side = { n: box[2], s: box[2], e: box[3], w: box[3] }[grip.dataset.handle]
    grip.classList.toggle('crowded', side * factor < ROOM)
  }
  const lines = [...guides.map(lineOf), ...(slot ? [slot.line] : [])]
  root.querySelectorAll('.guide').forEach((guide, n) => {
    const isSlot = slot !== null && n === lines.length - 1
    const thick = (isSlot ? 3 : 1) / factor
    guide.style.transform = lines[n] ? transformOf(lines[n].map((value, at) => (at > 1 ? Math.max(value, thick) : value)), factor) : 'scale(0)'
    guide.classList.toggle('slot', isSlot)
  })
  const measure = root.nextElementSibling
  measure.textContent = text
  measure.style.transform = `translate(${box[0] * factor}px,${(box[1] + box[3]) * factor + 6}px)`
}

const textOf = ({ box, slot }, handle) => {
  if (slot) return ''
  const [x, y, width, height] = box.map(rounded)
  return handle ? `${width} × ${height}` : `${x}, ${y}`
}

export const Handles = ({ state, actions, rows, factor, begin, isEditable }) => {
  const root = useRef()
  const drag = useRef(null)
  const live = useRef()
  live.current = { state, rows, factor }
  const scale = state.explain?.scale ?? 1
  const canvas = [0, 0, state.poster.width / state.poster.scale, state.poster.height / state.poster.scale]
  const row = rows.find(({ pointer }) => pointer === state.selected)
  const box = row && boxOf(row, rows, state.shapes, scale)

  begin.current = (event, pointer, handle = null) => {
    if (!isEditable || event.button !== 0 || drag.current) return
    const own = rows.find(one => one.pointer === pointer)
    if (!own) return
    const siblings = rows.filter(one => one.pointer.slice(0, one.pointer.lastIndexOf('/')) === pointer.slice(0, pointer.lastIndexOf('/')))
    const box = boxOf(own, rows, state.shapes, scale)
    const found = follow(event, own, handle, { rows, state, scale, factor, canvas, siblings }, {
      start: () => {
        if (!isChild(pointer) || handle) actions.beginDrag()
        root.current?.parentElement.classList.add('dragging')
      },
      show: current => { if (root.current) place(root.current, current, live.current.factor, textOf(current, handle)) },
      live: moved => actions.drag(pointer, moved, sidesOf(handle, box, moved)),
      done: result => {
        drag.current = null
        root.current?.parentElement.classList.remove('dragging')
        if (result === undefined) return
        if (isChild(pointer) && !handle) {
          if (result?.slot) actions.move(pointer, result.slot.list, result.slot.index)
        } else actions.endDrag(pointer, result && result.box, result && sidesOf(handle, box, result.box))
        // What is not changed by the drop goes back.
        if (root.current && box && !(result && handle)) place(root.current, { box: isChild(pointer) || !result ? box : result.box }, live.current.factor, '')
      },
    })
    drag.current = found
  }

  // The state follows later than the pointer: while a layer is dragged, it does not move the frame.
  useLayoutEffect(() => {
    if (root.current && box && !drag.current?.isStarted) place(root.current, { box }, factor, '')
  })
  useEffect(() => { if (state.selected && isEditable) actions.loadShapes() }, [state.selected, isEditable, state.files['artwork.svg']?.hash])

  if (!row || !box) return null
  const hasGrips = isEditable && !state.locked.includes(row.pointer)
  return html`
    <svg class="handles" ref=${root} aria-hidden="true">
      ${Array.from({ length: MAX_GUIDES }, (_, at) => html`<rect key=${at} class="guide" width="1" height="1" style=${{ transform: 'scale(0)' }}/>`)}
      <rect class="frame" width="1" height="1"/>
      ${hasGrips && HANDLES.map(handle => html`<rect key=${handle} class="grip" data-handle=${handle} x="-4" y="-4" width="8" height="8"
        style=${{ cursor: `${CURSORS[handle]}-resize` }} onPointerDown=${event => { event.preventDefault(); begin.current(event, row.pointer, handle) }}/>`)}
    </svg>
    <span class="measure"></span>`
}
