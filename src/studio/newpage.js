// The page of new templates: starters and a place for an SVG first; then the SVG with its slots.

import { html, useRef, useState } from './vendor/preact.js'
import { Icon } from './icons.js'
import { Artwork } from './newcanvas.js'
import { NewPanel } from './newpanel.js'
import { NameField } from './newname.js'
import { ofProblem, placeText } from './findings.js'
import { faults, isName } from './newslots.js'
import { rich } from './rich.js'
import { SessionOver } from './session.js'
import { Appearance, Brand } from './shell.js'
import { t } from './words.js'

const Bar = ({ state, actions }) => html`
  <header class="bar">
    <${Brand} state=${state}/>
    <h1>${t('newTemplate')}</h1>
    <span class="space"></span>
    ${state.phase === 'slots' && html`<button type="button" onClick=${actions.restart}><${Icon} name="back"/><span class="label">${t('newOther')}</span></button>`}
    <${Appearance} state=${state} actions=${actions}/>
  </header>`

// What is wrong with an SVG that cannot be used.
const Refused = ({ problem }) => html`
  <div class="refused" role="alert">
    <b>${problem.status ? t('newUnusable') : t('connectionLost')}</b>
    <ul>${ofProblem(problem).slice(0, 5).map(finding => html`
      <li key=${finding.message}><p>${rich(finding.message)}</p>${finding.line && html`<code>${placeText(finding)}</code>`}
        ${finding.hint && html`<p class="hint">${rich(finding.hint)}</p>`}${finding.excerpt && html`<pre>${finding.excerpt}</pre>`}</li>`)}</ul>
  </div>`

const DropZone = ({ state, actions }) => {
  const [isOver, setOver] = useState(false)
  const chosen = useRef()
  const isReading = state.phase === 'reading'
  return html`
    <section class=${`drop ${isOver ? 'over' : ''}`} aria-label=${t('newDrop')} aria-busy=${isReading}
      onDragEnter=${() => setOver(true)} onDragOver=${() => setOver(true)} onDragLeave=${() => setOver(false)} onDrop=${() => setOver(false)}>
      <span class="sign"><${Icon} name="upload"/></span>
      <div><h2 role="status">${isReading ? state.step : t('newDrop')}</h2><p>${t('newDropHelp')}</p></div>
      <p class="actions">
        <input id="svg-file" type="file" accept=".svg,image/svg+xml" hidden ref=${chosen}
          onChange=${event => { actions.file(event.target.files[0]); event.target.value = '' }}/>
        <button type="button" class="main" disabled=${isReading} onClick=${() => chosen.current.click()}>${t('newChoose')}</button>
        <button type="button" disabled=${isReading} onClick=${actions.paste}>${t('newPaste')}</button>
      </p>
    </section>`
}

// A template as wireframe: picture, title, price, code.
const BlankPicture = () => html`
  <svg class="blank-picture" viewBox="0 0 750 1250" aria-hidden="true">
    <rect class="paper" width="750" height="1250"/><rect class="ink" x="40" y="40" width="670" height="670" rx="28"/>
    <rect class="ink" x="60" y="766" width="560" height="44" rx="8"/><rect class="ink" x="60" y="834" width="400" height="44" rx="8"/>
    <rect class="ink" x="60" y="1054" width="240" height="56" rx="8"/><rect class="ink" x="500" y="1016" width="180" height="180" rx="12"/>
  </svg>`

const Starter = ({ id, title, about, picture, state, actions }) => html`
  <button type="button" class="starter toggle" aria-pressed=${state.starter === id} onClick=${() => actions.choose(id)}>
    <span class="shot">${picture}</span><span class="about"><b>${title}</b><small>${about}</small></span>
  </button>`

const CreateBar = ({ state, actions }) => {
  const { starter, starters, name, isCreating, problem } = state
  const { name: wrong, rest } = faults(problem)
  const chosen = starters.find(({ id }) => id === starter)
  const submit = event => { event.preventDefault(); if (isName(name)) actions.create() }
  return html`
    <form class="create-bar" onSubmit=${submit}>
      <span class="what">${chosen ? t('newCopyOf', chosen.title) : t('newBlank')}</span>
      <${NameField} name=${name} wrong=${wrong} change=${value => actions.show({ name: value, problem: null })}/>
      <button class="main" disabled=${isCreating || !isName(name)}>${isCreating ? t('newCreating') : t('newCreate')}</button>
      ${rest.map(({ message }) => html`<p class="error" role="alert" key=${message}>${rich(message)}</p>`)}
    </form>`
}

const Start = ({ state, actions }) => html`
  <main class="start">
    <div class="page">
      <${DropZone} state=${state} actions=${actions}/>
      ${state.problem && state.starter === null && html`<${Refused} problem=${state.problem}/>`}
      <h2 class="or">${t('newStarters')}</h2>
      <div class="starters">
        <${Starter} id="" title=${t('newBlank')} about=${t('newBlankHelp')} picture=${html`<${BlankPicture}/>`} state=${state} actions=${actions}/>
        ${state.starters.map(({ id, title, sample }) => html`
          <${Starter} key=${id} id=${id} title=${title} about=${id} state=${state} actions=${actions}
            picture=${sample && html`<img loading="lazy" decoding="async" src=${`/v1/templates/${encodeURIComponent(id)}/samples/${encodeURIComponent(sample)}.png`} alt=""/>`}/>`)}
      </div>
    </div>
  </main>
  ${state.starter !== null && html`<${CreateBar} state=${state} actions=${actions}/>`}`

const Refusal = () => html`
  <div class="failed"><h2>${t('newReadOnly')}</h2><p>${t('newReadOnlyHelp')}</p><p class="actions"><a class="button" href="/">${t('backToTemplates')}</a></p></div>`

export const NewPage = ({ state, actions }) => html`
  <${Bar} state=${state} actions=${actions}/>
  <${SessionOver} state=${state}/>
  ${!state.editable ? html`<${Refusal}/>` : state.phase !== 'slots' ? html`<${Start} state=${state} actions=${actions}/>` : html`
    <div class="new-columns">
      <main><${Artwork} state=${state} actions=${actions}/></main>
      <${NewPanel} state=${state} actions=${actions}/>
    </div>`}
  <div class="notes" role="status" aria-live="polite">${state.note && html`<p class=${state.note.kind === 'error' ? 'bad' : ''}>${state.note.text}</p>`}</div>`
