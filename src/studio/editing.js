// What a designer does to the layers of layout.json, as unsaved changes of its text.

import { explainOf } from './explained.js'
import { textAt } from './files.js'
import { isSound, valueAt } from './jsonedit.js'
import * as edits from './layeredit.js'
import { boxOf, layersOf, nameOf } from './layers.js'
import { t } from './words.js'

const LAYOUT = 'layout.json'
// Size of a new layer, px of the canvas.
const NEW_SIZE = { text: [320, 60], image: [240, 240], code: [200, 200], barcode: [320, 120], shape: [240, 120], row: [400, 80], column: [320, 200] }

/** Whether layers can be edited: the files may be written, and the text is not broken. */
export const canEdit = ({ editable, phase }, text) => editable && phase === 'ready' && text !== null && isSound(text)

export const createEditing = (store, api, history, { edit, note, draw }) => {
  const { get, set } = store
  const text = () => textAt(get(), LAYOUT)
  const scale = () => get().explain?.scale ?? 1
  const rows = () => layersOf(valueAt(text(), ''), explainOf(get(), text()))
  const placeOf = pointer => {
    const all = rows()
    const row = all.find(one => one.pointer === pointer)
    return row ? boxOf(row, all, get().shapes, scale()) : null
  }

  // Changes of the same kind that follow each other are one step of the history.
  let lastKind = null
  const apply = (change, kind = null) => {
    const before = text()
    if (!canEdit(get(), before)) return null
    const result = change(before)
    if (result.text === before) return result
    if (kind === null || kind !== lastKind) history.cut()
    lastKind = kind
    edit(LAYOUT, result.text, { selected: result.pointer, hovered: null })
    return result
  }

  const undo = () => { if (history.undo()) draw() }
  const redo = () => { if (history.redo()) draw() }
  const undoAction = () => ({ label: t('undo'), run: undo })
  const titleOf = pointer => {
    const layer = valueAt(text(), pointer)
    return nameOf(layer) || t(`type_${layer.type}`)
  }
  // A code that opens the right page needs a person.
  const codeAdded = () => note(t('codeAdded'), 'plain', { label: t('showSource'), run: () => set({ panel: 'source', file: LAYOUT, open: { file: LAYOUT, pointer: '/code' } }) })
  const unbound = name => note(t('unbound', name), 'plain', undoAction())

  // A box of a layer, or the changed sides of one in a container: the others follow the container or the text.
  const placed = ({ pointer, box, sides }) => source => {
    if (!edits.isChild(pointer)) return edits.setBox(source, pointer, writtenBox(source, pointer, box))
    return edits.setSize(source, pointer, box, sides)
  }
  // An automatic height stays, unless it was changed.
  const writtenBox = (source, pointer, box) => {
    const { box: before } = valueAt(source, pointer)
    const drawn = placeOf(pointer)
    return before?.[3] === 'auto' && Math.abs(box[3] - (drawn?.[3] ?? box[3])) < 1 ? [...box.slice(0, 3), 'auto'] : box
  }

  // While a layer is dragged, the poster follows as fast as it can be drawn.
  let dragged = null
  let before = null
  const follow = () => {
    if (!dragged || get().isDrawing) return
    const next = dragged
    dragged = null
    apply(placed(next), 'drag')
  }
  store.subscribe(follow)

  let shapesOf = null
  const loadShapes = async () => {
    const hash = get().files['artwork.svg']?.hash ?? null
    if (shapesOf === hash && get().shapes) return
    shapesOf = hash
    const shapes = await api.shapes().catch(() => [])
    if (shapesOf === hash) set({ shapes })
  }

  // What clips and masks leave of an element, if that is less than its box.
  const seenOf = id => get().shapes?.find(shape => shape.id === id)?.seen ?? null

  return {
    undo, redo, loadShapes,

    // The properties of the selected layer take the place of the parameters, and give it back.
    select: selected => set(({ panel, isBinding, selected: before }) => ({
      selected, isBinding: isBinding && selected === before,
      panel: selected && panel === 'content' ? 'properties' : !selected && panel === 'properties' ? 'content' : panel,
    })),

    setProperty: (pointer, path, value) => apply(source => edits.setProperty(source, pointer, path, value), `${pointer} ${path.join('/')}`),
    setPlace: (pointer, box) => apply(source => edits.setBox(source, pointer, box), `${pointer} box`),
    nudge: (pointer, [x, y]) => {
      const place = placeOf(pointer)
      if (!place || edits.isChild(pointer) || !canEdit(get(), text())) return false
      const box = writtenBox(text(), pointer, place)
      apply(source => edits.setBox(source, pointer, [box[0] + x, box[1] + y, ...box.slice(2)]), `${pointer} nudge`)
      return true
    },

    /** `sides`: those that the handle changes. */
    drag: (pointer, box, sides) => { dragged = { pointer, box, sides }; follow() },
    beginDrag: () => { before = text(); history.cut(); history.hold(); lastKind = 'drag' },
    /** `box`: null takes everything back that was dragged. */
    endDrag: (pointer, box, sides) => {
      dragged = null
      if (box) apply(placed({ pointer, box, sides }), 'drag')
      history.release()
      lastKind = null
      // The poster may not have followed yet: then there is nothing to take back.
      if (!box && text() !== before) undo()
    },

    add: (type, source) => {
      const isCode = type === 'code'
      const { parent, index } = edits.placeFor(text(), get().selected, type)
      const [width, height] = [(get().poster?.width ?? 750) / (get().poster?.scale ?? 1), (get().poster?.height ?? 1000) / (get().poster?.scale ?? 1)]
      const size = NEW_SIZE[type].map((one, axis) => Math.min(one, Math.round([width, height][axis] * 0.8)))
      const box = [Math.round((width - size[0]) / 2), Math.round((height - size[1]) / 2), ...size]
      const layer = edits.fresh(type, { box, isInside: parent !== '/layers', words: t('newText'), source })
      const isNew = isCode && valueAt(text(), '/code') === undefined
      const added = apply(before => (isCode ? edits.addCode : edits.add)(before, parent, index, layer))
      if (added && isNew) codeAdded()
      set(({ panel }) => ({ panel: panel === 'content' ? 'properties' : panel }))
    },
    /** Says what the code opens, for layers of it that are there already. */
    addCode: () => { if (apply(source => ({ text: edits.withCode(source), pointer: get().selected }))) codeAdded() },
    duplicate: pointer => apply(source => edits.duplicate(source, pointer, placeOf(pointer))),
    remove: pointer => {
      const name = titleOf(pointer)
      if (apply(source => edits.remove(source, pointer))) note(t('layerDeleted', name), 'plain', undoAction())
    },
    move: (pointer, parent, index) => {
      const { at } = valueAt(text(), pointer)
      const moved = apply(source => edits.move(source, pointer, parent, index, placeOf(pointer)))
      if (moved && at !== undefined && edits.isChild(moved.pointer)) unbound(at)
    },
    /** Moves a layer by one among its neighbours. */
    step: (pointer, by) => {
      const at = pointer.lastIndexOf('/')
      const [parent, index] = [pointer.slice(0, at), Number(pointer.slice(at + 1))]
      const count = valueAt(text(), parent)?.length ?? 0
      if (index + by < 0 || index + by >= count) return
      apply(source => edits.move(source, pointer, parent, by > 0 ? index + 2 : index - 1), 'step')
    },

    startBinding: () => { set({ isBinding: true }); loadShapes() },
    stopBinding: () => set({ isBinding: false }),
    bind: id => { apply(source => edits.bind(source, get().selected, id, seenOf(id))); set({ isBinding: false }) },
    unbind: pointer => {
      const [box, { at }] = [placeOf(pointer), valueAt(text(), pointer)]
      if (box && apply(source => edits.unbind(source, pointer, box.map(Math.round)))) unbound(at)
    },
    /** Takes a layer that was moved back to its element. */
    toShape: async pointer => {
      await loadShapes()
      const id = valueAt(text(), pointer)?.at?.replace(/^#/, '')
      if (id) apply(source => edits.bind(source, pointer, id, seenOf(id)))
    },
  }
}
