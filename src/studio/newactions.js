// What can be done on the page of new templates: read an SVG, choose its slots, create the template.

import { post, send } from './api.js'
import { sizeText } from './bytes.js'
import { ofProblem } from './findings.js'
import { HANDED, taken } from './handover.js'
import { MAX_BYTES, changed, isSvg, proposed, slug, toggled } from './newslots.js'
import { t } from './words.js'

const NOTE_MS = 4000

const ask = (text, accept, signal) => send('/v1/studio/artworks', {
  method: 'POST', body: text, signal, headers: { 'Content-Type': 'application/octet-stream', Accept: accept },
})
const list = async text => (await ask(text, 'application/json')).json()

export const createNewActions = store => {
  const { get, set } = store
  let timer = null
  const note = (text, kind = 'info') => {
    clearTimeout(timer)
    set({ note: { text, kind } })
    timer = setTimeout(() => set({ note: null }), NOTE_MS)
  }

  // What is refused is said until something else is tried; over an SVG that is open, for a moment.
  const refuse = (name, bytes) => {
    const detail = t('newTooLarge', name || t('newPasted'), sizeText(bytes), sizeText(MAX_BYTES))
    if (get().artwork) {
      set({ phase: 'slots' })
      note(detail, 'error')
    } else set({ phase: 'start', starter: null, problem: { status: 413, detail } })
  }

  // The picture of an SVG is no longer shown.
  const leave = () => { if (get().artwork?.url) URL.revokeObjectURL(get().artwork.url) }

  // Of several SVGs that are dropped in turn, the last one is shown.
  let turn = 0
  let drawing = new AbortController()
  const take = async (text, file = '') => {
    const { size } = new Blob([text])
    if (size > MAX_BYTES) return refuse(file, size)
    if (!isSvg(text)) {
      set({ phase: get().artwork ? 'slots' : 'start' })
      return note(t('newNotSvg'), 'error')
    }
    const own = ++turn
    set({ phase: 'reading', step: t('newFinding', sizeText(size)), problem: null, starter: null })
    // Its picture is drawn while its elements are looked for, and comes when it is there.
    drawing.abort()
    drawing = new AbortController()
    const { signal } = drawing
    const drawn = ask(text, 'image/png', signal).then(response => response.blob())
    drawn.catch(() => {})
    let isListed = false
    try {
      const listed = await list(text)
      if (own !== turn) return
      isListed = true
      leave()
      set({
        phase: 'slots', artwork: { ...listed, text, url: null }, slots: proposed(listed.shapes), hovered: null, finding: null,
        name: slug(file), title: file.replace(/\.svg$/i, '') || t('newTemplate'),
      })
      const picture = await drawn
      if (own === turn) set({ artwork: { ...get().artwork, url: URL.createObjectURL(picture) } })
    } catch (problem) {
      if (own !== turn) return
      drawing.abort()
      if (isListed || !get().artwork) return set({ phase: 'start', artwork: null, slots: [], problem })
      // The slots that were chosen before stay.
      set({ phase: 'slots' })
      note(ofProblem(problem)[0].message || t('connectionLost'), 'error')
    }
  }

  const file = async one => {
    if (!one) return
    if (one.size > MAX_BYTES) return refuse(one.name, one.size)
    set({ phase: 'reading', step: t('newReading') })
    await take(await one.text(), one.name)
  }

  const create = async () => {
    const { isCreating, name, title, artwork, slots, starter } = get()
    if (isCreating) return
    const from = artwork ? { svg: artwork.text, slots, title: title.trim() || name } : starter || undefined
    set({ isCreating: true, problem: null })
    try {
      const { id } = await (await post('/v1/studio/templates', { name, from })).json()
      location.assign(`/studio/${encodeURIComponent(id)}`)
    } catch (problem) {
      set({ isCreating: false, problem })
    }
  }

  return {
    file,
    create,
    note,
    show: set,
    language: async language => {
      document.cookie = `haibao_language=${language}; Path=/; Max-Age=31536000; SameSite=Lax`
      const { artwork } = get()
      // The titles of the templates are part of the page.
      if (!artwork) return location.reload()
      set({ language })
      // Findings come in the language of the cookie.
      const listed = await list(artwork.text).catch(() => null)
      if (listed && get().artwork?.text === artwork.text) set({ artwork: { ...get().artwork, findings: listed.findings } })
    },
    /** Reads an SVG from the clipboard. */
    paste: async () => {
      const text = await navigator.clipboard.readText().catch(() => '')
      if (isSvg(text)) return take(text)
      note(t('newPasteNone'), 'error')
    },
    /** Leaves the SVG. */
    restart: () => {
      turn++
      drawing.abort()
      leave()
      set({ phase: 'start', artwork: null, slots: [], problem: null, starter: null, finding: null })
    },
    /** Selects a template to copy; an empty id is the blank one. */
    choose: id => set({ starter: id, problem: null, name: id ? `${id}-2` : 'my-template' }),
    toggle: shape => {
      const { slots, artwork: { width, height, shapes } } = get()
      set({ slots: toggled(slots, shape, [width, height], shapes), problem: null })
    },
    change: (id, change) => set({ slots: changed(get().slots, id, change), problem: null }),
    /** Takes the file that was dropped on the page of templates. */
    handed: async () => {
      if (location.hash !== HANDED) return
      history.replaceState(null, '', location.pathname + location.search)
      const one = await taken().catch(() => null)
      if (one?.text === null) refuse(one.name, one.size)
      else if (one) await take(one.text, one.name)
    },
    /** Takes files that are dropped anywhere on the page, and SVGs that are pasted. */
    listen: () => {
      addEventListener('dragover', event => event.preventDefault())
      addEventListener('drop', event => {
        event.preventDefault()
        file(event.dataTransfer.files[0])
      })
      addEventListener('paste', event => {
        const [one] = event.clipboardData.files
        const text = event.clipboardData.getData('text/plain')
        if (one) file(one)
        else if (isSvg(text)) take(text)
        else return
        event.preventDefault()
      })
    },
  }
}
