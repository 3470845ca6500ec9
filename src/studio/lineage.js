// Whether somebody else has changed a file since a text was made of it.

/**
 * Follows the files of `paths`. Each content of a file belongs to a generation: one that somebody else has written begins a new one,
 * and one that is written here stays in that of the text it was made of.
 */
export const createLineage = paths => {
  const known = new Map(paths.map(path => [path, new Map()]))
  // Contents that are written here, until they are on disk: bases by `path hash`.
  const own = new Map()
  let latest = 0
  const of = (path, hash) => known.get(path).get(hash) ?? 0
  const hashOf = ({ files }, path) => files[path]?.hash ?? null
  return {
    /** The content with the hash `hash` is written here, over that with the hash `base`. */
    wrote: (path, base, hash) => { own.set(`${path} ${hash}`, base) },
    /** Takes over a change of the state. `shown`: the text of a path before it. */
    follow: (before, after, shown) => {
      for (const path of paths) {
        const [was, is] = [hashOf(before, path), hashOf(after, path)]
        if (was === is) continue
        const key = `${path} ${is}`
        // Content that equals the text edited here overwrites nothing, whoever wrote it.
        const isShown = is !== null && after.files[path].text === shown(path)
        const base = own.has(key) ? own.get(key) : isShown ? before.drafts[path]?.base ?? was : undefined
        known.get(path).set(is, base === undefined ? ++latest : of(path, base))
        own.delete(key)
      }
    },
    /** Whether a text that was made of the content with the hash `base` lacks a change of somebody else. */
    isBehind: (state, path, base) => base !== hashOf(state, path) && of(path, base) !== of(path, hashOf(state, path)),
  }
}
