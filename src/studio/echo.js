// Texts that an editor has sent come back to it as its text. By then it may have been typed on: what comes back is no change of the text.

// Texts that may be on their way; older ones are not.
const MAX_SENT = 50

/** Returns { sent, isOwn }. `isSame` compares two texts. */
export const createEcho = (isSame = (one, other) => one === other) => {
  let sent = []
  return {
    /** A text was sent, while the editor's text is `shown`. */
    sent: (text, shown) => { sent = text === shown ? [] : [...sent, text].slice(-MAX_SENT) },
    /** Whether a text is one that was sent. One that is not is newer than all that were. */
    isOwn: text => {
      const at = sent.findLastIndex(one => isSame(one, text))
      sent = at < 0 ? [] : sent.slice(at + 1)
      return at >= 0
    },
  }
}
