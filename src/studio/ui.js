// Controls that several parts of the studio share: segments, tabs, menus, dialogs.

import { html, useEffect, useRef, useState } from './vendor/preact.js'
import { Icon } from './icons.js'
import { t } from './words.js'

/** A button with an icon alone. */
export const IconButton = ({ icon, label, class: kind = '', ...others }) =>
  html`<button type="button" class=${`quiet square ${kind}`} aria-label=${label} title=${label} ...${others}><${Icon} name=${icon}/></button>`

// Arrow keys move between the buttons of a group, as in native radio groups.
const arrows = event => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
  if (!step) return
  const all = [...event.currentTarget.querySelectorAll('[role=radio], [role=tab]')]
  const to = all[(all.indexOf(document.activeElement) + step + all.length) % all.length]
  event.preventDefault()
  to.focus()
  to.click()
}

/** One of several values: `options` are { value, label, icon }. */
export const Segments = ({ label, value, options, change, icons = false }) => html`
  <div class="segments" role="radiogroup" aria-label=${label} onKeyDown=${arrows}>
    ${options.map(({ value: one, label: text, icon }) => html`
      <button type="button" role="radio" key=${one} aria-checked=${one === value} tabindex=${one === value ? 0 : -1} title=${text}
        onClick=${() => change(one)}>
        ${icon && html`<${Icon} name=${icon}/>`}<span class=${icons ? 'label' : ''}>${text}</span>
      </button>`)}
  </div>`

/** Tabs above a panel with the id `controls`: `options` are { value, label, mark, title, name }, where `name` replaces the label for screen readers. */
export const Tabs = ({ label, value, options, change, controls, class: kind = '' }) => html`
  <div class=${`tabs ${kind}`} role="tablist" aria-label=${label} onKeyDown=${arrows}>
    ${options.map(({ value: one, label: text, mark, title, name }) => html`
      <button type="button" role="tab" key=${one} aria-selected=${one === value} aria-controls=${controls} tabindex=${one === value ? 0 : -1}
        aria-label=${name} title=${title} onClick=${() => change(one)}>${text}${mark && html`<i class="mark"></i>`}</button>`)}
  </div>`

/** A button that opens a menu: `items` are { label, run }, or { label, href } for links. */
export const Menu = ({ label, icon, items, kind = '' }) => {
  const [isOpen, setOpen] = useState(false)
  const root = useRef()
  useEffect(() => {
    if (!isOpen) return
    root.current.querySelector('[role=menuitem]').focus()
    const outside = event => { if (!root.current.contains(event.target)) setOpen(false) }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [isOpen])
  const close = () => { setOpen(false); root.current.querySelector('button').focus() }
  const keys = event => {
    if (event.key === 'Escape') return close()
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step || !isOpen) return
    event.preventDefault()
    const all = [...root.current.querySelectorAll('[role=menuitem]')]
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus()
  }
  const left = event => { if (!root.current.contains(event.relatedTarget)) setOpen(false) }
  return html`
    <div class=${`menu ${kind}`} ref=${root} onKeyDown=${keys} onFocusOut=${left}>
      <button type="button" aria-haspopup="menu" aria-expanded=${isOpen} aria-label=${label} title=${label} onClick=${() => setOpen(!isOpen)}>
        <${Icon} name=${icon}/><span class="label">${label}</span><${Icon} name="chevron"/>
      </button>
      ${isOpen && html`<div class="sheet" role="menu" aria-label=${label}>
        ${items.map(({ label: text, run, href }) => href ? html`<a role="menuitem" tabindex="-1" key=${text} href=${href}>${text}</a>` : html`
          <button type="button" role="menuitem" tabindex="-1" key=${text} onClick=${() => { close(); run() }}>${text}</button>`)}
      </div>`}
    </div>`
}

/** A modal dialog. The browser keeps the focus in it and closes it with Escape. */
export const Dialog = ({ title, close, children }) => {
  const root = useRef()
  useEffect(() => {
    const dialog = root.current
    dialog.showModal()
    return () => dialog.close()
  }, [])
  const outside = event => { if (event.target === root.current) close() }
  return html`
    <dialog ref=${root} aria-labelledby="dialog-title" onClose=${close} onPointerDown=${outside}>
      <header><h2 id="dialog-title">${title}</h2><${IconButton} icon="cross" label=${t('close')} onClick=${close}/></header>
      ${children}
    </dialog>`
}
