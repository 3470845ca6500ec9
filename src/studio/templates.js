// The page of templates: its search field, without which the page shows all of them, and new templates of files that are dropped on it.

import { HANDED, hand } from './handover.js'

const find = id => document.getElementById(id)
const field = find('search')
const cards = [...document.querySelectorAll('.template')]
const names = cards.map(card => card.dataset.names.toLowerCase())

const show = () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
  let shown = 0
  for (const [at, card] of cards.entries()) {
    card.hidden = !words.every(word => names[at].includes(word))
    if (!card.hidden) shown++
  }
  const status = find('shown')
  const text = shown === cards.length ? status.dataset.all : status.dataset.some
  status.textContent = text.replace('##', cards.length).replace('#', shown)
  find('nothing').hidden = shown > 0
  const query = new URLSearchParams(location.search)
  if (words.length) query.set('q', field.value)
  else query.delete('q')
  history.replaceState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}`)
}

if (field) {
  // What was typed before this script was there stays.
  field.value ||= new URLSearchParams(location.search).get('q') ?? ''
  field.form.addEventListener('submit', event => event.preventDefault())
  field.addEventListener('input', show)
  document.addEventListener('keydown', event => {
    if (event.key !== '/' || event.target.matches('input, textarea, select')) return
    event.preventDefault()
    field.focus()
  })
  show()
}

// What covers the page while a file is dragged over it, if templates can be created.
const cover = find('drop')
if (cover) {
  const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files')
  addEventListener('dragover', event => {
    if (!hasFiles(event)) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'copy'
    cover.hidden = false
  })
  addEventListener('dragleave', ({ relatedTarget }) => { if (!relatedTarget) cover.hidden = true })
  addEventListener('drop', async event => {
    if (!hasFiles(event)) return
    event.preventDefault()
    const [file] = event.dataTransfer.files
    // Without the browser's database, the page of new templates opens without the file.
    const isKept = file && await hand(file).then(() => true, () => false)
    if (file) location.assign(`/studio/new${isKept ? HANDED : ''}`)
    else cover.hidden = true
  })
  // The page may be shown again as it was left.
  addEventListener('pageshow', () => { cover.hidden = true })
}
