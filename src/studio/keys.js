// Keys that work everywhere on the page: save; except where they belong to a field, undo and those of the selected layer.

const TEXTS = 'input:not([type=checkbox], [type=color], [type=radio], [type=file]), textarea, select'

/**
 * What an element does with keys: `editor` has commands of its own, `value` is a field whose changes are steps of the page's history,
 * `text` is another field, and `page` everything else.
 */
export const placeOf = target => {
  if (target.closest?.('.cm-editor, dialog')) return 'editor'
  if (!target.matches?.(TEXTS)) return 'page'
  return target.closest('#form, #properties') ? 'value' : 'text'
}

/** The command of a key in a place; null for none. */
export const commandOf = ({ key, shiftKey, altKey, isCommand }, place, { selected, editable, isBinding }) => {
  const name = key.toLowerCase()
  // Also where it means nothing: the browser would save the page.
  if (isCommand && name === 's') return 'save'
  if (place === 'editor' || place === 'text') return null
  if (isCommand && name === 'z') return shiftKey ? 'redo' : 'undo'
  if (isCommand && name === 'y') return 'redo'
  if (place === 'value') return null
  if (key === 'Escape' && isBinding) return 'stopBinding'
  if (!selected || !editable) return null
  if (isCommand && name === 'd') return 'duplicate'
  if ((key === 'Delete' || key === 'Backspace') && !isCommand) return 'remove'
  if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) return key === 'ArrowUp' ? 'raise' : 'lower'
  return null
}

export const listenToKeys = (store, actions) => {
  const run = {
    save: () => actions.saveAll(), undo: () => actions.undo(), redo: () => actions.redo(), stopBinding: () => actions.stopBinding(),
    duplicate: selected => actions.duplicate(selected), remove: selected => actions.remove(selected),
    raise: selected => actions.step(selected, -1), lower: selected => actions.step(selected, 1),
  }
  addEventListener('keydown', event => {
    // Safari ends a composition before the key that ends it.
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return
    const { key, shiftKey, altKey, target } = event
    const command = commandOf({ key, shiftKey, altKey, isCommand: event.ctrlKey || event.metaKey }, placeOf(target), store.get())
    if (!command) return
    event.preventDefault()
    run[command](store.get().selected)
  })
}
