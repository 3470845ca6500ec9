// node tests/browser/studio-keys.js URL FOLDER: the studio with the keyboard alone, in Chromium: from the page of templates to a changed layer in
// the file on disk, menus and dialogs that give the focus back, and a new template. FOLDER is that of the templates, in which one is
// `my`. Fails if anything cannot be reached, if a focus cannot be seen, or if a console error occurs.
'use strict'
const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const assert = require('node:assert/strict')
const { page, problems, run } = require('./driver.js')

const [url, folder] = process.argv.slice(2)
const MOST_TABS = 120

run(async () => {
  const { evaluate, until, open, text, key, type, resize } = await page(url)
  const focused = () => evaluate(`(() => {
    const one = document.activeElement
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
    const isVisible = (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none' || Boolean(one.closest('.editor:focus-within, .template:has(:focus-visible)'))
    return { name: one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent.slice(0, 60), isVisible: one === document.body || isVisible }
  })()`)
  // Presses Tab until an element has the focus; each one on the way shows it.
  const tabTo = async (selector, press = 'Tab') => {
    const seen = []
    for (let n = 0; n < MOST_TABS; n++) {
      if (await evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
      await key(press)
      const one = await focused()
      seen.push(one.name)
      assert.ok(one.isVisible, `the focus on "${one.name}" cannot be seen`)
    }
    throw new Error(`${selector} is not reached:\n${seen.join('\n')}`)
  }
  const ready = () => until('document.getElementById("poster")?.naturalWidth > 0 && document.querySelector(".outlines rect") && document.querySelector(".canvas[aria-busy=false]")')
  const file = () => readFileSync(join(folder, 'my/layout.json'), 'utf8')
  await resize(1440, 900)

  // The first stop leads to the content; the search finds the template.
  await open('/?lang=en')
  await until('document.querySelector(".template") && document.readyState === "complete"')
  await key('Tab')
  assert.equal(await evaluate('document.activeElement.getAttribute("href")'), '#content')
  await tabTo('#search')
  await type('my')
  await until('document.querySelectorAll(".template:not([hidden])").length === 1')
  await tabTo('a.open')
  await key('Enter')
  await until('location.pathname === "/studio/my"')
  await ready()

  // A field of the form.
  await tabTo('#param-title')
  const before = await evaluate('document.getElementById("poster").src')
  await key('Control+a')
  await type('With keys')
  await until(`document.getElementById('poster').src !== ${JSON.stringify(before)}`)

  // A layer in the list, its properties, undo, and the file.
  await tabTo('.layer .name', 'Shift+Tab')
  while (await evaluate('document.activeElement.dataset.pointer') !== '/layers/2') await key((await evaluate('document.activeElement.dataset.pointer')) < '/layers/2' ? 'ArrowDown' : 'ArrowUp')
  await until(`document.querySelector('.layer.selected .name')?.dataset.pointer === '/layers/2' && document.getElementById('prop-font_size')`)
  const size = await evaluate('document.getElementById("prop-font_size").value')
  await tabTo('#prop-font_size')
  await key('Control+a')
  await type('31')
  await until('document.querySelector(".panel > footer .unsaved")')
  await key('Control+s')
  await until(`${text('.notes')}?.includes('Saved')`)
  assert.match(file(), /"font_size": 31/)

  // On the poster, arrow keys move it; undo and redo.
  await tabTo('.canvas', 'Shift+Tab')
  await key('Control+z')
  await until(`document.getElementById('prop-font_size').value === '${size}'`)
  await key('Control+Shift+z')
  await until('document.getElementById("prop-font_size").value === "31" && !document.querySelector(".panel > footer .unsaved")')
  await key('ArrowRight')
  await until('document.querySelector(".panel > footer .unsaved")')
  await key('Control+z')
  await until('!document.querySelector(".panel > footer .unsaved")')
  await key('Escape')
  await until('!document.querySelector(".layer.selected")')

  // Views and tabs are groups: one stop each, arrow keys within.
  await tabTo('.bar [role=radio]', 'Shift+Tab')
  await key('ArrowRight')
  await until('document.querySelector(".cases")')
  await key('ArrowLeft')
  await until('document.querySelector(".canvas")')

  // A menu and a dialog give the focus back.
  await tabTo('.menu > button')
  await key('Enter')
  await until('document.activeElement.getAttribute("role") === "menuitem"')
  await key('ArrowDown')
  await key('Escape')
  await until('!document.querySelector("[role=menu]") && document.activeElement.matches(".menu > button")')
  await key('Shift+Tab')
  assert.match(await evaluate('document.activeElement.textContent'), /Request/)
  await key('Enter')
  await until('document.querySelector("dialog[open]")?.contains(document.activeElement)')
  await key('Escape')
  await until('!document.querySelector("dialog") && /Request/.test(document.activeElement.textContent)')

  // A copy of a template.
  await open('/studio/new')
  await until('document.querySelector(".starter")')
  await tabTo('.starter')
  await key('Enter')
  await until('document.getElementById("name")?.value === "my-template"')
  await tabTo('#name')
  await key('Enter')
  await until('location.pathname === "/studio/my-template"')
  await ready()
  assert.ok(existsSync(join(folder, 'my-template/layout.json')))
  assert.deepEqual(problems, [])
})
