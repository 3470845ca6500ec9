// Edits of JSON with comments as text: what is not touched keeps its formatting and its comments.

import { parse, valueOf } from './jsonc.js'
import { hasLines, indentAt, inserted, lineOf, removed, rewritten, takenApart } from './jsonparts.js'

const stepsOf = pointer => pointer.split('/').slice(1).map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))

/** The parent of a pointer and its last step: ['/layers/0', 'box']. */
export const split = pointer => {
  const at = pointer.lastIndexOf('/')
  return [pointer.slice(0, at), stepsOf(pointer.slice(at)).at(0)]
}

// The text with comments and commas before closing brackets replaced by spaces.
const strict = text => {
  const plain = text.replace(/"(?:\\.|[^"\\\n])*"|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//g, one => (one[0] === '"' ? one : one.replace(/[^\n\r]/g, ' ')))
  return plain.replace(/"(?:\\.|[^"\\\n])*"|,(?=\s*[}\]])/g, one => (one === ',' ? ' ' : one))
}

/** Whether a text is JSON with comments without faults: only such a text is edited. */
export const isSound = text => {
  try {
    const value = JSON.parse(strict(text.replace(/^\ufeff/, '')))
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

const isPlain = value => typeof value !== 'object' || value === null

/** A value as it is written in layouts: on one line, with spaces within braces. */
export const written = value => {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (isPlain(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${written(one)}`)
  return members.length ? `{ ${members.join(', ')} }` : '{}'
}

const lookUp = (text, pointer) => {
  const root = parse(text)
  let node = root
  for (const step of stepsOf(pointer)) {
    node = node?.type === 'array' ? node.items[Number(step)] : node?.members?.findLast(member => member.key === step)?.value
  }
  return node ?? null
}

// Lines after the first one, moved from one indentation to another.
const reindented = (body, from, to) => (from === to ? body
  : body.replace(/\n([ \t]*)/g, (all, space) => (space.startsWith(from) ? `\n${to}${space.slice(from.length)}` : all)))

/**
 * The text with a value at a pointer; undefined removes it. Lists and objects that have the same shape keep their formatting. A new
 * member stands behind those of `after` that there are, otherwise last, but before `children`.
 */
export const setValue = (text, pointer, value, after = []) => {
  const node = lookUp(text, pointer)
  if (value === undefined) return node ? removeAt(text, pointer) : text
  if (!node) return insertMember(text, pointer, value, after)
  if (node.type === 'array' && Array.isArray(value) && node.items.length === value.length) {
    return value.reduce((changed, one, at) => setValue(changed, `${pointer}/${at}`, one), text)
  }
  if (node.type === 'object' && !isPlain(value) && !Array.isArray(value)) {
    const gone = node.members.filter(({ key }) => !Object.hasOwn(value, key))
    const kept = gone.reduce((changed, { key }) => setValue(changed, below(pointer, key), undefined), text)
    return Object.entries(value).reduce((changed, [key, one]) => setValue(changed, below(pointer, key), one), kept)
  }
  if (node.type !== 'array' && node.type !== 'object' && node.value === value) return text
  return text.slice(0, node.from) + written(value) + text.slice(node.to)
}

/** A pointer to a member or an item below another one. */
export const below = (pointer, step) => `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`

const insertMember = (text, pointer, value, after) => {
  const [parent, key] = split(pointer)
  const node = lookUp(text, parent)
  if (node?.type !== 'object') return text
  const body = `${JSON.stringify(key)}: ${written(value)}`
  return rewritten(text, node, (entries, { rest }) => {
    const behind = entries.findLastIndex(entry => after.includes(entry.key))
    const last = entries.length && entries.at(-1).key === 'children' && key !== 'children' ? entries.length - 1 : entries.length
    return inserted(entries, behind < 0 ? last : behind + 1, body, { rest, isObject: true, text, node })
  })
}

/** The text without the member or item at a pointer, and without the comments that belong to it. */
export const removeAt = (text, pointer) => {
  const [parent, key] = split(pointer)
  const node = lookUp(text, parent)
  if (!node || !lookUp(text, pointer)) return text
  const index = node.type === 'array' ? Number(key) : node.members.findLastIndex(member => member.key === key)
  return rewritten(text, node, entries => removed(entries, index))
}

/** The text with a member renamed and given another value, in the same place. */
export const replaceMember = (text, pointer, key, value) => {
  const [parent, before] = split(pointer)
  const member = lookUp(text, parent)?.members?.findLast(one => one.key === before)
  if (!member?.value) return setValue(text, below(parent, key), value, ['type'])
  const { name, value: node } = member
  return text.slice(0, name.from) + JSON.stringify(key) + text.slice(name.to, node.from) + written(value) + text.slice(node.to)
}

/** The text with an item inserted into an array: `body` is its source, whose further lines have the indentation `indent`. */
export const insertItem = (text, pointer, index, body, indent = '') => {
  const node = lookUp(text, pointer)
  if (node?.type !== 'array') return text
  const { entries } = takenApart(text, node)
  const to = hasLines(entries) ? lineOf(entries).replace(/^\r?\n/, '') : indentAt(text, node.from) + (entries.length ? '' : '  ')
  const fitting = reindented(body, indent, to)
  return rewritten(text, node, (all, { rest }) => inserted(all, index, fitting, { rest, isObject: false, text, node }))
}

/** The source of the item at a pointer with the comments that belong to it, and the indentation of its line. */
export const sourceOf = (text, pointer) => {
  const [parent, index] = split(pointer)
  return { body: takenApart(text, lookUp(text, parent)).entries[Number(index)].body, indent: indentAt(text, lookUp(text, pointer).from) }
}

/** The value at a pointer; undefined without one. */
export const valueAt = (text, pointer) => {
  const node = lookUp(text, pointer)
  return node ? valueOf(node) : undefined
}

/** The text with an item of an array moved within it, together with its comments. */
export const moveItem = (text, pointer, from, to) => {
  const node = lookUp(text, pointer)
  if (node?.type !== 'array' || from === to) return text
  return rewritten(text, node, entries => {
    const order = entries.filter((_, at) => at !== from)
    order.splice(to, 0, entries[from])
    return { entries: order.map((entry, n) => ({ ...entry, gap: entries[n].gap })) }
  })
}
