// Controls of the properties of a layer: one per kind of value.

import { html } from './vendor/preact.js'
import { Icon } from './icons.js'
import { Picker } from './picker.js'
import { textOf, valueOf } from './propschema.js'
import { plain, rich } from './rich.js'
import { useTyping } from './typing.js'
import { IconButton } from './ui.js'
import { knows, t } from './words.js'

/** What a property is called. */
export const labelOf = name => (knows(`prop_${name}`) ? t(`prop_${name}`) : name)
const nameOf = value => (knows(`value_${value}`) ? t(`value_${value}`) : String(value))

const idOf = path => `prop-${path.join('-')}`
const shownDefault = field => (field.default === undefined ? '' : field.options ? nameOf(field.default) : String(field.default))

// Properties that name a picture.
const PICTURES = ['src', 'fallback']

const Text = ({ field, path, value, set, more, pictures }) => {
  const { kind, name } = field
  const take = text => {
    const found = valueOf(text, kind)
    const next = found === undefined && field.isRequired && kind === 'string' ? '' : found
    set(path, next)
    return next
  }
  const [typing, end] = useTyping(value, textOf(value, kind), take)
  const shown = typing.value
  // Arrow keys change numbers, as in design tools.
  const keys = event => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key]
    const now = Number(shown || field.default)
    if (!by || !['number', 'integer', 'sides'].includes(kind) || !Number.isFinite(now) || event.isComposing) return
    event.preventDefault()
    const step = (kind !== 'integer' && field.maximum <= 3 ? 0.05 : field.name === 'font_weight' ? 100 : 1) * (event.shiftKey ? 10 : 1)
    const next = Math.min(field.maximum ?? Infinity, Math.max(field.minimum ?? -Infinity, Math.round((now + by * step) * 100) / 100))
    end()
    set(path, next)
  }
  const common = { id: idOf(path), placeholder: shownDefault(field), autocomplete: 'off', spellcheck: false, onKeyDown: keys, ...typing, ...more }
  if (name === 'text' || kind === 'json') return html`<textarea rows="1" class=${kind === 'json' ? 'code' : ''} ...${common}></textarea>`
  if (PICTURES.includes(name) && pictures) {
    return html`<div class="image"><${Picker} value=${value} pictures=${pictures} label=${labelOf(name)} disabled=${more.disabled} upload=${pictures.upload} choose=${one => set(path, one)}/><input ...${common}/></div>`
  }
  return html`<div class="unit"><input inputmode=${kind === 'number' || kind === 'integer' ? 'decimal' : null} ...${common}/>${field.unit && !/[%a-z]/.test(shown || shownDefault(field)) && html`<span>${field.unit}</span>`}</div>`
}

const Choice = ({ field, path, value, set, more }) => {
  const at = field.options.findIndex(option => option.value === value)
  const choose = event => set(path, event.target.value === '' ? undefined : field.options[Number(event.target.value)].value)
  const none = field.default === undefined ? t('none') : t('byDefault', nameOf(field.default))
  return html`<select id=${idOf(path)} value=${at < 0 ? '' : String(at)} class=${at < 0 ? 'unset' : ''} onChange=${choose} ...${more}>
    ${(!field.isRequired || at < 0) && html`<option value="">${none}</option>`}
    ${field.options.map((option, n) => html`<option key=${n} value=${String(n)} title=${plain(option.help)}>${nameOf(option.value)}</option>`)}
  </select>`
}

const Check = ({ field, path, value, set, more }) => html`<label class="switch"><input id=${idOf(path)} type="checkbox" checked=${value ?? field.default ?? false}
  onChange=${event => set(path, event.target.checked === (field.default ?? false) ? undefined : event.target.checked)} ...${more}/></label>`

const Colour = ({ field, path, value, set, more }) => {
  const take = text => {
    const next = valueOf(text, 'colour')
    set(path, next)
    return next
  }
  const [typing] = useTyping(value, textOf(value, 'colour'), take)
  const colour = typeof value === 'string' && value.startsWith('#') ? value : String(field.default ?? '')
  const [, hex] = /^(#[0-9a-f]{6})(?:[0-9a-f]{2})?$/i.exec(colour) ?? []
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])[0-9a-f]?$/i.exec(colour)
  const picked = hex ?? (short ? `#${short.slice(1).map(one => one + one).join('')}` : '#ffffff')
  // The opacity of a colour stays.
  const alpha = hex ? colour.slice(7) : ''
  return html`<div class="colour">
    <input type="color" class=${value === undefined && field.default === undefined ? 'unset' : ''} value=${picked} disabled=${more.disabled} aria-label=${t('pickColour', labelOf(field.name))} onInput=${event => set(path, event.target.value + alpha)}/>
    <input id=${idOf(path)} class="code" placeholder=${field.default ?? ''} autocomplete="off" spellcheck=${false} ...${typing} ...${more}/>
  </div>`
}

const CONTROLS = { enum: Choice, boolean: Check, colour: Colour }

// A first value of a property that has parts: what it requires.
const firstOf = field => field.word ?? Object.fromEntries(field.fields.filter(one => one.isRequired)
  .map(one => [one.name, one.kind === 'colour' ? '#00000033' : one.kind === 'string' ? '' : Math.max(1, one.minimum ?? 0)]))

const Group = ({ field, path, value, ...others }) => {
  const { set, isReadOnly } = others
  const parts = typeof value === 'object' ? value : {}
  return html`<div class="prop-group" role="group" aria-label=${labelOf(field.name)}>
    <h4>${labelOf(field.name)}</h4>
    ${!isReadOnly && html`<${IconButton} icon="cross" label=${t('removeProperty', labelOf(field.name))} onClick=${() => set(path, undefined)}/>`}
    ${field.fields.map(one => html`<${Property} key=${one.name} field=${one} path=${[...path, one.name]} value=${parts[one.name]} ...${others}/>`)}
  </div>`
}

/** A property with its name, control and help. `path`: names below the layer; `helpOf` gives the help in the reader's language. */
export const Property = ({ field, path, value, ...others }) => {
  const { set, isReadOnly, helpOf, found, pictures } = others
  if (field.kind === 'group') {
    if (value === undefined) return null
    return html`<${Group} field=${field} path=${path} value=${value} ...${others}/>`
  }
  const id = idOf(path)
  const error = found.get(path.join('/'))
  const range = field.minimum !== undefined && field.maximum !== undefined ? t('range', field.minimum, field.maximum) : ''
  const help = helpOf(field, path)
  const more = { disabled: isReadOnly, 'aria-describedby': `${id}-help`, 'aria-invalid': error ? 'true' : null, title: range }
  const One = CONTROLS[field.kind] ?? Text
  return html`<div class=${`prop ${field.kind} ${value === undefined ? 'unset' : ''} ${field.name === 'text' || field.kind === 'json' ? 'tall' : ''}`}>
    <label for=${id} title=${`${path.join('.')}: ${plain(help)}`}>${labelOf(field.name)}</label>
    <${One} field=${field} path=${path} value=${value} set=${set} more=${more} pictures=${pictures}/>
    <p id=${`${id}-help`} class=${error ? 'error' : 'hint'}>${rich(error ? error.message : help)}</p>
  </div>`
}

/** Buttons that add the properties with parts which a layer does not have. */
export const Adders = ({ fields, layer, set }) => {
  const missing = fields.filter(({ kind, name }) => kind === 'group' && layer[name] === undefined)
  return missing.length > 0 && html`<div class="adders">${missing.map(field => html`
    <button type="button" key=${field.name} aria-label=${t('addProperty', labelOf(field.name))} onClick=${() => set([field.name], firstOf(field))}>
      <${Icon} name="plus"/>${labelOf(field.name)}</button>`)}</div>`
}
