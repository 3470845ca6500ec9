// A new template from an SVG: which shapes become slots, and what they are called. Without a document, so that it can be tested.

/** The service's limit of an artwork, bytes. */
export const MAX_BYTES = 8 << 20

/** Kinds of slots, in the order of the list. */
export const KINDS = ['text', 'image', 'code', 'barcode']

const BASES = { text: 'text', image: 'picture', code: 'id', barcode: 'barcode' }

const free = (base, taken) => {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}_${n}`
    if (!taken.includes(name)) return name
  }
}

/** The slots that shapes propose. */
export const proposed = shapes =>
  shapes.filter(({ proposal }) => proposal).map(({ id, proposal: { kind, param, required } }) => ({ id, kind, param, required }))

/** What a shape becomes that proposes nothing: pictures are about square, texts are wide and low. */
export const guess = ({ tag, box: [, , width, height], outlined }, [, canvasHeight]) => {
  if (tag === 'image') return 'image'
  if (tag === 'text' || outlined) return 'text'
  return width / height > 2.5 && height < canvasHeight / 6 ? 'text' : 'image'
}

/** The shapes that can be chosen: those within a slot are replaced with it. */
export const choosable = (shapes, slots) => {
  const used = new Set(slots.map(({ id }) => id))
  return shapes.filter(({ within }) => !within.some(id => used.has(id)))
}

/** Adds a shape to the slots, in the place of slots within it, or removes it. */
export const toggled = (all, shape, canvas, shapes = []) => {
  if (all.some(({ id }) => id === shape.id)) return all.filter(({ id }) => id !== shape.id)
  const inner = new Set(shapes.filter(({ within }) => within.includes(shape.id)).map(({ id }) => id))
  const slots = all.filter(({ id }) => !inner.has(id))
  const taken = slots.map(({ param }) => param)
  const hasCode = slots.some(({ kind }) => kind === 'code')
  const { proposal } = shape
  if (proposal && !(proposal.kind === 'code' && hasCode)) {
    return [...slots, { id: shape.id, kind: proposal.kind, param: free(proposal.param, taken), required: proposal.required }]
  }
  const kind = guess(shape, canvas)
  return [...slots, { id: shape.id, kind, param: free(BASES[kind], taken), required: false }]
}

/** Changes a slot. Another kind gets a name of its own, unless its name was chosen. */
export const changed = (slots, id, change) => slots.map(slot => {
  if (slot.id !== id) return slot
  const next = { ...slot, ...change }
  const isOwn = Object.values(BASES).includes(slot.param.replace(/_\d+$/, ''))
  if (change.kind && isOwn) next.param = free(BASES[change.kind], slots.filter(one => one.id !== id).map(({ param }) => param))
  return next
})

/** The name of a template from that of a file. */
export const slug = file => {
  const name = file.replace(/\.svg$/i, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 64)
  return name && name !== 'new' ? name : 'my-template'
}

/** Whether a template can have a name. */
export const isName = name => /^[a-z0-9][a-z0-9-]{0,63}$/.test(name) && name !== 'new'

// Names that mean something else in expressions.
const RESERVED = ['this', 'else', 'true', 'false', 'null', 'undefined']

/** Whether a parameter can have a name. */
export const isParam = name => /^[A-Za-z_]\w{0,39}$/.test(name) && !RESERVED.includes(name)

/** What is wrong with slots, before the service says so: a Map of the key of a text by the slot's index. */
export const slotFaults = slots => {
  const found = new Map()
  slots.forEach(({ kind, param }, index) => {
    const before = slots.slice(0, index)
    if (!isParam(param)) found.set(index, 'newParamWrong')
    else if (before.some(one => one.param === param)) found.set(index, 'newParamTwice')
    else if (kind === 'code' && before.some(one => one.kind === 'code')) found.set(index, 'newSecondCode')
  })
  return found
}

/** What is wrong with a request for a template: { name, slots: Map of messages by the slot's index, rest }. */
export const faults = problem => {
  const found = { name: null, slots: new Map(), rest: [] }
  if (!problem) return found
  const { code, detail, errors = [], findings = [] } = problem
  if (code === 'template_exists' || code === 'template_name') return { ...found, name: detail }
  for (const finding of [...errors, ...findings]) {
    const [, index] = /^\/(?:from\/slots|layers)\/(\d+)(?:\/|$)/.exec(finding.pointer ?? '') ?? []
    if (index !== undefined) found.slots.set(Number(index), finding.message)
    else if (!found.rest.some(({ message }) => message === finding.message)) found.rest.push(finding)
  }
  if (!found.slots.size && !found.rest.length) found.rest.push({ message: detail })
  return found
}

/** A crop of the picture that fits into a square: its size, and size and place of the whole picture in it, px. */
export const crop = ([x, y, width, height], [canvasWidth, canvasHeight], side) => {
  const scale = Math.min(side / width, side / height, 1)
  const size = length => Math.max(1, Math.round(length * scale * 10) / 10)
  return {
    width: size(width), height: size(height),
    picture: { width: canvasWidth * scale, height: canvasHeight * scale, left: -x * scale, top: -y * scale },
  }
}

/** Shapes in the order in which they lie on the picture: small ones above those that they are on. */
export const stacked = shapes => [...shapes].sort((one, other) => other.box[2] * other.box[3] - one.box[2] * one.box[3])

/** Whether a text may be an SVG. */
export const isSvg = text => /^[\s\ufeff]*(?:<svg[\s>]|<[?!][\s\S]*?<svg[\s>])/i.test(text)
