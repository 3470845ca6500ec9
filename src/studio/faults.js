// Findings below the poster, errors with the excerpt of the source as the command line prints it; a click opens the place.

import { html } from './vendor/preact.js'
import { countsOf, layerAt, placeText, target } from './findings.js'
import { Icon } from './icons.js'
import { titleOf } from './outlines.js'
import { rich, sentence } from './rich.js'
import { IconButton } from './ui.js'
import { knows, t } from './words.js'

const MAX_SHOWN = 50

/** Where a finding is, in the words of the page: its file and line, its layer and property, or its parameter. */
export const whereOf = (finding, { row, property } = {}, schema) => {
  if (row) return [titleOf(row), property && (knows(`prop_${property}`) ? t(`prop_${property}`) : property)].filter(Boolean).join(' · ')
  const [, name] = /^\/params\/([^/]+)/.exec(finding.pointer ?? '') ?? []
  return (!finding.file && name && schema?.properties?.[name]?.title) || placeText(finding)
}

/** How many findings there are, errors first. */
export const countText = findings => {
  const { errors, others } = countsOf(findings)
  return [errors && t('problems', errors), others && t('findings', others)].filter(Boolean).join(t('comma')) || t('noFindings')
}

const Finding = ({ finding, state, actions, rows, isEditable }) => {
  const { severity, message, hint, excerpt, code } = finding
  const place = target(finding)
  const layer = finding.file ? null : layerAt(finding.pointer, rows)
  const where = whereOf(finding, layer ?? undefined, state.schema)
  const open = () => (layer ? actions.select(layer.row.pointer) : actions.open(place))
  return html`
    <li class=${`finding ${severity === 'error' ? 'bad' : ''}`}>
      <${Icon} name=${severity === 'error' ? 'error' : 'warning'}/>
      <div>
        <p class="message">${rich(sentence(message))}${hint && html`<span class="hint">${rich(sentence(hint))}</span>`}</p>
        ${excerpt && html`<pre tabindex="0" onClick=${place ? open : undefined}>${excerpt}</pre>`}
        <p class="where">
          ${place ? html`<button type="button" class="link" title=${layer ? finding.pointer : t('openLine', where)} onClick=${open}>${where}</button>` : html`<span title=${finding.pointer ?? ''}>${where}</span>`}
          <code>${code}</code>
          ${isEditable && code === 'code_missing' && html`<button type="button" class="link" id="add-code" onClick=${actions.addCode}>${t('addCode')}</button>`}
        </p>
      </div>
    </li>`
}

// What a problem without findings of its own says in the words of the studio.
const headline = fault => {
  if (!fault) return null
  if (fault.status === 0 && fault.code === 'connection_lost') return [t('connectionLost'), t('connectionLostHelp')]
  return [429, 503, 504].includes(fault.status) ? [t('busy'), null] : null
}

/** Whether the list is open: as chosen, otherwise if there is no poster because of errors that no field of the form shows. */
export const isListOpen = ({ isFaultsOpen, panel, fault }, findings, atFields) => {
  if (headline(fault)) return true
  const shown = panel === 'content' ? findings.filter(one => !atFields.has(one)) : findings
  return findings.length > 0 && (isFaultsOpen ?? (Boolean(fault) && shown.some(({ severity }) => severity === 'error')))
}

export const Faults = ({ state, actions, rows, findings, isEditable }) => {
  const { fault } = state
  const said = headline(fault)
  const { errors } = countsOf(findings)
  return html`
    <section id="findings" class=${`faults ${errors || said ? 'bad' : ''}`} role=${errors || said ? 'alert' : 'region'} aria-label=${t('showFindings')}>
      <header>
        <h2>${said ? said[0] : countText(findings)}</h2>
        <span class="space"></span>
        ${!said && html`<${IconButton} icon="cross" label=${t('close')} onClick=${() => actions.show({ isFaultsOpen: false })}/>`}
      </header>
      ${said ? said[1] && html`<p class="soft">${said[1]}</p>` : html`
        <ul>${findings.slice(0, MAX_SHOWN).map((finding, at) => html`<${Finding} key=${at} finding=${finding} state=${state} actions=${actions} rows=${rows} isEditable=${isEditable}/>`)}
          ${findings.length > MAX_SHOWN && html`<li class="soft">${t('more', findings.length - MAX_SHOWN)}</li>`}</ul>`}
    </section>`
}
