// The samples of a template: parameters by the name of their file.

import { knows, t } from './words.js'

// Those that every template should have, in the order of the tabs.
const KNOWN = ['usual', 'longest', 'poorest']

const PATH = /^samples\/([0-9A-Za-z_.-]+)\.json$/

/** What a sample is called. */
export const sampleTitle = name => (knows(`sample_${name}`) ? t(`sample_${name}`) : name)

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

const same = (one, other) => JSON.stringify(one ?? {}) === JSON.stringify(other ?? {})

/** Hash of a sample's file: what the form of this sample is based on. */
export const baseOf = ({ files }, sample) => (sample === null ? null : files[pathOf(sample)]?.hash ?? null)

/**
 * What the form is based on after the samples were read again: `own` are the members that follow them. A form that differs from its
 * sample keeps its base, so that a change of somebody else is a conflict.
 */
export const rebased = (state, own, files) => {
  const { sample, params } = { ...state, ...own }
  const now = samplesOf(files)[sample]
  const isUntouched = same(samplesOf(state.files)[sample], now) && state.sampleBase === baseOf(state, sample)
  return own.sample !== undefined || same(now, params) || isUntouched ? baseOf({ files }, sample) : state.sampleBase
}

/** Whether somebody else has changed the sample since the form was based on it, and differs from it. */
export const isSampleConflict = ({ files, sample, params, sampleBase }) =>
  sample !== null && baseOf({ files }, sample) !== sampleBase && !same(samplesOf(files)[sample], params)

/** Whether the parameters of the form differ from their sample. */
export const isSampleChanged = ({ files, sample, params }) => !same(samplesOf(files)[sample], params)

/** The text of a sample's file. */
export const textOf = params => `${JSON.stringify(params, null, 2)}\n`

/** Whether a sample may have this name. */
export const isName = name => /^[0-9A-Za-z_-]{1,64}$/.test(name)
