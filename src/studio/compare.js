// The poster before: of the template as it was when it was opened, or of a version of it, with the parameters as they are now.

import { latest } from './latest.js'

const DRAWN = ['layout.json', 'artwork.svg']

/** What is kept of a template when it is opened: its version, and its texts if all of them are known. */
export const openedOf = ({ version, files }) => {
  const own = DRAWN.filter(path => files[path])
  const isKnown = own.every(path => typeof files[path].text === 'string')
  return { version, texts: isKnown ? Object.fromEntries(own.map(path => [path, files[path].text])) : null }
}

/** The body that draws the poster before; null if it cannot be drawn. */
export const bodyBefore = ({ compare, opened, params, poster, editable }) => {
  const common = { params, scale: poster.scale }
  if (compare !== 'opened') return { ...common, version: compare }
  // Only those who may write have unsaved texts drawn.
  if (editable && opened?.texts && opened.texts['layout.json']) return { ...common, files: opened.texts }
  return opened?.version ? { ...common, version: opened.version } : null
}

/** Follows the store: draws the poster before after each poster while they are compared. */
export const createCompare = (store, api, decoded) => {
  const show = before => {
    const { before: old } = store.get()
    store.set({ before })
    if (old?.url) URL.revokeObjectURL(old.url)
  }
  const push = latest(async body => {
    try {
      const picture = body && await decoded((await api.preview(body)).blob)
      if (push.isWaiting()) return picture && URL.revokeObjectURL(picture.url)
      if (store.get().compare) show(picture ? { ...picture, scale: body.scale } : { problem: {} })
      else if (picture) URL.revokeObjectURL(picture.url)
    } catch (problem) {
      if (!push.isWaiting() && store.get().compare) show({ problem })
    }
  })

  const list = async () => {
    try {
      store.set({ versions: await api.versions() })
    } catch {
      // Without the list, the state when the template was opened can be compared.
      store.set({ versions: [] })
    }
  }

  let known = null
  store.subscribe(state => {
    if (state.phase !== 'ready') return
    if (!state.opened) return store.set({ opened: openedOf(state) })
    if (!state.compare || !state.poster) {
      known = null
      if (state.before && !state.compare) show(null)
      return
    }
    const now = `${state.compare} ${state.poster.url}`
    if (known === null) list()
    if (now === known) return
    known = now
    push(bodyBefore(state))
  })
}
