// node tests/browser/studio.js URL FOLDER SHOTS: uses the studio of a service without keys in Chromium, as a designer does. FOLDER is
// that of the template `my`, which the service serves and may write; SHOTS gets screenshots. Fails if anything is missing, or if
// a console error occurs that is not the answer to a fault of the test.
'use strict'
const { mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const assert = require('node:assert/strict')
const { page, problems, run } = require('./driver.js')

const [url, folder, shots] = process.argv.slice(2)
const read = path => readFileSync(join(folder, path), 'utf8')
const write = (path, text) => writeFileSync(join(folder, path), text)
mkdirSync(shots, { recursive: true })

// The browser logs failed requests: those that the test provokes are none of its errors.
const forget = status => problems.splice(0).forEach(problem => assert.match(problem, new RegExp(`status of ${status} `)))

const POSTER = 'document.getElementById("poster")'
const tab = name => `[...document.querySelectorAll("[role=tab]")].find(one => one.textContent === ${JSON.stringify(name)})`

// The studio on a page: what several steps need.
const studio = browser => {
  const { evaluate, until, press, key, type } = browser
  const source = () => evaluate(`${POSTER}?.src`)
  return {
    ready: () => until(`${POSTER}?.naturalWidth > 0 && document.querySelector(".outlines rect")`),
    // Does something that changes the poster; returns the time until it is shown, ms.
    redrawn: async act => {
      const before = await source()
      const start = Date.now()
      await act()
      await until(`${POSTER}.src !== ${JSON.stringify(before)} && ${POSTER}.naturalWidth > 0`, 10)
      return Date.now() - start
    },
    panel: async name => { await until(tab(name)); await evaluate(`${tab(name)}.click()`) },
    // Types at the beginning of the source that is shown.
    edit: async text => {
      await until('document.querySelector(".cm-content")')
      await press('.cm-line')
      await key('Control+Home')
      await key('ArrowRight')
      await type(text)
      await until('document.querySelector(".source .unsaved")')
    },
  }
}

run(async () => {
  const browser = await page(url)
  const { evaluate, until, open, text, click, press, hover, key, fill, type, resize, prefer, shoot } = browser
  const { ready, redrawn, panel, edit } = studio(browser)
  const shot = name => shoot(join(shots, `${name}.png`))
  const times = {}
  await prefer('light')
  await resize(1440, 900)

  // From the page of all templates to one of them.
  await open('/?lang=en')
  await until('document.images.length > 5 && document.images[0].naturalWidth > 0')
  await shot('templates')
  await fill('#search', 'My')
  await until(`[...document.querySelectorAll('.template:not([hidden]) h2')].every(one => one.textContent === 'my')`)
  assert.match(await evaluate(text('#shown')), /^1 of \d+ templates$/)
  await fill('#search', 'no such template')
  await until('!document.getElementById("nothing").hidden')
  await fill('#search', '')
  await until('document.querySelectorAll(".template[hidden]").length === 0')
  await click('a.open[href="/studio/my"]')
  await until('location.pathname === "/studio/my"')
  await ready()
  await shot('studio')

  // The form changes the poster, and the address keeps what it says.
  times.form = await redrawn(() => fill('#param-title', '山谷里的三天两夜'))
  await until('location.hash.includes("params=")')
  const link = await evaluate('location.pathname + location.hash')
  await redrawn(() => fill('#param-price', '128.5'))
  await until('location.hash.includes("12850")')
  const second = await page(url)
  await second.open(link)
  await second.until('document.getElementById("param-title")?.value === "山谷里的三天两夜"')
  await second.close()

  // Typed into the middle of a text, and composed with an input method.
  const title = () => evaluate('document.getElementById("param-title").value')
  await evaluate('{ const one = document.getElementById("param-title"); one.focus(); one.setSelectionRange(2, 2) }')
  for (const letter of '123') await browser.send('Input.insertText', { text: letter })
  assert.equal(await title(), '山谷123里的三天两夜')
  for (const letters of ['n', 'ni', 'nih', 'niha', 'nihao']) await browser.send('Input.imeSetComposition', { text: letters, selectionStart: letters.length, selectionEnd: letters.length })
  await browser.send('Input.insertText', { text: '你好' })
  assert.equal(await title(), '山谷123你好里的三天两夜')
  await until('decodeURIComponent(location.hash).includes("123你好里")')
  await redrawn(() => fill('#param-title', '山谷里的三天两夜'))

  // A parameter that is wrong is said at its field, over the last good poster.
  await fill('#param-price', 'abc')
  await until('document.getElementById("param-price").getAttribute("aria-invalid") === "true" && document.querySelector(".canvas.stale #poster").naturalWidth > 0')
  assert.ok(await evaluate(text('#param-price-help')))
  await redrawn(() => fill('#param-price', '99'))
  await until('!document.querySelector(".stale")')
  forget(422)

  // Outlines with names, the layer under the mouse, and what is known about it.
  await click('[aria-label="Show outlines of layers"]')
  await until('document.querySelectorAll(".outlines.shown rect").length > 3')
  await hover('.outlines rect[data-pointer="/layers/1"]')
  await until(`${text('.tag')} === 'title'`)
  await press('.outlines rect[data-pointer="/layers/1"]')
  await until(`document.querySelector('.layer.selected .name').dataset.pointer === '/layers/1'`)
  const facts = await evaluate('document.querySelector(".inspector").innerText')
  for (const known of [/Box/, /Lines\s*\d/, /Noto Sans SC 700/, /ms/]) assert.match(facts, known)
  await shot('outlines')
  // The list with the keyboard: the next layer, hidden and locked.
  await evaluate('document.querySelector(".layer.selected .name").focus()')
  await key('ArrowDown')
  await until(`document.querySelector('.layer.selected .name').dataset.pointer === '/layers/2' && document.activeElement.dataset.pointer === '/layers/2'`)
  await click('.layer.selected [aria-label^="Lock"]')
  await until('document.querySelector(".outlines rect[data-pointer=\'/layers/2\'].locked")')
  await click('.layer.selected [aria-label^="Hide outline"]')
  await until('!document.querySelector(".outlines rect[data-pointer=\'/layers/2\']")')
  await click('[aria-label="Show outlines of layers"]')

  // The template breaks while the page is open: an excerpt over the last good poster, and a click opens the place.
  const layout = read('layout.json')
  write('layout.json', layout.replace('"type": "code"', '"type": "coode"'))
  await until(`${text('.faults')}?.includes('layout.json:')`)
  assert.ok(await evaluate(`${POSTER}.naturalWidth > 0`), 'the last good poster')
  assert.match(await evaluate(text('.faults pre')), /coode/)
  assert.match(await evaluate(text('.old')), /Last good poster/)
  await shot('fault')
  await click('.faults .where button')
  await until('document.querySelector(".cm-content") === document.activeElement && document.querySelector(".cm-activeLine")?.textContent.includes("coode")')
  await until('document.querySelector(".cm-lintRange-error")')
  await redrawn(async () => write('layout.json', layout))
  await until('!document.querySelector(".faults") && !document.querySelector(".stale")')
  forget(422)

  // The artwork is removed: a fault as well, until it is back.
  const artwork = read('artwork.svg')
  rmSync(join(folder, 'artwork.svg'))
  await until('document.querySelector(".faults") && document.querySelector(".stale")')
  await redrawn(async () => write('artwork.svg', artwork))
  await until('!document.querySelector(".faults") && !document.querySelector(".stale")')
  forget(422)

  // A form that differs from its sample becomes a sample.
  await panel('Content')
  await click('#save-as')
  await fill('#sample-name', 'usual')
  await until('document.querySelector(".save-as button.main").disabled')
  await fill('#sample-name', 'valley')
  await key('Enter')
  await until(`${tab('valley')}?.getAttribute('aria-selected') === 'true' && !document.querySelector('.changed')`)
  assert.equal(JSON.parse(read('samples/valley.json')).title, '山谷里的三天两夜')
  assert.equal(JSON.parse(read('samples/valley.json')).price, 9900)
  // Somebody else changes it meanwhile: it is saved only once that is decided.
  const valley = JSON.parse(read('samples/valley.json'))
  await fill('#param-title', '我的标题')
  write('samples/valley.json', JSON.stringify({ ...valley, price: 8800 }))
  await until(`${text('.samples .conflict')}?.includes('valley')`)
  assert.equal(JSON.parse(read('samples/valley.json')).price, 8800)
  await click('#keep-sample')
  await until('!document.querySelector(".conflict") && !document.querySelector(".changed")')
  assert.equal(JSON.parse(read('samples/valley.json')).title, '我的标题')
  await redrawn(() => evaluate(`${tab('Usual')}.click()`))

  // The source: an edit is drawn before it is saved, and saved with the keyboard.
  await panel('Source')
  times.source = await redrawn(() => edit('/* edited */'))
  assert.ok(!read('layout.json').includes('edited'), 'nothing is written before it is saved')
  await key('Control+s')
  await until(`${text('.source footer')}?.includes('Saved')`)
  assert.ok(read('layout.json').startsWith('{/* edited */\n'), 'comments and formatting stay')

  // Changed on disk: the poster follows, with its zoom, and so does the source.
  await evaluate(`[...document.querySelectorAll('[role=radio]')].find(one => one.textContent === '100%').click()`)
  await evaluate('document.querySelector(".canvas").scrollTop = 120')
  times.disk = await redrawn(async () => write('artwork.svg', read('artwork.svg').replace('</svg>', '<rect width="750" height="40" fill="#c2512f"/></svg>')))
  assert.equal(await evaluate('document.querySelector(".canvas").scrollTop'), 120)
  assert.equal(await evaluate(`${POSTER}.clientWidth`), 750)
  write('layout.json', read('layout.json').replace('/* edited */', '/* elsewhere */'))
  await until(`${text('.cm-content')}?.includes('/* elsewhere */')`)
  // Names are proposed from the schema.
  await press('.cm-line')
  await key('Control+Home')
  await key('ArrowRight')
  await type('"titl')
  await until(`[...document.querySelectorAll('.cm-tooltip-autocomplete li')].some(one => one.textContent.includes('titles'))`)
  await shot('completion')
  await key('Escape')
  await click('.source footer button:not(.main)')
  await until(`${text('.source footer')}?.includes('Saved')`)
  forget(422)

  // Two browsers: one that hears nothing of the other's change is told when it saves, and loses neither.
  const other = await page(url, { isApart: true, script: 'window.EventSource = class { addEventListener () {} close () {} }' })
  const there = studio(other)
  await other.resize(1440, 900)
  await other.open('/studio/my?lang=en')
  await there.ready()
  await there.panel('Source')
  await there.edit('/* theirs */')
  await edit('/* mine */')
  await key('Control+s')
  await until(`${text('.source footer')}?.includes('Saved')`)
  await other.key('Control+s')
  await other.until('document.querySelector(".conflict") && document.querySelector(".cm-deletedChunk")')
  assert.ok(read('layout.json').startsWith('{/* mine */'), 'the file is as it was saved first')
  await other.shoot(join(shots, 'conflict.png'))
  await other.click('#keep-mine')
  await other.until('!document.querySelector(".conflict")')
  await other.until(`${other.text('.source footer')}?.includes('Saved')`)
  assert.ok(read('layout.json').startsWith('{/* theirs */'))
  // This browser has no unsaved text: it follows.
  await until(`${text('.cm-content')}?.includes('/* theirs */')`)
  // With one, the conflict is shown as soon as the file changes.
  await edit('/* third */')
  await panel('Content')
  write('layout.json', read('layout.json').replace('/* theirs */', '/* by an editor */'))
  // Also where the source is not shown, and for those who save there.
  await until(`document.querySelector("#see-conflict") && ${text('.status')} === 'Conflict'`)
  await key('Control+s')
  await until(`${text('.notes')}?.includes('was changed while you edited it')`)
  await click('#see-conflict')
  await until('document.querySelector(".conflict #take-theirs") && !document.querySelector("#see-conflict")')
  await click('#take-theirs')
  await until(`!document.querySelector('.conflict') && ${text('.cm-content')}?.includes('/* by an editor */')`)
  forget(412)

  // The request as a program.
  await evaluate(`[...document.querySelectorAll('.bar button')].find(one => one.textContent === 'Request').click()`)
  await until(`document.querySelector('dialog[open]') && ${text('#program')}?.includes('/v1/posters')`)
  await evaluate(`${tab('Python')}.click()`)
  await until(`${text('#program')}.includes('urllib')`)
  await shot('request')
  await key('Escape')
  await until('!document.querySelector("dialog")')

  // As people see it.
  for (const frame of ['Phone', 'Chat', 'Moments']) {
    await evaluate(`[...document.querySelectorAll('[role=radio]')].find(one => one.title === '${frame}').click()`)
    await until(`document.querySelector('.phone img')?.naturalWidth > 0`)
    await shot(frame.toLowerCase())
  }
  await evaluate(`[...document.querySelectorAll('[role=radio]')].find(one => one.textContent === 'Fit').click()`)
  await ready()

  // Every control has a visible focus, and the keyboard gets through the page and out of the editor.
  await panel('Content')
  await evaluate('document.activeElement.blur()')
  const seen = await focused(browser)
  for (const control of ['Copy link', 'Request', 'Fit', 'Canvas', 'Poster', 'Content', 'Usual', '标题', 'Width of the panel']) {
    assert.ok(seen.some(({ name }) => name.includes(control)), `${control} is not reached:\n${seen.map(({ name }) => name).join('\n')}`)
  }
  assert.deepEqual(seen.filter(({ isVisible }) => !isVisible), [])

  // Dark, and narrow.
  await click('.bar .square:last-child')
  await click('.bar .square:last-child')
  assert.equal(await evaluate('document.documentElement.dataset.theme'), 'dark')
  await shot('studio-dark')
  await resize(1280, 720)
  await panel('Source')
  await until('document.querySelector(".cm-content")')
  await shot('source-dark-1280')
  await resize(768, 1000)
  await panel('Layers')
  await shot('layers-768')
  assert.ok(await evaluate('document.documentElement.scrollWidth <= 768'))
  await resize(1440, 900)

  // In Chinese, which other pages keep; the appearance, too.
  await panel('Content')
  await click('.bar [lang="zh-CN"]')
  await until(`document.documentElement.lang === 'zh-CN' && ${tab('源码')} && ${text('.layers h2')}?.includes('图层')`)
  await shot('chinese')
  await open('/')
  await until('document.documentElement.lang === "zh-CN" && document.documentElement.dataset.theme === "dark" && document.images[0]?.naturalWidth > 0')
  await shot('templates-dark')
  await open('/studio/nothing')
  await until('document.readyState === "complete" && document.body.innerText.length > 0')
  forget(404)
  console.log(`ms to the poster: ${JSON.stringify(times)}`)
})

// What the Tab key reaches, with its name and whether its focus can be seen.
const focused = async ({ evaluate, key }) => {
  const seen = []
  for (let n = 0; n < 60; n++) {
    await key('Tab')
    const found = await evaluate(`(() => {
      const one = document.activeElement
      if (one === document.body) return null
      const { outlineStyle, outlineWidth } = getComputedStyle(one)
      const label = one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent
      return { name: label.trim() || one.title || one.tagName, isVisible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 }
    })()`)
    if (!found) continue
    seen.push(found)
  }
  return seen
}
