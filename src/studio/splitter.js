// The width of the panel, dragged or set with the arrow keys, kept for the next visit.

import { html, useRef } from './vendor/preact.js'
import { t } from './words.js'

const WIDTHS = { content: 380, properties: 380, layers: 380, source: 560 }
const MIN = 300
// What is left to the poster and the layers.
const MIN_REST = 380
const KEY = panel => `haibao_width_${panel === 'source' ? 'source' : 'content'}`

const limited = width => Math.round(Math.max(MIN, Math.min(width, innerWidth - MIN_REST - (innerWidth >= 1100 ? 240 : 0))))

/** Width of the panel in px. */
export const widthOf = ({ widths }, panel) => {
  let kept = widths?.[KEY(panel)]
  try { kept ??= Number(localStorage.getItem(KEY(panel))) } catch { /* The default, then. */ }
  return limited(kept || WIDTHS[panel])
}

export const Splitter = ({ state, actions, panel }) => {
  const start = useRef(null)
  const width = widthOf(state, panel)
  const set = value => {
    const next = limited(value)
    actions.show({ widths: { ...state.widths, [KEY(panel)]: next } })
    try { localStorage.setItem(KEY(panel), String(next)) } catch { /* Only for this page, then. */ }
  }
  const down = event => {
    event.preventDefault()
    event.currentTarget.setPointerCapture(event.pointerId)
    start.current = { x: event.clientX, width }
  }
  const move = event => { if (start.current) set(start.current.width + start.current.x - event.clientX) }
  const keys = event => {
    const step = { ArrowLeft: 16, ArrowRight: -16 }[event.key]
    if (!step) return
    event.preventDefault()
    set(width + step)
  }
  return html`<div class="splitter" role="separator" aria-orientation="vertical" aria-label=${t('resize')} aria-valuenow=${width} aria-valuemin=${MIN}
    aria-valuemax=${limited(innerWidth)} tabindex="0" onPointerDown=${down} onPointerMove=${move} onPointerUp=${() => { start.current = null }} onKeyDown=${keys}></div>`
}
