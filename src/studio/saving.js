// Saving: files that were edited, and parameters as samples. A file is written only over the content that was seen of it. Events about
// files wait until a file is written.

import { accepted, discarded, isKnown } from './files.js'
import { assetFor } from './picker.js'
import { baseOf, isName, isSampleChanged, isSampleConflict, pathOf, sampleTitle, textOf } from './samples.js'
import { t } from './words.js'

// Names that a new picture may find taken.
const MAX_TRIES = 3

export const createSaving = (store, api, steps, { note, load, draw, change, reload }) => {
  const { get, set } = store
  // A file in conflict is not saved.
  const refuse = path => note(t('conflict', path), 'error', { label: t('seeConflict'), run: () => set({ view: 'design', panel: 'source', file: path }) })

  // What changes while a file is written is mostly that file, and is known once the answer comes.
  let missed = null
  const changed = event => {
    if (get().phase !== 'ready' || isKnown(get(), event)) return
    if (get().isSaving) missed = event
    else reload()
  }
  const catchUp = () => {
    const event = missed
    missed = null
    if (event) changed(event)
  }

  // Writes a text or a file. Returns whether it was written.
  const write = async (path, text, base) => {
    try {
      const { hash, findings } = await api.put(path, text, base)
      steps.wrote(path, base, hash)
      set(({ files, found }) => ({ files: { ...files, [path]: { path, hash, text: typeof text === 'string' ? text : null } }, found: findings ?? found }))
      return true
    } catch (problem) {
      if (problem.status !== 412) {
        // The end of the session is said above the page.
        if (problem.status !== 401) note(problem.detail || t('connectionLost'), 'error')
        return false
      }
      await load()
      return null
    }
  }

  const saveNow = async path => {
    const { drafts, conflicts } = get()
    const draft = drafts[path]
    if (!draft) return
    if (conflicts.includes(path)) return refuse(path)
    set({ isSaving: path })
    const isWritten = await write(path, draft.text, draft.base)
    set({ isSaving: null })
    if (isWritten === null) {
      // The file that was read again is the other side of the conflict.
      if (get().drafts[path]) set(({ conflicts: open }) => ({ conflicts: [...new Set([...open, path])] }))
      return
    }
    if (!isWritten) return
    const { text } = get().drafts[path] ?? {}
    // What was typed while it was saved is a draft over the saved file.
    if (text === draft.text) set(discarded(get(), path))
    else if (text !== undefined) set(accepted(get(), path))
    // Its poster is the one of the unsaved text; the event of the file is next.
    note(t('fileSaved', path))
  }

  // One after another: a file that is saved again meanwhile is made of what was written first.
  let turn = Promise.resolve()
  const save = path => {
    turn = turn.catch(() => {}).then(() => saveNow(path)).finally(catchUp)
    return turn
  }

  const saving = {
    changed, save,

    /** Saves the edited files; without any, the parameters of the form as their sample. */
    saveAll: () => {
      const { drafts, editable, sample } = get()
      const paths = Object.keys(drafts)
      if (paths.length) return paths.forEach(path => save(path))
      if (!editable) return note(t('readOnlyHelp'))
      if (!isSampleChanged(get())) return note(t('saved'))
      return sample === null ? note(t('sampleNone')) : saving.saveSample(sample)
    },

    saveSample: async name => {
      if (!isName(name)) return false
      const { params, sample, sampleBase } = get()
      const isOwn = name === sample
      const conflict = () => note(t('sampleConflict', sampleTitle(name)), 'error')
      if (isOwn && isSampleConflict(get())) {
        conflict()
        return false
      }
      const isWritten = await write(pathOf(name), textOf(params), isOwn ? sampleBase : null)
      if (isWritten === null) conflict()
      if (!isWritten) return false
      change({ sample: name, sampleBase: baseOf(get(), name) })
      note(t('sampleSaved', name))
      return true
    },

    /** Saves the sample of the form over what somebody else has written. */
    keepSample: () => {
      set({ sampleBase: baseOf(get(), get().sample) })
      return saving.saveSample(get().sample)
    },

    /** Writes a picture into the template's folder. Returns its path; null if that has failed. */
    addPicture: async file => {
      if (!file) return null
      if (!file.type.startsWith('image/')) return note(t('imageWrong'), 'error') ?? null
      for (let n = 0; n < MAX_TRIES; n++) {
        const path = assetFor(file.name, Object.keys(get().files))
        const isWritten = await write(path, file, null)
        // Somebody else has written a file of this name: the files were read again.
        if (isWritten !== null) return isWritten ? path : null
      }
      return null
    },

    discard: path => {
      // A step of its own, so that it alone can be taken back.
      steps.cut()
      set(discarded(get(), path))
      steps.cut()
      draw()
    },
    accept: path => set(accepted(get(), path)),
    create: path => { set({ drafts: { ...get().drafts, [path]: { text: '', base: null } } }) },
  }
  return saving
}
