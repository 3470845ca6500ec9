// The page /exports: uploads a sheet, shows how far each export is, and lets people pause, end and download it.

const find = id => document.getElementById(id)
const form = find('form')
const list = find('list')
const template = find('template')

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children.filter(child => child !== null && child !== undefined))
  return made
}
const english = text => element('small', { lang: 'en' }, text)

// The state's name, and whether nothing changes any more.
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

// Says something to those who cannot see it.
const say = text => { find('said').textContent = text }

// Why an export waits or has failed, in Chinese where people meet it most.
const REASONS = {
  rows_invalid: '有的行有问题，按要求一张也没有生成。请修改 failures.csv 后重新上传',
  sheet_empty: '表格里没有数据行', sheet_columns: '表格的列与模板对不上', sheet_too_large: '表格太大',
  sheet_broken: '文件打不开，可能已损坏', sheet_format: '不支持这种文件，请另存为 .xlsx 或 CSV',
  wechat_credential: '微信不认 appid 或 secret', wechat_ip: '本机 IP 不在小程序的白名单里',
  wechat_quota: '微信的取码额度用完了', store_failed: '存储不可用，请检查磁盘空间'
}

// What went wrong: the message, everything that was found, what to do.
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

const ask = async (path, options) => {
  const response = await fetch(path, options)
  if (!response.ok) throw await response.json().catch(() => ({ detail: `HTTP ${response.status}` }))
  return response.status === 204 ? null : response.json()
}

// The template that is chosen: its first sample, its blank sheet.
const chooseTemplate = async () => {
  const id = encodeURIComponent(template.value)
  find('blank').href = `/v1/templates/${id}/blank.xlsx`
  const picture = find('sample')
  try {
    const { samples, title } = await ask(`/v1/templates/${id}`)
    const name = 'usual' in samples ? 'usual' : Object.keys(samples)[0]
    picture.hidden = !name
    if (name) Object.assign(picture, { src: `/v1/templates/${id}/samples/${encodeURIComponent(name)}.png`, alt: title })
  } catch {
    picture.hidden = true
  }
}

const loadTemplates = async () => {
  const all = (await ask('/v1/templates')).filter(one => !one.error)
  template.replaceChildren(...all.map(one => element('option', { value: one.id }, `${one.title} · ${one.id}`)))
  const wanted = new URLSearchParams(location.search).get('template')
  if (all.some(one => one.id === wanted)) template.value = wanted
  if (all.length) await chooseTemplate()
}

// The sheet.
const drop = find('drop')
const file = find('file')
const chosen = () => {
  const [one] = file.files
  find('chosen').textContent = one ? `${one.name} · ${size(one.size)}` : '拖到这里，或点击选择'
  drop.classList.toggle('full', Boolean(one))
  find('wrong').replaceChildren()
}
file.addEventListener('change', chosen)
for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add('over') })
}
for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'))
drop.addEventListener('drop', event => {
  event.preventDefault()
  if (event.dataTransfer.files.length) file.files = event.dataTransfer.files
  chosen()
})

// fetch tells nothing of an upload's progress.
const upload = (data, progress) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest()
  request.open('POST', '/v1/exports')
  request.responseType = 'json'
  request.upload.onprogress = event => progress(event.loaded / event.total)
  request.onload = () => (request.status === 202 ? resolve : reject)(request.response || { detail: `HTTP ${request.status}` })
  request.onerror = () => reject({ detail: '连接中断 The connection broke', hint: '请重试 Try again' })
  request.send(data)
})

form.addEventListener('submit', async event => {
  event.preventDefault()
  const wrong = find('wrong')
  wrong.replaceChildren()
  if (!file.files.length) {
    showError(wrong, { detail: '请先选择表格 Choose a sheet first' })
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
    const made = await upload(data, part => {
      bar.firstChild.style.width = `${part * 100}%`
      bar.setAttribute('aria-valuenow', Math.round(part * 100))
    })
    file.value = ''
    chosen()
    show(made, true)
    watch(made.id)
    say('已上传，开始检查 Uploaded, checking')
    const item = items.get(made.id)
    item.scrollIntoView({ block: 'nearest' })
  } catch (problem) {
    showError(wrong, problem)
  } finally {
    button.disabled = false
    bar.hidden = true
    bar.firstChild.style.width = 0
  }
})

// What is shown of each export.
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
    const changed = await ask(`/v1/exports/${view.id}${path}`, { method })
    if (changed) { show(changed); watch(view.id) } else forget(view.id)
  } catch (problem) {
    reason.hidden = false
    showError(reason, problem)
  }
}

const actions = (item, view) => {
  const { state, links } = view
  const button = (chinese, text, run) => {
    const made = element('button', { type: 'button', onclick: run }, `${chinese} `, english(text))
    made.dataset.does = text
    return made
  }
  const link = (chinese, text, href, kind) => element('a', { href, className: `button ${kind}`, download: '' }, `${chinese} `, element('span', { lang: 'en' }, text))
  const all = []
  if (links.download) all.push(link('下载 ZIP', 'Download', links.download, 'main'))
  if (links.failures && view.failed) all.push(link('failures.csv', '', links.failures, ''))
  if (links.manifest) all.push(link('manifest.csv', '', links.manifest, ''))
  if (state === 'running') all.push(button('暂停', 'Pause', act(item, view, 'POST', '/pause')))
  if (state === 'paused') all.push(button('继续', 'Resume', act(item, view, 'POST', '/resume')))
  const end = isOver(state) ? button('删除', 'Delete', null) : button('取消', 'Cancel', null)
  end.onclick = () => {
    // Twice: what is removed cannot be brought back.
    if (end.dataset.sure) return act(item, view, 'DELETE', '')()
    end.dataset.sure = '1'
    end.replaceChildren('确定？ ', english('Sure?'))
    setTimeout(() => { delete end.dataset.sure; end.replaceChildren(isOver(state) ? '删除 ' : '取消 ', english(isOver(state) ? 'Delete' : 'Cancel')) }, 4000)
  }
  all.push(end)
  return all
}

const failures = (item, view) => {
  const details = item.querySelector('.failures')
  const rows = view.failures || []
  details.hidden = !view.failed || !rows.length
  if (details.hidden) return
  details.querySelector('summary').replaceChildren(`${number.format(view.failed)} 行没有生成 `, english('rows failed'))
  const lines = rows.flatMap(({ row, reasons }) => reasons.map((reason, at) => element('tr', {},
    element('td', {}, at ? '' : row), element('td', {}, reason.column), element('td', {}, reason.value),
    element('td', {}, reason.message, ' ', element('small', {}, reason.code)))))
  details.querySelector('tbody').replaceChildren(...lines)
  details.querySelector('.more').textContent =
    view.failed > rows.length ? `这里是前 ${rows.length} 行，全部在 failures.csv。The first ${rows.length}; failures.csv has all.` : ''
}

// Shows an export, new or changed.
const show = (view, isNew = false) => {
  let item = items.get(view.id)
  const before = item && item.dataset.state
  if (!item) {
    item = find('item').content.firstElementChild.cloneNode(true)
    item.id = `export-${view.id}`
    items.set(view.id, item)
    if (isNew) list.prepend(item)
    else list.append(item)
    find('none').hidden = true
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
  // Buttons that stay keep the focus.
  const does = `${view.state} ${view.failed > 0}`
  const box = item.querySelector('.actions')
  if (box.dataset.does !== does) {
    box.dataset.does = does
    const had = box.contains(document.activeElement)
    box.replaceChildren(...actions(item, view))
    if (had && box.firstElementChild) box.firstElementChild.focus()
  }
  failures(item, view)
  if (before && before !== view.state) say(`${view.sheet}：${chinese} ${text}`)
}

const forget = id => {
  const source = sources.get(id)
  if (source) source.close()
  sources.delete(id)
  const item = items.get(id)
  if (item) item.remove()
  items.delete(id)
  find('none').hidden = items.size > 0
  say('已删除 Deleted')
}

// Follows an export until it is over.
const sources = new Map()
const watch = id => {
  if (sources.has(id)) return
  const source = new EventSource(`/v1/exports/${id}/events`)
  sources.set(id, source)
  const close = () => { source.close(); sources.delete(id) }
  source.addEventListener('export', event => {
    find('away').hidden = true
    const view = JSON.parse(event.data)
    if (view.state === 'cancelled') return forget(id)
    show(view)
    if (isOver(view.state)) close()
  })
  source.onerror = () => {
    // The browser tries again by itself, unless the export is gone.
    find('away').hidden = source.readyState === EventSource.CLOSED
    if (source.readyState === EventSource.CLOSED) sources.delete(id)
  }
}

const start = async () => {
  try {
    await loadTemplates()
    const all = (await ask('/v1/exports')).filter(view => view.state !== 'cancelled')
    find('none').hidden = all.length > 0
    for (const view of all) {
      show(view)
      // The list has no failures: they come with the export itself.
      if (!isOver(view.state)) watch(view.id)
      else if (view.failed) ask(`/v1/exports/${view.id}`).then(whole => show(whole)).catch(() => {})
    }
    find('away').hidden = true
  } catch (problem) {
    find('away').hidden = false
    setTimeout(() => location.reload(), 5000)
  }
}
template.addEventListener('change', chooseTemplate)
start()
