// Completion for layout.json from its JSON Schema: names of members and their values, with the schema's help.

import { nodeAt, parse, placeOf, valueOf } from './jsonc.js'

const follow = (schema, root) => {
  let found = schema
  for (let n = 0; found?.$ref && n < 10; n++) {
    const target = nodeOf(root, found.$ref.slice(1))
    found = target && { ...target, ...(found.description ? { description: found.description } : {}) }
  }
  return found
}
const nodeOf = (root, pointer) => pointer.split('/').slice(1).reduce((node, step) => node?.[step], root)

// The alternatives of a schema that a value may be of: those whose constants it does not contradict.
const alternatives = (schema, root, value) => {
  const found = follow(schema, root)
  if (!found) return []
  const all = found.oneOf ?? found.anyOf
  const own = found.properties || found.items || found.prefixItems || found.enum || 'const' in found || !all ? [found] : []
  if (!all) return own
  const fits = one => Object.entries(one.properties ?? {}).every(([name, property]) =>
    !('const' in property) || value?.[name] === undefined || value[name] === property.const)
  const below = all.flatMap(one => alternatives(one, root, value))
  const fitting = below.filter(fits)
  return [...own, ...(fitting.length ? fitting : below)]
}

// The schemas of the value that a pointer leads to.
const schemasAt = (root, pointer, tree) => {
  let schemas = [root]
  let path = ''
  for (const step of pointer.split('/').slice(1)) {
    const value = valueOf(nodeAt(tree, path))
    schemas = schemas.flatMap(schema => alternatives(schema, root, value)).flatMap(schema => {
      if (/^\d+$/.test(step) && (schema.items || schema.prefixItems)) return schema.prefixItems?.[Number(step)] ?? schema.items ?? []
      const { additionalProperties: others } = schema
      return schema.properties?.[step] ?? (typeof others === 'object' ? others : [])
    })
    path = `${path}/${step}`
  }
  return schemas.flatMap(schema => alternatives(schema, root, valueOf(nodeAt(tree, path))))
}

const quoted = value => JSON.stringify(value)

const valuesOf = schema => {
  if ('const' in schema) return [[schema.const, schema.description]]
  if (schema.enum) return schema.enum.map(value => [value, schema.description])
  if (schema.type === 'boolean') return [[true], [false]]
  return []
}

// The brackets or quotes of a member's value.
const frame = (schema, root) => {
  const [first] = alternatives(schema, root, undefined)
  return { object: '{}', array: '[]', string: '""' }[first?.type] ?? ''
}

/**
 * What may be written at a position: { from, to, options: [{ label, apply, back, info }] }, or null. The cursor belongs `back`
 * characters before the end of what is applied.
 */
export const complete = (text, position, root) => {
  const tree = parse(text)
  const { container, pointer, key, member, value } = placeOf(tree, position)
  if (!container) return null
  const word = /["\w$#.-]*$/.exec(text.slice(0, position))[0]
  const inside = key ? member?.name : value
  const from = inside?.type === 'string' && inside.from < position ? inside.from : position - word.length
  const to = inside?.type === 'string' && inside.from < position ? Math.max(inside.to, position) : position
  const unique = options => [...new Map(options.map(option => [option.label, option])).values()]
  if (key) {
    const given = new Set(container.members.filter(one => one !== member).map(one => one.key))
    const isComplete = member && /^\s*:/.test(text.slice(member.name.to))
    const options = schemasAt(root, pointer, tree).flatMap(schema => Object.entries(schema.properties ?? {}))
      .filter(([name]) => !given.has(name))
      .map(([name, schema]) => {
        const value = isComplete ? '' : frame(schema, root)
        const apply = isComplete ? quoted(name) : `${quoted(name)}: ${value}`
        return { label: name, apply, back: value.length / 2, info: follow(schema, root)?.description }
      })
    return { from, to, options: unique(options) }
  }
  const index = container.type === 'array' ? Math.max(0, container.items.filter(item => item.to < position).length) : null
  const target = `${pointer}/${index ?? member.key}`
  const options = schemasAt(root, target, tree).flatMap(valuesOf)
    .map(([one, info]) => ({ label: quoted(one), apply: quoted(one), back: 0, info }))
  return options.length ? { from, to, options: unique(options) } : null
}
