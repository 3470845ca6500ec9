// Edits of layers in the text of layout.json. Each returns { text, pointer }, the new text and where the layer is in it.

import { below, insertItem, moveItem, removeAt, replaceMember, setValue, sourceOf, split, valueAt, written } from './jsonedit.js'

/** Members that only layers in a row or a column have. */
const OF_CHILDREN = ['width', 'height', 'aspect_ratio', 'grow', 'shrink', 'margin', 'align_self', 'repeat', 'as']
// px between a layer and its copy.
const OFFSET = 16

/** Whether a layer is in a row or a column. */
export const isChild = pointer => pointer.includes('/children/')

/** Whether a layer holds others. */
export const isContainer = type => type === 'row' || type === 'column'

/** A number as it is written: whole px, or a hundredth of one. */
export const rounded = value => Math.round(value * 100) / 100

const shifted = ([x, y, ...size]) => [x + OFFSET, y + OFFSET, ...size]

/** Gives a layer a property; undefined removes it. `path`: names and indices below the layer. */
export const setProperty = (text, pointer, path, value) => {
  const target = path.reduce(below, pointer)
  const [parent] = split(target)
  // A part of a property that is not there yet.
  if (path.length > 1 && valueAt(text, parent) === undefined) {
    return value === undefined ? { text, pointer } : setProperty(text, pointer, path.slice(0, -1), { [path.at(-1)]: value })
  }
  return { text: setValue(text, target, value, path.at(-1) === 'when' ? ['type', 'at', 'box'] : []), pointer }
}

const roundedBox = box => box.map(value => (typeof value === 'number' ? rounded(value) : value))

/** Gives a layer a box. One that is bound to an element stays bound: otherwise the element would be drawn again. */
export const setBox = (text, pointer, box) => ({ text: setValue(text, `${pointer}/box`, roundedBox(box), ['type', 'at']), pointer })

/** Writes the size of a layer in a container: the sides with these names. */
export const setSize = (text, pointer, [, , width, height], sides) => {
  const size = { width, height }
  const changed = sides.reduce((kept, side) => setProperty(kept, pointer, [side], Math.round(size[side])).text, text)
  return { text: changed, pointer }
}

/** Binds a layer to an element of the artwork, whose box it takes. `seen`: the box of what clips and masks leave of the element. */
export const bind = (text, pointer, id, seen = null) => {
  const { box, at } = valueAt(text, pointer)
  if (seen) return setBox(setValue(text, `${pointer}/at`, `#${id}`, ['type']), pointer, seen)
  if (at === undefined && box !== undefined) return { text: replaceMember(text, `${pointer}/box`, 'at', `#${id}`), pointer }
  return { text: setValue(removeAt(text, `${pointer}/box`), `${pointer}/at`, `#${id}`, ['type']), pointer }
}

/** Unbinds a layer from its element, which is drawn from then on. `box`: where the layer is drawn. */
export const unbind = (text, pointer, box) => {
  const { box: own } = valueAt(text, pointer)
  return { text: own === undefined ? replaceMember(text, `${pointer}/at`, 'box', roundedBox(box)) : removeAt(text, `${pointer}/at`), pointer }
}

/** Inserts a layer into a list of layers, `/layers` or the `children` of one. */
export const add = (text, parent, index, layer) => {
  const known = valueAt(text, parent) === undefined ? setValue(text, parent, []) : text
  const count = valueAt(known, parent).length
  const at = Math.min(index, count)
  return { text: insertItem(known, parent, at, written(layer)), pointer: `${parent}/${at}` }
}

/** Copies a layer. `box`: where it is drawn, for the copy of a layer that is bound to an element. */
export const duplicate = (text, pointer, box) => {
  const [parent, index] = split(pointer)
  const { body, indent } = sourceOf(text, pointer)
  const at = Number(index) + 1
  const copied = insertItem(text, parent, at, body.slice(body.search(/\{/)), indent)
  const copy = { text: copied, pointer: `${parent}/${at}` }
  const layer = valueAt(text, pointer)
  if (isChild(pointer)) return copy
  const from = Array.isArray(layer.box) ? layer.box : box
  return from ? setBox(copied, copy.pointer, shifted(from)) : copy
}

/** Deletes a layer. */
export const remove = (text, pointer) => ({ text: removeAt(text, pointer), pointer: null })

// A pointer after the layer at another one was removed from its list.
const after = (pointer, removed) => {
  const [list, index] = split(removed)
  if (!pointer.startsWith(`${list}/`)) return pointer
  const [step, ...rest] = pointer.slice(list.length + 1).split('/')
  return Number(step) > Number(index) ? [list, Number(step) - 1, ...rest].join('/') : pointer
}

/**
 * Moves a layer to an index of a list, `/layers` or the `children` of a container, counted with the layer where it was. `box`: where
 * it is drawn; it gives a layer that leaves its container its place, and one that enters a container its size.
 */
export const move = (text, pointer, parent, index, box) => {
  const [list, from] = split(pointer)
  if (parent === pointer || parent.startsWith(`${pointer}/`)) return { text, pointer }
  if (list === parent) {
    const to = index > Number(from) ? index - 1 : index
    return { text: moveItem(text, list, Number(from), to), pointer: `${list}/${to}` }
  }
  const { body, indent } = sourceOf(text, pointer)
  const layer = valueAt(text, pointer)
  const target = after(parent, pointer)
  const moved = insertItem(removeAt(text, pointer), target, index, body, indent)
  const own = `${target}/${index}`
  return { text: isChild(own) ? entered(moved, own, layer, box) : left(moved, own, layer, box), pointer: own }
}

const entered = (text, pointer, layer, box) => {
  const plain = ['at', 'box'].reduce((kept, name) => removeAt(kept, `${pointer}/${name}`), text)
  const needsSize = !isContainer(layer.type) && layer.type !== 'text' && layer.width === undefined
  if (!box || !needsSize) return plain
  const sized = setValue(plain, `${pointer}/width`, Math.round(box[2]), ['type'])
  return setValue(sized, `${pointer}/height`, Math.round(box[3]), ['type', 'width'])
}

const left = (text, pointer, layer, box) => {
  const plain = OF_CHILDREN.reduce((kept, name) => removeAt(kept, `${pointer}/${name}`), text)
  return layer.at === undefined && layer.box === undefined && box ? setBox(plain, pointer, box.map(Math.round)).text : plain
}

const LAST = { parent: '/layers', index: Infinity }

// Whether the layers of a list, or what they are in, are drawn several times.
const isRepeated = (text, list) => {
  for (let layer = list.replace(/\/\w+$/, ''); layer; layer = split(split(layer)[0])[0]) {
    if (valueAt(text, layer)?.repeat !== undefined) return true
  }
  return false
}

/** Where a layer of a kind is added: behind the selected one, or as the last one in a selected container. A code is not repeated. */
export const placeFor = (text, selected, type = null) => {
  const layer = selected ? valueAt(text, selected) : undefined
  if (!layer) return LAST
  const [parent, index] = isContainer(layer.type) ? [`${selected}/children`, Infinity] : split(selected)
  return type === 'code' && isRepeated(text, parent) ? LAST : { parent, index: Number(index) + 1 }
}

// What all code layers of a template have in common.
const LOOK = ['is_hyaline', 'line_color', 'auto_color']

const withInner = layers => (Array.isArray(layers) ? layers : []).flatMap(layer => [layer, ...withInner(layer?.children)])

// A parameter that every poster has, and that looks like the id of something.
const idOf = ({ required = [], properties = {} } = {}) => {
  const all = Object.entries(properties).filter(([name, one]) => /^\w+$/.test(name) && ['string', 'integer'].includes(one?.type))
    .filter(([name, one]) => required.includes(name) || one.default !== undefined).map(([name]) => name)
  return all.find(name => name === 'id') ?? all.find(name => /(_id|Id)$/.test(name))
}

/** The text with what the code opens, if it does not say so yet: a page, with a parameter that is an id in its scene. */
export const withCode = text => {
  if (valueAt(text, '/code') !== undefined) return text
  const id = idOf(valueAt(text, '/params'))
  const code = { page: 'pages/index/index', scene: { id: id ? `{{${id}}}` : '1' } }
  return setValue(text, '/code', code, ['$schema', 'title', 'titles', 'canvas', 'artwork', 'params'])
}

/** Adds a layer of the mini-program code, which looks as the others. A layout without `code` gets it. */
export const addCode = (text, parent, index, layer) => {
  const like = withInner(valueAt(text, '/layers')).find(one => one?.type === 'code') ?? {}
  const look = Object.fromEntries(LOOK.filter(name => like[name] !== undefined).map(name => [name, like[name]]))
  return add(withCode(text), parent, index, { ...layer, ...look })
}

// A grey pixel: a picture that can always be drawn.
const PICTURE = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mO4fPnyfwAIRgOYUZBZ4AAAAABJRU5ErkJggg=='

/**
 * A new layer of a kind, with what the kind requires. `box` is its place; layers in containers have a size only. `words` is the text of
 * a text, `source` that of an image, if the template has one.
 */
export const fresh = (type, { box, isInside, words, source }) => {
  const size = ['image', 'code', 'shape', 'barcode'].includes(type) ? { width: box[2], height: box[3] } : {}
  const place = isInside ? size : { box }
  const own = {
    text: { text: words, font_size: 32, color: '#222222' },
    image: { src: source ?? PICTURE },
    shape: { background: '#d8d4cc' },
    barcode: { value: '123456789012', format: 'ean13' },
    row: { gap: 16, children: [{ type: 'text', text: words, font_size: 32, color: '#222222' }] },
    column: { gap: 16, children: [{ type: 'text', text: words, font_size: 32, color: '#222222' }] },
  }
  return { type, ...place, ...own[type] }
}
