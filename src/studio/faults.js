// Findings below the poster, errors with the excerpt of the source as the command line prints it; a click opens the place.

import { html } from './vendor/preact.js'
import { placeText, target } from './findings.js'
import { Icon } from './icons.js'
import { IconButton } from './ui.js'
import { t } from './words.js'

// Text with `code` in backquotes.
const rich = text => text.split('`').map((part, at) => (at % 2 ? html`<code>${part}</code>` : part))

// A sentence begins with a capital letter, unless it begins with a name.
const sentence = text => (/^\S*[_`.]/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1))

const MAX_SHOWN = 50

const Finding = ({ finding, actions, isEditable }) => {
  const { severity, message, hint, excerpt, code } = finding
  const place = target(finding)
  const open = () => actions.open(place)
  return html`
    <li class=${`finding ${severity === 'error' ? 'bad' : ''}`}>
      <${Icon} name=${severity === 'error' ? 'error' : 'warning'}/>
      <div>
        <p class="message">${rich(sentence(message))}${hint && html`<span class="hint">${rich(sentence(hint))}</span>`}</p>
        ${excerpt && html`<pre tabindex="0" onClick=${place ? open : undefined}>${excerpt}</pre>`}
        <p class="where">
          ${place ? html`<button type="button" class="link" title=${t('openLine', placeText(finding))} onClick=${open}>${placeText(finding)}</button>` : html`<span>${placeText(finding)}</span>`}
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

/** Whether the list is open: as chosen, otherwise if there are errors that no field of the form shows. */
export const isListOpen = ({ isFaultsOpen, panel, fault }, findings, atFields) => {
  if (headline(fault)) return true
  const shown = panel === 'content' ? findings.filter(one => !atFields.has(one)) : findings
  return findings.length > 0 && (isFaultsOpen ?? shown.some(({ severity }) => severity === 'error'))
}

export const Faults = ({ state, actions, findings, isEditable }) => {
  const { fault } = state
  const said = headline(fault)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return html`
    <section id="findings" class=${`faults ${errors || said ? 'bad' : ''}`} role=${errors || said ? 'alert' : 'region'} aria-label=${t('showFindings')}>
      <header>
        <h2>${said ? said[0] : errors ? t('problems', errors) : t('findings', findings.length)}</h2>
        <span class="space"></span>
        ${!said && html`<${IconButton} icon="cross" label=${t('close')} onClick=${() => actions.show({ isFaultsOpen: false })}/>`}
      </header>
      ${said ? said[1] && html`<p class="soft">${said[1]}</p>` : html`
        <ul>${findings.slice(0, MAX_SHOWN).map((finding, at) => html`<${Finding} key=${at} finding=${finding} actions=${actions} isEditable=${isEditable}/>`)}
          ${findings.length > MAX_SHOWN && html`<li class="soft">${t('more', findings.length - MAX_SHOWN)}</li>`}</ul>`}
    </section>`
}
