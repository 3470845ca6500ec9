// The field of a new template's name.

import { html } from './vendor/preact.js'
import { isName } from './newslots.js'
import { rich } from './rich.js'
import { TextInput } from './typing.js'
import { t } from './words.js'

export const NameField = ({ name, wrong, change }) => {
  const isWrong = Boolean(wrong) || (name !== '' && !isName(name))
  return html`
    <div class="param name-field">
      <label for="name">${t('newName')}</label>
      <${TextInput} id="name" class="code" value=${name} maxlength="64" spellcheck=${false} aria-invalid=${isWrong} aria-describedby="name-help" change=${change}/>
      <p id="name-help" class=${isWrong ? 'error' : 'hint'} role=${wrong ? 'alert' : undefined}>${wrong ? rich(wrong) : t('newNameHelp')}</p>
    </div>`
}
