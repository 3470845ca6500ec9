// The layers of a template for the list: those of layout.json with what the explanation of the poster says about each.

/** Name of a layer that a person recognises: its slot, otherwise its text or source, otherwise nothing. */
export const nameOf = (layer, report) => {
  if (typeof layer.at === 'string' && layer.at.length > 1) return layer.at.replace(/^#/, '')
  const text = report?.text || layer.text || layer.spans?.map?.(span => span?.text ?? '').join('') || layer.value
  if (typeof text === 'string' && text.trim()) return `“${text.replace(/\s+/g, ' ').trim().slice(0, 40)}”`
  return typeof layer.src === 'string' && layer.src ? layer.src.slice(0, 40) : ''
}

const rows = (layers, pointer, depth, reports, known) => layers.flatMap((layer, index) => {
  if (!layer || typeof layer !== 'object') return []
  const own = `${pointer}/${index}`
  const found = reports.get(own) ?? []
  const children = Array.isArray(layer.children) ? rows(layer.children, `${own}/children`, depth + 1, reports, known) : []
  // A container without a background draws nothing itself, but its children do. Of a new layer, the poster says nothing yet.
  const isDrawn = found.length > 0 || children.some(child => child.isDrawn) || (known !== null && !known.has(own))
  return [{ pointer: own, depth, type: layer.type ?? '', name: nameOf(layer, found[0]), isDrawn, reports: found, layer }, ...children]
})

/**
 * Rows of the list in the order of drawing, containers before their children: { pointer, depth, type, name, isDrawn, reports, layer }.
 * `layout` is the value of layout.json and may be null; `explain` is the explanation and may be null.
 */
export const layersOf = (layout, explain) => {
  const reports = new Map()
  for (const report of explain?.layers ?? []) reports.set(report.layer, [...(reports.get(report.layer) ?? []), report])
  if (Array.isArray(layout?.layers)) return rows(layout.layers, '/layers', 0, reports, explain?.known ?? null)
  return [...reports].map(([pointer, found]) => ({
    pointer, depth: (pointer.match(/\/children\//g) ?? []).length, type: found[0].type, name: nameOf({}, found[0]), isDrawn: true, reports: found, layer: {},
  }))
}

/** The box around all of several boxes `[x, y, width, height]`. */
const around = boxes => {
  const [x, y] = [0, 1].map(at => Math.min(...boxes.map(box => box[at])))
  const [right, bottom] = [0, 1].map(at => Math.max(...boxes.map(box => box[at] + box[at + 2])))
  return [x, y, right - x, bottom - y]
}

/**
 * The box of a row in px of the canvas, null if it is not known: what layout.json says, otherwise that of its element in `shapes`,
 * otherwise where it was drawn at `scale`.
 */
export const boxOf = (row, rows, shapes, scale) => {
  const { layer, reports, pointer } = row
  const own = reports.length ? reports : rows.filter(one => one.pointer.startsWith(`${pointer}/`)).flatMap(one => one.reports)
  const drawn = own.length ? around(own.map(report => report.box)).map(value => value / scale) : null
  const { at, box } = layer
  const hasBox = Array.isArray(box) && box.length === 4 && box.slice(0, 3).every(Number.isFinite)
  if (!hasBox) return shapes?.find(({ id }) => `#${id}` === at)?.box ?? drawn
  return Number.isFinite(box[3]) ? box : drawn && [...box.slice(0, 3), drawn[3]]
}

/** Outlines, largest first, so that small layers are in front: { pointer, name, type, box }. A container has that of its children. */
export const outlinesOf = rows => rows.flatMap(({ pointer, name, type, reports }) => {
  const own = reports.map(report => report.box)
  const below = rows.filter(row => row.pointer.startsWith(`${pointer}/`)).flatMap(row => row.reports.map(report => report.box))
  const boxes = own.length ? own : below.length ? [around(below)] : []
  return boxes.map(box => ({ pointer, name, type, box }))
}).sort((one, other) => other.box[2] * other.box[3] - one.box[2] * one.box[3])

/** What is seen of an element of the artwork. */
export const seenBox = ({ seen, box }) => seen ?? box

/**
 * Elements of the artwork from back to front, for clicks: small ones are in front of large ones. A group whose box is that of what it
 * consists of, such as a picture with its mask, is in front of it, the outermost one first; not one that holds other elements.
 */
export const stacked = shapes => {
  const sides = shape => seenBox(shape).map(Math.round)
  const area = shape => sides(shape)[2] * sides(shape)[3]
  const key = shape => sides(shape).join()
  const isInside = ([x, y, width, height], [left, top, wide, high]) =>
    x >= left - 1 && y >= top - 1 && x + width <= left + wide + 1 && y + height <= top + high + 1
  const isWhole = (group, at) => group.tag === 'g'
    && shapes.slice(at + 1).every(other => key(other) === key(group) || !isInside(seenBox(other), seenBox(group)))
  const ranks = new Map(shapes.map((shape, at) => [shape, isWhole(shape, at) ? 2 * shapes.length - at : at]))
  return [...shapes].sort((one, other) => area(other) - area(one) || ranks.get(one) - ranks.get(other))
}
