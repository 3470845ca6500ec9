// What the explanation of the last poster says, for a layout that was edited since: layers are known by their pointers, which change
// when one is added, moved or deleted.

import { parse, valueOf } from './jsonc.js'

const listOf = value => (Array.isArray(value) ? value : [])
const typeOf = layer => layer?.type

// Which layer of a list each one of another list is: the same one, otherwise one of its kind that is left, in their order.
const pairs = (before, after) => {
  const texts = before.map(one => JSON.stringify(one))
  const used = new Set()
  const take = matches => {
    const at = before.findIndex((one, index) => !used.has(index) && matches(one, index))
    if (at >= 0) used.add(at)
    return at < 0 ? null : at
  }
  const same = after.map(one => { const text = JSON.stringify(one); return take((_, index) => texts[index] === text) })
  return same.map((at, index) => at ?? take(one => typeOf(one) === typeOf(after[index])))
}

/** The pointers of the layers of a layout by those of the layout before. Layers that are new have none. */
export const pointersAfter = (before, after) => {
  const found = new Map()
  const walk = (one, other, from, to) => {
    for (const [index, at] of pairs(one, other).entries()) {
      if (at === null) continue
      const [own, next] = [`${from}/${at}`, `${to}/${index}`]
      found.set(own, next)
      walk(listOf(one[at]?.children), listOf(other[index]?.children), `${own}/children`, `${next}/children`)
    }
  }
  walk(listOf(before?.layers), listOf(after?.layers), '/layers', '/layers')
  return found
}

const movedBy = pointers => pointer => {
  const own = [...pointers.keys()].filter(one => pointer === one || pointer.startsWith(`${one}/`)).sort((one, other) => other.length - one.length)[0]
  return own === undefined ? null : pointers.get(own) + pointer.slice(own.length)
}

/**
 * An explanation of the layout `drawn` in terms of the layout `text`, both as texts: without layers and findings of what is gone, and
 * with `known`, the pointers of all layers that it could be about.
 */
export const follow = (explain, drawn, text) => {
  if (!explain || drawn === null || text === null || drawn === text) return explain
  const pointers = pointersAfter(valueOf(parse(drawn)), valueOf(parse(text)))
  const moved = movedBy(pointers)
  const layers = explain.layers.flatMap(one => (pointers.has(one.layer) ? [{ ...one, layer: pointers.get(one.layer) }] : []))
  const findings = (explain.findings ?? []).flatMap(one => {
    if (!one.pointer?.startsWith('/layers/')) return [one]
    const pointer = moved(one.pointer)
    return pointer === null ? [] : [{ ...one, pointer }]
  })
  return { ...explain, layers, findings, known: new Set(pointers.values()) }
}

let last = []
/** As [follow], of the state of the studio and a text of its layout. The last answer is kept. */
export const explainOf = ({ explain, explained }, text) => {
  const [one, other, third, found] = last
  if (one === explain && other === explained && third === text) return found
  const next = follow(explain, explained, text)
  last = [explain, explained, text, next]
  return next
}
