// What the sheet is: how its columns set the parameters, its notices, the posters of risky rows, and rows that are wrong.

import { html, useState } from './vendor/preact.js'
import { Icon } from './icons.js'
import { chosen, distinct, guessesOf, pairsOf, refusedOf, sparesOf } from './mapping.js'
import { Problem, Sentence, inWords } from './problemview.js'
import { IconButton } from './ui.js'
import { t } from './words.js'

const TYPE = 'text/x-haibao-column'

const Chip = ({ name, isDistinct, sets }) => html`
  <span class="column-chip" draggable=${isDistinct} title=${sets ? `${name} → ${sets}` : name}
    onDragStart=${event => { event.dataTransfer.setData(TYPE, name); event.dataTransfer.setData('text/plain', name); event.dataTransfer.effectAllowed = 'move' }}>
    ${name}${sets && html`<small>→ ${sets}</small>`}</span>`

const Pair = ({ pair, columns, actions }) => {
  const [isOver, setOver] = useState(false)
  const { name, title, required, columns: own, value } = pair
  const label = title ?? name
  const isColumn = event => event.dataTransfer.types.includes(TYPE)
  const over = event => { if (isColumn(event)) { event.preventDefault(); setOver(true) } }
  const drop = event => {
    setOver(false)
    if (!isColumn(event)) return
    event.preventDefault()
    actions.assign(name, event.dataTransfer.getData(TYPE))
  }
  // Several columns set a list or an object: they are shown, and cannot be chosen at once.
  const isWhole = own.length < 2 && (own.length === 0 || (own[0].sets === name && columns.some(one => one.name === own[0].name)))
  const choose = event => { if (event.target.value === '') actions.release(name); else actions.assign(name, event.target.value) }
  const isMissing = required && own.length === 0
  return html`
    <tr class=${`pair ${isOver ? 'over' : ''} ${isMissing ? 'missing' : ''}`} data-param=${name} onDragEnter=${over} onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      <th scope="row"><label for=${`column-of-${name}`}>${label}${required && html`<em title=${t('required')}>*</em>`}</label>${label !== name && html`<code>${name}</code>`}</th>
      <td class="of">${isWhole ? html`<select key="whole" id=${`column-of-${name}`} value=${own[0]?.name ?? ''} aria-invalid=${isMissing ? 'true' : null} onChange=${choose}>
          <option value="">${t(required ? 'columnChoose' : 'columnNone')}</option>
          ${columns.map(one => html`<option key=${one.name} value=${one.name}>${one.name}</option>`)}</select>`
        : html`<span class="several">${own.map(one => html`<${Chip} key=${one.name} name=${one.name} sets=${one.sets} isDistinct=${false}/>`)}</span>`}
        ${own[0]?.kept && html`<small class="soft">${t('columnKept')}</small>`}</td>
      <td class="value" title=${value}>${value || html`<span class="soft">–</span>`}</td>
      <td>${own.length > 0 && html`<${IconButton} icon="cross" label=${t('columnRelease', label)} onClick=${() => actions.release(name)}/>`}</td>
    </tr>`
}

const Mapping = ({ preview: read, bulk, actions }) => {
  // A choice is shown at once; the posters follow.
  const preview = { ...read, columns: chosen(read.columns, bulk) }
  const pairs = pairsOf(preview)
  const spares = sparesOf(preview)
  const known = distinct(preview.columns)
  const row = preview.first[0]?.row
  return html`
    <section class="block" aria-labelledby="mapping-title">
      <h3 id="mapping-title">${t('columns')}</h3><p class="soft">${t('columnsHelp')}</p>
      <div class="mapping">
        <table><thead><tr><th>${t('parameter')}</th><th>${t('column')}</th><th>${row ? t('rowOf', row) : ''}</th><th></th></tr></thead>
          <tbody>${pairs.map(pair => html`<${Pair} key=${pair.name} pair=${pair} columns=${known} actions=${actions}/>`)}</tbody></table>
        <div class="spares"><p class="field-label">${t('otherColumns')}</p>
          ${spares.length ? html`<div>${spares.map(({ name, sets }, at) => html`<${Chip} key=${`${name} ${at}`} name=${name} sets=${sets} isDistinct=${known.some(one => one.name === name)}/>`)}</div>` : html`<p class="soft">${t('otherNone')}</p>`}</div>
      </div>
    </section>`
}

const Guesses = ({ guesses, actions }) => html`
  <section class="guesses" aria-labelledby="guesses-title">
    <header><h3 id="guesses-title">${t('guesses')}</h3>
      ${guesses.length > 1 && html`<button type="button" id="guess-all" class="main" onClick=${() => actions.confirm()}>${t('guessAll')}</button>`}</header>
    <ul>${guesses.map(guess => html`
      <li key=${guess.column} data-guess=${guess.param} class=${guess.required ? 'error' : 'warning'}><span>${t('guess', guess.column, guess.title)}</span>
        <button type="button" class=${guesses.length > 1 ? '' : 'main'} aria-label=${t('guessYesOf', guess.column, guess.title)} onClick=${() => actions.confirm(guess)}>${t('guessYes')}</button>
        <button type="button" aria-label=${t('guessNoOf', guess.column, guess.title)} onClick=${() => actions.deny(guess)}>${t('guessNo')}</button></li>`)}</ul>
  </section>`

const Drawn = ({ preview, language }) => preview.posters && html`
  <section class="block result" aria-labelledby="drawn-title">
    <h3 id="drawn-title">${t('riskyRows')}</h3><p class="soft">${t('riskyHelp')}</p>
    <div class="contact" tabindex="0" role="region" aria-labelledby="drawn-title"><img id="risky" src=${preview.posters} alt=${t('riskyAlt')}/></div>
    <ul class="reasons">${preview.drawn.map(({ row, reasons, reasons_zh: chinese }) => ({ row, said: (language === 'zh' ? chinese : reasons) ?? [] })).filter(({ said }) => said.length).map(({ row, said }) => html`
      <li key=${row}><b>${t('rowOf', row)}</b> ${said.join(t('comma'))}</li>`)}</ul>
  </section>`

/** Rows without a poster, with the reasons. */
export const Failures = ({ failures, language }) => html`
  <div class="scroll-x"><table class="failures"><thead><tr><th>${t('row')}</th><th>${t('column')}</th><th>${t('value')}</th><th>${t('reason')}</th></tr></thead>
    <tbody>${failures.flatMap(({ row, reasons }) => reasons.map((reason, at) => html`<tr key=${`${row} ${at}`}><td>${at ? '' : row}</td><td>${reason.column}</td><td class="value" title=${reason.value}>${reason.value}</td><td>${inWords(reason, language).text}</td></tr>`))}</tbody></table></div>`

const factsOf = ({ rows, checked, invalid }) => {
  if (!checked) return t('rows', rows)
  const said = invalid ? checked === rows ? t('rowsAllInvalid', invalid) : t('rowsInvalid', invalid, checked) : checked === rows ? t('rowsValid') : t('rowsFirstValid', checked)
  return `${t('rows', rows)}${t('comma')}${said}`
}

const Nothing = ({ actions, useDrop }) => {
  const [isOver, events] = useDrop(({ files }) => { if (files.length) actions.file(files[0]) })
  return html`<div class=${`nothing ${isOver ? 'over' : ''}`} ...${events}><${Icon} name="table"/><b>${t('noSheet')}</b><p>${t('noSheetHelp')}</p></div>`
}

export const Reading = ({ state, actions, useDrop }) => {
  const { preview, problem, isLooking, file } = state.bulk
  const { language } = state
  if (!file) return html`<${Nothing} actions=${actions} useDrop=${useDrop}/>`
  const again = html`<p><button type="button" onClick=${actions.again}>${t('retry')}</button></p>`
  if (problem && !preview) return html`<div class="reading"><h2>${t('sheetUnread')}</h2><${Problem} problem=${problem} language=${language}/>${again}</div>`
  if (!preview) return html`<div class="blank" role="status"><div class="pulse wide"></div><p>${t('sheetReading')}</p></div>`
  const columns = chosen(preview.columns, state.bulk)
  const guesses = guessesOf({ ...preview, columns, schema: state.schema }, state.bulk)
  // What can be answered here is asked once. A column whose name another one has, too, can only be renamed.
  const isAsked = ({ code }) => code === 'column_like' && !preview.columns.some(one => one.likely && !distinct(preview.columns).includes(one))
  // The service names the ignored columns but for those that were chosen to be.
  const refused = refusedOf(columns, state.bulk)
  const said = [...preview.errors.map(one => ['error', one]), ...preview.notices.map(one => [one.severity, one])].filter(([, one]) => !isAsked(one))
  return html`
    <div class=${`reading ${isLooking ? 'stale' : ''}`} aria-busy=${isLooking}>
      <header><h2>${file.name}</h2><p id="sheet-facts" class=${preview.invalid ? 'fair' : 'soft'} role="status">${isLooking ? t('sheetUpdating') : factsOf(preview)}</p></header>
      ${problem && !isLooking && html`<div class="problem-again"><${Problem} problem=${problem} language=${language}/>${again}</div>`}
      ${said.length > 0 && html`<ul class="notices result">${said.map(([severity, one], at) => html`<li key=${at} class=${severity}><${Sentence} finding=${one} language=${language}/></li>`)}</ul>`}
      ${refused.length > 0 && html`<ul class="notices"><li id="refused-columns">${t('columnsRefused', refused.join(language === 'zh' ? '、' : ', '))}</li></ul>`}
      ${guesses.length > 0 && html`<${Guesses} guesses=${guesses} actions=${actions}/>`}
      <${Mapping} preview=${preview} bulk=${state.bulk} actions=${actions}/>
      <${Drawn} preview=${preview} language=${language}/>
      ${preview.failures.length > 0 && html`<section class="block result" aria-labelledby="invalid-title"><h3 id="invalid-title">${t('rowsWrong', preview.invalid)}</h3><${Failures} failures=${preview.failures} language=${language}/></section>`}
    </div>`
}
