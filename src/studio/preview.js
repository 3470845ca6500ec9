// The canvas: the poster in its sizes and surroundings, and the bar above it.

import { html, useLayoutEffect, useRef, useState } from './vendor/preact.js'
import { CompareBar, CompareSlider } from './compareview.js'
import { Binding } from './binding.js'
import { Frame } from './frames.js'
import { Handles } from './handles.js'
import { Icon } from './icons.js'
import { Marks, marksOf } from './marks.js'
import { Outlines } from './outlines.js'
import { Segments } from './ui.js'
import { t } from './words.js'
import { titleIn } from './topbar.js'

const ZOOMS = [['fit', 'fit'], ['actual', 'actual'], ['double', 'double']]
const FRAMES = ['canvas', 'phone', 'chat', 'moments']
// px between the poster and the edge of the canvas.
const MARGIN = 32

export const CanvasBar = ({ state, actions, findings, isListOpen }) => {
  const { zoom, frame, hasOutlines, poster } = state
  const errors = findings.filter(one => one.severity === 'error').length
  const scale = poster?.scale ?? 1
  return html`
    <div class="canvas-bar">
      <${Segments} label=${t('zoom')} value=${zoom} change=${one => actions.show({ zoom: one, frame: 'canvas' })}
        options=${ZOOMS.map(([value, key]) => ({ value, label: t(key) }))}/>
      <${Segments} label=${t('frame')} value=${frame} change=${one => actions.show({ frame: one })} icons
        options=${FRAMES.map(value => ({ value, label: t(`frame_${value}`), icon: value }))}/>
      <button type="button" class="quiet square" aria-pressed=${hasOutlines} aria-label=${t('outlines')} title=${t('outlines')}
        onClick=${() => actions.show({ hasOutlines: !hasOutlines })}><${Icon} name="outlines"/></button>
      <button type="button" class="quiet square" aria-pressed=${state.hasMarks} aria-label=${t('marks')} title=${t('marks')}
        onClick=${() => actions.show({ hasMarks: !state.hasMarks })}><${Icon} name="marks"/></button>
      <button type="button" class="quiet square" aria-pressed=${Boolean(state.compare)} aria-label=${t('compareBefore')} title=${t('compareBefore')}
        onClick=${() => actions.show({ compare: state.compare ? null : 'opened', frame: 'canvas' })}><${Icon} name="compare"/></button>
      <span class="space"></span>
      ${poster && html`<span class="facts"><span>${t('size', Math.round(poster.width / scale), Math.round(poster.height / scale))}</span><span class="took">${t('took', poster.took)}</span></span>`}
      <button type="button" id="findings-toggle" class=${`quiet count ${errors ? 'bad' : findings.length ? 'fair' : ''}`} aria-expanded=${isListOpen}
        aria-controls="findings" disabled=${!findings.length} onClick=${() => actions.show({ isFaultsOpen: !isListOpen })}>
        ${findings.length > 0 && html`<${Icon} name=${errors ? 'error' : 'warning'}/>`}
        <span class="words">${errors ? t('problems', errors) : findings.length ? t('findings', findings.length) : t('noFindings')}</span>
      </button>
    </div>`
}

// The size of an element, followed while it changes.
const useSize = () => {
  const ref = useRef()
  const [size, setSize] = useState(null)
  useLayoutEffect(() => {
    const read = () => setSize({ width: ref.current.clientWidth, height: ref.current.clientHeight })
    read()
    const observer = new ResizeObserver(read)
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [])
  return [ref, size]
}

/** Width of the poster on screen, CSS px: all of it fits, one px of the canvas is one or two px. */
export const shownWidth = (zoom, poster, size) => {
  const width = poster.width / poster.scale
  const height = poster.height / poster.scale
  if (zoom === 'double') return width * 2
  if (zoom === 'actual') return width
  const room = [size.width - 2 * MARGIN, size.height - 2 * MARGIN]
  return Math.max(40, Math.floor(Math.min(width, room[0], room[1] * width / height)))
}

const Empty = ({ state }) => state.fault
  ? html`<div class="blank"><b>${t('noPoster')}</b><p>${t('noPosterHelp')}</p></div>`
  : html`<div class="blank" role="status"><div class="pulse"></div><p>${t('drawing')}</p></div>`

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

export const Canvas = ({ state, actions, rows, findings, isStale, isEditable }) => {
  const { poster, zoom, frame, isDrawing, explain } = state
  const [ref, size] = useSize()
  const alt = t('posterAlt', titleIn(state))
  const deselect = event => { if (event.target === event.currentTarget) actions.select(null) }
  const begin = useRef(null)
  const keys = event => {
    if (event.key === 'Escape') return actions.select(null)
    const step = ARROWS[event.key]
    if (!step || !state.selected || event.altKey || frame !== 'canvas') return undefined
    // Without a layer to move, the arrow keys scroll.
    if (actions.nudge(state.selected, step.map(one => one * (event.shiftKey ? 10 : 1)))) event.preventDefault()
    return undefined
  }
  // The point in the middle stays there when the size changes, as parts of the poster.
  const centre = useRef([0.5, 0.5])
  const keepCentre = () => {
    const { scrollLeft, scrollTop, clientWidth, clientHeight, scrollWidth, scrollHeight } = ref.current
    centre.current = [(scrollLeft + clientWidth / 2) / scrollWidth, (scrollTop + clientHeight / 2) / scrollHeight]
  }
  useLayoutEffect(() => {
    const area = ref.current
    const [x, y] = centre.current
    area.scrollTo(x * area.scrollWidth - area.clientWidth / 2, y * area.scrollHeight - area.clientHeight / 2)
    centre.current = [x, y]
  }, [zoom, Boolean(poster)])
  const content = () => {
    if (!poster) return html`<${Empty} state=${state}/>`
    if (frame !== 'canvas') return html`<${Frame} kind=${frame} poster=${poster} alt=${alt} size=${size}/>`
    const width = shownWidth(zoom, poster, size)
    return html`
      <div class="poster" style=${{ width: `${width}px`, height: `${Math.round(width * poster.height / poster.width)}px` }}>
        <img id="poster" src=${poster.url} alt=${alt} decoding="sync" draggable="false"/>
        ${state.compare ? html`<${CompareSlider} state=${state} width=${width}/>` : html`
          <${Outlines} state=${state} actions=${actions} rows=${rows} unit=${width / poster.width} begin=${(...all) => begin.current?.(...all)}/>
          ${state.hasMarks && explain && html`<${Marks} marks=${marksOf(findings, explain.layers)} width=${explain.width} height=${explain.height} labels=${true} whole=${[state.hovered, state.selected]}/>`}
          ${state.isBinding ? html`<${Binding} state=${state} actions=${actions} factor=${width * poster.scale / poster.width}/>`
            : html`<${Handles} state=${state} actions=${actions} rows=${rows} factor=${width * poster.scale / poster.width} begin=${begin} isEditable=${isEditable}/>`}`}
      </div>`
  }
  return html`
    <div class=${`canvas ${isStale ? 'stale' : ''}`} ref=${ref} onScroll=${keepCentre} tabindex="0" role="region" aria-label=${t('poster')} aria-busy=${isDrawing}
      onPointerDown=${deselect} onKeyDown=${keys}>
      ${size && content()}
    </div>
    ${state.compare && poster && frame === 'canvas' && html`<${CompareBar} state=${state} actions=${actions}/>`}`
}
