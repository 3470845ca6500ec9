// Objects and arrays of JSON with comments as entries with the text around them.
//
// Each entry keeps the comments above it and at the end of its line; the white space between entries stays where it is, so that a moved
// entry takes the place of the other one.

const COMMENT = /\/\/[^\n\r]*|\/\*[\s\S]*?(?:\*\/|$)/g

const newlineOf = text => (text.includes('\r\n') ? '\r\n' : '\n')
export const indentAt = (text, offset) => /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))[0]

// Splits what is before an entry into white space that stays, and comments that belong to the entry: those without an empty line
// below them.
const lead = (before, isFirst) => {
  for (const { index, 0: comment } of before.matchAll(COMMENT)) {
    // What is behind the opening bracket on its line is about the container.
    if (isFirst && !before.slice(0, index).includes('\n') && /^[ \t]*[\r\n]/.test(before.slice(index + comment.length))) continue
    if (!/\n[ \t\r]*\n/.test(before.slice(index).replace(COMMENT, '//'))) return [before.slice(0, index), before.slice(index)]
  }
  return [before, '']
}

// The comments at the end of an entry's line.
const tailOf = after => /^(?:[ \t]*(?:\/\/[^\n\r]*|\/\*(?:(?!\*\/)[^\n\r])*\*\/))*(?=[ \t]*(?:[\r\n]|$))/.exec(after)?.[0] ?? ''

// Where the comma is in what follows a value, outside of comments; -1 without one.
const commaIn = after => {
  const hidden = after.replace(COMMENT, one => ' '.repeat(one.length))
  return hidden.indexOf(',')
}

// The entries of a container: { entries: [{ gap, body, between, tail, key }], trailing, rest }. `between` is what is before the comma,
// `rest` what is before the closing bracket.
export const takenApart = (text, node) => {
  const parts = node.items?.map(item => ({ from: item.from, to: item.to }))
    ?? node.members.map(({ key, name, value }) => ({ from: name.from, to: (value ?? name).to, key }))
  const end = node.to - 1
  let at = node.from + 1
  let trailing = false
  const entries = parts.map((part, n) => {
    const [gap, above] = lead(text.slice(at, part.from), n === 0)
    const next = parts[n + 1]?.from ?? end
    const after = text.slice(part.to, next)
    const comma = commaIn(after)
    const between = comma < 0 ? '' : after.slice(0, comma)
    const rest = comma < 0 ? after : after.slice(comma + 1)
    const tail = tailOf(rest)
    at = next - rest.length + tail.length
    if (n === parts.length - 1) trailing = comma >= 0
    return { gap, body: above + text.slice(part.from, part.to), between, tail, key: part.key }
  })
  return { entries, trailing, rest: text.slice(at, end) }
}

const joined = ({ entries, trailing, rest }, newline, indent) => {
  // A comment to the end of the line needs one.
  const space = (part, before) => (/\/\/[^\n\r]*$/.test(before?.tail ?? '') && !/^[ \t]*[\r\n]/.test(part) ? newline + indent + part.trimStart() : part)
  const parts = entries.map(({ gap, body, between, tail }, n) =>
    `${space(gap, entries[n - 1])}${body}${between}${n < entries.length - 1 || trailing ? ',' : ''}${tail}`)
  return parts.join('') + space(rest, entries.at(-1))
}

// The text with other entries of a container.
export const rewritten = (text, node, change) => {
  const parts = takenApart(text, node)
  const changed = { ...parts, ...change(parts.entries, parts) }
  const isEmpty = changed.entries.length === 0 && changed.rest.trim() === ''
  if (changed.entries.length === 0) changed.trailing = false
  const inner = isEmpty ? '' : joined(changed, newlineOf(text), `${indentAt(text, node.from)}  `)
  return text.slice(0, node.from + 1) + inner + text.slice(node.to - 1)
}

export const hasLines = entries => entries.some(({ gap }) => gap.includes('\n'))
export const lineOf = entries => {
  const { gap } = entries.findLast(one => one.gap.includes('\n'))
  return gap.slice(gap[gap.lastIndexOf('\n') - 1] === '\r' ? gap.lastIndexOf('\n') - 1 : gap.lastIndexOf('\n'))
}

// Whether an entry shares its line with no other one.
const isOnOwnLine = (entries, index) => {
  const breaks = at => entries[at] === undefined || entries[at].gap.includes('\n')
  return hasLines(entries) && (breaks(index) || index === 0) && breaks(index + 1)
}

// The entries with a new one at an index. It has a line of its own if its neighbour has one.
export const inserted = (entries, index, body, { rest, isObject, text, node }) => {
  const all = [...entries]
  if (!all.length) {
    const isBlock = !isObject && body.includes('{')
    const line = newlineOf(text) + indentAt(text, node.from)
    const gap = isBlock ? `${line}  ` : isObject ? ' ' : ''
    const kept = rest.trim() === '' ? (isBlock ? line : isObject ? ' ' : '') : rest
    return { entries: [{ gap, body, between: '', tail: '' }], rest: kept }
  }
  const gap = isOnOwnLine(entries, Math.max(0, index - 1)) ? lineOf(entries) : ' '
  const entry = { gap, body, between: '', tail: '' }
  if (index === 0) {
    entry.gap = all[0].gap
    all[0] = { ...all[0], gap }
  }
  all.splice(index, 0, entry)
  return { entries: all }
}

export const removed = (entries, index) => {
  const all = entries.filter((_, at) => at !== index)
  // The space after the bracket stays.
  if (index === 0 && all.length) all[0] = { ...all[0], gap: entries[0].gap }
  return { entries: all }
}
