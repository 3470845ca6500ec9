// JSON files of the page.

import { useEffect, useState } from './vendor/preact.js'

const files = new Map()

/** The content of a file, loaded once; null until it is there, and for the name null. */
export const useFile = name => {
  const [value, setValue] = useState(null)
  useEffect(() => {
    if (!name) return
    if (!files.has(name)) files.set(name, fetch(`/studio/files/${name}`).then(response => (response.ok ? response.json() : null)).catch(() => null))
    files.get(name).then(setValue)
  }, [name])
  return name ? value : null
}
