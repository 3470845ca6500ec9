// The panel of the selected layer: its place, and every property of its kind from the schema of layout.json.

import { html, useMemo } from './vendor/preact.js'
import { Icon } from './icons.js'
import { useFile } from './jsonfile.js'
import { isChild, isContainer, rounded } from './layeredit.js'
import { boxOf } from './layers.js'
import { titleOf } from './outlines.js'
import { picturesOf } from './picker.js'
import { Adders, Property } from './propfields.js'
import { propertiesOf, sectionsOf, sideOf } from './propschema.js'
import { Foot } from './sourceview.js'
import { useTyping } from './typing.js'
import { IconButton } from './ui.js'
import { t } from './words.js'

const SIDES = [['X', 0], ['Y', 1], ['W', 2], ['H', 3]]

const Side = ({ label, value, set, disabled, isSize, canBeAuto }) => {
  const now = typeof value === 'number' ? rounded(value) : value ?? ''
  const take = text => {
    const next = sideOf(text, { isSize, canBeAuto })
    if (next !== null) set(next)
    return next ?? now
  }
  const [typing, end] = useTyping(now, String(now), take)
  const keys = event => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key]
    // Input methods choose with these keys, too.
    if (!by || typeof value !== 'number' || event.isComposing) return
    event.preventDefault()
    end()
    set(sideOf(String(value + by * (event.shiftKey ? 10 : 1)), { isSize }) ?? value)
  }
  return html`<label class="side"><span>${label}</span><input inputmode="decimal" aria-label=${label} disabled=${disabled} autocomplete="off"
    aria-invalid=${typing.value !== String(now) && sideOf(typing.value, { isSize, canBeAuto }) === null ? 'true' : null} onKeyDown=${keys} ...${typing}/></label>`
}

const Placement = ({ row, rows, state, actions, isReadOnly }) => {
  const { pointer, layer, type } = row
  const box = boxOf(row, rows, state.shapes, state.explain?.scale ?? 1)
  if (isChild(pointer)) return html`<section><h3>${t('placement')}</h3><p class="soft">${t('inContainer')}</p></section>`
  const isBound = typeof layer.at === 'string'
  const isAuto = layer.box?.[3] === 'auto'
  const sides = box && [...box.slice(0, 3), isAuto ? 'auto' : box[3]]
  const set = (at, value) => actions.setPlace(pointer, (sides ?? [0, 0, 100, 100]).map((side, n) => (n === at ? value : side)))
  return html`<section>
    <h3>${t('placement')}</h3>
    <div class="sides">${SIDES.map(([label, at]) => html`<${Side} key=${`${pointer} ${label}`} label=${label} value=${sides?.[at]} disabled=${isReadOnly} isSize=${at > 1} canBeAuto=${at === 3 && isContainer(type)}
      set=${value => set(at, value)}/>`)}</div>
    <div class="bound">
      ${isBound && html`<span title=${layer.at}><${Icon} name="link"/><b>${t('boundTo', layer.at.replace(/^#/, ''))}</b></span>`}
      ${!isReadOnly && isBound && layer.box !== undefined && html`<button type="button" id="to-shape" onClick=${() => actions.toShape(pointer)}>${t('toShape')}</button>`}
      ${!isReadOnly && isBound && html`<button type="button" id="unbind" disabled=${!box} onClick=${() => actions.unbind(pointer)}>${t('unbind')}</button>`}
      ${!isReadOnly && html`<button type="button" id="bind" aria-pressed=${state.isBinding} onClick=${state.isBinding ? actions.stopBinding : actions.startBinding}><${Icon} name="target"/>${t('bind')}</button>`}
    </div>
    ${state.isBinding && html`<p class="soft" role="status">${t(state.shapes?.length === 0 ? 'bindNone' : 'bindHelp')}</p>`}
  </section>`
}

const Nothing = ({ title, help, children }) => html`<div class="empty"><b>${title}</b><p>${help}</p>${children}</div>`

// Findings about the layer's properties, by their path below it.
const faultsOf = (findings, pointer) => new Map(findings.filter(one => one.pointer?.startsWith(`${pointer}/`))
  .map(one => [one.pointer.slice(pointer.length + 1), one]))

export const Properties = ({ state, actions, rows, findings, isEditable, isReadable }) => {
  const schema = useFile('layout.schema.json')
  const chinese = useFile(state.language === 'zh' ? 'properties.zh.json' : null)
  const row = rows.find(({ pointer }) => pointer === state.selected)
  const fields = useMemo(() => (row ? propertiesOf(schema, row.type, isChild(row.pointer)) : []), [schema, row?.type, row && isChild(row.pointer)])
  const foot = html`<${Foot} state=${state} actions=${actions} path="layout.json"/>`
  if (!row) return html`<div class="content" id="properties" role="tabpanel"><${Nothing} title=${t('noSelection')} help=${t('noSelectionHelp')}/></div>${foot}`
  const { pointer, layer, type } = row
  const isReadOnly = !isEditable
  const set = (path, value) => actions.setProperty(pointer, path, value)
  const helpOf = (field, path) => {
    const name = path.at(-1)
    const own = path.length > 1 ? [`${path[0]}.${name}`] : [`${type === 'column' ? 'row' : type}.${name}`, `child.${name}`]
    return own.map(key => chinese?.[key]).find(Boolean) ?? field.help
  }
  const pictures = { id: state.id, paths: picturesOf(state.files), upload: isReadOnly ? null : actions.addPicture }
  const shared = { set, isReadOnly, helpOf, found: faultsOf(findings, pointer), pictures }
  return html`
    <div class="content" id="properties" role="tabpanel">
      <header class="prop-head"><${Icon} name=${type}/><h2 title=${pointer}>${titleOf(row)}</h2>
        ${isEditable && html`<${IconButton} icon="up" label=${t('raise')} onClick=${() => actions.step(pointer, -1)}/>
          <${IconButton} icon="down" label=${t('lower')} onClick=${() => actions.step(pointer, 1)}/>
          <${IconButton} icon="copy" label=${t('duplicateLayer')} onClick=${() => actions.duplicate(pointer)}/>
          <${IconButton} icon="bin" label=${t('deleteLayer')} onClick=${() => actions.remove(pointer)}/>`}</header>
      ${!isReadable && html`<p class="said bad">${t('hasFaults')} <button type="button" class="link" onClick=${() => actions.open({ file: 'layout.json', line: 1, column: 1 })}>${t('goToSource')}</button></p>`}
      <${Placement} key=${pointer} row=${row} rows=${rows} state=${state} actions=${actions} isReadOnly=${isReadOnly}/>
      ${sectionsOf(fields).map(([section, own]) => html`<section key=${`${pointer} ${section}`}>
        <h3>${t(`section_${section}`)}</h3>
        ${own.map(field => html`<${Property} key=${field.name} field=${field} path=${[field.name]} value=${layer[field.name]} ...${shared}/>`)}
        ${isEditable && html`<${Adders} fields=${own} layer=${layer} set=${set}/>`}
      </section>`)}
    </div>${foot}`
}
