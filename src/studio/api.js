// Requests of the studio to its service. Failures are problems: the members of application/problem+json with `status`.

export const lost = () => ({ status: 0, code: 'connection_lost', detail: '', errors: [], findings: [] })

/** The path of the page that logs in, and leads back. */
export const loginPath = () => `/login?next=${encodeURIComponent(location.pathname)}`

const problemOf = async response => {
  const document = await response.json().catch(() => ({}))
  const tag = response.headers.get('etag')?.replace(/^(W\/)?"|"$/g, '')
  return {
    code: '', detail: `HTTP ${response.status}`, errors: [], findings: [], hash: tag ?? null, ...document,
    status: response.status, wait: Number(response.headers.get('retry-after')) || null,
  }
}

let session = () => {}
/** Calls a listener with `true` when a request is refused because the session is over, and with `false` when one is accepted. */
export const onSession = listener => { session = listener }
/** Notes the status of an answer that was not received with `send`. */
export const answered = status => { if (status === 401 || (status >= 200 && status < 300)) session(status === 401) }

/** Sends a request; rejects with the problem of a failed one. */
export const send = async (path, options) => {
  const response = await fetch(path, options).catch(error => {
    throw error.name === 'AbortError' ? error : lost()
  })
  answered(response.status)
  if (!response.ok) throw await problemOf(response)
  return response
}

/** Sends JSON. */
export const post = (path, body, options) =>
  send(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), ...options })

/** The service's interface for one template. */
export const createApi = id => {
  const base = `/v1/studio/templates/${encodeURIComponent(id)}`
  return {
    template: async () => (await send(base)).json(),

    /** Draws a poster: { blob, count, took } with the number of findings. */
    preview: async (body, signal) => {
      const start = performance.now()
      const response = await post(`${base}/preview`, body, { signal })
      return {
        blob: await response.blob(),
        count: Number(response.headers.get('x-haibao-findings')) || 0,
        took: Math.round(performance.now() - start),
      }
    },

    shapes: async () => (await send(`${base}/shapes`)).json(),

    explain: async (body, signal) => (await post(`${base}/explain`, body, { signal })).json(),

    /** The posters of `haibao check`: [{ name, title, about, params, findings, boxes }]. */
    cases: async (body, signal) => (await post(`${base}/cases`, body, { signal })).json(),

    versions: async () => (await send(`${base}/versions`)).json(),

    /** Writes a file that has this hash on disk; null for a new one. Returns { hash, findings }. */
    put: async (path, text, hash) => {
      const condition = hash === null ? { 'If-None-Match': '*' } : { 'If-Match': `"${hash}"` }
      const address = `${base}/files/${path.split('/').map(encodeURIComponent).join('/')}`
      return (await send(address, { method: 'PUT', body: text, headers: { 'Content-Type': 'application/octet-stream', ...condition } })).json()
    },

    /** Follows the files on disk until the returned function is called. */
    follow: ({ change, live, lost }) => {
      let source = null
      let timer = null
      const connect = () => {
        source = new EventSource(`${base}/events`)
        source.onopen = live
        source.addEventListener('change', event => { live(); change(JSON.parse(event.data)) })
        source.onerror = () => {
          lost()
          // The browser reconnects, unless the service refuses the stream.
          if (source.readyState !== EventSource.CLOSED) return
          timer = setTimeout(connect, 3000)
        }
      }
      connect()
      return () => { clearTimeout(timer); source.close() }
    },
  }
}
