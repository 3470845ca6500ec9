// What differs between two texts, so that the caret and the selection stay where they are in it.

/** The part of two texts that differs: { from, to, insert } of `before`. */
export const change = (before, after) => {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) }
}

/** A position in a text after it became another one. Within what has changed, that is its end. */
export const positionAfter = (before, after, position) => {
  const { from, to, insert } = change(before, after)
  if (position <= from && position < to) return position
  return position >= to ? position + after.length - before.length : from + insert.length
}
