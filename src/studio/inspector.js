// What the explanation of the poster says about the selected layer.

import { html } from './vendor/preact.js'
import { Icon } from './icons.js'
import { titleOf } from './outlines.js'
import { rich } from './rich.js'
import { knows, t } from './words.js'

const number = value => String(Math.round(value * 10) / 10)

// Fonts of the runs, each once with an example of its text.
const fontsOf = runs => [...new Map((runs ?? []).map(run => [`${run.family} ${run.weight}`, run])).entries()]

const Swatch = ({ colour }) => html`<span class="swatch"><i style=${{ background: colour }}></i>${colour}</span>`

/** Rows of a report: label and value. */
const factsOf = (report, scale) => {
  const box = name => report[name]?.map(value => number(value / scale))
  const rows = []
  const add = (label, value) => { if (value !== undefined && value !== null && value !== '') rows.push([label, value]) }
  const [x, y, width, height] = box('box') ?? []
  add(t('box'), html`<span class="box"><i>X</i>${x}<i>Y</i>${y}<i>W</i>${width}<i>H</i>${height}</span>`)
  const ink = box('ink')
  if (ink && ink.join() !== box('box').join() && Number(ink[2]) > 0) add(t('ink'), html`<span class="box"><i>X</i>${ink[0]}<i>Y</i>${ink[1]}<i>W</i>${ink[2]}<i>H</i>${ink[3]}</span>`)
  add(t('lines'), report.lines)
  if (report.zoom !== undefined && report.zoom < 0.999) add(t('shrunk'), t('shrunkTo', Math.round(report.zoom * 100)))
  const fonts = fontsOf(report.fonts)
  if (fonts.length) add(t('fonts'), html`<ul class="fonts">${fonts.map(([name, { text }]) => html`<li key=${name}>${name}<span>${text}</span></li>`)}</ul>`)
  add(t('source'), report.source)
  add(t('codeKind'), report.code?.kind)
  add(t('from'), report.from && (knows(`from_${report.from}`) ? t(`from_${report.from}`) : report.from))
  if (report.decided) {
    const { line_color: colour, contrast, plate } = report.decided
    if (colour) add(t('colour'), html`<${Swatch} colour=${colour}/>`)
    if (contrast) add(t('contrast'), `${number(contrast)}:1`)
    if (plate !== undefined && plate !== null) add(t('plate'), t(plate ? 'yes' : 'no'))
  }
  add(t('time'), `${number(report.ms ?? 0)} ms`)
  return rows
}

export const Inspector = ({ state, actions, rows, found }) => {
  const row = rows.find(({ pointer }) => pointer === state.selected)
  if (!row) return html`<section class="inspector idle"><p>${t('selectLayer')}</p></section>`
  const [report] = row.reports
  const finding = found.get(row.pointer)
  const facts = report ? factsOf(report, state.explain?.scale ?? 1) : []
  return html`
    <section class="inspector" aria-labelledby="inspector-title">
      <h2 id="inspector-title"><${Icon} name=${row.type}/><span>${titleOf(row)}</span></h2>
      <p class="path"><code>${row.pointer}</code>${row.reports.length > 1 && html`<span>${t('copies', row.reports.length)}</span>`}</p>
      ${report?.text && html`<p class="quote">${report.text}</p>`}
      ${report ? html`<dl>${facts.map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`
        : row.isDrawn ? null : html`<p class="soft">${t('notDrawnHelp')}</p>`}
      ${report?.truncated && html`<p class="said"><${Icon} name="warning"/>${t('truncated')}</p>`}
      ${finding && !report?.truncated && html`<p class=${`said ${finding.severity === 'error' ? 'bad' : ''}`}><${Icon} name=${finding.severity === 'error' ? 'error' : 'warning'}/>${rich(finding.message)}</p>`}
      <button type="button" class="wide" onClick=${() => actions.open({ file: 'layout.json', pointer: row.pointer })}><${Icon} name="brackets"/>${t('showSource')}</button>
    </section>`
}
