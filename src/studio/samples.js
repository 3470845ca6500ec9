// The samples of a template: parameters by the name of their file.

import { knows, t } from './words.js'

// Those that every template should have, in the order of the tabs.
const KNOWN = ['usual', 'longest', 'poorest']

const PATH = /^samples\/([0-9A-Za-z_.-]+)\.json$/

/** What a sample is called. */
export const sampleTitle = name => (knows(`sample_${name}`) ? t(`sample_${name}`) : name)

export const pathOf = name => `samples/${name}.json`

// The parameters in a text; null if it is no JSON object.
const read = text => {
  try {
    const params = text === null ? null : JSON.parse(text)
    return params && typeof params === 'object' && !Array.isArray(params) ? params : null
  } catch {
    return null
  }
}

/** Parameters by name from the files of a template. Files that are no JSON object have those that they had before, or are left out. */
export const samplesOf = files => {
  const found = Object.entries(files).flatMap(([path, { text, good = null }]) => {
    const [, name] = PATH.exec(path) ?? []
    const params = name ? read(text) ?? good : null
    return params ? [[name, params]] : []
  })
  const rank = name => (KNOWN.includes(name) ? KNOWN.indexOf(name) : KNOWN.length)
  return Object.fromEntries(found.sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1)))
}

/** Files that were read again: a sample that is broken for now keeps its parameters of before as `good`. */
export const withGood = (before, files) => {
  const known = samplesOf(before)
  return Object.fromEntries(Object.entries(files).map(([path, file]) => {
    const good = known[PATH.exec(path)?.[1]]
    return [path, good && read(file.text) === null ? { ...file, good } : file]
  }))
}

/**
 * Members of the state after the samples were read again: a form that shows a sample as it is follows the file; if that was removed,
 * it shows the first one. Changed parameters stay those of their sample.
 */
export const followed = ({ sample, params }, before, samples) => {
  const isOriginal = JSON.stringify(before[sample]) === JSON.stringify(params)
  if (!isOriginal && !samples[sample]) return {}
  if (sample === null || samples[sample]) return isOriginal && samples[sample] ? { params: samples[sample] } : {}
  const [first = null] = Object.keys(samples)
  return { sample: first, ...(first ? { params: samples[first] } : {}) }
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
  const isBroken = files[pathOf(sample)]?.good !== undefined
  const isUntouched = !isBroken && same(samplesOf(state.files)[sample], now) && state.sampleBase === baseOf(state, sample)
  return own.sample !== undefined || same(now, params) || isUntouched ? baseOf({ files }, sample) : state.sampleBase
}

/** Whether somebody else has changed the sample since the form was based on it, and differs from it. */
export const isSampleConflict = ({ files, sample, params, sampleBase }) =>
  sample !== null && baseOf({ files }, sample) !== sampleBase && !same(samplesOf(files)[sample], params)

/** Whether the sample of the form was removed. */
export const isSampleGone = ({ files, sample }) => sample !== null && !files[pathOf(sample)]

/** Whether the parameters of the form differ from their sample. */
export const isSampleChanged = ({ files, sample, params }) => !same(samplesOf(files)[sample], params)

/** The text of a sample's file. */
export const textOf = params => `${JSON.stringify(params, null, 2)}\n`

/** Whether a sample may have this name. */
export const isName = name => /^[0-9A-Za-z_-]{1,64}$/.test(name)
