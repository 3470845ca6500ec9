// The posters of `haibao check` for the draft: drawn anew when it changes, those in view first, at most two at a time.

import { bodyOf } from './drawing.js'
import { createQueue } from './queue.js'

const SLOTS = 2
// Typing pauses this long before all posters are drawn.
const PAUSE_MS = 200
// The service is busy: the job is tried again.
const BUSY = [429, 503, 504]
const RETRY_MS = 1000

/** Posters in view before others; of both, the picture before what the check says about it. */
export const rankOf = isVisible => ({ name, kind }) => (isVisible(name) ? 0 : 2) + (kind === 'poster' ? 0 : 1)

/** The jobs of cases: a check for each, and a poster for those that draw one. */
export const jobsOf = cases => cases.flatMap(({ name, params }) => [...(params ? [{ name, params, kind: 'poster' }] : []), { name, kind: 'check' }])

/** What the posters depend on: unsaved texts, the files, and the language of the findings. */
export const versionOf = ({ drafts, files, language, editable }) => JSON.stringify([
  language, bodyOf({ drafts, editable }).files ?? null,
  Object.entries(files).filter(([path]) => /^(layout\.json|artwork\.svg|samples\/|assets\/)/.test(path)).map(([path, { hash }]) => [path, hash]),
])

const pause = (ms, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve() })
})

/** Follows the store while its view is `stress`. Returns { see }: whether the poster of a case is in view. */
export const createStress = (store, api, decoded) => {
  const visible = new Set()
  const filesOf = () => bodyOf(store.get()).files
  const put = (name, members) => store.set(({ stress }) => ({ stress: { ...stress, found: { ...stress.found, [name]: { ...stress.found[name], ...members } } } }))

  const draw = async ({ name, params }, signal) => {
    const { blob } = await api.preview({ params, files: filesOf() }, signal)
    const picture = await decoded(blob)
    if (signal.aborted) return URL.revokeObjectURL(picture.url)
    const before = store.get().stress.found[name]?.picture
    put(name, { picture, isOld: false, problem: null })
    if (before) URL.revokeObjectURL(before.url)
  }
  const check = async ({ name }, signal) => {
    const [checked] = await api.cases({ files: filesOf(), only: [name] }, signal)
    if (!signal.aborted && checked) put(name, { findings: checked.findings, boxes: checked.boxes })
  }

  const run = async (job, signal) => {
    while (!signal.aborted) {
      try {
        return await (job.kind === 'poster' ? draw : check)(job, signal)
      } catch (problem) {
        if (signal.aborted) return
        if (!BUSY.includes(problem.status)) return job.kind === 'poster' ? put(job.name, { problem, isOld: true }) : put(job.name, { findings: [], boxes: [] })
        await pause((problem.wait ?? RETRY_MS / 1000) * 1000, signal)
      }
    }
  }
  const queue = createQueue({
    run, slots: SLOTS, rank: rankOf(name => visible.has(name)),
    idle: () => store.set(({ stress }) => ({ stress: { ...stress, isBusy: false } })),
  })

  let turn = new AbortController()
  const refresh = async () => {
    turn.abort()
    turn = new AbortController()
    const { signal } = turn
    queue.clear()
    store.set(({ stress }) => ({ stress: { ...stress, isBusy: true } }))
    try {
      const cases = await api.cases({ files: filesOf(), check: false }, signal)
      if (signal.aborted) return
      store.set(({ stress }) => ({
        stress: {
          ...stress, cases, problem: null,
          found: Object.fromEntries(cases.map(({ name }) => [name, { ...stress.found[name], findings: null, isOld: Boolean(stress.found[name]?.picture) }])),
        },
      }))
      queue.fill(jobsOf(cases))
    } catch (problem) {
      if (signal.aborted || problem.name === 'AbortError') return
      store.set(({ stress }) => ({ stress: { ...stress, problem, isBusy: false } }))
      if (problem.status === 0 || BUSY.includes(problem.status)) {
        await pause(2 * RETRY_MS, signal)
        if (!signal.aborted) refresh()
      }
    }
  }

  let known = null
  let timer
  store.subscribe(state => {
    if (state.view !== 'stress' || state.phase !== 'ready') {
      if (known !== null) { turn.abort(); queue.clear(); clearTimeout(timer); known = null }
      return
    }
    const version = versionOf(state)
    if (version === known) return
    const isFirst = known === null
    known = version
    clearTimeout(timer)
    timer = setTimeout(refresh, isFirst ? 0 : PAUSE_MS)
  })
  return { see: (name, isVisible) => { if (isVisible) visible.add(name); else visible.delete(name) } }
}
