// Keys that work everywhere on the page: save; except where they belong to a field, undo and those of the selected layer.

const isField = target => target.matches?.('input:not([type=checkbox], [type=color]), textarea, select') || target.closest?.('.cm-editor, dialog')

export const listenToKeys = (store, actions) => {
  addEventListener('keydown', event => {
    const { key, target, defaultPrevented } = event
    const isCommand = event.ctrlKey || event.metaKey
    const { selected, editable, isBinding, drafts } = store.get()
    const run = action => { event.preventDefault(); action() }
    const name = key.toLowerCase()
    if (defaultPrevented) return undefined
    if (isCommand && name === 's' && !target.closest?.('dialog')) return run(() => Object.keys(drafts).forEach(path => actions.save(path)))
    if (isField(target)) return undefined
    if (isCommand && name === 'z') return run(event.shiftKey ? actions.redo : actions.undo)
    if (isCommand && name === 'y') return run(actions.redo)
    if (key === 'Escape' && isBinding) return run(actions.stopBinding)
    if (!selected || !editable) return undefined
    if (isCommand && name === 'd') return run(() => actions.duplicate(selected))
    if ((key === 'Delete' || key === 'Backspace') && !isCommand) return run(() => actions.remove(selected))
    if (event.altKey && (key === 'ArrowUp' || key === 'ArrowDown')) return run(() => actions.step(selected, key === 'ArrowUp' ? -1 : 1))
    return undefined
  })
}
