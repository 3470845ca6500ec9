// The elements of the artwork over the poster: a click binds the selected layer to one.

import { seenBox, stacked } from './layers.js'
import { html, useMemo, useState } from './vendor/preact.js'
import { t } from './words.js'

export const Binding = ({ state, actions, factor }) => {
  const [hovered, hover] = useState(null)
  const all = useMemo(() => stacked(state.shapes ?? []), [state.shapes])
  if (!state.shapes) return null
  const place = ([x, y, width, height]) => ({ x: x * factor, y: y * factor, width: width * factor, height: height * factor })
  const keys = (event, id) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    event.stopPropagation()
    actions.bind(id)
  }
  const label = hovered && place(seenBox(hovered))
  const isTop = label?.y < 22
  return html`
    <svg class="shapes">
      ${all.map(shape => html`<rect key=${shape.id} ...${place(seenBox(shape))} tabindex="0" role="button" aria-label=${`#${shape.id}`} data-shape=${shape.id}
        class=${shape === hovered ? 'hovered' : ''} onPointerEnter=${() => hover(shape)} onFocus=${() => hover(shape)} onPointerLeave=${() => hover(null)}
        onPointerDown=${event => event.stopPropagation()} onClick=${() => actions.bind(shape.id)} onKeyDown=${event => keys(event, shape.id)}/>`)}
    </svg>
    ${label && html`<span class=${`tag shape ${isTop ? 'below' : ''}`} style=${{ left: `${label.x}px`, top: `${isTop ? label.y + label.height : label.y}px` }}>
      #${hovered.id}${hovered.name ? ` · ${hovered.name}` : ''}</span>`}`
}
