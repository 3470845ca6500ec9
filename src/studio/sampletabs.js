// Samples as tabs above the form, and what may be done with parameters that differ from their sample.

import { html, useState } from './vendor/preact.js'
import { isName, isSampleChanged, isSampleConflict, isSampleGone, pathOf, sampleTitle, samplesOf } from './samples.js'
import { TextInput } from './typing.js'
import { Tabs } from './ui.js'
import { difference } from './url.js'
import { t } from './words.js'

const NameForm = ({ state, actions, close }) => {
  const [name, setName] = useState('')
  const exists = Boolean(state.files[pathOf(name)])
  const isWrong = name !== '' && !isName(name)
  const save = async event => {
    event.preventDefault()
    const [field] = event.target.elements
    if (!exists && await actions.saveSample(name)) close()
    else field.focus()
  }
  const keys = event => { if (event.key === 'Escape' && !event.isComposing) close() }
  return html`
    <form class="save-as" onSubmit=${save} onKeyDown=${keys}>
      <label for="sample-name">${t('sampleName')}</label>
      <div><${TextInput} id="sample-name" first value=${name} spellcheck=${false} maxlength="64" aria-describedby="sample-name-help"
        aria-invalid=${isWrong || exists ? 'true' : null} change=${setName}/>
      <button class="main" disabled=${!isName(name) || exists}>${t('save')}</button>
      <button type="button" onClick=${close}>${t('cancel')}</button></div>
      <p id="sample-name-help" class=${isWrong || exists ? 'error' : 'hint'}>${t(exists ? 'sampleExists' : 'sampleNameHelp')}</p>
    </form>`
}

// The parameters in which the form and the file differ, as they are called.
const differing = ({ sample, params, schema, language }, samples) => Object.keys(difference(samples[sample] ?? {}, params))
  .map(name => schema?.properties?.[name]?.title ?? name).join(language === 'zh' ? '、' : ', ')

const Conflict = ({ state, actions, samples, isGone }) => html`
  <div class="conflict" role="alert">
    <p><b>${t(isGone ? 'sampleGone' : 'sampleConflict', sampleTitle(state.sample))}</b> ${!isGone && t('sampleDiffers', differing(state, samples))}</p>
    <div>${!isGone && html`<button type="button" id="take-sample" onClick=${() => actions.chooseSample(state.sample)}>${t('takeTheirs')}</button>`}
    <button type="button" id="keep-sample" class="main" onClick=${actions.keepSample}>${t('keepSample')}</button></div>
  </div>`

export const SampleTabs = ({ state, actions }) => {
  const [isNaming, setNaming] = useState(false)
  const samples = samplesOf(state.files)
  const { sample, params, editable } = state
  const isChanged = isSampleChanged(state)
  const isConflict = editable && isSampleConflict(state)
  const isGone = isSampleGone(state)
  const options = [...Object.keys(samples), ...(isGone ? [sample] : [])].map(name => ({ value: name, label: sampleTitle(name), title: pathOf(name), mark: isChanged && name === sample }))
  return html`
    <div class="samples">
      ${options.length > 0 && html`<${Tabs} label=${t('samples')} class="chips" value=${sample} options=${options} controls="form" change=${actions.chooseSample}/>`}
      ${isConflict && html`<${Conflict} state=${state} actions=${actions} samples=${samples} isGone=${isGone}/>`}
      ${isChanged && !isNaming && html`
        <div class="changed">
          <span><i class="mark"></i>${t('changed')}</span><span class="space"></span>
          ${!isConflict && html`<button type="button" onClick=${() => actions.chooseSample(sample)}>${t('reset')}</button>`}
          ${editable && sample && !isConflict && html`<button type="button" title=${t('saveToSample', sampleTitle(sample))} onClick=${() => actions.saveSample(sample)}>${t('save')}</button>`}
          ${editable && html`<button type="button" id="save-as" onClick=${() => setNaming(true)}>${t('saveAs')}</button>`}
        </div>`}
      ${isNaming && html`<${NameForm} state=${state} actions=${actions} close=${() => setNaming(false)}/>`}
    </div>`
}
