// The panes of source: layout.json, the artwork, and the parameters as JSON.

import { html, useEffect, useState } from './vendor/preact.js'
import { Editor } from './editor.js'
import { Icon } from './icons.js'
import { textOf } from './samples.js'
import { Tabs } from './ui.js'
import { t } from './words.js'

/** Name of the pane of the parameters, which is no file. */
export const PARAMS = 'params'
const FILES = ['layout.json', 'artwork.svg']

const Conflict = ({ path, actions }) => html`
  <div class="conflict" role="alert">
    <p><b>${t('conflict', path)}</b> ${t('conflictHelp')}</p>
    <div><button type="button" id="take-theirs" onClick=${() => actions.discard(path)}>${t('takeTheirs')}</button>
    <button type="button" id="keep-mine" class="main" onClick=${() => { actions.accept(path); actions.save(path) }}>${t('keepMine')}</button></div>
  </div>`

/** Says that a file is in conflict wherever its source is not shown, since it cannot be saved until that is decided. */
export const ConflictNote = ({ state, actions, panel }) => {
  const path = state.conflicts.find(one => panel !== 'source' || one !== state.file)
  return path === undefined ? null : html`
    <div class="conflict" role="alert">
      <p><b>${t('conflict', path)}</b> ${t('conflictFirst')}</p>
      <div><button type="button" id="see-conflict" class="main" onClick=${() => actions.show({ panel: 'source', file: path })}>${t('seeConflict')}</button></div>
    </div>`
}

export const Foot = ({ state, actions, path, isInvalid }) => {
  const { drafts, conflicts, isSaving, editable } = state
  const isDraft = Boolean(drafts[path])
  const isConflict = conflicts.includes(path)
  if (path === PARAMS) return html`<footer><span class=${isInvalid ? 'error' : 'soft'} role="status">${t(isInvalid ? 'paramsInvalid' : 'paramsHint')}</span></footer>`
  const words = isSaving === path ? 'saving' : isDraft ? 'unsaved' : 'saved'
  return html`
    <footer>
      ${editable
        ? html`<span class=${isDraft ? 'unsaved' : 'soft'} role="status">${isDraft && html`<i class="mark"></i>`}${t(words)}</span><span class="space"></span>
          ${isDraft && !isConflict && html`<button type="button" onClick=${() => actions.discard(path)}>${t('revert')}</button>`}
          ${!isConflict && html`<button type="button" id="save-file" class="main" title="Ctrl+S / ⌘S" disabled=${!isDraft || isSaving === path}
            onClick=${() => actions.save(path)}>${t('save')}</button>`}`
        : html`<span class="soft">${t('readOnlyHelp')}</span>`}
    </footer>`
}

const Missing = ({ state, actions, path }) => {
  const file = state.files[path]
  const text = state.phase !== 'ready' ? t('loading') : file ? t('tooLarge') : t('noFile', path)
  return html`<div class="empty"><p>${text}</p>
    ${state.phase === 'ready' && !file && state.editable && html`<button type="button" onClick=${() => actions.create(path)}><${Icon} name="plus"/>${t('createFile', path)}</button>`}</div>`
}

const objectOf = text => {
  try {
    const value = JSON.parse(text)
    return value && typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

export const SourceView = ({ state, actions, findings }) => {
  const { file, drafts, files, conflicts, editable, open } = state
  const own = [...FILES, PARAMS]
  // A finding may have opened another file, such as a sample.
  const options = (own.includes(file) ? own : [...own, file]).map(path => ({
    value: path, label: path === PARAMS ? t('params') : path, mark: Boolean(drafts[path]), name: drafts[path] ? t('unsavedOf', path) : null,
  }))
  const isParams = file === PARAMS
  const text = isParams ? textOf(state.params) : actions.text(file)
  const isConflict = conflicts.includes(file)
  const [isInvalid, setInvalid] = useState(false)
  useEffect(() => setInvalid(false), [file])
  const change = value => {
    if (!isParams) return actions.edit(file, value)
    const params = objectOf(value)
    setInvalid(!params)
    // The form keeps the last valid ones.
    if (params) actions.setParams(params)
    return params !== null
  }
  return html`
    <section class="source" role="tabpanel" id="source">
      <${Tabs} label=${t('source')} class="files" value=${file} options=${options} controls="source" change=${one => actions.show({ file: one })}/>
      ${isConflict && html`<${Conflict} path=${file} actions=${actions}/>`}
      ${text === null ? html`<${Missing} state=${state} actions=${actions} path=${file}/>`
        : html`<${Editor} key=${file} path=${file} text=${text} theirs=${isConflict ? files[file]?.text ?? '' : null} isReadOnly=${!isParams && !editable}
          findings=${findings.filter(one => one.file === file)} open=${open} nonce=${state.nonce} language=${state.language} change=${change}
          save=${() => { if (!isParams) actions.save(file) }} undo=${isParams ? null : actions.undo} redo=${isParams ? null : actions.redo}/>`}
      <${Foot} state=${state} actions=${actions} path=${file} isInvalid=${isInvalid}/>
    </section>`
}
