// Entry of the page of new templates: reads the page's data, starts the store, and draws the page whenever the state changes.

import { send } from './api.js'
import { mount } from './mount.js'
import { createNewActions } from './newactions.js'
import { NewPage } from './newpage.js'
import { watchSession } from './session.js'
import { pagesOf } from './shell.js'
import { createStore } from './state.js'

const root = document.getElementById('studio')
const { language, editable, starters } = root.dataset

const store = createStore({
  language: language === 'zh' ? 'zh' : 'en',
  theme: globalThis.haibaoTheme.get(),
  pages: pagesOf(root.dataset.pages),
  isSessionOver: false,
  editable: editable === 'true',
  // Templates that can be copied: { id, title, sample }.
  starters: JSON.parse(starters),
  // `start`; `reading` an SVG; `slots` once it is read.
  phase: 'start',
  // What is done while an SVG is read.
  step: '',
  // The starter that is chosen, its id; an empty one is the blank template.
  starter: null,
  // The SVG: { text, width, height, shapes, findings, url }, where `url` is that of its picture, null until it is drawn.
  artwork: null,
  slots: [],
  // Id of the shape under the mouse, index of the finding that is shown.
  hovered: null,
  finding: null,
  name: '',
  title: '',
  isCreating: false,
  // The problem of the SVG, or of the last attempt to create.
  problem: null,
  note: null,
})
const actions = createNewActions(store)

// A request that needs the session, and changes nothing.
watchSession(store, () => send('/v1/templates').catch(() => {}))

mount(root, NewPage, store, actions)
if (store.get().editable) {
  actions.listen()
  actions.handed()
}
