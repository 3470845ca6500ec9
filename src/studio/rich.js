// Sentences of the service and of schemas: parts in `backquotes` are code.

import { html } from './vendor/preact.js'

const CODE = /`([^`]+)`/

/** A sentence for an element. */
export const rich = text => (text ?? '').split(CODE).map((part, at) => (at % 2 ? html`<code>${part}</code>` : part))

/** A sentence for a tooltip or a label, which has no elements. */
export const plain = text => (text ?? '').replace(new RegExp(CODE, 'g'), '$1')

/** A sentence begins with a capital letter, unless it begins with a name. */
export const sentence = text => (!text || /^\S*[_`.]/.test(text) ? text ?? '' : text.charAt(0).toUpperCase() + text.slice(1))
