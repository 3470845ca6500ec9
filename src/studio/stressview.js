// The posters of difficult parameters beside each other. A click opens the parameters of one in the form.

import { html, useEffect, useRef } from './vendor/preact.js'
import { isListOpen } from './faults.js'
import { ofProblem } from './findings.js'
import { Icon } from './icons.js'
import { Marks, marksOfCase } from './marks.js'
import { plain, rich } from './rich.js'
import { sampleTitle } from './samples.js'
import { t } from './words.js'

const MAX_SAID = 2

// Samples have the names of their tabs.
const titleOf = ({ name, title }) => (name.startsWith('sample ') ? t('caseOfSample', sampleTitle(name.slice('sample '.length))) : title)

// What is wrong with a case, in words; nothing until it is known.
const Said = ({ found }) => {
  const list = found.problem ? ofProblem(found.problem) : found.findings
  if (!list) return html`<p class="waiting"><i></i></p>`
  if (!list.length) return html`<p class="fine">${t('noFindings')}</p>`
  return html`<ul>
    ${list.slice(0, MAX_SAID).map(({ message, severity, code }, at) => html`<li key=${at} class=${severity === 'error' ? 'bad' : 'fair'} title=${plain(message)}>
      <${Icon} name=${severity === 'error' ? 'error' : 'warning'}/><span>${rich(message || code)}</span></li>`)}
    ${list.length > MAX_SAID && html`<li class="soft">${t('more', list.length - MAX_SAID)}</li>`}
  </ul>`
}

const Case = ({ one, found, actions, tallest }) => {
  const root = useRef()
  const { name, about, params } = one
  const title = titleOf(one)
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => actions.see(name, entry.isIntersecting))
    observer.observe(root.current)
    return () => { observer.disconnect(); actions.see(name, false) }
  }, [name])
  const { picture, isOld } = found
  // Until it is drawn, the room of the tallest poster is kept.
  const ratio = picture ? picture.width / picture.height : tallest
  return html`
    <li ref=${root} class="case" data-case=${name}>
      <button type="button" disabled=${!params} aria-label=${t('openCase', title)} title=${params ? t('openCase', title) : ''} onClick=${() => actions.openCase(one)}>
        <span class=${`sheet-of ${isOld ? 'stale' : ''}`}>
          <span class="shown" style=${{ '--ratio': ratio }}>
            ${picture ? html`<img src=${picture.url} alt=${t('posterAlt', title)} decoding="async" draggable="false"/><${Marks} marks=${marksOfCase(found)} width=${picture.width} height=${picture.height}/>`
              : params ? html`<i class=${found.problem ? 'none' : 'pulse'}></i>` : null}
          </span>
        </span>
      </button>
      <h3>${title}</h3>
      <p class="about" title=${about}>${about}</p>
      <${Said} found=${found}/>
    </li>`
}

export const Stress = ({ state, actions, findings }) => {
  const { cases, found, problem, isBusy } = state.stress
  const checked = Object.values(found).filter(one => one.findings)
  const wrong = checked.filter(one => one.findings.length).length
  const isDone = cases && checked.length === cases.length
  const ratios = Object.values(found).flatMap(({ picture }) => (picture ? [picture.width / picture.height] : []))
  const tallest = ratios.length ? Math.min(...ratios) : 0.6
  const errors = findings.filter(one => one.severity === 'error').length
  const isOpen = isListOpen(state, findings, new Set())
  return html`
    <div class="canvas-bar">
      <span class="facts" role="status">${cases && html`<span>${t('casesOf', cases.length)}</span>`}
        ${isDone ? html`<span class=${wrong ? 'fair' : ''}>${wrong ? t('casesWrong', wrong) : t('casesFine')}</span>` : cases && html`<span>${t('casesChecked', checked.length)}</span>`}</span>
      <span class="space"></span>
      <span class="soft hint">${t('stressHelp')}</span>
      ${errors > 0 && html`<button type="button" class="quiet count bad" aria-expanded=${isOpen} aria-controls="findings" onClick=${() => actions.show({ isFaultsOpen: !isOpen })}>
        <${Icon} name="error"/>${t('problems', errors)}</button>`}
    </div>
    <div class=${`cases ${problem ? 'stale' : ''}`} tabindex="0" role="region" aria-label=${t('viewStress')} aria-busy=${isBusy}>
      ${cases ? html`<ul style=${{ '--tallest': tallest }}>${cases.map(one => html`<${Case} key=${one.name} one=${one} found=${found[one.name] ?? {}} actions=${actions} tallest=${tallest}/>`)}</ul>`
        : problem ? html`<div class="blank"><b>${t('noPoster')}</b><p>${rich(problem.detail || t('connectionLostHelp'))}</p></div>`
        : html`<div class="blank" role="status"><div class="pulse"></div><p>${t('drawing')}</p></div>`}
    </div>`
}
