// The text of a field while it is edited. What is typed stays in the field, which the browser owns meanwhile: writing an older text
// back would move the caret and end the composition of an input method.

import { useRef, useState } from './vendor/preact.js'

const same = value => JSON.stringify(value) ?? 'undefined'

/** What a field shows. Without a document, so that it can be tested. */
export const createTyping = () => {
  // The text that is in the field, null while it is not edited; the value before it, and those that were sent and have not come back.
  let text = null
  let before
  let sent = []
  let isSeen = false
  return {
    /** The text to show for a value, whose own text is `own`. */
    shown: (value, own) => {
      if (text === null) return own
      const now = same(value)
      const at = sent.lastIndexOf(now)
      if (at >= 0) {
        sent = sent.slice(at)
        isSeen = true
      } else if (isSeen || now !== before) text = null
      // Changed by something else: a sample, undo, the source.
      return text ?? own
    },
    /** What is in the field now, while the value is this one. `take` sends it, and returns the value that the field gets by it. */
    typed: (typed, value, take) => {
      const isPending = text !== null && !isSeen
      text = typed
      if (!isPending) [before, sent, isSeen] = [same(value), [], false]
      sent.push(take ? same(take(typed)) : sent.at(-1) ?? same(value))
    },
    /** The field is no longer edited. */
    end: () => { text = null },
  }
}

/**
 * [properties, end] of a field for a value, whose text is `own`: `take(text)` sends what is typed, and returns the value that the field
 * gets by it; `end` shows that of its value again. What an input method composes is sent once it is complete.
 */
export const useTyping = (value, own, take) => {
  const [, redraw] = useState(0)
  const ref = useRef(null)
  ref.current ??= createTyping()
  const again = () => redraw(n => n + 1)
  // What is typed may be no value: then nothing else draws the field.
  const typed = ({ target, isComposing }) => { ref.current.typed(target.value, value, isComposing ? null : take); again() }
  const end = () => { ref.current.end(); again() }
  // Lower case: preact takes it as the name of an event that elements have no property for.
  return [{ value: ref.current.shown(value, own), onInput: typed, oncompositionend: typed, onBlur: end }, end]
}
