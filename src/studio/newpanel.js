// The panel beside the picture: name and title, the slots, the other shapes, and what is to be looked at.

import { html, useEffect, useRef, useState } from './vendor/preact.js'
import { Icon } from './icons.js'
import { NameField } from './newname.js'
import { KINDS, choosable, crop, faults, isName, slotFaults } from './newslots.js'
import { rich } from './rich.js'
import { TextInput } from './typing.js'
import { IconButton } from './ui.js'
import { t } from './words.js'

// Other shapes that are listed at first.
const FIRST = 40

const Thumb = ({ shape, artwork }) => {
  const { width, height, picture } = crop(shape.box, [artwork.width, artwork.height], 40)
  const px = lengths => Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, `${length}px`]))
  return html`<span class="crop"><span style=${px({ width, height })}>${artwork.url && html`<img src=${artwork.url} alt="" style=${px(picture)}/>`}</span></span>`
}

const labelOf = ({ name, id, tag }) => name || (id.startsWith('shape-') ? `<${tag}> ${t('newShapeNone')}` : id)

const SlotRow = ({ slot, shape, wrong, state, actions }) => {
  const label = labelOf(shape)
  const over = id => () => actions.show({ hovered: id })
  return html`
    <li class=${`slot-row ${state.hovered === shape.id ? 'hovered' : ''}`} onPointerEnter=${over(shape.id)} onPointerLeave=${over(null)}>
      <${Thumb} shape=${shape} artwork=${state.artwork}/>
      <div class="slot-name"><b title=${label}>${label}</b>${shape.outlined && html`<small>${t('newOutlined')}</small>`}
        <label class="need"><input type="checkbox" checked=${slot.required || slot.kind === 'code' || slot.kind === 'barcode'}
          disabled=${slot.kind === 'code' || slot.kind === 'barcode'} onChange=${event => actions.change(slot.id, { required: event.target.checked })}/>${t('newRequired')}</label></div>
      <${IconButton} icon="cross" label=${t('newRemove', label)} onClick=${() => actions.toggle(shape)}/>
      <div class="slot-fields">
        <select aria-label=${t('newKind', label)} value=${slot.kind} onChange=${event => actions.change(slot.id, { kind: event.target.value })}>
          ${KINDS.map(kind => html`<option key=${kind} value=${kind}>${t(`type_${kind}`)}</option>`)}
        </select>
        <label class="param-name"><span aria-hidden="true">${t('newParamLabel')}</span><${TextInput} class="code" data-param=${slot.id} aria-label=${t('newParam', label)} title=${t('newParamHelp')} value=${slot.param} maxlength="40" spellcheck=${false}
          aria-invalid=${Boolean(wrong)} change=${param => actions.change(slot.id, { param })}/></label>
      </div>
      ${wrong && html`<p class="error" role="alert">${rich(wrong)}</p>`}
    </li>`
}

const Slots = ({ state, actions, wrong }) => {
  const { slots, artwork } = state
  const shapeOf = id => artwork.shapes.find(shape => shape.id === id)
  return html`
    <section aria-labelledby="slots-title">
      <h2 id="slots-title">${t('newSlots')} <span>${slots.length}</span></h2>
      ${slots.length === 0 ? html`<p class="empty"><b>${t('newNoSlots')}</b><br/>${t('newNoSlotsHelp')}</p>` : html`
        <p class="hint">${t('newSlotsHelp')}</p>
        <ul class="slot-list">${slots.map((slot, index) => html`
          <${SlotRow} key=${slot.id} slot=${slot} shape=${shapeOf(slot.id)} wrong=${wrong.get(index)} state=${state} actions=${actions}/>`)}</ul>`}
    </section>`
}

const Shapes = ({ state, actions }) => {
  const [words, setWords] = useState('')
  const [isWhole, setWhole] = useState(false)
  const { artwork, slots, hovered } = state
  const used = new Set(slots.map(({ id }) => id))
  const wanted = words.trim().toLowerCase()
  const all = choosable(artwork.shapes, slots).filter(shape => !used.has(shape.id) && `${shape.name} ${shape.id} ${shape.tag}`.toLowerCase().includes(wanted))
  const shown = isWhole || wanted ? all : all.slice(0, FIRST)
  return html`
    <section aria-labelledby="shapes-title">
      <h2 id="shapes-title">${t('newShapes')} <span>${all.length}</span>
        <${TextInput} type="search" class="filter" aria-label=${t('newFilter')} placeholder=${t('newFilter')} value=${words} change=${setWords}/></h2>
      <ul class="shape-list">${shown.map(shape => html`
        <li key=${shape.id} class=${shape.id === hovered ? 'hovered' : ''}>
          <button type="button" data-add=${shape.id} aria-label=${t('newAdd', labelOf(shape))} onClick=${() => actions.toggle(shape)}
            onPointerEnter=${() => actions.show({ hovered: shape.id })} onPointerLeave=${() => actions.show({ hovered: null })}
            onFocus=${() => actions.show({ hovered: shape.id })} onBlur=${() => actions.show({ hovered: null })}>
            <${Thumb} shape=${shape} artwork=${artwork}/><span class="shape-name">${labelOf(shape)}</span>
            <small>${shape.outlined ? t('newOutlined') : shape.tag}</small><${Icon} name="plus"/>
          </button>
        </li>`)}</ul>
      ${shown.length < all.length && html`<button type="button" class="wide quiet" onClick=${() => setWhole(true)}>${t('more', all.length - shown.length)}</button>`}
    </section>`
}

const Findings = ({ state, actions }) => {
  const { findings } = state.artwork
  const list = useRef()
  useEffect(() => { list.current?.querySelector('.shown')?.scrollIntoView({ block: 'nearest' }) }, [state.finding])
  if (!findings.length) return html`<section class="fine-news"><p class="hint">${t('newFindingsNone')}</p></section>`
  return html`
    <section aria-labelledby="findings-title">
      <h2 id="findings-title">${t('newFindings')} <span>${findings.length}</span></h2>
      <ol class="found-list" ref=${list}>${findings.map(({ finding, box }, index) => html`
        <li key=${index} class=${state.finding === index ? 'shown' : ''}>
          <button type="button" onClick=${() => actions.show({ finding: state.finding === index ? null : index })}>
            <i class=${box ? '' : 'nowhere'}>${index + 1}</i>
            <span><span class="message">${rich(finding.message)}</span>${finding.hint && html`<span class="hint">${rich(finding.hint)}</span>`}</span>
          </button>
        </li>`)}</ol>
    </section>`
}

export const NewPanel = ({ state, actions }) => {
  const { name, title, isCreating, problem } = state
  const { name: wrong, slots: refused, rest } = faults(problem)
  const own = slotFaults(state.slots)
  const wrongSlots = new Map([...refused, ...[...own].map(([index, key]) => [index, t(key)])])
  const root = useRef()
  useEffect(() => { if (problem) root.current.querySelector('.error')?.scrollIntoView({ block: 'nearest' }) }, [problem])
  const submit = event => { event.preventDefault(); if (isName(name) && !own.size) actions.create() }
  return html`
    <form class="new-panel" ref=${root} onSubmit=${submit}>
      <div class="new-scroll">
        <section class="names">
          <div class="param"><label for="title">${t('newTitle')}</label>
            <${TextInput} id="title" value=${title} maxlength="80" change=${value => actions.show({ title: value })}/></div>
          <${NameField} name=${name} wrong=${wrong} change=${value => actions.show({ name: value, problem: null })}/>
        </section>
        <${Slots} state=${state} actions=${actions} wrong=${wrongSlots}/>
        <${Findings} state=${state} actions=${actions}/>
        <${Shapes} state=${state} actions=${actions}/>
      </div>
      <footer>
        ${rest.slice(0, 3).map(({ message, hint }) => html`<p class="error" role="alert" key=${message}>${rich(message)}${hint && html`<span class="hint">${rich(hint)}</span>`}</p>`)}
        <button class="main wide" disabled=${isCreating || !isName(name) || own.size > 0}>${isCreating ? t('newCreating') : t('newCreate')}</button>
      </footer>
    </form>`
}
