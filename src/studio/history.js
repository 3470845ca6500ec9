// Undo and redo across everything that is edited in this browser: unsaved texts, and the parameters of the form.

import { discarded, edited, restored, textAt } from './files.js'
import { createLineage } from './lineage.js'
import { baseOf, pathOf } from './samples.js'

const PATHS = ['layout.json', 'artwork.svg']
// Changes of the same thing that follow each other within this time are one step.
const PAUSE_MS = 800
// The longest step of typing without a pause.
const LONGEST_MS = 4000
const MAX_STEPS = 200
// Of all texts that are kept, characters.
const MAX_TEXT = 20_000_000

const pick = state => ({
  texts: Object.fromEntries(PATHS.map(path => [path, textAt(state, path)])), params: state.params, sample: state.sample, sampleBase: state.sampleBase, selected: state.selected,
  // Hashes of the files that the texts were made of, and which of the texts are drafts.
  bases: Object.fromEntries(PATHS.map(path => [path, (state.drafts[path] ? state.drafts[path].base : state.files[path]?.hash) ?? null])),
  drafts: PATHS.filter(path => state.drafts[path]),
})
const changesOf = (before, after) => {
  const paths = PATHS.filter(path => before.texts[path] !== after.texts[path])
  return before.params === after.params && before.sample === after.sample ? paths : [...paths, 'params']
}
const sizeOf = ({ before, changes }) => changes.reduce((sum, path) => sum + (before.texts[path]?.length ?? 0), 0)

/** Follows a store. `undo` and `redo` return whether there was a step; `clock` is in ms. */
export const createHistory = (store, clock = () => performance.now()) => {
  let [past, future] = [[], []]
  let known = store.get()
  let last = 0
  let held = null
  let isOwn = false
  const lineage = createLineage(PATHS)
  // What was written here, by its path and what it was written over.
  const written = new Map()

  const count = () => store.set({ undoable: past.length, redoable: future.length })

  // Steps that change a file which somebody else has changed would undo that, too.
  const forget = paths => {
    const keeps = ({ changes }) => !changes.some(path => paths.includes(path))
    ;[past, future] = [past.filter(keeps), future.filter(keeps)]
  }

  const record = (before, after) => {
    const changes = changesOf(pick(before), pick(after))
    if (!changes.length) return
    const now = clock()
    const step = past.at(-1)
    const isSame = step && step.changes.join() === changes.join() && step.isOpen
    if (isSame && (held ? step.held === held : now - last < PAUSE_MS && now - step.from < LONGEST_MS)) step.after = pick(after)
    else past.push({ before: pick(before), after: pick(after), changes, held, from: now, isOpen: true })
    last = now
    future = []
    let size = past.reduce((sum, one) => sum + sizeOf(one), 0)
    while (past.length > MAX_STEPS || (size > MAX_TEXT && past.length > 1)) size -= sizeOf(past.shift())
  }

  store.subscribe(state => {
    const before = known
    known = state
    if (before.phase === 'ready') lineage.follow(before, state, path => textAt(before, path))
    if (isOwn || before.phase !== 'ready' || state.phase !== 'ready') return
    const outside = PATHS.filter(path => before.files[path]?.text !== state.files[path]?.text && textAt(before, path) !== textAt(state, path))
    if (outside.length) forget(outside)
    else if (before.files === state.files) record(before, state)
    else return
    count()
  })

  // A text from before another person's change is in conflict with that again.
  const restore = (path, { texts, bases, drafts }) => {
    const state = store.get()
    if (texts[path] === null) return
    if (lineage.isBehind(state, path, bases[path])) {
      // Without a draft, nothing of one's own is left to decide about.
      store.set(drafts.includes(path) || !state.conflicts.includes(path) ? restored(state, path, texts[path], bases[path]) : discarded(state, path))
    } else {
      store.set(discarded(state, path))
      store.set(edited(store.get(), path, texts[path]))
    }
  }

  // A form based on what was saved here since is based on that now.
  const baseNow = ({ sample, sampleBase }) => {
    const [now, seen] = [baseOf(store.get(), sample), new Set()]
    let base = sampleBase
    for (let next; base !== now && !seen.has(base) && (next = written.get(`${pathOf(sample)} ${base}`)) !== undefined; base = next) seen.add(base)
    return base
  }

  const go = (from, to, side) => {
    const step = from.pop()
    if (!step) return false
    step.isOpen = false
    to.push(step)
    const wanted = step[side]
    isOwn = true
    for (const path of PATHS) if (step.changes.includes(path)) restore(path, wanted)
    if (step.changes.includes('params')) store.set({ params: wanted.params, sample: wanted.sample, sampleBase: baseNow(wanted) })
    store.set({ selected: wanted.selected })
    isOwn = false
    count()
    return true
  }

  return {
    undo: () => go(past, future, 'before'),
    redo: () => go(future, past, 'after'),
    /** A file was written here: its content has the hash `hash`, that before had `base`. */
    wrote: (path, base, hash) => { lineage.wrote(path, base, hash); written.set(`${path} ${base}`, hash) },
    /** The next change is a step of its own. */
    cut: () => { if (past.length) past.at(-1).isOpen = false },
    /** Until it is released, all changes are one step. */
    hold: () => { held = {} },
    release: () => { held = null; if (past.length) past.at(-1).isOpen = false },
  }
}
