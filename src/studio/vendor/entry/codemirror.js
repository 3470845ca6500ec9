// What the studio uses of CodeMirror.
export { EditorState, Compartment, Transaction } from '@codemirror/state'
export {
  EditorView, drawSelection, dropCursor, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers,
} from '@codemirror/view'
export { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands'
export {
  HighlightStyle, StreamLanguage, bracketMatching, foldGutter, foldKeymap, indentUnit, syntaxHighlighting,
} from '@codemirror/language'
export { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from '@codemirror/autocomplete'
export { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
export { forceLinting, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
export { unifiedMergeView } from '@codemirror/merge'
export { xml } from '@codemirror/lang-xml'
export { tags } from '@lezer/highlight'
