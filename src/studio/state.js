// The state of the studio in one place: a store with a value, changes and listeners.

export const createStore = initial => {
  let state = initial
  const listeners = new Set()
  return {
    get: () => state,
    /** Replaces members. `change` is an object, or a function of the state that returns one. */
    set: change => {
      const changed = typeof change === 'function' ? change(state) : change
      if (!changed || Object.entries(changed).every(([name, value]) => Object.is(state[name], value))) return
      state = { ...state, ...changed }
      for (const listener of listeners) listener(state)
    },
    subscribe: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Exports before a sheet is chosen. */
export const emptyBulk = () => ({
  // The sheet, and its pictures: { archive, name, count }.
  file: null,
  pictures: null,
  picturesState: null,
  options: { scale: 1, strict: false, skipHidden: false, fileName: '', page: '' },
  // What a person has changed: the column of each parameter, and columns that set nothing.
  mapped: {},
  ignored: [],
  // What the service makes of the sheet, or why it cannot.
  preview: null,
  isLooking: false,
  problem: null,
  // The part of the upload that was sent.
  sent: null,
  startProblem: null,
  // Exports of this template, the latest first, and problems by the id.
  runs: null,
  runsProblem: null,
  runProblems: {},
  isOffline: false,
})

/** The state before anything is loaded. */
export const initial = ({ template, language, editable }) => ({
  id: template,
  language,
  theme: 'system',
  // `loading`, `ready`, or `failed` with `problem`.
  phase: 'loading',
  problem: null,
  title: template,
  titles: {},
  editable,
  version: null,
  // Files by their path: { hash, text, too_large }.
  files: {},
  schema: null,
  // Findings of the files on disk.
  found: [],
  // Unsaved texts by path: { text, base }, where `base` is the hash of the file that was edited.
  drafts: {},
  // Paths whose file was changed by somebody else since it was edited.
  conflicts: [],
  sample: null,
  // Hash of the sample's file that the form is based on.
  sampleBase: null,
  // The sample that the form has left because its file was removed: { name, params }, with the parameters that are shown since.
  left: null,
  params: {},
  // The last good poster: { url, width, height, scale, took, count }.
  poster: null,
  // The layout.json of this poster.
  drawn: null,
  isDrawing: false,
  // The problem of the newest request, if there is no poster of it.
  fault: null,
  explain: null,
  // The layout.json that the explanation is about.
  explained: null,
  zoom: 'fit',
  frame: 'canvas',
  hasOutlines: false,
  hidden: [],
  locked: [],
  selected: null,
  hovered: null,
  panel: 'content',
  file: 'layout.json',
  // A place that the editor shall show: { file, line, column } or { file, pointer }, as a new object each time.
  open: null,
  isFaultsOpen: null,
  // Path of the file that is being written.
  isSaving: null,
  // Widths of the panel that were chosen, px.
  widths: null,
  dialog: null,
  // `design`, `stress` or `bulk`.
  view: 'design',
  // The posters of `haibao check`: their cases, and what is known of each by its name: { picture, findings, boxes, isOld, problem }.
  stress: { cases: null, found: {}, problem: null, isBusy: false },
  // What the poster is compared with: `opened`, a version, or nothing. The poster before: { url, width, height, scale } or { problem }.
  compare: null,
  before: null,
  // The template as it was opened: { version, texts }.
  opened: null,
  // The versions that are stored: { version, seen_at }.
  versions: null,
  hasMarks: true,
  bulk: emptyBulk(),
  // Formats of posters.
  formats: ['png'],
  // Elements of the artwork: [{ id, tag, name, box }], null until they are needed.
  shapes: null,
  // Whether a click on the poster binds the selected layer to an element.
  isBinding: false,
  // Numbers of steps that can be undone and done again.
  undoable: 0,
  redoable: 0,
  note: null,
  // `live`, or `lost` while the events of the files cannot be received.
  connection: 'live',
  // Whether requests are refused because the session is over.
  isSessionOver: false,
  // The pages of the service: [{ path, zh, en }].
  pages: [],
})
