// The list of layers: select one, hide its outline, lock it against clicks on the canvas.

import { html, useEffect, useRef } from './vendor/preact.js'
import { Icon } from './icons.js'
import { titleOf } from './outlines.js'
import { t } from './words.js'

const Row = ({ row, state, actions, finding, isFirst }) => {
  const { pointer, depth, type, isDrawn } = row
  const { selected, hovered, hidden, locked } = state
  const title = titleOf(row)
  const ref = useRef()
  const isSelected = pointer === selected
  useEffect(() => { if (isSelected) ref.current.scrollIntoView({ block: 'nearest' }) }, [isSelected])
  const [isHidden, isLocked] = [hidden.includes(pointer), locked.includes(pointer)]
  const toggle = (list, isOn, [on, off], [iconOn, iconOff]) => html`
    <button type="button" class=${`quiet square toggle ${isOn ? 'on' : ''}`} aria-pressed=${isOn} aria-label=${t(isOn ? on : off, title)}
      title=${t(isOn ? on : off, title)} onClick=${() => actions.toggle(list, pointer)}><${Icon} name=${isOn ? iconOn : iconOff}/></button>`
  return html`
    <li ref=${ref} class=${`layer ${isSelected ? 'selected' : ''} ${pointer === hovered ? 'hovered' : ''} ${isDrawn ? '' : 'absent'}`}
      onPointerEnter=${() => actions.hover(pointer)} onPointerLeave=${() => actions.hover(null)}>
      <button type="button" class="name" aria-current=${isSelected} data-pointer=${pointer} tabindex=${isSelected || (!selected && isFirst) ? 0 : -1}
        style=${{ paddingLeft: `${12 + depth * 14}px` }} title=${pointer} onClick=${() => actions.select(isSelected ? null : pointer)}>
        <${Icon} name=${type}/><span>${title}</span>${isDrawn ? null : html`<small>${t('notDrawn')}</small>`}
        ${finding && html`<i class=${`dot ${finding.severity === 'error' ? 'bad' : ''}`} title=${finding.message}></i>`}
      </button>
      ${toggle('hidden', isHidden, ['showOutline', 'hideOutline'], ['eyeOff', 'eye'])}
      ${toggle('locked', isLocked, ['unlock', 'lock'], ['lock', 'unlock'])}
    </li>`
}

export const LayerList = ({ state, actions, rows, found }) => {
  const keys = event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step || !event.target.matches('.name')) return
    event.preventDefault()
    const all = [...event.currentTarget.querySelectorAll('.name')]
    const to = all[Math.min(all.length - 1, Math.max(0, all.indexOf(event.target) + step))]
    to.focus()
    actions.select(to.dataset.pointer)
  }
  return html`
    <section class="layers" aria-labelledby="layers-title">
      <h2 id="layers-title">${t('layers')}<span>${rows.length || ''}</span></h2>
      ${rows.length
        ? html`<ul onKeyDown=${keys}>${rows.map((row, at) => html`
            <${Row} key=${row.pointer} row=${row} state=${state} actions=${actions} finding=${found.get(row.pointer)} isFirst=${at === 0}/>`)}</ul>`
        : html`<p class="empty">${t(state.phase === 'ready' ? 'noLayers' : 'loading')}</p>`}
    </section>`
}
