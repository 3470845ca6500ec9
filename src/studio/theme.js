// The appearance of all pages: light, dark, or as the system says. A script of its own before the page is drawn.
(() => {
  const KEY = 'haibao_theme'
  const root = document.documentElement
  const kept = () => {
    try { return localStorage.getItem(KEY) } catch { return null }
  }
  const apply = theme => {
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
    else delete root.dataset.theme
  }
  globalThis.haibaoTheme = {
    get: () => root.dataset.theme ?? 'system',
    set: theme => {
      apply(theme)
      try { localStorage.setItem(KEY, theme) } catch { /* Only for this page, then. */ }
    },
  }
  apply(kept())

  // The button in the header of the pages.
  const THEMES = ['system', 'light', 'dark']
  const SIGNS = ['◐', '☀', '☾']
  addEventListener('DOMContentLoaded', () => {
    const button = document.querySelector('button.theme')
    if (!button) return
    const labels = button.dataset.labels.split('|')
    const show = () => {
      const at = THEMES.indexOf(haibaoTheme.get())
      button.textContent = SIGNS[at]
      button.title = labels[at]
      button.setAttribute('aria-label', labels[at])
    }
    button.addEventListener('click', () => {
      haibaoTheme.set(THEMES[(THEMES.indexOf(haibaoTheme.get()) + 1) % THEMES.length])
      show()
    })
    show()
    button.hidden = false
  })
})()
