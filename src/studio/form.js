// The fields of the form of parameters, from a JSON Schema; amounts, numbers and lists as people write them.

// A text that may be longer than this many characters gets a field that grows.
const ONE_LINE = 24

const follow = (schema, root) => {
  let found = schema
  for (let n = 0; typeof found?.$ref === 'string' && found.$ref.startsWith('#') && n < 10; n++) {
    found = found.$ref.split('/').slice(1).reduce((node, step) => node?.[decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')], root)
  }
  return found && typeof found === 'object' ? found : {}
}

const firstOf = value => [value].flat()[0]

// How schemas say that amounts are in fen. In the form they are in yuan.
const FEN = /\s*[（(]\s*(?:(?:单位|unit)\s*(?:为|是|[:：])?\s*|in )?(?:分|fen)\s*[)）]|(?:unit: ?|in )fen\b|以分为单位|单位(?:为|是|[:：])? ?分(?!钟)/gi

const labelOf = (name, schema, language, kind) => {
  const { title, 'x-titles': titles } = schema
  const label = (language === 'zh' ? null : firstOf(titles?.en)) ?? title ?? name
  return kind === 'money' ? label.replace(FEN, '').trim() || label : label
}

const optionsOf = schema => {
  const label = value => firstOf(schema['x-labels']?.[String(value)]) ?? String(value)
  if (Array.isArray(schema.enum)) return schema.enum.filter(value => value !== null).map(value => ({ value, label: label(value) }))
  const constants = schema.oneOf ?? schema.anyOf
  if (!Array.isArray(constants) || !constants.length || !constants.every(one => one && typeof one === 'object' && 'const' in one)) return null
  return constants.map(one => ({ value: one.const, label: one.title ?? label(one.const) }))
}

const isColour = ({ format, pattern = '' }) => format === 'color' || format === 'colour' || /^\^?#.*0-9.*a-f/i.test(pattern)

const kindOf = (schema, options) => {
  if (options) return 'enum'
  const type = [schema.type].flat().find(one => one && one !== 'null')
  if (type === 'string' || (!type && schema.format)) {
    const { format, maxLength = Infinity, pattern } = schema
    if (format === 'image') return 'image'
    if (format === 'date') return 'date'
    if (isColour(schema)) return 'colour'
    const isMultiline = (schema.examples ?? []).some(example => String(example).includes('\n'))
    return isMultiline || (maxLength > ONE_LINE && !pattern && !format) ? 'text' : 'line'
  }
  if (type === 'integer' || type === 'number') return schema.format === 'money' ? 'money' : type
  if (type === 'boolean') return 'boolean'
  if (type === 'array') return 'list'
  if (type === 'object' && schema.properties) return 'group'
  return 'json'
}

// Descriptions say how amounts are written in requests.
const helpOf = (help, kind) => {
  if (kind !== 'money') return help
  const plain = help.replace(FEN, '').replace(/ ?[:：] ?\d+ (?:is |are |即 ?|为 ?)(?:[^.。；]|\.\d)*/, '')
  const rest = plain.replace(/^[\s,，.。;；]+/, '').replace(/[\s,，;；]+(?=[.。]|$)/g, '')
  return rest.charAt(0).toUpperCase() + rest.slice(1)
}

/**
 * The field of a schema: { name, kind, label, help, isRequired, options, placeholder, schema } with `fields` (of a group) or
 * `item` (of a list). `language`: `zh` or `en`. `descriptions`: those in this language, by those of the schema.
 */
export const fieldOf = (name, given, { root = given, language, descriptions = null, isRequired = false, depth = 0 }) => {
  const schema = follow(given, root)
  const options = optionsOf(schema)
  const kind = depth > 6 ? 'json' : kindOf(schema, options)
  const example = schema.examples?.[0]
  const help = given.description ?? schema.description ?? ''
  const field = {
    name, kind, options, isRequired, schema,
    label: labelOf(name, { ...schema, ...given }, language, kind),
    help: helpOf(descriptions?.[help] ?? help, kind),
    placeholder: example === undefined || typeof example === 'object' ? '' : textOf(example, kind).split('\n')[0],
  }
  const below = { root, language, descriptions, depth: depth + 1 }
  if (kind === 'group') field.fields = fieldsOf(schema, below)
  if (kind === 'list') field.item = fieldOf('', schema.items ?? {}, below)
  return field
}

/** The fields of an object's schema in its order. */
export const fieldsOf = (schema, { root = schema, language, descriptions = null, depth = 0 }) => {
  const required = new Set(schema?.required ?? [])
  return Object.entries(schema?.properties ?? {}).map(([name, one]) =>
    fieldOf(name, one && typeof one === 'object' ? one : {}, { root, language, descriptions, depth, isRequired: required.has(name) }))
}

/** The text of a value in its field. Amounts in fen are shown in yuan. */
export const textOf = (value, kind) => {
  if (value === undefined || value === null) return ''
  if (kind === 'json') return JSON.stringify(value, null, 2)
  if (kind !== 'money' || !Number.isInteger(value)) return typeof value === 'object' ? JSON.stringify(value) : String(value)
  const [sign, fen] = [value < 0 ? '-' : '', Math.abs(value)]
  const rest = fen % 100
  return `${sign}${Math.floor(fen / 100)}${rest ? `.${String(rest).padStart(2, '0')}` : ''}`
}

const halfWidth = text => text.replace(/[０-９．，－]/g, one => String.fromCharCode(one.charCodeAt(0) - 0xfee0))

/** The value of a field's text; undefined without one. What is no number stays a text, so that the service says what is wrong. */
export const valueOf = (text, kind) => {
  if (text === '' && kind !== 'json') return undefined
  const plain = halfWidth(text).trim()
  if (kind === 'money') {
    const [, sign, yuan, fen = ''] = /^(-?)(\d{1,13})(?:\.(\d{0,2}))?$/.exec(plain.replace(/^[¥￥]|[,\s]/g, '')) ?? []
    return yuan === undefined ? text : (sign ? -1 : 1) * (Number(yuan) * 100 + Number(fen.padEnd(2, '0')))
  }
  if (kind === 'date') {
    const [, year, month, day] = /^(\d{4})(?:[-/.]|年 ?)(\d{1,2})(?:[-/.]|月 ?)(\d{1,2})日?$/.exec(plain) ?? []
    return year === undefined ? text : [year, month.padStart(2, '0'), day.padStart(2, '0')].join('-')
  }
  if (kind === 'integer' || kind === 'number') {
    const number = Number(plain)
    // A number whose last digits would be lost stays a text, too.
    const isExact = Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
    return plain !== '' && isExact ? number : text
  }
  if (kind !== 'json') return text
  try {
    return plain === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

/** Whether a text is a date as requests have it. */
export const isDate = text => typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text)

/** A first value for a new item of a list. */
export const blank = ({ kind, schema, fields, options }) => {
  if (schema.default !== undefined) return schema.default
  if (kind === 'group') {
    return Object.fromEntries(fields.filter(field => field.isRequired || field.schema.default !== undefined).map(field => [field.name, blank(field)]))
  }
  if (kind === 'enum') return options[0].value
  if (kind === 'list') return []
  if (kind === 'boolean') return false
  if (kind === 'json') return null
  return schema.examples?.[0] ?? (['integer', 'number', 'money'].includes(kind) ? schema.minimum ?? 0 : '')
}

/** `params` with the value at a path of names and indices; undefined removes it. */
export const setAt = (params, [step, ...rest], value) => {
  if (step === undefined) return value
  const isList = Array.isArray(params)
  const copy = isList ? [...params] : { ...params }
  const changed = setAt(copy[step] ?? (typeof rest[0] === 'number' ? [] : {}), rest, value)
  if (changed !== undefined) copy[step] = changed
  else if (isList) copy.splice(step, 1)
  else delete copy[step]
  return copy
}
