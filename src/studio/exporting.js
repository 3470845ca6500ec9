// Exports of a sheet's rows as posters: what the page of exports and the studio ask of the service. Nothing here shows anything.

import { answered, lost, send } from './api.js'
import { isPicture, pack } from './pictures.js'

/** Labels of the states in Chinese and English. */
export const STATES = {
  uploading: ['上传中', 'Uploading'], checking: ['检查中', 'Checking'], running: ['生成中', 'Running'], finishing: ['打包中', 'Packing'],
  done: ['已完成', 'Done'], paused: ['已暂停', 'Paused'], cancelled: ['已取消', 'Cancelled'],
  failed: ['失败', 'Failed'], expired: ['已过期', 'Expired'],
}

export const isOver = state => ['done', 'cancelled', 'failed', 'expired'].includes(state)

/** A duration as a number and its unit: `s`, `min` or `h`. */
export const durationOf = seconds => {
  if (seconds < 90) return [Math.max(1, Math.round(seconds)), 's']
  if (seconds < 5400) return [Math.round(seconds / 60), 'min']
  return [(seconds / 3600).toFixed(1), 'h']
}

/** The part `options` of an export. `mapped` is the column of each parameter, `ignored` are columns that set nothing. */
export const optionsOf = ({ template, scale = 1, strict = false, skipHidden = false, fileName = '', page = '', mapped = {}, ignored = [] }) => {
  const options = { template, scale, strict }
  if (skipHidden) options.hidden = 'skip'
  // The later of two entries of one name counts.
  const map = Object.fromEntries([...ignored.map(name => [name, '']), ...Object.entries(mapped)])
  if (Object.keys(map).length) options.map = map
  if (fileName.trim()) options.file_name = fileName.trim()
  if (page.trim()) options.code = { page: page.trim() }
  return options
}

/** Number of posters that a sheet becomes: its rows without those that are known to be invalid. */
export const startOf = ({ rows, invalid = 0 }) => Math.max(0, rows - invalid)

/** The form that looks at a sheet and starts its export. */
export const formOf = (options, file, pictures) => {
  const form = new FormData()
  form.append('options', JSON.stringify(options))
  form.append('file', file)
  if (pictures) form.append('pictures', pictures, 'pictures.zip')
  return form
}

/** Chosen pictures as one archive: { archive, name, count }; null if there are none among the files. */
export const archiveOf = async files => {
  const all = [...files]
  const [first] = all
  if (all.length === 1 && /\.zip$/i.test(first.name)) return { archive: first, name: first.name, count: null }
  const found = all.filter(isPicture)
  return found.length ? { archive: await pack(found), name: null, count: found.length } : null
}

const json = async (path, options) => {
  const response = await send(path, options)
  return response.status === 204 ? null : response.json()
}

/** What the sheet is, before anything is started. */
export const look = (form, signal) => json('/v1/exports/preview', { method: 'POST', body: form, signal })

/** Starts an export. `progress` is told the part that was sent. XMLHttpRequest, because fetch does not report it. */
export const start = (form, progress) => new Promise((resolve, reject) => {
  const xhr = new XMLHttpRequest()
  xhr.open('POST', '/v1/exports')
  xhr.responseType = 'json'
  xhr.upload.onprogress = event => progress(event.loaded / event.total)
  xhr.onload = () => {
    answered(xhr.status)
    if (xhr.status === 202) return resolve(xhr.response)
    const known = xhr.response && typeof xhr.response === 'object' ? xhr.response : {}
    reject({ code: '', detail: `HTTP ${xhr.status}`, errors: [], findings: [], ...known, status: xhr.status, wait: Number(xhr.getResponseHeader('retry-after')) || null })
  }
  xhr.onerror = () => reject(lost())
  xhr.send(form)
})

/** The latest exports, without those that were cancelled. */
export const exportsOf = async () => (await json('/v1/exports')).filter(view => view.state !== 'cancelled')
export const exportOf = id => json(`/v1/exports/${id}`)
/** `pause` or `resume`. */
export const change = (id, action) => json(`/v1/exports/${id}/${action}`, { method: 'POST' })
export const remove = id => json(`/v1/exports/${id}`, { method: 'DELETE' })

/**
 * Follows an export until its state is final. `show` gets each state, `offline` whether the service cannot be reached, and `gone` that the
 * stream was refused. Returns a function that ends it.
 */
export const follow = (id, { show, offline, gone }) => {
  const source = new EventSource(`/v1/exports/${id}/events`)
  source.addEventListener('export', event => {
    offline(false)
    const view = JSON.parse(event.data)
    if (isOver(view.state)) source.close()
    show(view)
  })
  source.onerror = () => {
    // The browser reconnects by itself, unless the export was removed or the session has ended.
    const isClosed = source.readyState === EventSource.CLOSED
    offline(!isClosed)
    if (isClosed) gone()
  }
  return () => source.close()
}
