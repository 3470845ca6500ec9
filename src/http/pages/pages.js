// What the scripts of the pages share: language, elements, requests, and problems in words. Text is inserted as text,
// never as HTML.

export const isChinese = document.documentElement.lang.startsWith('zh')

// The text in the language of the page.
export const t = (chinese, english) => (isChinese ? chinese : english)

// A title in the language of the page, of the one that a template has and those of other languages by their tags.
export const titleIn = (title = '', others = {}) => {
  if (isChinese && /\p{Script=Han}/u.test(title)) return title
  const [, other] = Object.entries(others).find(([tag]) => tag.split(/[-_]/)[0] === t('zh', 'en')) ?? []
  return [other ?? title].flat()[0] ?? title
}

// Creates an element. Attributes that are null or false are omitted; functions are listeners.
export const h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(2).filter(child => child !== null && child !== undefined && child !== false))
  return element
}

// Text with `code` in backquotes.
export const rich = (text = '') => text.split('`').map((part, at) => (at % 2 ? h('code', {}, part) : part))

// A problem: the members of application/problem+json, and `wait` in seconds.
export const problemOf = (status, document, retryAfter) => {
  const known = document && typeof document === 'object' ? document : {}
  return { code: '', detail: `HTTP ${status}`, errors: [], ...known, status, wait: Number(retryAfter) || null }
}
export const lost = () => ({ status: 0, code: 'connection_lost', detail: '', errors: [] })

// Sends a request. Throws a problem.
export const request = async (path, options) => {
  const response = await fetch(path, options).catch(() => null)
  if (!response) throw lost()
  if (!response.ok) {
    const document = await response.json().catch(() => null)
    throw problemOf(response.status, document, response.headers.get('retry-after'))
  }
  return response.status === 204 ? null : response.json()
}

// The meanings of codes, loaded when they are needed.
let table = null
const load = async () => {
  table ??= await fetch('/errors.json').then(response => response.json()).catch(() => null)
  return table ?? { codes: {} }
}
export const meanings = async () => (await load()).codes

// What stands between a sentence and the next one: a question needs no full stop.
export const gap = text => (/[?？。.]$/.test(text) ? t('', ' ') : t('。', '. '))
// A sentence that begins a line or follows another one. Names at its start stay as they are: `goods_id`, `photo.jpg`.
export const next = text => (isChinese || !text || /^\S*(_|`|\.\S)/.test(text) ? text : text[0].toUpperCase() + text.slice(1))

// A finding in the language of the page. Responses are in it; records have both languages.
export const inWords = ({ message, hint, message_zh: chinese, hint_zh: chineseHint }) =>
  isChinese && chinese ? { text: chinese, hint: chineseHint } : { text: message, hint }

const HEADLINES = {
  0: ['连接中断，请检查网络后重试', 'The connection was lost. Check the network and try again'],
  401: ['登录已过期，请重新登录', 'The session has ended. Log in again'],
  429: ['请求过于频繁', 'Too many requests'],
  503: ['服务繁忙，请稍后再试', 'The service is busy. Try again in a moment'],
  504: ['服务繁忙，请稍后再试', 'The service is busy. Try again in a moment'],
}

// Address of the login page that returns to this page.
export const login = () => `/login?next=${encodeURIComponent(location.pathname + location.search)}`

// Shows a problem: headline, findings, technical detail, and a link to log in where that helps.
// `name` gives a finding's place a name; `headline` replaces the one of the code.
export const showProblem = async (place, problem, { headline, name = one => one.pointer } = {}) => {
  const { codes } = await load()
  const { status, code, detail, errors = [], wait } = problem
  const ofStatus = HEADLINES[status] && (!codes[code] || [0, 401].includes(status)) ? t(...HEADLINES[status]) : null
  const own = inWords({ ...problem, message: detail })
  // One finding may say more than the problem itself.
  const isList = errors.length > 1 || (errors.length === 1 && errors[0].code !== code)
  const title = headline ?? ofStatus ?? (isList ? t(codes[code]?.zh, codes[code]?.en) : own.text) ?? t('出错了', 'Something went wrong')
  const children = [h('b', {}, rich(next(title).replace(/\.$/, '')))]
  if (wait && [429, 503].includes(status)) children.push(h('p', {}, t(`请等待 ${wait} 秒后再试。`, `Wait ${wait} s and try again.`)))
  if (isList) {
    children.push(h('ul', {}, errors.slice(0, 20).map(one => [one, inWords(one)]).map(([one, { text, hint }]) => h('li', {},
      name(one) ? `${name(one)}: ` : null, rich(name(one) ? text : next(text)), hint ? h('span', { class: 'hint' }, gap(text), rich(next(hint))) : null))))
    if (errors.length > 20) children.push(h('p', { class: 'hint' }, t(`共 ${errors.length} 处`, `${errors.length} in all`)))
  } else if (status !== 401) {
    if (own.hint) children.push(h('p', { class: 'hint' }, rich(next(own.hint))))
  }
  if (status === 401 || code === 'key_scope') {
    // In a new tab: what was filled in on this page stays.
    if (status === 401) children.push(h('p', {}, t('页面上填写的内容都还在。在新标签页登录后回到这里重试。', 'Your input on this page is kept. Log in again, in a new tab, then try again here.')))
    children.push(h('p', { class: 'actions' }, h('a', { class: 'button', href: login(), target: '_blank' },
      code === 'key_scope' ? t('用其他密钥登录', 'Log in with another key') : t('重新登录', 'Log in'))))
  }
  place.hidden = false
  place.replaceChildren(...children)
}
