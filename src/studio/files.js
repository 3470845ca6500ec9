// Files of a template as they are on disk, and unsaved texts over them.

/** The text of a file as the editor shows it; null for one that is no text or does not exist. */
export const textAt = ({ drafts, files }, path) => drafts[path]?.text ?? files[path]?.text ?? null

/**
 * The drafts and conflicts after the files on disk were read again: drafts that are on disk now are dropped, and those of
 * files that somebody else changed are conflicts until one of both is chosen.
 */
export const settle = ({ drafts, conflicts }, files) => {
  const kept = {}
  const open = new Set()
  for (const [path, draft] of Object.entries(drafts)) {
    const file = files[path]
    if (file && file.text === draft.text) continue
    kept[path] = draft
    if ((file?.hash ?? null) !== draft.base || conflicts.includes(path)) open.add(path)
  }
  return { drafts: kept, conflicts: [...open] }
}

/** Whether an event of the template says nothing new: the same version, and the same content of the same files. */
export const isKnown = ({ version, files }, event) => {
  const found = event.files ?? []
  return event.version === version && found.length === Object.keys(files).length
    && found.every(({ path, hash }) => (files[path]?.hash ?? null) === hash)
}

/** Members of the state after a text was edited; null for a text that is that of the file again. */
export const edited = ({ drafts, files, conflicts }, path, text) => {
  const { [path]: before, ...others } = drafts
  if (!conflicts.includes(path) && files[path]?.text === text) return { drafts: others }
  return { drafts: { ...others, [path]: { text, base: before ? before.base : files[path]?.hash ?? null } } }
}

/** Members of the state after a draft was discarded. */
export const discarded = ({ drafts, conflicts }, path) => {
  const { [path]: _, ...others } = drafts
  return { drafts: others, conflicts: conflicts.filter(one => one !== path) }
}

/** Members of the state after a draft of the content with the hash `base` was taken back, which somebody else has changed since. */
export const restored = ({ drafts, conflicts }, path, text, base) => ({
  drafts: { ...drafts, [path]: { text, base } }, conflicts: [...new Set([...conflicts, path])],
})

/** Members of the state after the conflict of a file was seen: the next save replaces the file as it is on disk. */
export const accepted = ({ drafts, files, conflicts }, path) => ({
  drafts: { ...drafts, [path]: { ...drafts[path], base: files[path]?.hash ?? null } },
  conflicts: conflicts.filter(one => one !== path),
})
