// Script of /exports: uploads sheets, shows the progress of each export, and pauses, cancels and downloads them.

const find = id => document.getElementById(id)
const form = find('form')
const list = find('list')
const template = find('template')

const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties)
  node.append(...children.filter(child => child !== null && child !== undefined))
  return node
}
const english = text => element('small', { lang: 'en' }, text)

// Labels of the states, and whether a state is final.
const STATES = {
  checking: ['检查中', 'checking'], running: ['生成中', 'running'], finishing: ['打包中', 'packing'],
  done: ['已完成', 'done'], paused: ['已暂停', 'paused'], cancelled: ['已取消', 'cancelled'],
  failed: ['失败', 'failed'], expired: ['已过期', 'expired']
}
const isOver = state => ['done', 'cancelled', 'failed', 'expired'].includes(state)

const number = new Intl.NumberFormat('zh-CN')
const when = seconds => new Date(seconds * 1000).toLocaleString('zh-CN', { dateStyle: 'medium', timeStyle: 'short' })

const duration = seconds => {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} 秒`
  if (seconds < 5400) return `${Math.round(seconds / 60)} 分钟`
  return `${(seconds / 3600).toFixed(1)} 小时`
}

const size = bytes => {
  if (bytes < 1 << 20) return `${Math.ceil(bytes / 1024)} KiB`
  return bytes < 1 << 30 ? `${(bytes / (1 << 20)).toFixed(1)} MiB` : `${(bytes / (1 << 30)).toFixed(2)} GiB`
}

// Announces a message to screen readers.
const announce = text => { find('announcement').textContent = text }

// Chinese text for common reasons why an export is paused or has failed.
const REASONS = {
  rows_invalid: '部分行有误，未生成任何海报。请修改 failures.csv 后重新上传',
  sheet_empty: '表格里没有数据行', sheet_columns: '表格的列与模板不匹配', sheet_too_large: '表格太大',
  sheet_broken: '文件无法打开，可能已损坏', sheet_format: '不支持此文件格式，请另存为 .xlsx 或 CSV',
  wechat_credential: '微信拒绝了 appid 或 secret', wechat_ip: '服务器 IP 不在小程序的 IP 白名单中',
  wechat_quota: '小程序码的调用额度已用完', store_failed: '存储不可用，请检查磁盘空间'
}

// Shows a problem: message, findings and hint.
const showError = (place, problem) => {
  const { detail, hint, errors = [] } = problem
  place.replaceChildren(element('span', {}, detail || '出错了 Something went wrong'))
  if (errors.length > 1) {
    const line = one => element('li', {}, one.pointer ? `${one.pointer}: ${one.message}` : one.message)
    place.append(element('ul', {}, ...errors.slice(0, 20).map(line)))
  }
  const advice = hint || (errors[0] && errors[0].hint)
  if (advice) place.append(element('span', { className: 'hint' }, advice))
}

const request = async (path, options) => {
  const response = await fetch(path, options)
  // The session has ended: the page leads to the login.
  if (response.status === 401) location.reload()
  if (!response.ok) throw await response.json().catch(() => ({ detail: `HTTP ${response.status}` }))
  return response.status === 204 ? null : response.json()
}

// Shows the selected template's sample and links its blank sheet.
const chooseTemplate = async () => {
  const id = encodeURIComponent(template.value)
  find('blank').href = `/v1/templates/${id}/blank.xlsx`
  const picture = find('sample')
  try {
    const { samples, title } = await request(`/v1/templates/${id}`)
    const name = 'usual' in samples ? 'usual' : Object.keys(samples)[0]
    picture.hidden = !name
    if (name) Object.assign(picture, { src: `/v1/templates/${id}/samples/${encodeURIComponent(name)}.png`, alt: title })
  } catch {
    picture.hidden = true
  }
}

const loadTemplates = async () => {
  const all = (await request('/v1/templates')).filter(one => !one.error)
  template.replaceChildren(...all.map(one => element('option', { value: one.id }, `${one.title} · ${one.id}`)))
  const requested = new URLSearchParams(location.search).get('template')
  if (all.some(one => one.id === requested)) template.value = requested
  if (all.length) await chooseTemplate()
}

// File selection.
const drop = find('drop')
const file = find('file')
const showFile = () => {
  const [one] = file.files
  find('chosen').textContent = one ? `${one.name} · ${size(one.size)}` : '拖拽到这里，或点击选择'
  drop.classList.toggle('full', Boolean(one))
  find('error').replaceChildren()
}
file.addEventListener('change', showFile)
for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add('over') })
}
for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'))
drop.addEventListener('drop', event => {
  event.preventDefault()
  if (event.dataTransfer.files.length) file.files = event.dataTransfer.files
  showFile()
})

// XMLHttpRequest, because fetch does not report upload progress.
const upload = (data, progress) => new Promise((resolve, reject) => {
  const xhr = new XMLHttpRequest()
  xhr.open('POST', '/v1/exports')
  xhr.responseType = 'json'
  xhr.upload.onprogress = event => progress(event.loaded / event.total)
  xhr.onload = () => (xhr.status === 202 ? resolve : reject)(xhr.response || { detail: `HTTP ${xhr.status}` })
  xhr.onerror = () => reject({ detail: '连接中断 Connection lost', hint: '请重试 Try again' })
  xhr.send(data)
})

form.addEventListener('submit', async event => {
  event.preventDefault()
  const error = find('error')
  error.replaceChildren()
  if (!file.files.length) {
    showError(error, { detail: '请先选择表格 Choose a sheet first' })
    file.focus()
    return
  }
  const { file_name: name, page, scale, strict } = form.elements
  const options = { template: template.value, scale: Number(scale.value), strict: strict.checked }
  if (name.value.trim()) options.file_name = name.value.trim()
  if (page.value.trim()) options.code = { page: page.value.trim() }
  const data = new FormData()
  data.append('options', JSON.stringify(options))
  data.append('file', file.files[0])
  const [button, bar] = [find('start'), find('upload')]
  button.disabled = true
  bar.hidden = false
  try {
    const created = await upload(data, part => {
      bar.firstChild.style.width = `${part * 100}%`
      bar.setAttribute('aria-valuenow', Math.round(part * 100))
    })
    file.value = ''
    showFile()
    show(created, true)
    watch(created.id)
    announce('已上传，开始检查 Uploaded, checking')
    const item = items.get(created.id)
    item.scrollIntoView({ block: 'nearest' })
  } catch (problem) {
    showError(error, problem)
  } finally {
    button.disabled = false
    bar.hidden = true
    bar.firstChild.style.width = 0
  }
})

// List items by export id.
const items = new Map()

const numbers = view => {
  const { state, rows, done, failed, rate, seconds_left: left, new_codes: codes } = view
  const part = (label, value) => element('span', {}, `${label} `, element('b', {}, value))
  const all = []
  if (rows) all.push(part('海报', `${number.format(done)} / ${number.format(rows)}`))
  if (failed) all.push(part('失败', number.format(failed)))
  if (state === 'checking') all.push(element('span', {}, '正在读取并检查每一行 ', english('reading and checking every row')))
  if (state === 'running') {
    if (rate) all.push(part('速度', `${rate} 张/秒`))
    if (left !== null && rate) all.push(part('还需', duration(left)))
    if (codes) all.push(part('新小程序码', number.format(codes)))
  }
  if (state === 'finishing') all.push(element('span', {}, '正在打包 ', english('packing')))
  if (state === 'done') {
    if (view.bytes) all.push(part('大小', size(view.bytes)))
    if (view.started_at) all.push(part('用时', duration(view.finished_at - view.started_at)))
    all.push(part('保留到', when(view.expires_at)))
  }
  return all
}

const act = (item, view, method, path) => async () => {
  const reason = item.querySelector('.reason')
  try {
    const changed = await request(`/v1/exports/${view.id}${path}`, { method })
    if (changed) { show(changed); watch(view.id) } else removeItem(view.id)
  } catch (problem) {
    reason.hidden = false
    showError(reason, problem)
  }
}

const actions = (item, view) => {
  const { state, links } = view
  const button = (chinese, text, run) => {
    const node = element('button', { type: 'button', onclick: run }, `${chinese} `, english(text))
    node.dataset.action = text
    return node
  }
  const link = (chinese, text, href, kind) => element('a', { href, className: `button ${kind}`, download: '' }, `${chinese} `, element('span', { lang: 'en' }, text))
  const all = []
  if (links.download) all.push(link('下载 ZIP', 'Download', links.download, 'main'))
  if (links.failures && view.failed) all.push(link('failures.csv', '', links.failures, ''))
  if (links.manifest) all.push(link('manifest.csv', '', links.manifest, ''))
  if (state === 'running') all.push(button('暂停', 'Pause', act(item, view, 'POST', '/pause')))
  if (state === 'paused') all.push(button('继续', 'Resume', act(item, view, 'POST', '/resume')))
  const remove = isOver(state) ? button('删除', 'Delete', null) : button('取消', 'Cancel', null)
  remove.onclick = () => {
    // Ask for a second click: removal cannot be undone.
    if (remove.dataset.confirm) return act(item, view, 'DELETE', '')()
    remove.dataset.confirm = '1'
    remove.replaceChildren('确认？ ', english('Confirm?'))
    setTimeout(() => { delete remove.dataset.confirm; remove.replaceChildren(isOver(state) ? '删除 ' : '取消 ', english(isOver(state) ? 'Delete' : 'Cancel')) }, 4000)
  }
  all.push(remove)
  return all
}

const failures = (item, view) => {
  const details = item.querySelector('.failures')
  const rows = view.failures || []
  details.hidden = !view.failed || !rows.length
  if (details.hidden) return
  details.querySelector('summary').replaceChildren(`${number.format(view.failed)} 行未生成 `, english('rows failed'))
  const lines = rows.flatMap(({ row, reasons }) => reasons.map((reason, at) => element('tr', {},
    element('td', {}, at ? '' : row), element('td', {}, reason.column), element('td', {}, reason.value),
    element('td', {}, reason.message, ' ', element('small', {}, reason.code)))))
  details.querySelector('tbody').replaceChildren(...lines)
  details.querySelector('.more').textContent =
    view.failed > rows.length ? `仅显示前 ${rows.length} 行，完整列表见 failures.csv。First ${rows.length} rows; see failures.csv for all.` : ''
}

// Adds or updates the list item of an export.
const show = (view, isNew = false) => {
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
  const [chinese, text] = STATES[view.state]
  item.dataset.state = view.state
  item.className = `card item ${view.state}`
  item.querySelector('h3').textContent = view.sheet
  item.querySelector('.facts').textContent = `${view.template} · ${when(view.created_at)}`
  const state = item.querySelector('.state')
  state.className = `state ${view.state}`
  state.replaceChildren(`${chinese} `, element('span', { lang: 'en' }, text))
  const bar = item.querySelector('.bar')
  const part = count => view.rows ? Math.min(100, (count / view.rows) * 100) : 0
  bar.hidden = ['failed', 'cancelled', 'expired'].includes(view.state)
  bar.classList.toggle('waiting', view.state === 'checking')
  bar.querySelector('.good').style.width = view.state === 'checking' ? '' : `${part(view.done)}%`
  bar.querySelector('.bad').style.width = `${part(view.failed)}%`
  bar.setAttribute('aria-label', `${view.sheet} ${chinese}`)
  if (view.state === 'checking') bar.removeAttribute('aria-valuenow')
  else bar.setAttribute('aria-valuenow', Math.round(part(view.done + view.failed)))
  item.querySelector('.numbers').replaceChildren(...numbers(view))
  const reason = item.querySelector('.reason')
  reason.hidden = !view.reason
  if (view.reason) {
    const { code, message, hint, errors } = view.reason
    const chinese = REASONS[code]
    showError(reason, chinese
      ? { detail: chinese, hint: [message, hint].filter(Boolean).join('; '), errors }
      : { detail: message, hint, errors })
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
  if (before && before !== view.state) announce(`${view.sheet}：${chinese} ${text}`)
}

const removeItem = id => {
  const source = sources.get(id)
  if (source) source.close()
  sources.delete(id)
  const item = items.get(id)
  if (item) item.remove()
  items.delete(id)
  find('empty').hidden = items.size > 0
  announce('已删除 Deleted')
}

// Follows an export's events until its state is final.
const sources = new Map()
const watch = id => {
  if (sources.has(id)) return
  const source = new EventSource(`/v1/exports/${id}/events`)
  sources.set(id, source)
  const close = () => { source.close(); sources.delete(id) }
  source.addEventListener('export', event => {
    find('offline').hidden = true
    const view = JSON.parse(event.data)
    if (view.state === 'cancelled') return removeItem(id)
    show(view)
    if (isOver(view.state)) close()
  })
  source.onerror = () => {
    // The browser reconnects by itself, unless the export was removed.
    find('offline').hidden = source.readyState === EventSource.CLOSED
    if (source.readyState === EventSource.CLOSED) sources.delete(id)
  }
}

const start = async () => {
  try {
    await loadTemplates()
    const all = (await request('/v1/exports')).filter(view => view.state !== 'cancelled')
    find('empty').hidden = all.length > 0
    for (const view of all) {
      show(view)
      // The list omits failed rows: fetch them with the export.
      if (!isOver(view.state)) watch(view.id)
      else if (view.failed) request(`/v1/exports/${view.id}`).then(full => show(full)).catch(() => {})
    }
    find('offline').hidden = true
  } catch (problem) {
    find('offline').hidden = false
    setTimeout(() => location.reload(), 5000)
  }
}
template.addEventListener('change', chooseTemplate)
start()
