// The form's state in the address: the sample, and what differs from it as a JSON merge patch (RFC 7396).

// Longer values, such as uploaded pictures, are left out: a link has to stay short enough to be sent.
export const MAX_VALUE = 1500

const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value)
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other)

/** The merge patch that makes `to` of `from`; undefined if both are equal. */
export const difference = (from, to) => {
  if (!isObject(from) || !isObject(to)) return same(from, to) ? undefined : to
  const patch = {}
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null
  for (const [key, value] of Object.entries(to)) {
    const changed = Object.hasOwn(from, key) ? difference(from[key], value) : value
    if (changed !== undefined) patch[key] = changed
  }
  return Object.keys(patch).length ? patch : undefined
}

/** A value with a merge patch applied. */
export const merge = (value, patch) => {
  if (patch === undefined) return value
  if (!isObject(patch)) return patch
  const merged = isObject(value) ? { ...value } : {}
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete merged[key]
    else merged[key] = merge(merged[key], change)
  }
  return merged
}

const shortened = patch => Object.fromEntries(Object.entries(patch).filter(([, value]) => JSON.stringify(value).length <= MAX_VALUE))

/** The part of the address behind `#`, empty for the first sample as it is. */
export const encode = ({ sample, params, samples }) => {
  const query = new URLSearchParams()
  if (sample && sample !== Object.keys(samples)[0]) query.set('sample', sample)
  const patch = difference(samples[sample] ?? {}, params)
  const short = patch && shortened(patch)
  if (short && Object.keys(short).length) query.set('params', JSON.stringify(short))
  return query.toString()
}

/**
 * Sample and parameters of an address. Without a usable one, those of the first sample. Parameters of a sample that does not exist are
 * those of none, so that they are not saved as another one.
 */
export const decode = (hash, samples) => {
  const query = new URLSearchParams(hash.replace(/^#/, ''))
  const named = query.get('sample')
  const isGone = named !== null && !Object.hasOwn(samples, named)
  const sample = named !== null && !isGone ? named : Object.keys(samples)[0] ?? null
  let patch
  try {
    patch = JSON.parse(query.get('params') ?? '{}')
  } catch {
    patch = {}
  }
  const own = isObject(patch) ? patch : {}
  return { sample: isGone && Object.keys(own).length > 0 ? null : sample, params: merge(samples[sample] ?? {}, own) }
}

/** Whether the address leaves out a part of the parameters. */
export const isShortened = ({ sample, params, samples }) => {
  const patch = difference(samples[sample] ?? {}, params)
  return Boolean(patch) && Object.keys(shortened(patch)).length < Object.keys(patch).length
}
