// JSON with comments for CodeMirror: names, values, comments, and handlebars within strings.

const KEY = /^"(?:\\.|[^"\\])*"(?=\s*:)/
const EXPRESSION = /^\{\{\{?[^}"]*\}?\}\}/

const string = (stream, state) => {
  if (stream.match(EXPRESSION)) return 'expression'
  while (!stream.eol()) {
    if (stream.match(EXPRESSION, false)) return 'string'
    const one = stream.next()
    if (one === '\\') stream.next()
    else if (one === '"') {
      state.isString = false
      break
    }
  }
  // A string ends with its line at the latest.
  if (stream.eol()) state.isString = false
  return 'string'
}

const comment = (stream, state) => {
  state.isComment = !stream.match(/^.*?\*\//)
  if (state.isComment) stream.skipToEnd()
  return 'comment'
}

/** The parser of CodeMirror's `StreamLanguage`; `tags` are those of @lezer/highlight. */
export const jsonWithComments = tags => ({
  name: 'jsonc',
  startState: () => ({ isString: false, isComment: false }),
  copyState: state => ({ ...state }),
  token: (stream, state) => {
    if (state.isComment) return comment(stream, state)
    if (state.isString) return string(stream, state)
    if (stream.eatSpace()) return null
    if (stream.match('//')) { stream.skipToEnd(); return 'comment' }
    if (stream.match('/*')) return comment(stream, state)
    if (stream.match(KEY)) return 'propertyName'
    if (stream.match('"')) { state.isString = true; return string(stream, state) }
    if (stream.match(/^-?\d[\d.eE+-]*/)) return 'number'
    if (stream.match(/^(?:true|false|null)\b/)) return 'atom'
    stream.next()
    return 'punctuation'
  },
  tokenTable: { expression: tags.special(tags.string) },
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } }, closeBrackets: { brackets: ['[', '{', '"'] } },
})
