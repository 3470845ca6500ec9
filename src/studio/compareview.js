// A slider between the poster before and the poster now.

import { html, useRef, useState } from './vendor/preact.js'
import { IconButton } from './ui.js'
import { t } from './words.js'

const STEP = 2
const BIG_STEP = 10

/** Over the poster, whose width on screen is `width` px. */
export const CompareSlider = ({ state, width }) => {
  const { before, poster } = state
  const [part, setPart] = useState(50)
  const root = useRef()
  const isDragged = useRef(false)
  const set = value => setPart(Math.max(0, Math.min(100, value)))
  const at = event => {
    const { left, width: whole } = root.current.getBoundingClientRect()
    set((event.clientX - left) / whole * 100)
  }
  const down = event => {
    event.preventDefault()
    event.stopPropagation()
    event.currentTarget.setPointerCapture(event.pointerId)
    isDragged.current = true
    at(event)
  }
  const keys = event => {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP, PageDown: -BIG_STEP, PageUp: BIG_STEP }[event.key]
    const to = { Home: 0, End: 100 }[event.key] ?? (step && part + step)
    if (to === undefined) return
    event.preventDefault()
    set(to)
  }
  const picture = before?.url && { width: `${width * before.width / before.scale / (poster.width / poster.scale)}px` }
  return html`
    <div class="compare" ref=${root} onPointerDown=${down} onPointerMove=${event => isDragged.current && at(event)} onPointerUp=${() => { isDragged.current = false }}>
      <div class="before" style=${{ clipPath: `inset(0 ${100 - part}% 0 0)` }}>
        ${picture ? html`<img id="before" src=${before.url} alt=${t('before')} style=${picture} decoding="sync" draggable="false"/>`
          : html`<p>${t(before?.problem ? 'beforeMissing' : 'drawing')}</p>`}
      </div>
      <i class="side left">${t('before')}</i><i class="side right">${t('after')}</i>
      <div class="divider" style=${{ left: `${part}%` }}>
        <span role="slider" tabindex="0" aria-label=${t('compare')} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(part)} onKeyDown=${keys}></span>
      </div>
    </div>`
}

const timeOf = (seconds, language) => new Date(seconds * 1000).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })

/** What is compared with, below the poster. */
export const CompareBar = ({ state, actions }) => html`
  <div class="compare-bar">
    <label for="compare-with">${t('compareWith')}</label>
    <select id="compare-with" value=${state.compare} onChange=${event => actions.show({ compare: event.target.value })}>
      <option value="opened">${t('asOpened')}</option>
      ${(state.versions ?? []).map(({ version, seen_at: seen }) => html`<option key=${version} value=${version}>
        ${version === state.version ? t('versionInUse', version.slice(0, 8)) : t('versionAt', version.slice(0, 8), timeOf(seen, state.language))}</option>`)}
    </select>
    <${IconButton} icon="cross" label=${t('close')} onClick=${() => actions.show({ compare: null })}/>
  </div>`
