// The properties of a layer kind from the JSON Schema of layout.json: how each is edited, its unit, range, default and help.

import { amountOf } from './amount.js'

const follow = (schema, root) => {
  let found = schema
  for (let n = 0; typeof found?.$ref === 'string' && n < 10; n++) {
    const { $ref, ...own } = found
    found = { ...$ref.split('/').slice(1).reduce((node, step) => node?.[step], root), ...own }
  }
  return found ?? {}
}

const isColour = ({ pattern = '' }) => /^\^\(?(?:auto\|)?#/.test(pattern)
const isExpression = ({ pattern }) => pattern === '\\{\\{'

const optionsOf = schema => {
  if (schema.enum) return schema.enum.map(value => ({ value }))
  return schema.oneOf?.every(one => 'const' in one) ? schema.oneOf.map(one => ({ value: one.const, help: one.description })) : null
}

// Descriptions begin with the unit: "px, 0 to 200.".
const unitOf = help => {
  const [, unit] = /\b(px|ms|[Dd]egrees)\b/.exec(help.split('. ')[0]) ?? []
  return unit === undefined ? '' : /degrees/i.test(unit) ? '°' : unit
}

// Defaults that only the description says.
const defaultOf = ({ default: value, description = '' }, options) => {
  if (value !== undefined) return value
  const [, said] = /Default:? `([^`]*)`/.exec(description) ?? []
  const plain = said ?? /Default:? (-?\d[\d.]*?)(?=\.(?:\s|$)|[;,]|$)/.exec(description)?.[1]
  const named = options?.find(option => new RegExp(`\`${option.value}\`[^.;]{0,4}default|\`${option.value}\` \\(default\\)|\`${option.value}\`, the default`).test(description))
  return named?.value ?? plain?.replace(/^"|"$/g, '')
}

const kindOf = (schema, options) => {
  if (options) return 'enum'
  const all = [schema, ...(schema.anyOf ?? [])]
  if (schema.anyOf?.some(one => one.properties) && schema.anyOf.some(one => one.const)) return 'group'
  if (all.some(isColour)) return 'colour'
  if (schema.properties) return 'group'
  if (['number', 'integer', 'boolean'].includes(schema.type)) return schema.type
  if (schema.type === 'string') return 'string'
  if (schema.type === 'array') return schema.prefixItems || schema.items?.type === 'number' ? 'sides' : schema.items?.type === 'string' ? 'words' : 'json'
  if (schema.anyOf?.every(one => one.type === 'string')) return 'string'
  if (schema.anyOf) return 'sides'
  return 'json'
}

const fieldOf = (name, schema, root, required) => {
  const full = follow(schema, root)
  const anyOf = full.anyOf?.map(one => ({ ...follow(one, root) }))
  const resolved = anyOf ? { ...full, anyOf: anyOf.filter(one => !isExpression(one)) } : full
  // What remains of a value that may also be an expression.
  const plain = resolved.anyOf?.length === 1 ? { ...resolved.anyOf[0], description: full.description ?? resolved.anyOf[0].description } : resolved
  if (plain.items) plain.items = follow(plain.items, root)
  const options = optionsOf(plain)
  const kind = kindOf(plain, options)
  const help = (full.description ?? '').replace(/\s+/g, ' ')
  const numbers = [plain, ...(plain.anyOf ?? [])].find(one => one.minimum !== undefined || one.maximum !== undefined) ?? {}
  const field = {
    name, kind, help, options, isRequired: required.includes(name), default: defaultOf({ ...plain, description: help }, options),
    unit: ['number', 'integer', 'sides'].includes(kind) ? unitOf(help) : '', minimum: numbers.minimum, maximum: numbers.maximum,
    isExpression: anyOf?.some(isExpression) ?? false,
  }
  if (kind !== 'group') return field
  const object = plain.properties ? plain : plain.anyOf.find(one => one.properties)
  const word = plain.anyOf?.find(one => 'const' in one)?.const
  return { ...field, word, fields: fieldsOf(object, root) }
}

const fieldsOf = (schema, root) => Object.entries(schema.properties ?? {}).filter(([name]) => !['type', 'children'].includes(name))
  .map(([name, one]) => fieldOf(name, one, root, schema.required ?? []))

/** The fields of a kind of layer; those of a child in a container differ. `root` is the schema of layout.json. */
export const propertiesOf = (root, type, isChild) => {
  const schema = root?.$defs?.[isChild ? 'Child' : 'Layer']?.oneOf?.find(one => one.properties.type.const === type)
  return schema ? fieldsOf(schema, root) : []
}

// Sections of the panel by the names of their properties, in their order; others come last.
const SECTIONS = [
  ['content', ['text', 'spans', 'src', 'value', 'format', 'digits', 'fallback', 'on_error', 'timeout_ms', 'when', 'repeat', 'as']],
  ['arrange', ['gap', 'padding', 'align_items', 'justify_content', 'wrap']],
  ['size', ['width', 'height', 'aspect_ratio', 'grow', 'shrink', 'margin', 'align_self']],
  ['type', ['font_family', 'font_size', 'min_font_size', 'font_weight', 'line_height', 'letter_spacing', 'text_align', 'vertical_align',
    'max_lines', 'text_overflow', 'text_wrap', 'line_break', 'text_box', 'text_decoration', 'writing_mode', 'font_features']],
  ['look', null],
]

/** Fields by section: [[section, fields]], without empty ones and without the box, which has its own controls. */
export const sectionsOf = fields => {
  const known = new Set(SECTIONS.flatMap(([, names]) => names ?? []))
  const rest = fields.filter(({ name }) => !known.has(name) && name !== 'at' && name !== 'box')
  return SECTIONS.map(([section, names]) => [section, names ? names.map(name => fields.find(one => one.name === name)).filter(Boolean) : rest])
    .filter(([, own]) => own.length)
}

/** The text of a property's value in its field. */
export const textOf = (value, kind) => {
  if (value === undefined || value === null) return ''
  if (kind === 'sides' && Array.isArray(value)) return value.join(' ')
  if (kind === 'words' && Array.isArray(value)) return value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const number = text => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : null)

/** The value of a field's text; undefined without one. What is no number stays a text, so that the service says what is wrong. */
export const valueOf = (text, kind) => {
  if (text.trim() === '' && kind !== 'string') return undefined
  if (kind === 'number' || kind === 'integer') return number(text) ?? amountOf(text) ?? text
  if (kind === 'words') return text.split(/[,，\s]+/).filter(Boolean)
  if (kind === 'sides') {
    const parts = text.trim().split(/[,，\s]+/).map(part => number(part) ?? part)
    return parts.length === 1 ? parts[0] : parts
  }
  if (kind === 'json' || (kind === 'colour' && text.trim().startsWith('{') && !text.includes('{{'))) {
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }
  return text === '' ? undefined : text
}

// px: farther away, nothing of a layer is on a canvas.
const FARTHEST = 16_384

/** A side of a box in px from a field's text; null if it is none. A size is positive, and may be `auto` where the content decides. */
export const sideOf = (text, { isSize = false, canBeAuto = false } = {}) => {
  if (canBeAuto && text.trim() === 'auto') return 'auto'
  const found = amountOf(text)
  const isPlace = found !== null && Math.abs(found) <= FARTHEST && (!isSize || found >= 0.01)
  return isPlace ? Math.round(found * 100) / 100 : null
}
