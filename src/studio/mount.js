// Draws a page whenever its state changes.

import { html, render } from './vendor/preact.js'
import { use } from './words.js'

/** Draws a component of the state in an element, now and after each change. Changes of one task are drawn together. */
export const mount = (root, Page, store, actions) => {
  const show = () => {
    const state = store.get()
    use(state.language)
    document.documentElement.lang = state.language === 'zh' ? 'zh-CN' : 'en'
    render(html`<${Page} state=${state} actions=${actions}/>`, root)
  }
  let isAsked = false
  store.subscribe(() => {
    if (isAsked) return
    isAsked = true
    queueMicrotask(() => {
      isAsked = false
      show()
    })
  })
  show()
}
