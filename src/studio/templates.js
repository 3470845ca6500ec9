// The search field of the page of templates. Without it, the page shows all of them.

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
  field.value = new URLSearchParams(location.search).get('q') ?? ''
  field.form.addEventListener('submit', event => event.preventDefault())
  field.addEventListener('input', show)
  document.addEventListener('keydown', event => {
    if (event.key !== '/' || event.target.matches('input, textarea, select')) return
    event.preventDefault()
    field.focus()
  })
  show()
}
