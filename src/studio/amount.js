// Numbers as people type them into fields: with full-width digits, a decimal comma, or as a sum such as `375-48/2`.

const halfWidth = text => text.replace(/[０-９．，＋－＊／（）]/g, one => String.fromCharCode(one.charCodeAt(0) - 0xfee0)).replace(/[−–]/g, '-').replaceAll('×', '*').replaceAll('÷', '/')

// `1,000` is a thousand, `12,5` twelve and a half.
const TOKEN = /\s*(\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d*)?|\d+(?:[.,]\d*)?|[.,]\d+|[-+*/()])/y
const THOUSANDS = /^\d{1,3}(?:,\d{3})+(?:\.|$)/

const tokensOf = text => {
  const tokens = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const [, token] = TOKEN.exec(text) ?? []
    if (token === undefined) return null
    tokens.push(/^[\d.,]/.test(token) ? Number(THOUSANDS.test(token) ? token.replaceAll(',', '') : token.replace(',', '.')) : token)
  }
  return tokens
}

const MAX_LENGTH = 100

/** The number of a text; null if it is none. */
export const amountOf = text => {
  const tokens = text.length <= MAX_LENGTH ? tokensOf(halfWidth(text).trim()) : null
  if (!tokens?.length) return null
  let at = 0
  const one = () => {
    const token = tokens[at++]
    if (token === '-') return -one()
    if (token === '+') return one()
    if (token !== '(') return typeof token === 'number' ? token : NaN
    const inner = sum()
    return tokens[at++] === ')' ? inner : NaN
  }
  const product = () => {
    let found = one()
    while (tokens[at] === '*' || tokens[at] === '/') found = tokens[at++] === '*' ? found * one() : found / one()
    return found
  }
  const sum = () => {
    let found = product()
    while (tokens[at] === '+' || tokens[at] === '-') found = tokens[at++] === '+' ? found + product() : found - product()
    return found
  }
  const found = sum()
  return at === tokens.length && Number.isFinite(found) ? found : null
}
