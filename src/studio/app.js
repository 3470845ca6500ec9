// The studio: layers on the left, the poster in the middle, its content and source on the right.

import { html, useEffect, useMemo, useState } from './vendor/preact.js'
import { loginPath } from './api.js'
import { Bulk } from './bulkview.js'
import { Faults, isListOpen } from './faults.js'
import { byLayer, byParam, joined, ofProblem } from './findings.js'
import { canEdit } from './editing.js'
import { explainOf } from './explained.js'
import { fieldsOf } from './form.js'
import { Form } from './formview.js'
import { Inspector } from './inspector.js'
import { parse, valueOf } from './jsonc.js'
import { isSound } from './jsonedit.js'
import { useFile } from './jsonfile.js'
import { LayerList } from './layerlist.js'
import { layersOf } from './layers.js'
import { Notes } from './notes.js'
import { Canvas, CanvasBar } from './preview.js'
import { Properties } from './properties.js'
import { RequestDialog } from './requestview.js'
import { rich } from './rich.js'
import { SampleTabs } from './sampletabs.js'
import { SessionOver } from './session.js'
import { ConflictNote, SourceView } from './sourceview.js'
import { Splitter, widthOf } from './splitter.js'
import { Stress } from './stressview.js'
import { TopBar } from './topbar.js'
import { Tabs } from './ui.js'
import { t } from './words.js'

// Below this width the layers are a tab beside the content.
const NARROW = '(max-width: 1099px)'

const useMedia = query => {
  const [matches, setMatches] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const read = () => setMatches(media.matches)
    media.addEventListener('change', read)
    return () => media.removeEventListener('change', read)
  }, [query])
  return matches
}

// Whether something has been so for a while: a text that is being typed is often incomplete.
const useSteady = (value, ms) => {
  const [isSteady, setSteady] = useState(false)
  useEffect(() => {
    if (!value) return setSteady(false)
    const timer = setTimeout(() => setSteady(true), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return value && isSteady
}
const PAUSE_MS = 600

// Findings of files with unsaved texts are those of the poster: their places on disk are others.
const findingsOf = ({ found, drafts, fault, explain }) => joined(
  fault ? ([0, 401].includes(fault.status) ? [] : ofProblem(fault)) : explain?.findings ?? [],
  found.filter(({ file, place }) => !drafts[file ?? place?.file]))

const Failed = ({ state, actions }) => html`
  <div class="failed" role="alert">
    <h2>${state.problem.status ? t('loadFailed') : t('connectionLost')}</h2>
    <p>${rich(state.problem.detail || t('connectionLostHelp'))}</p>
    <p class="actions">
      <button type="button" class="main" onClick=${() => actions.load()}>${t('retry')}</button>
      ${state.problem.status === 401 ? html`<a class="button" href=${loginPath()}>${t('logIn')}</a>`
        : html`<a class="button" href="/">${t('backToTemplates')}</a>`}
    </p>
  </div>`

export const App = ({ state: given, actions }) => {
  const isNarrow = useMedia(NARROW)
  // While the text cannot be read, the layers are those of the poster that is shown.
  const text = actions.text('layout.json')
  const isReadable = useMemo(() => text !== null && isSound(text), [text])
  const layout = !isReadable && given.drawn !== null ? given.drawn : text
  const isEditable = isReadable && canEdit(given, text)
  const explain = explainOf(given, layout)
  const state = useMemo(() => ({ ...given, explain }), [given, explain])
  const value = useMemo(() => (layout === null ? null : valueOf(parse(layout))), [layout])
  const rows = useMemo(() => layersOf(value, state.explain), [value, state.explain])
  const descriptions = useFile(state.language === 'zh' ? 'descriptions.zh.json' : null)
  const fields = useMemo(() => fieldsOf(state.schema ?? {}, { language: state.language, descriptions }), [state.schema, state.language, descriptions])
  const findings = useMemo(() => findingsOf(state), [state.found, state.drafts, state.fault, state.explain])
  const atLayers = useMemo(() => byLayer(findings, rows.map(({ pointer }) => pointer)), [findings, rows])
  const atParams = useMemo(() => byParam(findings, fields.map(({ name }) => name)), [findings, fields])
  const isWanted = isListOpen(state, findings, new Set([...atParams.values()].flat()))
  const isTyping = Object.keys(state.drafts).length > 0
  const isSteady = useSteady(isWanted, isTyping ? PAUSE_MS : 0)
  const isStale = useSteady(Boolean(state.fault), isTyping ? PAUSE_MS : 0)
  const isOpen = isWanted && (isSteady || state.isFaultsOpen === true)

  const panel = state.panel === 'layers' && !isNarrow ? 'content' : state.panel
  const tabs = [['content', 'content'], ['properties', 'properties'], ...(isNarrow ? [['layers', 'layers']] : []), ['source', 'sourceTab']]
  const layers = html`<div class="layers-panel" id="layers"><${LayerList} state=${state} actions=${actions} rows=${rows} found=${atLayers} isEditable=${isEditable}/>
    <${Inspector} state=${state} actions=${actions} rows=${rows} found=${atLayers}/></div>`
  const shared = { state, actions, rows, findings, isEditable }

  if (state.phase === 'failed') return html`<${TopBar} ...${shared}/><${Failed} ...${shared}/>`
  return html`
    <${TopBar} ...${shared}/>
    <${SessionOver} state=${state}/>
    ${state.view === 'bulk' ? html`<${Bulk} ...${shared}/>` : html`<div class="columns" style=${{ '--panel': `${widthOf(state, panel)}px` }}>
      ${!isNarrow && html`<aside aria-label=${t('layers')}>${layers}</aside>`}
      <main>
        ${state.view === 'stress' ? html`<${Stress} ...${shared}/>` : html`<${CanvasBar} ...${shared} isListOpen=${isOpen}/>
        <${Canvas} ...${shared} isStale=${isStale}/>`}
        ${isStale && state.poster && state.view === 'design' && html`<p class="old">${t('lastGood')}</p>`}
        ${isOpen && html`<${Faults} ...${shared}/>`}
      </main>
      <${Splitter} state=${state} actions=${actions} panel=${panel}/>
      <section class="panel" aria-label=${t('content')}>
        <${Tabs} class="main-tabs" label=${t('content')} value=${panel} controls=${panel === 'content' ? 'form' : panel}
          options=${tabs.map(([one, key]) => ({ value: one, label: t(key), mark: one === 'source' && Object.keys(state.drafts).length > 0 }))}
          change=${one => actions.show({ panel: one })}/>
        <${ConflictNote} state=${state} actions=${actions} panel=${panel}/>
        ${panel === 'content' && html`<div class="content"><${SampleTabs} state=${state} actions=${actions}/>
          <${Form} state=${state} actions=${actions} fields=${fields} found=${atParams}/></div>`}
        ${panel === 'properties' && html`<${Properties} ...${shared} isReadable=${isReadable}/>`}
        ${panel === 'layers' && layers}
        ${panel === 'source' && html`<${SourceView} ...${shared}/>`}
      </section>
    </div>`}
    ${state.dialog === 'request' && html`<${RequestDialog} state=${state} actions=${actions}/>`}
    <${Notes} note=${state.note} actions=${actions}/>`
}
