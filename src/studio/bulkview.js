// The view of bulk posters: the sheet and its options, what the sheet is, and the exports of this template.

import { html, useState } from './vendor/preact.js'
import { sizeText } from './bytes.js'
import { startOf } from './exporting.js'
import { Icon } from './icons.js'
import { dropped } from './pictures.js'
import { Problem } from './problemview.js'
import { Runs } from './runsview.js'
import { Reading } from './readingview.js'
import { TextInput } from './typing.js'
import { t } from './words.js'

const SHEETS = '.csv,.tsv,.txt,.xlsx,.xlsm,.xls,.xlsb,.et,.ods,.html,.xml,.json,.jsonl,.ndjson'

/** Properties of an element on which files can be dropped, and whether they are over it. */
const useDrop = take => {
  const [isOver, setOver] = useState(false)
  const over = event => { event.preventDefault(); setOver(true) }
  return [isOver, {
    onDragEnter: over, onDragOver: over, onDragLeave: () => setOver(false),
    onDrop: event => { event.preventDefault(); setOver(false); take(event.dataTransfer) },
  }]
}

const SheetField = ({ bulk, actions }) => {
  const [isOver, events] = useDrop(({ files }) => { if (files.length) actions.file(files[0]) })
  const choose = event => { if (event.target.files.length) actions.file(event.target.files[0]); event.target.value = '' }
  const { file } = bulk
  return html`
    <label class=${`sheet-drop ${isOver ? 'over' : ''} ${file ? 'full' : ''}`} ...${events}>
      <input id="sheet" type="file" accept=${SHEETS} onChange=${choose} aria-describedby="sheet-kinds"/>
      <${Icon} name=${file ? 'table' : 'upload'}/>
      <span><b>${file ? file.name : t('dropSheet')}</b><small id="sheet-kinds">${file ? `${sizeText(file.size)} · ${t('chooseOther')}` : 'XLSX · XLS · ODS · CSV · JSON'}</small></span>
    </label>`
}

const STATES = { reading: 'picturesReading', none: 'picturesNone', failed: 'picturesFailed' }

const PicturesField = ({ bulk, actions }) => {
  const [isOver, events] = useDrop(async transfer => actions.pictures(await dropped(transfer)))
  const { pictures, picturesState } = bulk
  const choose = event => { actions.pictures([...event.target.files]); event.target.value = '' }
  const said = pictures ? `${pictures.name ?? t('picturesCount', pictures.count)} · ${sizeText(pictures.archive.size)}` : picturesState && t(STATES[picturesState])
  return html`
    <div class=${`bulk-pictures ${isOver ? 'over' : ''}`} role="group" aria-labelledby="bulk-pictures-label" ...${events}>
      <p id="bulk-pictures-label" class="field-label">${t('pictures')}<span>${t('optional')}</span></p>
      <div class="choices">
        <label class="button">${t('chooseFolder')}<input type="file" webkitdirectory multiple onChange=${choose}/></label>
        <label class="button">${t('chooseZip')}<input type="file" accept=".zip,image/*" multiple onChange=${choose}/></label>
      </div>
      <p class=${['none', 'failed'].includes(picturesState) ? 'error' : 'hint'} role="status">${said || t('picturesHelp')}</p>
    </div>`
}

const Options = ({ bulk, actions }) => {
  const { scale, strict, skipHidden, fileName, page } = bulk.options
  const text = (name, value, label, placeholder) => html`<div class="param"><label for=${`bulk-${name}`}>${label}</label>
    <${TextInput} id=${`bulk-${name}`} class="code" value=${value} placeholder=${placeholder} spellcheck=${false} change=${text => actions.option({ [name]: text })}/></div>`
  const check = (name, value, label) => html`<label class="check"><input type="checkbox" checked=${value} onChange=${event => actions.option({ [name]: event.target.checked })}/> <span>${label}</span></label>`
  return html`
    <details class="bulk-options"><summary>${t('options')}</summary><div>
      ${text('fileName', fileName, t('fileNames'), '{{row}}-{{title}}')}
      ${text('page', page, t('codePage'), 'pages/detail/detail')}
      <div class="param"><label for="bulk-scale">${t('scale')}</label><select id="bulk-scale" value=${String(scale)} onChange=${event => actions.option({ scale: Number(event.target.value) })}>
        ${[1, 2, 3].map(one => html`<option key=${one} value=${String(one)}>${one}x</option>`)}</select></div>
      ${check('skipHidden', skipHidden, t('skipHidden'))}${check('strict', strict, t('strictRows'))}
    </div></details>`
}

export const Bulk = ({ state, actions: { bulk: actions } }) => {
  const { bulk, id } = state
  const { preview, file, sent, isLooking, startProblem } = bulk
  const faults = preview?.errors.length ?? 0
  const count = preview && startOf(preview)
  const isRefused = Boolean(preview?.invalid && bulk.options.strict)
  const isReady = Boolean(file && count && !bulk.problem && !faults && !isRefused && !isLooking && sent === null)
  const why = !file ? t('startNoSheet') : faults ? t('startFaults', faults) : !preview?.invalid ? '' : isRefused ? t('startStrict', preview.invalid) : t('startInvalid', preview.invalid)
  const label = count && !faults ? t(preview.checked < preview.rows && preview.invalid ? 'startMost' : 'startRows', count) : t('startExport')
  return html`
    <div class="bulk">
      <section class="bulk-side" aria-label=${t('newExport')}>
        <h2>${t('newExport')}</h2>
        <${SheetField} bulk=${bulk} actions=${actions}/>
        <a class="blank-sheet" href=${`/v1/templates/${encodeURIComponent(id)}/blank.xlsx`} download><${Icon} name="download"/>${t('blankSheet')}</a>
        <${PicturesField} bulk=${bulk} actions=${actions}/>
        <${Options} bulk=${bulk} actions=${actions}/>
        <div class="bulk-start">
          <button type="button" id="start-export" class="main wide" disabled=${!isReady} onClick=${actions.start}>${sent === null ? label : t('uploading', Math.round(sent * 100))}</button>
          ${sent !== null ? html`<div class="bar-of" role="progressbar" aria-label=${t('upload')} aria-valuenow=${Math.round(sent * 100)}><i style=${{ width: `${sent * 100}%` }}></i></div>`
            : why && html`<p class="hint">${why}</p>`}
          <${Problem} problem=${startProblem} language=${state.language}/>
          ${Object.keys(state.drafts).length > 0 && html`<p class="hint said">${t('exportSaved')}</p>`}
        </div>
      </section>
      <main class="bulk-main"><${Reading} state=${state} actions=${actions} useDrop=${useDrop}/></main>
      <section class="bulk-runs" aria-label=${t('exports')}><${Runs} state=${state} actions=${actions}/></section>
    </div>`
}
