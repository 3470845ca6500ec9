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

// An image with its size, and a function that decodes it.
const loaded = async blob => {
  const url = URL.createObjectURL(blob)
  const image = new Image()
  await new Promise((resolve, reject) => {
    image.onload = resolve
    image.onerror = () => { URL.revokeObjectURL(url); reject(new Error('the picture cannot be loaded')) }
    image.src = url
  })
  return { picture: { url, width: image.naturalWidth, height: image.naturalHeight }, decode: () => image.decode() }
}

/** An image that is decoded before it is shown, so that the old poster stays until then. */
export const decoded = async blob => {
  const { picture, decode } = await loaded(blob)
  await decode()
  return picture
}

/**
 * Returns a function that draws the poster of the state. `isBusy` says whether the service draws one already, so that the next one waits;
 * the listener of `onFree` is called when it does not.
 */
export const createDrawing = (store, api) => {
  let explaining = new AbortController()
  let retry = null
  let free = () => {}
  // Addresses of the poster on screen, and of those after it.
  const urls = []
  // The poster that was shown last: { body, layout }, until it is explained.
  let shown = null

  const explain = async ({ body, layout }) => {
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
    store.set({ fault: problem })
    const isPassing = [0, 429, 503, 504].includes(problem.status)
    if (isPassing) retry = setTimeout(draw, (problem.wait ?? 2) * 1000)
  }
  const unusable = error => ({ status: 0, code: 'picture', detail: String(error), errors: [] })

  // A poster is decoded while the next one is drawn.
  const show = latest(async ({ body, picture, decode, count, took }) => {
    try {
      await decode()
      const layout = body.files?.['layout.json'] ?? layoutOf(store.get().files)
      store.set({ poster: { ...picture, scale: body.scale, count, took }, drawn: layout })
      while (urls[0] !== picture.url) URL.revokeObjectURL(urls.shift())
      shown = { body, layout }
    } catch (error) {
      if (!ask.isRunning()) fail(unusable(error))
    }
  }, () => settle())

  const ask = latest(async body => {
    explaining.abort()
    clearTimeout(retry)
    try {
      const { blob, count, took } = await api.preview(body)
      const image = await loaded(blob)
      urls.push(image.picture.url)
      // The next fault is shown again, even if this one was closed.
      if (store.get().fault) store.set({ fault: null, isFaultsOpen: null })
      show({ body, count, took, ...image })
    } catch (problem) {
      // What waits may have no fault.
      if (!ask.isWaiting()) fail(problem.code === undefined ? unusable(problem) : problem)
    }
  }, () => {
    free()
    settle()
  })

  const isOver = () => !ask.isRunning() && !show.isRunning()
  const settle = () => {
    if (isOver()) store.set({ isDrawing: false })
    // A layer that is dragged waits for the end of the drawing.
    if (!isOver() || (shown?.layout ?? null) === null) return
    const last = shown
    shown = null
    explain(last)
  }

  const draw = () => {
    if (store.get().phase !== 'ready') return
    store.set({ isDrawing: true })
    ask(bodyOf(store.get()))
  }
  return Object.assign(draw, { isBusy: ask.isRunning, onFree: listener => { free = listener } })
}
