// The list of /exports: the progress of each export, and its actions.

import { h, inWords, isChinese, next, rich, showProblem, t } from '/pages.js'
import { sizeText } from '/studio/files/bytes.js'
import { STATES, change, durationOf, exportOf, follow, isOver, remove } from '/studio/files/exporting.js'

export const find = id => document.getElementById(id)
const list = find('list')

const label = state => t(...STATES[state])

const locale = isChinese ? 'zh-CN' : 'en-GB'
export const number = new Intl.NumberFormat(locale)
export const countOf = (count, noun) => `${number.format(count)} ${noun}${count === 1 ? '' : 's'}`
const when = seconds => new Date(seconds * 1000).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' })

const UNITS = { s: ['秒', 's'], min: ['分钟', 'min'], h: ['小时', 'h'] }
const duration = seconds => {
  const [count, unit] = durationOf(seconds)
  return `${count} ${t(...UNITS[unit])}`
}

// Announces a message to screen readers.
export const announce = text => { find('announcement').textContent = text }

// Titles of templates by name.
export const titles = new Map()

// List items by export id.
const items = new Map()

const numbers = view => {
  const { state, rows, done, failed, rate, seconds_left: left, new_codes: codes } = view
  const part = (label, value) => h('span', {}, `${label} `, h('b', {}, value))
  const all = []
  if (rows) all.push(part(t('海报', 'Posters'), `${number.format(done)} / ${number.format(rows)}`))
  if (failed) all.push(part(t('失败', 'Failed'), number.format(failed)))
  if (state === 'checking') all.push(h('span', {}, t('正在读取并检查每一行', 'Reading and checking every row')))
  if (state === 'running') {
    if (rate) all.push(part(t('速度', 'Rate'), `${rate} ${t('张/秒', '/s')}`))
    if (left !== null && rate) all.push(part(t('还需', 'Left'), duration(left)))
    if (codes) all.push(part(t('新小程序码', 'New codes'), number.format(codes)))
  }
  if (state === 'finishing') all.push(h('span', {}, t('正在打包', 'Packing')))
  if (state === 'done') {
    if (view.bytes) all.push(part(t('大小', 'Size'), sizeText(view.bytes)))
    if (view.started_at) all.push(part(t('用时', 'Took'), duration(view.finished_at - view.started_at)))
    all.push(part(t('保留到', 'Kept until'), when(view.expires_at)))
  }
  return all
}

const act = (item, view, action) => async () => {
  const reason = item.querySelector('.reason')
  try {
    if (action === 'remove') {
      await remove(view.id)
      return removeItem(view.id)
    }
    show(await change(view.id, action))
    watch(view.id)
  } catch (problem) {
    await showProblem(reason, problem)
  }
}

const actions = (item, view) => {
  const { state, links } = view
  const button = (name, text, click) => h('button', { type: 'button', 'data-action': name, click }, text)
  const link = (text, href, kind) => h('a', { href, class: `button ${kind}`, download: '' }, text)
  const all = []
  if (links.download) all.push(link(t('下载 ZIP', 'Download ZIP'), links.download, 'main'))
  if (links.failures_xlsx && view.failed) all.push(link('failures.xlsx', links.failures_xlsx, ''))
  if (links.failures && view.failed) all.push(link('failures.csv', links.failures, ''))
  if (links.manifest) all.push(link('manifest.csv', links.manifest, ''))
  if (state === 'running') all.push(button('Pause', t('暂停', 'Pause'), act(item, view, 'pause')))
  if (state === 'paused') all.push(button('Resume', t('继续', 'Resume'), act(item, view, 'resume')))
  const text = isOver(state) ? t('删除', 'Delete') : t('取消', 'Cancel')
  const end = button(isOver(state) ? 'Delete' : 'Cancel', text, () => {
    // Ask for a second click: removal cannot be undone.
    if (end.dataset.confirm) return act(item, view, 'remove')()
    end.dataset.confirm = '1'
    end.textContent = t('确认？', 'Really?')
    setTimeout(() => { delete end.dataset.confirm; end.textContent = text }, 4000)
  })
  all.push(end)
  return all
}

const failures = async (item, view) => {
  const details = item.querySelector('.failures')
  const rows = view.failures || []
  fillFailures(details, t(`${number.format(view.failed)} 行未生成`, `${countOf(view.failed, 'row')} failed`), rows)
  details.querySelector('.more').textContent = view.failed > rows.length
    ? t(`仅显示前 ${rows.length} 行，完整列表见 failures.xlsx。`, `First ${rows.length} rows; see failures.xlsx for all.`) : ''
}

// Lists the reasons of rows without a poster.
export const fillFailures = (details, title, rows) => {
  details.hidden = !rows?.length
  if (details.hidden) return
  details.querySelector('summary').textContent = title
  const words = rows.flatMap(({ row, reasons }) => reasons.map((reason, at) => [row, at, reason, inWords(reason)]))
  details.querySelector('tbody').replaceChildren(...words.map(([row, at, reason, { text }]) => h('tr', {},
    h('td', { 'data-label': t('行', 'Row') }, at ? '' : row), h('td', {}, reason.column), h('td', {}, reason.value),
    h('td', {}, rich(next(text))))))
}

// Adds or updates the list item of an export, and returns it.
export const show = (view, isNew = false) => {
  let item = items.get(view.id)
  const before = item && item.dataset.state
  if (!item) {
    item = find('item').content.firstElementChild.cloneNode(true)
    item.id = `export-${view.id}`
    items.set(view.id, item)
    if (isNew) list.prepend(item)
    else list.append(item)
    find('empty').hidden = true
  }
  const text = label(view.state)
  item.dataset.state = view.state
  item.className = `card item ${view.state}`
  item.querySelector('h3').textContent = view.sheet
  item.querySelector('.facts').textContent = `${titles.get(view.template) ?? view.template} · ${when(view.created_at)}`
  const state = item.querySelector('.state')
  state.className = `state ${view.state}`
  state.textContent = text
  const bar = item.querySelector('.bar')
  const part = count => view.rows ? Math.min(100, (count / view.rows) * 100) : 0
  bar.hidden = ['failed', 'cancelled', 'expired'].includes(view.state)
  bar.classList.toggle('waiting', view.state === 'checking')
  bar.querySelector('.good').style.width = view.state === 'checking' ? '' : `${part(view.done)}%`
  bar.querySelector('.bad').style.width = `${part(view.failed)}%`
  bar.setAttribute('aria-label', `${view.sheet} ${text}`)
  if (view.state === 'checking') bar.removeAttribute('aria-valuenow')
  else bar.setAttribute('aria-valuenow', Math.round(part(view.done + view.failed)))
  item.querySelector('.numbers').replaceChildren(...numbers(view))
  const reason = item.querySelector('.reason')
  // Progress comes twice a second: the reason is shown when it changes.
  const said = JSON.stringify(view.reason)
  if (reason.dataset.said !== said) {
    reason.dataset.said = said
    reason.hidden = !view.reason
    if (view.reason) {
      showProblem(reason, { ...view.reason, detail: view.reason.message, errors: view.reason.errors ?? [] }, { name: () => null })
    }
  }
  // Rebuild the buttons only when they change, and keep the focus.
  const actionsKey = `${view.state} ${view.failed > 0}`
  const box = item.querySelector('.actions')
  if (box.dataset.key !== actionsKey) {
    box.dataset.key = actionsKey
    const hadFocus = box.contains(document.activeElement)
    box.replaceChildren(...actions(item, view))
    if (hadFocus && box.firstElementChild) box.firstElementChild.focus()
  }
  failures(item, view)
  if (before && before !== view.state) announce(`${view.sheet}: ${text}`)
  return item
}

const removeItem = id => {
  sources.get(id)?.()
  sources.delete(id)
  const item = items.get(id)
  if (item) item.remove()
  items.delete(id)
  find('empty').hidden = items.size > 0
  announce(t('已删除', 'Deleted'))
}

// Follows exports until their state is final. The values end it.
const sources = new Map()
export const watch = id => {
  if (sources.has(id)) return
  sources.set(id, follow(id, {
    show: view => {
      if (view.state === 'cancelled') return removeItem(id)
      show(view)
      if (isOver(view.state)) sources.delete(id)
    },
    offline: sayOffline,
    gone: () => {
      sources.delete(id)
      // The export was removed, or the session has ended.
      exportOf(id).then(view => show(view), problem => { if (problem.status === 401) showProblem(find('offline'), problem) })
    },
  }))
}

export const sayOffline = isOffline => {
  find('offline').replaceChildren(...isOffline ? [h('b', {}, t('无法连接服务，正在重试', 'The service cannot be reached, retrying'))] : [])
}
