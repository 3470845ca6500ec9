// The text of a field while it is edited. What is typed stays in the field, which the browser owns meanwhile: writing an older text
// back would move the caret and end the composition of an input method.

import { positionAfter } from './textchange.js'
import { html, useLayoutEffect, useRef, useState } from './vendor/preact.js'

const same = value => JSON.stringify(value) ?? 'undefined'

/** What a field shows. Without a document, so that it can be tested. */
export const createTyping = () => {
  // The text that is in the field, null while it is not edited; the value before it, and those that were sent and have not come back.
  let text = null
  let before
  let sent = []
  let isSeen = false
  let isComposed = false
  return {
    /** The text to show for a value, whose own text is `own`. */
    shown: (value, own) => {
      if (text === null) return own
      // What is composed takes the place of whatever else changes meanwhile.
      if (isComposed) return text
      const now = same(value)
      const at = sent.lastIndexOf(now)
      if (at >= 0) {
        sent = sent.slice(at)
        isSeen = true
      } else if (isSeen || now !== before) text = null
      // Changed by something else: a sample, undo, the source.
      return text ?? own
    },
    /**
     * What is in the field now, while the value is this one. `take` sends it, and returns the value that the field gets by it; without
     * it, the text is still composed.
     */
    typed: (typed, value, take) => {
      const isPending = text !== null && !isSeen && !isComposed
      text = typed
      isComposed = !take
      if (!isPending) [before, sent, isSeen] = [same(value), [], false]
      sent.push(take ? same(take(typed)) : sent.at(-1) ?? same(value))
    },
    /** The field is no longer edited. */
    end: () => { [text, isComposed] = [null, false] },
  }
}

// The selection of a field stays at its place in the text when something else changes that.
const useSelection = (field, text) => {
  const kept = useRef(null)
  const node = field.current
  kept.current = node && node === document.activeElement && node.value !== text && node.selectionStart !== null
    ? [node.value, node.selectionStart, node.selectionEnd, node.selectionDirection] : null
  useLayoutEffect(() => {
    if (!kept.current) return
    const [before, from, to, direction] = kept.current
    field.current?.setSelectionRange(positionAfter(before, text, from), positionAfter(before, text, to), direction)
  })
}

/**
 * [properties, end] of a field for a value, whose text is `own`: `take(text)` sends what is typed, and returns the value that the field
 * gets by it; `end` shows that of its value again. What an input method composes is sent once it is complete.
 */
export const useTyping = (value, own, take) => {
  const [, redraw] = useState(0)
  const field = useRef(null)
  const typing = useRef(null)
  typing.current ??= createTyping()
  const again = () => redraw(n => n + 1)
  // What is typed may be no value: then nothing else draws the field.
  const typed = ({ target, isComposing }) => { typing.current.typed(target.value, value, isComposing ? null : take); again() }
  const end = () => { typing.current.end(); again() }
  const text = typing.current.shown(value, own)
  useSelection(field, text)
  // Lower case: preact takes it as the name of an event that elements have no property for.
  return [{ ref: field, value: text, onInput: typed, oncompositionend: typed, onBlur: end }, end]
}

/** A field of one line whose value is its text. `change(text)` gets what is typed. `first`: it has the focus when it is shown. */
export const TextInput = ({ value, change, first = false, ...others }) => {
  const [typing] = useTyping(value, value, text => { change(text); return text })
  useLayoutEffect(() => { if (first) typing.ref.current.focus() }, [])
  return html`<input autocomplete="off" ...${others} ...${typing}/>`
}
