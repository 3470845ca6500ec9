// Boxes of layers over the poster: the name on hover, a click selects.

import { html } from './vendor/preact.js'
import { outlinesOf } from './layers.js'
import { knows, t } from './words.js'

/** What a layer is called: its name, otherwise its type. */
export const titleOf = ({ name, type }) => name || (knows(`type_${type}`) ? t(`type_${type}`) : type)

export const Outlines = ({ state, actions, rows, unit, begin }) => {
  const { poster, explain, hidden, locked, selected, hovered, hasOutlines } = state
  if (!explain) return null
  // The explanation of an earlier poster may have another scale.
  const factor = unit * poster.scale / (explain.scale ?? 1)
  const all = outlinesOf(rows).filter(({ pointer }) => !hidden.includes(pointer))
  const box = ([x, y, width, height]) => ({ x: x * factor, y: y * factor, width: width * factor, height: height * factor })
  const named = all.findLast(({ pointer }) => pointer === hovered) ?? all.findLast(({ pointer }) => pointer === selected)
  const label = named && { ...box(named.box), text: titleOf(named) }
  const isTop = label?.y < 22
  return html`
    <svg class=${`outlines ${hasOutlines ? 'shown' : ''}`} aria-hidden="true" onPointerLeave=${() => actions.hover(null)}
      onPointerDown=${event => { if (event.target === event.currentTarget) actions.select(null) }}>
      ${all.map(({ pointer, type, box: placed }, at) => html`
        <rect key=${`${pointer} ${at}`} data-pointer=${pointer} ...${box(placed)}
          class=${`${type} ${pointer === selected ? 'selected' : ''} ${pointer === hovered ? 'hovered' : ''} ${locked.includes(pointer) ? 'locked' : ''}`}
          onPointerEnter=${() => actions.hover(pointer)} onPointerDown=${event => { actions.select(pointer); begin?.(event, pointer) }}/>`)}
    </svg>
    ${label && html`<span class=${`tag ${isTop ? 'below' : ''}`} style=${{ left: `${label.x}px`, top: `${isTop ? label.y + label.height : label.y}px` }}>${label.text}</span>`}`
}
