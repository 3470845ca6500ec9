// JSON files of the page, such as tables of texts.

import { useEffect, useState } from './vendor/preact.js'

const files = new Map()

/** The value of a file, loaded once; null until then, and without a name. */
export const useFile = name => {
  const [value, setValue] = useState(null)
  useEffect(() => {
    if (!name) return
    if (!files.has(name)) files.set(name, fetch(`/studio/files/${name}`).then(response => (response.ok ? response.json() : null)).catch(() => null))
    files.get(name).then(setValue)
  }, [name])
  return name ? value : null
}
