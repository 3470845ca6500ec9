// Short notes at the bottom of the page: what was done, with a way to undo it, or what went wrong.

import { html } from './vendor/preact.js'
import { rich } from './rich.js'

const SHORT_MS = 2500
const LONG_MS = 6000

/** Returns a function that shows a note. `action`: { label, run } of a button in it. */
export const createNote = store => {
  let timer
  return (text, kind = 'plain', action = null) => {
    clearTimeout(timer)
    store.set({ note: { text, kind, action } })
    timer = setTimeout(() => store.set({ note: null }), kind === 'plain' && !action ? SHORT_MS : LONG_MS)
  }
}

export const Notes = ({ note, actions }) => {
  const run = () => { actions.show({ note: null }); note.action.run() }
  return html`<div class="notes" role="status" aria-live="polite">
    ${note && html`<p class=${note.kind === 'error' ? 'bad' : ''}>${rich(note.text)}${note.action && html`<button type="button" onClick=${run}>${note.action.label}</button>`}</p>`}
  </div>`
}
