// The picture of an SVG with its shapes over it: slots have outlines and names, a click adds or removes one, findings have marks.

import { html, useLayoutEffect, useMemo, useRef, useState } from './vendor/preact.js'
import { choosable, stacked } from './newslots.js'
import { plain } from './rich.js'
import { t } from './words.js'

// Space around the picture, px.
const MARGIN = 32

export const Artwork = ({ state, actions }) => {
  const { artwork, slots, hovered, finding } = state
  const { width, height, url, findings } = artwork
  const room = useRef()
  const [scale, setScale] = useState(0)
  useLayoutEffect(() => {
    const fit = () => {
      const { clientWidth, clientHeight } = room.current
      setScale(Math.max(0.05, Math.min((clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height, 1)))
    }
    fit()
    const observer = new ResizeObserver(fit)
    observer.observe(room.current)
    return () => observer.disconnect()
  }, [width, height])
  const all = useMemo(() => stacked(artwork.shapes), [artwork])
  const params = new Map(slots.map(({ id, param }) => [id, param]))
  // A frame around everything would be under the mouse wherever it is.
  const shapes = choosable(all, slots).filter(({ id, box: [, , w, h] }) => params.has(id) || w * h < 0.9 * width * height)
  const marks = findings.map(({ box }, index) => ({ box, index })).filter(({ box }) => box)
  const rect = ([x, y, w, h]) => ({ x: x * scale, y: y * scale, width: w * scale, height: h * scale })
  const shown = shapes.find(({ id }) => id === hovered)
  return html`
    <div class="canvas" ref=${room} tabindex="0" aria-label=${t('newTemplate')}>
      ${scale > 0 && html`<div class="poster new-artwork" style=${{ width: `${width * scale}px`, height: `${height * scale}px` }}>
        ${url ? html`<img id="artwork" key="picture" src=${url} alt=""/>` : html`<div class="pulse drawing" key="drawing" role="status">${t('drawing')}</div>`}
        <svg class="shapes" aria-hidden="true">
          ${shapes.map(shape => html`
            <rect key=${shape.id} data-shape=${shape.id} ...${rect(shape.box)} class=${`${params.has(shape.id) ? 'slot' : ''} ${shape.id === hovered ? 'hovered' : ''}`}
              onPointerEnter=${() => actions.show({ hovered: shape.id })} onPointerLeave=${() => actions.show({ hovered: null })}
              onClick=${() => actions.toggle(shape)}/>`)}
          ${marks.map(({ box, index }) => html`<rect key=${`f${index}`} ...${rect(box)} class=${`found ${index === finding ? 'shown' : ''}`}/>`)}
        </svg>
        ${shapes.filter(({ id }) => params.has(id)).map(({ id, box: [x, y] }) => html`
          <span key=${id} class=${`tag ${y * scale < 20 ? 'below' : ''}`} style=${{ left: `${x * scale}px`, top: `${y * scale}px` }}>${params.get(id)}</span>`)}
        ${shown && !params.has(shown.id) && html`
          <span class=${`tag idle ${shown.box[1] * scale < 20 ? 'below' : ''}`} style=${{ left: `${shown.box[0] * scale}px`, top: `${shown.box[1] * scale}px` }}>${shown.name || shown.tag}</span>`}
        ${marks.map(({ box: [x, y, w], index }) => html`
          <button type="button" key=${`b${index}`} class=${`pin ${index === finding ? 'shown' : ''}`} aria-label=${plain(findings[index].finding.message)}
            style=${{ left: `${Math.min((x + w) * scale, width * scale)}px`, top: `${Math.max(0, y * scale)}px` }}
            onClick=${() => actions.show({ finding: index })}>${index + 1}</button>`)}
      </div>`}
    </div>`
}
