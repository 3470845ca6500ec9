// Draws the poster of the state: at most one request at a time, each poster as soon as it comes, then the explanation of the last one.

import { latest } from './latest.js'

// Texts of the editor are sent with the poster; files on disk are known to the service.
const DRAWN = ['layout.json', 'artwork.svg']

/** The body of a preview. */
export const bodyOf = ({ params, drafts, editable, zoom }) => {
  const files = Object.fromEntries(DRAWN.filter(path => editable && drafts[path]).map(path => [path, drafts[path].text]))
  return { params, scale: zoom === 'double' ? 2 : 1, ...(Object.keys(files).length ? { files } : {}) }
}

/** The text of layout.json on disk; null without one. */
export const layoutOf = files => files['layout.json']?.text ?? null

/** An image that is decoded before it is shown, so that the old poster stays until then. */
export const decoded = async blob => {
  const url = URL.createObjectURL(blob)
  const image = new Image()
  image.src = url
  await image.decode()
  return { url, width: image.naturalWidth, height: image.naturalHeight }
}

/** Returns a function that draws the poster of the state. */
export const createDrawing = (store, api) => {
  let explaining = new AbortController()
  let retry = null

  const explain = async (body, layout) => {
    explaining = new AbortController()
    const { signal } = explaining
    try {
      const found = await api.explain(body, signal)
      if (!signal.aborted) store.set({ explain: { ...found, scale: body.scale }, explained: layout })
    } catch (problem) {
      // The poster is good: without the explanation, only the outlines are missing.
      if (problem.name !== 'AbortError' && !signal.aborted) store.set({ explain: null })
    }
  }

  const fail = problem => {
    store.set({ fault: problem.code === undefined ? { status: 0, code: 'picture', detail: String(problem), errors: [] } : problem })
    const isPassing = [0, 429, 503, 504].includes(problem.status)
    if (isPassing) retry = setTimeout(draw, (problem.wait ?? 2) * 1000)
  }

  const compose = async (body, release) => {
    explaining.abort()
    clearTimeout(retry)
    const end = () => {
      if (!push.isWaiting()) store.set({ isDrawing: false })
      release()
    }
    let found
    try {
      found = await api.preview(body)
      // The browser's own errors have a code, too.
      found.picture = await decoded(found.blob).catch(error => { throw new Error(String(error)) })
    } catch (problem) {
      // What waits may have no fault.
      if (!push.isWaiting()) fail(problem)
      return end()
    }
    // The service draws the next poster while the page shows this one.
    end()
    const { picture, count, took } = found
    const { poster: before, fault, isFaultsOpen, files } = store.get()
    const layout = body.files?.['layout.json'] ?? layoutOf(files)
    // The next fault is shown again, even if this one was closed.
    store.set({ poster: { ...picture, scale: body.scale, count, took }, drawn: layout, fault: null, isFaultsOpen: fault ? null : isFaultsOpen })
    if (before) URL.revokeObjectURL(before.url)
    // A layer that is dragged waits for the end of the drawing.
    if (layout !== null && !push.isRunning()) explain(body, layout)
  }
  const push = latest(compose)

  const draw = () => {
    if (store.get().phase !== 'ready') return
    store.set({ isDrawing: true })
    push(bodyOf(store.get()))
  }
  return draw
}
