// What a person does in the studio, as changes of the state and requests to the service.

import { bodyOf, createDrawing, layoutOf } from './drawing.js'
import { createEditing } from './editing.js'
import { edited, settle, textAt } from './files.js'
import { setAt } from './form.js'
import { extensionOf } from './formats.js'
import { createNote } from './notes.js'
import { baseOf, followed, rebased, samplesOf, withGood } from './samples.js'
import { createSaving } from './saving.js'
import { decode, encode, isShortened } from './url.js'
import { t } from './words.js'

// Source is drawn once typing pauses: a layout is compiled anew for each version of it.
const SOURCE_PAUSE_MS = 120

export const createActions = (store, api, steps) => {
  const { get, set } = store
  const draw = createDrawing(store, api)

  // Takes over what the service says about the template.
  const take = found => {
    const state = get()
    const files = withGood(state.files, Object.fromEntries(found.files.map(file => [file.path, file])))
    const samples = samplesOf(files)
    const change = {
      phase: 'ready', problem: null, files, title: found.title ?? state.title, titles: found.titles ?? {}, editable: found.editable,
      version: found.version, schema: found.schema ?? state.schema, found: found.findings ?? [], ...settle(state, files),
    }
    const isFirst = state.phase !== 'ready'
    const own = isFirst ? decode(location.hash, samples) : followed(state, samplesOf(state.files), samples)
    set({ ...change, ...own, sampleBase: isFirst ? baseOf(change, own.sample) : rebased(state, own, files) })
  }

  const drawnBody = () => JSON.stringify(bodyOf(get()))
  let loads = 0
  // `drawn`: the body of a poster that was requested of the same files.
  const load = async (drawn = null) => {
    const turn = ++loads
    try {
      const found = await api.template()
      // Answers of earlier requests are late.
      if (turn !== loads) return
      const isFirst = get().phase !== 'ready'
      take(found)
      if (isFirst) follow()
    } catch (problem) {
      if (turn !== loads || get().phase === 'ready') return
      return set({ phase: 'failed', problem })
    }
    if (drawn !== drawnBody()) draw()
    else if (!get().fault) set(({ files }) => ({ drawn: layoutOf(files) }))
  }

  // The poster does not wait for the texts of the files.
  const reload = () => { draw(); load(drawnBody()) }
  const follow = () => api.follow({
    change: event => changed(event),
    live: () => set({ connection: 'live' }),
    lost: () => set({ connection: 'lost' }),
  })

  const note = createNote(store)

  let addressTimer
  const change = members => {
    set(members)
    clearTimeout(addressTimer)
    addressTimer = setTimeout(writeAddress, 200)
    draw()
  }
  const addressOf = state => encode({ ...state, samples: samplesOf(state.files) })
  const writeAddress = () => {
    const hash = addressOf(get())
    history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search)
  }

  let pause
  // `now`: other members of the state, for an edit that is drawn at once.
  const edit = (path, text, now = null) => {
    set({ ...edited(get(), path, text), ...now })
    clearTimeout(pause)
    if (now) draw()
    else pause = setTimeout(draw, SOURCE_PAUSE_MS)
  }

  // Shows a sample, or what an address has of one.
  const show = members => change({ ...members, sampleBase: baseOf(get(), members.sample) })

  const { changed, ...saving } = createSaving(store, api, steps, { note, load, draw, change, reload })

  return {
    ...createEditing(store, api, steps, { edit, note, draw }),
    ...saving,
    load, note, draw, edit,

    setParam: (path, value) => change({ params: setAt(get().params, path, value) }),
    setParams: params => change({ params }),
    chooseSample: sample => show({ sample, params: samplesOf(get().files)[sample] ?? {} }),
    readAddress: () => {
      if (get().phase === 'ready' && location.hash.slice(1) !== addressOf(get())) show(decode(location.hash, samplesOf(get().files)))
    },

    /** Shows a place in the editor: { file, line, column } or { file, pointer }. */
    open: place => set({ panel: 'source', file: place.file, open: { ...place } }),
    hover: hovered => set({ hovered }),
    toggle: (list, pointer) => set(state => ({
      [list]: state[list].includes(pointer) ? state[list].filter(one => one !== pointer) : [...state[list], pointer],
    })),
    show: members => {
      const before = get().zoom
      set(members)
      if ((before === 'double') !== (get().zoom === 'double')) draw()
    },

    copyLink: async () => {
      clearTimeout(addressTimer)
      writeAddress()
      await navigator.clipboard.writeText(location.href)
      const state = get()
      note(t(isShortened({ ...state, samples: samplesOf(state.files) }) ? 'linkShortened' : 'linkCopied'))
    },
    download: async (scale, format = 'png') => {
      const { id, sample } = get()
      try {
        const { blob } = await api.preview({ ...bodyOf(get()), scale, format })
        const name = `${id}${sample ? `-${sample}` : ''}@${scale}x.${extensionOf(format)}`
        const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name })
        link.click()
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
      } catch (problem) {
        note(problem.detail || t('connectionLost'), 'error')
      }
    },
    language: language => {
      document.cookie = `haibao_language=${language}; Path=/; Max-Age=31536000; SameSite=Lax`
      set({ language })
      // Findings come in the language of the cookie.
      load()
    },
    text: path => textAt(get(), path),
  }
}
