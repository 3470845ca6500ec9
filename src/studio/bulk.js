// Bulk posters: a sheet, its columns, and the exports of this template, with the module that the page of exports uses.

import { archiveOf, change, exportOf, exportsOf, follow, formOf, isOver, look, optionsOf, remove, start } from './exporting.js'
import { assigned, chosen, guessesOf, released } from './mapping.js'
import { t } from './words.js'

// The sheet is read again once the choices of columns have paused.
const SETTLE_MS = 350

export const createBulk = (store, note) => {
  const get = () => store.get().bulk
  const set = members => store.set(({ bulk }) => ({ bulk: { ...bulk, ...members } }))
  const form = () => {
    const { file, pictures, options, mapped, ignored } = get()
    return formOf(optionsOf({ template: store.get().id, ...options, mapped, ignored }), file, pictures?.archive)
  }

  let turn = new AbortController()
  let timer
  const read = async () => {
    clearTimeout(timer)
    turn.abort()
    turn = new AbortController()
    const { signal } = turn
    if (!get().file) return set({ preview: null, problem: null, isLooking: false })
    set({ isLooking: true })
    try {
      const preview = await look(form(), signal)
      if (!signal.aborted) set({ preview, problem: null, isLooking: false })
    } catch (problem) {
      // What is known of the sheet stays on the screen.
      if (!signal.aborted && problem.name !== 'AbortError') set({ problem, isLooking: false })
    }
  }
  const readSoon = () => {
    clearTimeout(timer)
    turn.abort()
    set({ isLooking: true })
    timer = setTimeout(read, SETTLE_MS)
  }

  // Ends of the streams by the id of their export.
  const streams = new Map()
  const put = view => {
    const runs = get().runs ?? []
    const isKnown = runs.some(({ id }) => id === view.id)
    set({ runs: isKnown ? runs.map(run => (run.id === view.id ? view : run)) : [view, ...runs] })
  }
  const drop = id => {
    streams.get(id)?.()
    streams.delete(id)
    set({ runs: get().runs.filter(run => run.id !== id) })
  }
  const watch = id => {
    if (streams.has(id)) return
    streams.set(id, follow(id, {
      show: view => {
        if (view.state === 'cancelled') return drop(id)
        put(view)
        if (isOver(view.state)) streams.delete(id)
      },
      offline: isOffline => set({ isOffline }),
      gone: () => {
        streams.delete(id)
        exportOf(id).then(put, problem => (problem.status === 404 ? drop(id) : set({ runsProblem: problem })))
      },
    }))
  }
  const load = async () => {
    try {
      const all = (await exportsOf()).filter(({ template }) => template.split('@')[0] === store.get().id)
      set({ runs: all, runsProblem: null })
      for (const view of all) {
        if (!isOver(view.state)) watch(view.id)
        // The list has no failed rows.
        else if (view.failed) exportOf(view.id).then(put, () => {})
      }
    } catch (problem) {
      set({ runs: [], runsProblem: problem })
    }
  }

  let archives = 0
  let packing = Promise.resolve()
  const pack = async files => {
    const own = ++archives
    set({ pictures: null, picturesState: 'reading' })
    try {
      const pictures = await archiveOf(files)
      if (own !== archives) return
      set({ pictures, picturesState: pictures ? null : 'none' })
    } catch {
      if (own === archives) set({ picturesState: 'failed' })
    }
    if (own === archives) read()
  }

  const map = members => { set(members); readSoon() }
  const columns = () => chosen(get().preview?.columns ?? [], get())
  // The list is loaded when the view is opened first.
  let isOpen = false
  store.subscribe(({ view, phase }) => {
    if (isOpen || view !== 'bulk' || phase !== 'ready') return
    isOpen = true
    load()
  })

  return {
    file: file => {
      set({ file, mapped: {}, ignored: [], preview: null, problem: null, startProblem: null })
      read()
    },
    pictures: files => { packing = pack(files) },
    assign: (param, column) => map(assigned(get(), columns(), param, column)),
    /** Takes columns for the parameters that they may be: all of them, or one. */
    confirm: (one = null) => {
      const guesses = one ? [one] : guessesOf({ ...get().preview, columns: columns(), schema: store.get().schema }, get())
      map(guesses.reduce((choice, { column, param }) => assigned(choice, columns(), param, column), get()))
    },
    /** A column is not the parameter that it may be. */
    deny: ({ column }) => map({ ignored: [...get().ignored, column] }),
    release: param => map(released(get(), columns(), param)),
    option: members => {
      set({ options: { ...get().options, ...members } })
      // Hidden rows change what is read.
      if ('skipHidden' in members) read()
    },
    reload: () => { set({ runs: null }); load() },
    again: read,
    start: async () => {
      set({ sent: 0, startProblem: null })
      await packing
      try {
        const view = await start(form(), sent => set({ sent }))
        archives++
        set({ file: null, pictures: null, picturesState: null, mapped: {}, ignored: [], preview: null, sent: null })
        put(view)
        watch(view.id)
        note(t('exportStarted'))
      } catch (problem) {
        set({ sent: null, startProblem: problem })
      }
    },
    act: async (id, action) => {
      const say = problem => set({ runProblems: { ...get().runProblems, [id]: problem } })
      try {
        say(null)
        if (action === 'remove') {
          await remove(id)
          return drop(id)
        }
        put(await change(id, action))
        watch(id)
      } catch (problem) {
        say(problem)
      }
    },
  }
}
