// Findings on the poster: the box of what each is about, with its words.

import { html } from './vendor/preact.js'
import { rich } from './rich.js'

/**
 * Findings with the box of their layer, `[x, y, width, height]` in px of the poster that was explained: { finding, box }, each box once,
 * with the most severe finding of it.
 */
export const marksOf = (findings, layers) => {
  const marks = []
  for (const finding of findings) {
    const { pointer } = finding
    if (!pointer) continue
    const own = layers.filter(({ layer }) => pointer === layer || pointer.startsWith(`${layer}/`))
      .sort((one, other) => other.layer.length - one.layer.length)[0]
    if (own && !marks.some(mark => mark.layer === own.layer)) marks.push({ finding, layer: own.layer, box: own.box })
  }
  return marks
}

/** The marks of a case of the check, whose findings come with their boxes. */
export const marksOfCase = ({ findings, boxes }) => (findings ?? []).flatMap((finding, at) => (boxes?.[at] ? [{ finding, layer: finding.pointer, box: boxes[at] }] : []))

const kindOf = ({ severity }) => (severity === 'error' ? 'bad' : 'fair')

/** Boxes over a poster of this size in px; labels with the words are for large ones, and whole for the layers `whole`. */
export const Marks = ({ marks, width, height, labels = false, whole = [] }) => {
  if (!marks.length) return null
  const part = (value, whole) => `${value / whole * 100}%`
  return html`<div class="marks" aria-hidden="true">
    ${marks.map(({ finding, layer, box: [x, y, wide, high] }, at) => html`<div key=${at} class=${`found-box ${kindOf(finding)} ${whole.includes(layer) ? 'whole' : ''}`}
      style=${{ left: part(x, width), top: part(y, height), width: part(wide, width), height: part(high, height) }}>
      ${labels && html`<span class=${y / height < 0.04 ? 'below' : ''}>${rich(finding.message)}</span>`}</div>`)}
  </div>`
}
