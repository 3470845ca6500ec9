// JSON with comments as a tree with positions, read past faults: places of JSON pointers in a source and the reverse.

const ESCAPES = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

const unescape = raw => raw.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex, one) =>
  hex ? String.fromCharCode(parseInt(hex, 16)) : ESCAPES[one] ?? one)

// The tokens of a text: { type, from, to }, where type is one of {}[]:, or string, word.
const tokenise = text => {
  const tokens = []
  const token = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\.|[^"\\\n])*"?|[{}[\]:,]|[^\s{}[\]:,"/]+|\//g
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found.startsWith('//') || found.startsWith('/*')) continue
    const type = '{}[]:,'.includes(found) ? found : found[0] === '"' ? 'string' : 'word'
    tokens.push({ type, from: index, to: index + found.length })
  }
  return tokens
}

const WORDS = { true: true, false: false, null: null }

const parsed = text => {
  const tokens = tokenise(text)
  let at = 0
  const peek = () => tokens[at]?.type
  const scalar = ({ type, from, to }) => {
    const raw = text.slice(from, to)
    if (type === 'string') return { type: 'string', from, to, value: unescape(raw.slice(1, raw.length > 1 && raw.endsWith('"') ? -1 : undefined)) }
    if (raw in WORDS) return { type: raw === 'null' ? 'null' : 'boolean', from, to, value: WORDS[raw] }
    const number = Number(raw)
    return { type: Number.isNaN(number) ? 'unknown' : 'number', from, to, value: Number.isNaN(number) ? null : number }
  }
  const value = depth => {
    const token = tokens[at]
    if (!token || depth > 200) return null
    if (token.type === '{') return object(depth)
    if (token.type === '[') return array(depth)
    if (token.type !== 'string' && token.type !== 'word') return null
    at++
    return scalar(token)
  }
  // The end of a container: that of its bracket, or of the last token before another one. What is not closed has no end, so
  // that the end of the text is within it.
  const close = (node, bracket) => {
    const isClosed = peek() === bracket
    if (isClosed) at++
    node.to = !isClosed && at >= tokens.length ? text.length + 1 : tokens[at - 1].to
    return node
  }
  const object = depth => {
    const node = { type: 'object', from: tokens[at].from, to: 0, members: [] }
    at++
    while (at < tokens.length && peek() !== '}' && peek() !== ']') {
      if (peek() !== 'string') { at++; continue }
      const name = scalar(tokens[at++])
      let member = null
      if (peek() === ':') {
        at++
        member = value(depth + 1)
      }
      node.members.push({ key: name.value, name, value: member })
    }
    return close(node, '}')
  }
  const array = depth => {
    const node = { type: 'array', from: tokens[at].from, to: 0, items: [] }
    at++
    while (at < tokens.length && peek() !== ']' && peek() !== '}') {
      const item = value(depth + 1)
      if (item) node.items.push(item)
      else at++
    }
    return close(node, ']')
  }
  return value(0)
}

// Trees of the texts that were read last: an edit, and what is shown of it, look at the same few texts many times.
const KEPT = 4
const known = new Map()

/**
 * The tree of a text, or null if it has no value. A node is { type, from, to } with `value` (of a scalar), `items` (of an
 * array), or `members` (of an object): { key, name, value }, where `name` is the node of the key and `value` may be null.
 * Trees are shared, and must not be changed.
 */
export const parse = text => {
  const root = known.has(text) ? known.get(text) : parsed(text)
  known.delete(text)
  known.set(text, root)
  if (known.size > KEPT) known.delete(known.keys().next().value)
  return root
}

/** The value of a node, as JSON.parse returns it. */
export const valueOf = node => {
  if (!node) return null
  if (node.type === 'array') return node.items.map(valueOf)
  if (node.type !== 'object') return node.value
  return Object.fromEntries(node.members.map(({ key, value }) => [key, valueOf(value)]))
}

const steps = pointer => pointer.split('/').slice(1).map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
const below = (pointer, step) => `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The node that a JSON pointer leads to, or the last one on the way to it. */
export const nodeAt = (root, pointer) => {
  let node = root
  for (const step of steps(pointer)) {
    const next = node?.type === 'array' ? node.items[Number(step)] : node?.members?.findLast(member => member.key === step)?.value
    if (!next) break
    node = next
  }
  return node
}

/**
 * Where a position is: { pointer, container, key, value }. `container` is the innermost object or array around it, with its
 * `pointer`; `key` is true if the position is at the name of a member; `value` is the node or member at the position.
 */
export const placeOf = (root, position) => {
  const inside = node => node && node.from <= position && position <= node.to
  // Behind a closing bracket is outside.
  const within = node => inside(node) && node.from < position && position < node.to
  let place = { pointer: '', container: null, key: false, member: null, value: root }
  let node = within(root) ? root : null
  let pointer = ''
  while (node && (node.type === 'object' || node.type === 'array')) {
    place = { pointer, container: node, key: node.type === 'object', member: null, value: null }
    if (node.type === 'array') {
      const index = node.items.findIndex(inside)
      if (index < 0) return place
      place.value = node.items[index]
      pointer = below(pointer, index)
      node = within(place.value) ? place.value : null
    } else {
      const member = node.members.findLast(({ name }) => name.from <= position)
      if (!member) return place
      if (position <= member.name.to) return { ...place, member }
      const end = member.value?.to ?? member.name.to
      // Behind the value, the next name follows.
      if (member.value && position > end) return place
      place = { ...place, key: false, member, value: member.value }
      if (!within(member.value)) return place
      pointer = below(pointer, member.key)
      node = member.value
    }
  }
  return place
}

/** Offset of a line and a column in characters, both from 1. */
export const offsetOf = (text, line, column) => {
  let start = 0
  for (let n = 1; n < line; n++) {
    const end = text.indexOf('\n', start)
    if (end < 0) return text.length
    start = end + 1
  }
  const end = text.indexOf('\n', start)
  const source = text.slice(start, end < 0 ? undefined : end)
  // Characters are code points, offsets are UTF-16.
  return start + [...source].slice(0, Math.max(0, column - 1)).join('').length
}
