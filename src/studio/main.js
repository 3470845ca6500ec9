// Entry of the studio: reads the page's data, starts the store, and draws the app whenever the state changes.

import { createActions } from './actions.js'
import { createApi } from './api.js'
import { createBulk } from './bulk.js'
import { App } from './app.js'
import { createCompare } from './compare.js'
import { decoded } from './drawing.js'
import { loadFormats } from './formats.js'
import { createHistory } from './history.js'
import { listenToKeys } from './keys.js'
import { mount } from './mount.js'
import { watchSession } from './session.js'
import { pagesOf } from './shell.js'
import { createStore, initial } from './state.js'
import { createStress } from './stress.js'

const root = document.getElementById('studio')
const { template, language, editable, nonce, key } = root.dataset
const store = createStore({
  ...initial({ template, language: language === 'zh' ? 'zh' : 'en', editable: editable === 'true' }),
  theme: globalThis.haibaoTheme.get(),
  pages: pagesOf(root.dataset.pages),
  nonce: nonce ?? '',
  needsKey: key === 'true',
})
const api = createApi(template)
const actions = createActions(store, api, createHistory(store))
Object.assign(actions, createStress(store, api, decoded), {
  bulk: createBulk(store, actions.note),
  formats: async () => store.set({ formats: await loadFormats() }),
  /** Shows the parameters of a case of the check in the form. */
  openCase: ({ params }) => {
    actions.setParams(params)
    actions.show({ view: 'design', panel: 'content' })
  },
})
createCompare(store, api, decoded)

mount(root, App, store, actions)
actions.load()
watchSession(store, actions.load)
listenToKeys(store, actions)
addEventListener('hashchange', actions.readAddress)
addEventListener('beforeunload', event => { if (Object.keys(store.get().drafts).length) event.preventDefault() })
