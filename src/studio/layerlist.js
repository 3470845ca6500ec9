// The list of layers: select one, hide its outline, lock it against clicks on the canvas; add layers, and drag them to another place.

import { html, useEffect, useRef, useState } from './vendor/preact.js'
import { Icon } from './icons.js'
import { titleOf } from './outlines.js'
import { picturesOf } from './picker.js'
import { reorder } from './reorder.js'
import { plain } from './rich.js'
import { Menu } from './ui.js'
import { t } from './words.js'

const KINDS = ['text', 'image', 'code', 'barcode', 'shape', 'row', 'column']

const Row = ({ row, state, actions, finding, isFirst, side, press }) => {
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
    <li ref=${ref} class=${`layer ${isSelected ? 'selected' : ''} ${pointer === hovered ? 'hovered' : ''} ${isDrawn ? '' : 'absent'} ${side ? `drop-${side}` : ''}`}
      onPointerEnter=${() => actions.hover(pointer)} onPointerLeave=${() => actions.hover(null)}>
      <button type="button" class="name" aria-current=${isSelected} data-pointer=${pointer} tabindex=${isSelected || (!selected && isFirst) ? 0 : -1}
        style=${{ paddingLeft: `${12 + depth * 14}px` }} title=${pointer} onPointerDown=${press} onClick=${() => actions.select(isSelected ? null : pointer)}>
        <${Icon} name=${type}/><span>${title}</span>${isDrawn ? null : html`<small>${t('notDrawn')}</small>`}
        ${finding && html`<i class=${`dot ${finding.severity === 'error' ? 'bad' : ''}`} title=${plain(finding.message)}></i>`}
      </button>
      ${toggle('hidden', isHidden, ['showOutline', 'hideOutline'], ['eyeOff', 'eye'])}
      ${toggle('locked', isLocked, ['unlock', 'lock'], ['lock', 'unlock'])}
    </li>`
}

// The picture of a new image: a parameter, otherwise a file of the template.
const pictureOf = ({ schema, files }) => {
  const [name] = Object.entries(schema?.properties ?? {}).find(([, one]) => one?.format === 'image') ?? []
  return name ? `{{${name}}}` : picturesOf(files)[0]
}

export const LayerList = ({ state, actions, rows, found, isEditable }) => {
  const [over, setOver] = useState(null)
  const press = row => event => {
    if (isEditable) reorder(event, row, rows, { show: setOver, drop: (list, index) => actions.move(row.pointer, list, index) })
  }
  const kinds = KINDS.map(type => ({ label: t(`type_${type}`), run: () => actions.add(type, pictureOf(state)) }))
  const keys = event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step || event.altKey || !event.target.matches('.name')) return
    event.preventDefault()
    const all = [...event.currentTarget.querySelectorAll('.name')]
    const to = all[Math.min(all.length - 1, Math.max(0, all.indexOf(event.target) + step))]
    to.focus()
    actions.select(to.dataset.pointer)
  }
  return html`
    <section class="layers" aria-labelledby="layers-title">
      <header><h2 id="layers-title">${t('layers')}<span>${rows.length || ''}</span></h2>
        ${isEditable && html`<div class="add-layer" title=${t('addLayer')}><${Menu} label=${t('addLayer')} icon="plus" items=${kinds}/></div>`}</header>
      ${rows.length
        ? html`<ul class=${over ? 'dragging' : ''} onKeyDown=${keys}>${rows.map((row, at) => html`
            <${Row} key=${row.pointer} row=${row} state=${state} actions=${actions} finding=${found.get(row.pointer)} isFirst=${at === 0}
              side=${over?.pointer === row.pointer ? over.side : null} press=${press(row)}/>`)}</ul>`
        : html`<p class="empty">${t(state.phase === 'ready' ? 'noLayers' : 'loading')}</p>`}
    </section>`
}
