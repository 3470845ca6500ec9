// Findings of the service: one form for those of templates, posters and explanations, and what each belongs to.

const RANK = { error: 0, warning: 1 }

/** A finding with `file`, `line` and `column` beside each other, whichever response it is from. */
export const normal = finding => {
  const { file, line, column } = { ...finding.place, ...finding }
  return { severity: 'error', hint: null, excerpt: '', pointer: null, ...finding, file: file ?? null, line: line ?? null, column: column ?? null }
}

const key = ({ code, file, line, column, pointer, message }) => JSON.stringify([code, file, line, column, pointer, message])

/** All findings of several lists, each once, errors first, those of a file by their lines. */
export const joined = (...lists) => {
  const all = new Map()
  for (const finding of lists.flat().filter(Boolean).map(normal)) {
    const known = all.get(key(finding))
    // One list has the excerpt, another one may not.
    if (!known || (!known.excerpt && finding.excerpt)) all.set(key(finding), finding)
  }
  const place = ({ line, column }) => (line ?? 0) * 1e6 + (column ?? 0)
  return [...all.values()].sort((one, other) => RANK[one.severity] - RANK[other.severity] || place(one) - place(other))
}

/** The findings of a problem: those of the broken template, otherwise those of the request, otherwise the problem itself. */
export const ofProblem = problem => {
  const { findings = [], errors = [], code, detail, hint } = problem
  if (findings.length) return joined(findings)
  if (errors.length) return joined(errors)
  return [normal({ code, message: detail, hint })]
}

/** The parameter that a finding is about: `title` for `/params/title`, `/title`; null for others. */
export const paramOf = ({ pointer, file }, names) => {
  if (!pointer || file) return null
  const steps = pointer.split('/').slice(1)
  const [first, second] = steps[0] === 'params' ? steps.slice(1) : steps
  if (steps[0] !== 'params' && steps[0] === 'layers') return null
  return names.includes(first) ? { name: first, below: second ?? null } : null
}

/** Findings by the name of their parameter. */
export const byParam = (findings, names) => {
  const found = new Map()
  for (const finding of findings) {
    const param = paramOf(finding, names)
    if (param) found.set(param.name, [...(found.get(param.name) ?? []), finding])
  }
  return found
}

/** The most severe finding of each layer, by the layer's pointer. A layer has those of its properties, too. */
export const byLayer = (findings, pointers) => {
  const found = new Map()
  for (const finding of findings) {
    const { pointer } = finding
    if (!pointer) continue
    const own = pointers.filter(one => pointer === one || pointer.startsWith(`${one}/`)).sort((one, other) => other.length - one.length)[0]
    if (own && !found.has(own)) found.set(own, finding)
  }
  return found
}

/** Where a finding can be opened: { file, line, column } or { file, pointer }; null if it is in no file. */
export const target = ({ file, line, column, pointer }) => {
  if (file) return { file, line: line ?? 1, column: column ?? 1 }
  return pointer?.startsWith('/layers/') || pointer === '/code' || pointer === '/canvas' ? { file: 'layout.json', pointer } : null
}

/** The innermost layer that a pointer is about, and the property below it: { row, property }; null for others. */
export const layerAt = (pointer, rows) => {
  const row = rows.filter(one => pointer === one.pointer || pointer?.startsWith(`${one.pointer}/`)).sort((one, other) => other.pointer.length - one.pointer.length)[0]
  return row ? { row, property: pointer.slice(row.pointer.length + 1).split('/')[0] } : null
}

/** Numbers of errors and of other findings: { errors, others }. */
export const countsOf = findings => {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return { errors, others: findings.length - errors }
}

/** `layout.json:6:5`, or the pointer. */
export const placeText = ({ file, line, column, pointer }) => {
  if (!file) return pointer ?? ''
  return line ? `${file}:${line}:${column ?? 1}` : file
}
