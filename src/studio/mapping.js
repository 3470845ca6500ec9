// Which column of a sheet sets which parameter: what the service has found, and what a person changes about it.

import { fieldOf } from './form.js'

/** Whether a column sets a parameter or a part of it: `tags[0]` and `tags.a` are parts of `tags`. */
const isOf = (sets, param) => sets === param || sets?.startsWith(`${param}.`) || sets?.startsWith(`${param}[`)

/** Columns that can be told apart: a name that several columns have names none of them. */
export const distinct = columns => columns.filter(({ name }) => name && columns.filter(one => one.name === name).length === 1)

/** The columns as they are with the choice of a person, before the service has read the sheet with it. */
export const chosen = (columns, { mapped, ignored }) => {
  const params = new Map(Object.entries(mapped).map(([param, column]) => [column, param]))
  const known = new Set(distinct(columns))
  return columns.map(column => {
    const { name, sets, kept } = column
    if (!known.has(column)) return column
    const isFreed = ignored.includes(name) || (sets !== null && Object.hasOwn(mapped, sets))
    const now = params.get(name) ?? (isFreed ? null : sets)
    return now === sets ? column : { ...column, sets: now, kept: false }
  })
}

const NUMBERS = new Set(['integer', 'number', 'money'])

// Whether a text can be a number or an amount with its unit: `¥1,280`, `1.2万元`, but neither `满100减20` nor `面议`.
const isNumeric = text => (text.normalize('NFKC').match(/\d[\d,. ]*(?:e[-+]?\d+)?/gi) ?? []).length === 1

// Whether one of the first values of a column can be read as the parameter's type, if there are values.
const isReadable = (at, param, { first = [], schema = null }) => {
  const given = schema?.properties?.[param]
  const isNumber = given && typeof given === 'object' && NUMBERS.has(fieldOf(param, given, { root: schema, language: 'en' }).kind)
  const values = first.map(({ cells }) => cells[at] ?? '').filter(text => text.trim() !== '')
  return !isNumber || values.length === 0 || values.some(isNumeric)
}

/**
 * Columns that may be parameters, until a person has decided: [{ column, param, title, required }]. `columns` are as `chosen`. Nothing is
 * asked about a parameter that has a column, nor about a column whose first values are no values of the parameter by the `schema`.
 */
export const guessesOf = ({ columns, params, first, schema }, { ignored }) => {
  const known = new Set(distinct(columns))
  const isOpen = column => column.likely && column.sets === null && known.has(column) && !ignored.includes(column.name)
    && isReadable(columns.indexOf(column), column.likely, { first, schema })
  return columns.filter(isOpen).flatMap(({ name, likely }) => {
    const param = params.find(one => one.name === likely)
    const isSet = columns.some(({ sets }) => isOf(sets, likely))
    return param && !isSet ? [{ column: name, param: likely, title: param.title ?? likely, required: param.required }] : []
  })
}

/** Parameters with the columns that set each, and a value of the first row. */
export const pairsOf = ({ columns, params, first = [] }) => params.map(param => {
  const own = columns.filter(({ sets }) => isOf(sets, param.name))
  const at = columns.indexOf(own[0])
  return { ...param, columns: own, value: at < 0 ? '' : first[0]?.cells[at] ?? '' }
})

/** Columns that set no parameter: those that are ignored, and those of the code and of file names. */
export const sparesOf = ({ columns, params }) => columns.filter(({ name, sets }) => name && !params.some(param => isOf(sets, param.name)))

/** Names of columns that are ignored because a person has said so. */
export const refusedOf = (columns, { ignored }) => distinct(columns).filter(({ name, sets }) => sets === null && ignored.includes(name)).map(({ name }) => name)

/** The choice after a column was given to a parameter: { mapped, ignored }. Another column of this parameter is ignored. */
export const assigned = ({ mapped, ignored }, columns, param, column) => {
  const others = Object.entries(mapped).filter(([name, own]) => name !== param && own !== column)
  const replaced = columns.filter(({ name, sets }) => sets === param && name !== column).map(({ name }) => name)
  return {
    mapped: { ...Object.fromEntries(others), [param]: column },
    ignored: [...new Set([...ignored, ...replaced])].filter(name => name !== column),
  }
}

/** The choice after the columns of a parameter were released. */
export const released = ({ mapped, ignored }, columns, param) => {
  const { [param]: own, ...others } = mapped
  const freed = columns.filter(({ sets }) => isOf(sets, param)).map(({ name }) => name)
  return { mapped: others, ignored: [...new Set([...ignored, ...freed, ...(own ? [own] : [])])] }
}
