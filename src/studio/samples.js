// The samples of a template: parameters by the name of their file.

// Those that every template should have, in the order of the tabs.
const KNOWN = ['usual', 'longest', 'poorest']

const PATH = /^samples\/([0-9A-Za-z_.-]+)\.json$/

export const pathOf = name => `samples/${name}.json`

/** Parameters by name from the files of a template; files that are no JSON object are left out. */
export const samplesOf = files => {
  const found = Object.entries(files).flatMap(([path, { text }]) => {
    const [, name] = PATH.exec(path) ?? []
    try {
      const params = name && text !== null ? JSON.parse(text) : null
      return params && typeof params === 'object' && !Array.isArray(params) ? [[name, params]] : []
    } catch {
      return []
    }
  })
  const rank = name => (KNOWN.includes(name) ? KNOWN.indexOf(name) : KNOWN.length)
  return Object.fromEntries(found.sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1)))
}

/**
 * Members of the state after the samples were read again: a form that shows a sample as it is follows the file, and one whose
 * sample was removed belongs to the first one.
 */
export const followed = ({ sample, params }, before, samples) => {
  const isOriginal = JSON.stringify(before[sample]) === JSON.stringify(params)
  if (sample === null || samples[sample]) return isOriginal && samples[sample] ? { params: samples[sample] } : {}
  const [first = null] = Object.keys(samples)
  return { sample: first, ...(isOriginal && first ? { params: samples[first] } : {}) }
}

/** The text of a sample's file. */
export const textOf = params => `${JSON.stringify(params, null, 2)}\n`

/** Whether a sample may have this name. */
export const isName = name => /^[0-9A-Za-z_-]{1,64}$/.test(name)
