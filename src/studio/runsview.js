// The exports of this template: their progress, archives, and rows without a poster.

import { html, useEffect, useState } from './vendor/preact.js'
import { sizeText } from './bytes.js'
import { STATES, durationOf, isOver } from './exporting.js'
import { Icon } from './icons.js'
import { Problem } from './problemview.js'
import { Failures } from './readingview.js'
import { IconButton } from './ui.js'
import { t } from './words.js'

const CONFIRM_MS = 4000

const label = (state, language) => STATES[state]?.[language === 'zh' ? 0 : 1] ?? state
const duration = seconds => { const [count, unit] = durationOf(seconds); return t(unit === 's' ? 'seconds' : unit === 'min' ? 'minutes' : 'hours', count) }

// A removal cannot be undone: it takes a second click.
const Remove = ({ view, actions }) => {
  const [isAsked, setAsked] = useState(false)
  useEffect(() => {
    if (!isAsked) return
    const timer = setTimeout(() => setAsked(false), CONFIRM_MS)
    return () => clearTimeout(timer)
  }, [isAsked])
  const text = t(isOver(view.state) ? 'delete' : 'cancelExport')
  if (isAsked) return html`<button type="button" class="quiet sure" onClick=${() => actions.act(view.id, 'remove')}>${t('really')}</button>`
  return html`<${IconButton} icon="cross" label=${text} onClick=${() => setAsked(true)}/>`
}

const numbersOf = view => {
  const { state, rows, done, failed, rate, seconds_left: left, bytes } = view
  const all = []
  if (rows) all.push(t('postersOf', done, rows))
  if (failed) all.push(t('failedRows', failed))
  if (state === 'running' && rate) all.push(t('rate', rate))
  if (state === 'running' && left !== null && rate) all.push(t('left', duration(left)))
  if (state === 'done' && bytes) all.push(sizeText(bytes))
  return all
}

const Run = ({ view, problem, language, actions }) => {
  const { id, state, sheet, rows, done, failed, links, failures = [], reason, created_at: created } = view
  const part = count => (rows ? `${Math.min(100, count / rows * 100)}%` : '0%')
  const when = new Date(created * 1000).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
  const hasBar = !['failed', 'cancelled', 'expired'].includes(state)
  return html`
    <li class=${`run ${state}`} data-state=${state} id=${`run-${id}`}>
      <header><h3 title=${sheet}>${sheet}</h3><span class=${`state ${state}`}>${label(state, language)}</span><${Remove} view=${view} actions=${actions}/></header>
      <p class="soft">${when}</p>
      ${hasBar && html`<div class=${`bar-of ${state === 'checking' ? 'waiting' : ''}`} role="progressbar" aria-label=${`${sheet} ${label(state, language)}`} aria-valuemin="0" aria-valuemax="100"
        aria-valuenow=${state === 'checking' ? null : Math.round((done + failed) / (rows || 1) * 100)}><i style=${{ width: state === 'checking' ? null : part(done) }}></i><i class="bad" style=${{ width: part(failed) }}></i></div>`}
      <p class="numbers">${numbersOf(view).map(one => html`<span key=${one}>${one}</span>`)}</p>
      ${reason && html`<${Problem} problem=${{ ...reason, status: 1, detail: reason.message }} language=${language}/>`}
      <${Problem} problem=${problem} language=${language}/>
      ${failed > 0 && failures.length > 0 && html`<details><summary>${t('failuresShow', failed)}</summary><${Failures} failures=${failures} language=${language}/></details>`}
      <div class="run-actions">
        ${links.download && html`<a class="button main" href=${links.download} download><${Icon} name="download"/>${t('downloadZip')}</a>`}
        ${failed > 0 && links.failures_xlsx && html`<a class="button" href=${links.failures_xlsx} download title="failures.xlsx"><${Icon} name="table"/>${t('failuresSheet')}</a>`}
        ${failed > 0 && !links.failures_xlsx && links.failures && html`<a class="button" href=${links.failures} download title="failures.csv"><${Icon} name="table"/>${t('failuresSheet')}</a>`}
        ${state === 'running' && html`<button type="button" onClick=${() => actions.act(id, 'pause')}>${t('pause')}</button>`}
        ${state === 'paused' && html`<button type="button" onClick=${() => actions.act(id, 'resume')}>${t('resume')}</button>`}
      </div>
    </li>`
}

export const Runs = ({ state, actions }) => {
  const { runs, runsProblem, runProblems, isOffline } = state.bulk
  return html`
    <header><h2>${t('exports')}</h2><span class="space"></span><a href=${`/exports?template=${encodeURIComponent(state.id)}`}>${t('exportsAll')}</a></header>
    ${isOffline && html`<p class="error" role="status">${t('connectionLost')}</p>`}
    ${runsProblem && html`<div class="runs-problem"><${Problem} problem=${runsProblem} language=${state.language}/><button type="button" onClick=${actions.reload}>${t('retry')}</button></div>`}
    ${runs === null ? html`<p class="soft runs-problem" role="status">${t('loading')}</p>`
      : runs.length ? html`<ul class="runs">${runs.map(view => html`<${Run} key=${view.id} view=${view} problem=${runProblems[view.id]} language=${state.language} actions=${actions}/>`)}</ul>`
      : !runsProblem && html`<p class="soft runs-problem">${t('exportsNone')}</p>`}`
}
