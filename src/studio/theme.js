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
  // The icons `system`, `sun` and `moon` of icons.js, which is a module and comes too late.
  const SIGNS = [
    'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
    'M8 10.8a2.8 2.8 0 100-5.6 2.8 2.8 0 000 5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
    'M13.5 9.5A5.8 5.8 0 016.5 2.5a5.8 5.8 0 107 7z',
  ]
  const iconOf = path => {
    const make = (tag, attributes) => {
      const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
      return element
    }
    const icon = make('svg', {
      width: 16, height: 16, viewBox: '0 0 16 16', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.3, 'stroke-linecap': 'round',
      'stroke-linejoin': 'round', 'aria-hidden': 'true',
    })
    icon.append(make('path', { d: path }))
    return icon
  }
  addEventListener('DOMContentLoaded', () => {
    const button = document.querySelector('button.theme')
    if (!button) return
    const labels = button.dataset.labels.split('|')
    const show = () => {
      const at = THEMES.indexOf(haibaoTheme.get())
      button.replaceChildren(iconOf(SIGNS[at]))
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
