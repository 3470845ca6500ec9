// The editor of one text: CodeMirror with the findings of the file, and with the differences to the file on disk in a conflict.

import { createEcho } from './echo.js'
import { nodeAt, offsetOf, parse } from './jsonc.js'
import { plain } from './rich.js'
import { change } from './textchange.js'
import { html, useEffect, useRef, useState } from './vendor/preact.js'
import { t } from './words.js'

let loading = null
const load = () => (loading ??= import('./extensions.js'))

const KINDS = { 'layout.json': 'layout', 'artwork.svg': 'svg' }

// Places that were shown: a pane that is opened again stays where it is.
const shown = new WeakSet()

// What a finding marks: the string or word at its place, at least one character.
const marked = ({ line, column }, text) => {
  const from = Math.min(offsetOf(text, line ?? 1, column ?? 1), Math.max(0, text.length - 1))
  const [word = ''] = /^(?:"(?:\\.|[^"\\\n])*"?|[^\s,\]}>]+)/.exec(text.slice(from, from + 200)) ?? []
  return { from, to: Math.min(text.length, from + Math.max(1, word.length)) }
}

// Of a longer value, its beginning is shown.
const MAX_SHOWN = 40

/** The part of a text that a place names: { from, to }, in one line. `place` has a pointer, or line and column. */
export const rangeOf = (place, text) => {
  const { from, to } = place.pointer ? nodeAt(parse(text), place.pointer) ?? { from: 0, to: 0 } : marked(place, text)
  const [line] = text.slice(from, Math.min(to, from + MAX_SHOWN)).split('\n')
  return { from, to: from + line.length }
}

// Room beside a place that is scrolled into view, so that one at the end of a long line is read with what is around it.
const marginOf = ({ scrollDOM }) => Math.round(scrollDOM.clientWidth / 4)

const diagnosticsOf = (findings, text) => findings.map(finding => ({
  ...marked(finding, text), severity: finding.severity === 'error' ? 'error' : 'warning',
  message: plain(finding.hint ? `${finding.message}. ${finding.hint}` : finding.message), source: finding.code,
}))

const sameParams = (one, other) => {
  try { return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other)) } catch { return false }
}

// Buttons beside a difference in a conflict.
const choice = (type, action) => {
  const button = document.createElement('button')
  button.type = 'button'
  button.name = type
  button.textContent = t(type === 'accept' ? 'mine' : 'theirs')
  button.onmousedown = action
  button.onkeydown = event => { if (event.key === 'Enter' || event.key === ' ') action(event) }
  return button
}

export const Editor = props => {
  const { path, text, theirs, isReadOnly, findings, open, nonce, language } = props
  const place = useRef()
  const echo = useRef(null)
  const live = useRef(props)
  live.current = props
  const [editor, setEditor] = useState(null)

  useEffect(() => {
    let view = null
    let isGone = false
    echo.current = createEcho(path === 'params' ? sameParams : undefined)
    load().then(({ cm, extensionsOf }) => {
      if (isGone) return
      const merge = new cm.Compartment()
      const changed = update => {
        const isTyped = update.docChanged && !update.transactions.some(one => one.annotation(cm.Transaction.remote))
        if (!isTyped) return
        const typed = update.state.doc.toString()
        const { text: shown, change: send } = live.current
        if (send(typed) !== false) echo.current.sent(typed, shown)
      }
      const extensions = extensionsOf({ kind: KINDS[path] ?? 'json', nonce, isReadOnly, language, label: path, save: () => live.current.save(), undo: live.current.undo, redo: live.current.redo, changed })
      view = new cm.EditorView({ parent: place.current, state: cm.EditorState.create({ doc: live.current.text, extensions: [extensions, merge.of([])] }) })
      setEditor({ cm, view, merge })
    })
    return () => { isGone = true; view?.destroy(); setEditor(null) }
  }, [path, isReadOnly, language])

  // A text from elsewhere: the file on disk, or the form.
  useEffect(() => {
    if (!editor) return
    const { cm, view } = editor
    const before = view.state.doc.toString()
    if (echo.current.isOwn(text) || before === text || (path === 'params' && sameParams(before, text))) return
    view.dispatch({ changes: change(before, text), annotations: [cm.Transaction.remote.of(true), cm.Transaction.addToHistory.of(false)] })
  }, [editor, text])

  useEffect(() => {
    if (!editor) return
    const { cm, view, merge } = editor
    const differences = theirs === null ? [] : cm.unifiedMergeView({ original: theirs, mergeControls: choice, highlightChanges: true })
    view.dispatch({ effects: merge.reconfigure(differences) })
  }, [editor, theirs])

  useEffect(() => {
    if (!editor) return
    const { cm, view } = editor
    view.dispatch(cm.setDiagnostics(view.state, diagnosticsOf(findings, view.state.doc.toString())))
  }, [editor, JSON.stringify(findings)])

  useEffect(() => {
    if (!editor || !open || open.file !== path || shown.has(open)) return
    shown.add(open)
    const { cm, view } = editor
    const { from, to } = rangeOf(open, view.state.doc.toString())
    const range = view.state.update({ selection: { anchor: from, head: to } }).newSelection.main
    const effects = cm.EditorView.scrollIntoView(range, { y: 'center', xMargin: marginOf(view) })
    view.dispatch({ selection: { anchor: from }, effects })
    view.focus()
  }, [editor, open])

  return html`<div class="editor" ref=${place} aria-busy=${!editor}>${!editor && html`<p class="empty">${t('loading')}</p>`}</div>`
}
