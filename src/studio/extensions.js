// What the editor is made of: keys, colours, completion. Loaded with CodeMirror when the source is first shown.

import { complete } from './complete.js'
import { jsonWithComments } from './language.js'
import { plain } from './rich.js'
import * as cm from './vendor/codemirror.js'

let schema = null
const layoutSchema = () => {
  schema ??= fetch('/studio/files/layout.schema.json').then(response => (response.ok ? response.json() : null)).catch(() => null)
  return schema
}

const MAX_OPTIONS = 60

// Completion of layout.json. Names are matched from their beginning, then anywhere.
const completion = async context => {
  const root = await layoutSchema()
  const found = root && complete(context.state.doc.toString(), context.pos, root)
  if (!found || (!context.explicit && found.from === context.pos)) return null
  const typed = context.state.sliceDoc(found.from, context.pos).replaceAll('"', '').toLowerCase()
  const nameOf = ({ label }) => label.replaceAll('"', '').toLowerCase()
  const rank = option => (nameOf(option).startsWith(typed) ? 0 : 1)
  const options = found.options.filter(option => nameOf(option).includes(typed)).sort((one, other) => rank(one) - rank(other)).slice(0, MAX_OPTIONS)
  const apply = ({ apply: text, back }) => (view, _, from) => view.dispatch({
    changes: { from, to: found.to, insert: text }, selection: { anchor: from + text.length - back }, userEvent: 'input.complete',
  })
  return { from: found.from, filter: false, options: options.map(option => ({ label: option.label, info: option.info && plain(option.info), apply: apply(option) })) }
}

const { tags } = cm
const colours = cm.HighlightStyle.define([
  { tag: [tags.propertyName, tags.attributeName], color: 'var(--code-name)' },
  { tag: [tags.string, tags.attributeValue], color: 'var(--code-text)' },
  { tag: tags.special(tags.string), color: 'var(--code-expression)', fontWeight: '600' },
  { tag: [tags.number, tags.atom, tags.bool], color: 'var(--code-number)' },
  { tag: [tags.tagName, tags.angleBracket], color: 'var(--code-tag)' },
  { tag: [tags.comment, tags.processingInstruction, tags.documentMeta], color: 'var(--soft)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: 'var(--soft)' },
])

const CHINESE = {
  'Find': '查找', 'Replace': '替换', 'next': '下一个', 'previous': '上一个', 'all': '全部', 'match case': '区分大小写', 'regexp': '正则',
  'by word': '整词', 'replace': '替换', 'replace all': '全部替换', 'close': '关闭', 'Go to line': '跳到行', 'go': '跳转',
  'No diagnostics': '没有问题', 'Diagnostics': '问题', 'Fold line': '折叠', 'Unfold line': '展开',
}

/** Extensions of a pane: `kind` is `json`, `svg` or `layout`. */
export const extensionsOf = ({ kind, nonce, isReadOnly, language, save, undo, redo, changed, label }) => [
  cm.EditorView.cspNonce.of(nonce),
  cm.EditorState.readOnly.of(isReadOnly),
  cm.EditorState.phrases.of(language === 'zh' ? CHINESE : {}),
  cm.EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
  cm.lineNumbers(), cm.foldGutter(), cm.lintGutter(), cm.history(), cm.drawSelection(), cm.dropCursor(),
  cm.highlightActiveLine(), cm.highlightActiveLineGutter(), cm.highlightSelectionMatches(), cm.bracketMatching(), cm.closeBrackets(),
  cm.search({ top: true }), cm.indentUnit.of('  '), cm.syntaxHighlighting(colours),
  kind === 'svg' ? cm.xml() : cm.StreamLanguage.define(jsonWithComments(tags)),
  kind === 'layout' ? cm.autocompletion({ override: [completion], icons: false }) : [],
  // Tab moves the focus, as everywhere on the page.
  cm.keymap.of([
    { key: 'Mod-s', preventDefault: true, run: () => { save(); return true } },
    // Undo of files is that of the whole page; the parameters' pane has its own.
    ...(undo ? [{ key: 'Mod-z', preventDefault: true, run: () => { undo(); return true }, shift: () => { redo(); return true } },
      { key: 'Mod-y', preventDefault: true, run: () => { redo(); return true } }] : []),
    ...cm.closeBracketsKeymap, ...cm.completionKeymap, ...cm.searchKeymap, ...cm.historyKeymap, ...cm.foldKeymap, ...cm.lintKeymap, ...cm.defaultKeymap,
  ]),
  cm.EditorView.updateListener.of(changed),
]

export { cm }
