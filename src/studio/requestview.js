// The request of the poster as programs, to be copied.

import { html, useState } from './vendor/preact.js'
import { Icon } from './icons.js'
import { LANGUAGES, program } from './request.js'
import { SignedLink } from './signedlink.js'
import { Dialog, Tabs } from './ui.js'
import { t } from './words.js'

const KEY = 'haibao_request_language'

/** What the dialog says about the request: the service draws the files on disk. */
export const requestHelp = ({ drafts, params }) => [
  t(Object.keys(drafts).length > 0 ? 'requestSaved' : 'requestHelp'), ...(/"assets\//.test(JSON.stringify(params)) ? [t('requestFiles')] : []),
].join(' ')

export const RequestDialog = ({ state, actions }) => {
  const kept = localStorage.getItem(KEY)
  const [language, setLanguage] = useState(LANGUAGES.includes(kept) ? kept : LANGUAGES[0])
  const text = program(language, { origin: location.origin, template: state.id, params: state.params, key: state.needsKey })
  const choose = one => { setLanguage(one); localStorage.setItem(KEY, one) }
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    actions.note(t('copied'))
  }
  return html`
    <${Dialog} title=${t('requestTitle')} close=${() => actions.show({ dialog: null })}>
      <p class="soft">${requestHelp(state)}</p>
      <div class="dialog-bar"><${Tabs} label=${t('request')} class="chips" value=${language} options=${LANGUAGES.map(value => ({ value, label: value }))} controls="program" change=${choose}/>
      <button type="button" class="main" id="copy-request" onClick=${copy}><${Icon} name="copy"/>${t('copy')}</button></div>
      <pre id="program" role="tabpanel" tabindex="0">${text}</pre>
      <${SignedLink} state=${state} actions=${actions}/>
    </${Dialog}>`
}
