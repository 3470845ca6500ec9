// The form of the parameters.

import { html, useLayoutEffect, useRef } from './vendor/preact.js'
import { blank, isDate, textOf, valueOf } from './form.js'
import { Icon } from './icons.js'
import { ImageField } from './imagefield.js'
import { picturesOf } from './picker.js'
import { rich } from './rich.js'
import { useTyping } from './typing.js'
import { IconButton } from './ui.js'
import { t } from './words.js'

const idOf = path => `param-${path.join('-')}`

// Sets the value of a text. Returns it.
const taking = (kind, path, set) => text => {
  const value = valueOf(text, kind)
  set(path, value)
  return value
}

const Text = ({ field, path, value, set, more }) => {
  const { kind, placeholder, schema } = field
  const [typing] = useTyping(value, textOf(value, kind), taking(kind, path, set))
  const common = { id: idOf(path), placeholder, spellcheck: false, ...typing, ...more }
  if (kind === 'text' || kind === 'json') return html`<textarea rows="1" class=${kind === 'json' ? 'code' : ''} ...${common}></textarea>`
  if (kind === 'money') return html`<div class="unit"><input inputmode="decimal" autocomplete="off" ...${common}/><span>${t('yuan')}</span></div>`
  if (kind === 'integer' || kind === 'number') return html`<input inputmode=${kind === 'integer' ? 'numeric' : 'decimal'} autocomplete="off" ...${common}/>`
  return html`<input maxlength=${schema.maxLength} autocomplete="off" ...${common}/>`
}

// Dates are written as in requests, whatever the browser's language is; its calendar helps.
const DateField = ({ field, path, value, set, more }) => {
  const [typing] = useTyping(value, textOf(value, 'date'), taking('date', path, set))
  const calendar = useRef()
  const pick = () => {
    calendar.current.value = isDate(value) ? value : ''
    calendar.current.showPicker()
  }
  return html`<div class="date">
    <input key="text" id=${idOf(path)} inputmode="numeric" placeholder=${field.placeholder || 'YYYY-MM-DD'} autocomplete="off" spellcheck=${false} ...${typing} ...${more}/>
    <${IconButton} icon="calendar" label=${t('pickDate', field.label)} onClick=${pick}/>
    <input key="calendar" type="date" tabindex="-1" aria-hidden="true" ref=${calendar} onInput=${event => set(path, event.target.value || undefined)}/>
  </div>`
}

const Colour = ({ field, path, value, set, more }) => {
  const plain = /^#[0-9a-f]{6}$/i.test(value ?? '') ? value : '#000000'
  const [typing] = useTyping(value, textOf(value, 'line'), taking('line', path, set))
  return html`<div class="colour">
    <input type="color" value=${plain} aria-label=${t('pickColour', field.label)} onInput=${event => set(path, event.target.value)}/>
    <input id=${idOf(path)} class="code" placeholder=${field.placeholder || '#rrggbb'} autocomplete="off" spellcheck=${false} ...${typing} ...${more}/>
  </div>`
}

const Choice = ({ field, path, value, set, more }) => {
  const index = field.options.findIndex(option => option.value === value)
  const choose = event => set(path, event.target.value === '' ? undefined : field.options[Number(event.target.value)].value)
  return html`<select id=${idOf(path)} value=${index < 0 ? '' : String(index)} onChange=${choose} ...${more}>
    ${(!field.isRequired || index < 0) && html`<option value="">${t('none')}</option>`}
    ${field.options.map(({ label }, at) => html`<option key=${at} value=${String(at)}>${label}</option>`)}
  </select>`
}

const List = ({ field, path, value, ...others }) => {
  const items = Array.isArray(value) ? value : []
  const { set } = others
  const root = useRef()
  // What has the focus once the list has this many items.
  const next = useRef(null)
  useLayoutEffect(() => {
    if (next.current?.count !== items.length) return
    const { at, selector } = next.current
    next.current = null
    const item = root.current.querySelectorAll(':scope > .list-item')[at]
    const wanted = item?.querySelector(selector) ?? root.current.querySelector(':scope > .add-item')
    wanted.focus()
  })
  const add = () => {
    next.current = { count: items.length + 1, at: items.length, selector: 'input:not([type=color], [type=file]), textarea, select, button' }
    set([...path, items.length], blank(field.item))
  }
  const remove = at => {
    next.current = { count: items.length - 1, at: Math.min(at, items.length - 2), selector: '.remove-item' }
    set([...path, at], undefined)
  }
  const move = at => set(path, items.with(at - 1, items[at]).with(at, items[at - 1]))
  const isFull = items.length >= (field.schema.maxItems ?? Infinity)
  return html`<div class="list" id=${idOf(path)} tabindex="-1" ref=${root}>
    ${items.map((item, at) => html`<div class="list-item" key=${at}>
      <${Control} field=${{ ...field.item, label: t('item', at + 1) }} path=${[...path, at]} value=${item} ...${others} more=${{ 'aria-label': `${field.label}: ${t('item', at + 1)}` }}/>
      ${items.length > 1 && html`<${IconButton} icon="up" label=${t('moveUp', at + 1)} disabled=${at === 0} onClick=${() => move(at)}/>`}
      <${IconButton} icon="cross" class="remove-item" label=${t('removeItem', at + 1)} onClick=${() => remove(at)}/>
    </div>`)}
    <button type="button" class="add-item" disabled=${isFull} onClick=${add}><${Icon} name="plus"/>${t('addItem')}</button>
  </div>`
}

const Group = ({ field, path, value, ...others }) => html`<div class="group">
  ${field.fields.map(one => html`<${Field} key=${one.name} field=${one} path=${[...path, one.name]} value=${value?.[one.name]} ...${others} findings=${null}/>`)}
</div>`

const CONTROLS = { colour: Colour, date: DateField, enum: Choice, list: List, group: Group, image: ImageField }

const Control = props => {
  const One = CONTROLS[props.field.kind] ?? Text
  return html`<${One} ...${props}/>`
}

const Field = ({ field, path, value, set, findings, ...others }) => {
  const { kind, label, help, isRequired } = field
  const id = idOf(path)
  const errors = findings ?? []
  const more = { 'aria-describedby': `${id}-help`, 'aria-invalid': errors.length ? 'true' : null, 'aria-required': isRequired ? 'true' : null }
  const notes = html`<p id=${`${id}-help`} class=${errors.length ? 'error' : 'hint'}>${errors.length ? errors.map(({ message, hint }) => html`<span>${rich(message)}${hint && html` · ${rich(hint)}`}</span>`) : rich(help)}</p>`
  if (kind === 'boolean') {
    return html`<div class="param check"><label><input id=${id} type="checkbox" checked=${value === true} onChange=${event => set(path, event.target.checked)} ...${more}/> ${label}</label>${notes}</div>`
  }
  return html`
    <div class=${`param ${kind}`}>
      <label for=${kind === 'group' ? null : id} title=${path.join('.')}>${label}${!isRequired && html`<span>${t('optional')}</span>`}</label>
      <${Control} field=${field} path=${path} value=${value} set=${set} more=${more} ...${others}/>
      ${(help || errors.length > 0) && notes}
    </div>`
}

export const Form = ({ state, actions, fields, found }) => {
  if (state.phase !== 'ready') return html`<p class="empty">${t('loading')}</p>`
  if (!state.schema) return html`<div class="empty" id="form"><p>${t('formLater')}</p></div>`
  if (!fields.length) return html`<div class="empty" id="form"><b>${t('noParams')}</b><p>${t('noParamsHelp')}</p></div>`
  const paths = picturesOf(state.files)
  const pictures = { id: state.id, paths }
  return html`
    <form id="form" class="params" role="tabpanel" onSubmit=${event => event.preventDefault()}>
      ${fields.map(field => html`<${Field} key=${field.name} field=${field} path=${[field.name]} value=${state.params[field.name]} set=${actions.setParam}
        findings=${found.get(field.name)} note=${actions.note} pictures=${pictures}/>`)}
      <datalist id="assets">${paths.map(path => html`<option key=${path} value=${path}/>`)}</datalist>
    </form>`
}
