// node tests/browser/studio-typing.js URL FOLDER SHOTS: types into every text field of the studio in Chromium, fast and slowly, in the middle of a
// text and with an input method, and saves and undoes from there, also against somebody else. FOLDER is that of the template `my`,
// which the service serves and may write; SHOTS gets screenshots.
'use strict'
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const assert = require('node:assert/strict')
const { page, problems, run } = require('./driver.js')

const [url, folder, shots] = process.argv.slice(2)
const path = join(folder, 'layout.json')
const read = () => readFileSync(path, 'utf8')
const write = text => writeFileSync(path, text)
mkdirSync(shots, { recursive: true })

// Pauses between two keys, ms: all for some fields, the shortest for the others.
const PAUSES = [0, 15, 50, 200]
const SHORT = [0, 15]
const LIST = '"tags": { "type": "array", "maxItems": 4, "items": { "type": "string" } }, "day": { "type": "string", "format": "date" }, '
const ARTWORK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 400"><rect width="300" height="400" fill="#fff"/>
  <rect id="photo" x="20" y="20" width="260" height="200" fill="#ddd"/><rect id="title" x="20" y="240" width="260" height="40" fill="#eee"/></svg>`

run(async () => {
  write(read().replace('"id": { "type"', `${LIST}"id": { "type"`))
  const browser = await page(url)
  const { evaluate, until, open, text, click, press, key, fill, resize, strike, compose, shoot } = browser
  const one = selector => `document.querySelector(${JSON.stringify(selector)})`
  const value = selector => evaluate(`${one(selector)}.value`)
  const place = (selector, from, to = from) => evaluate(`{ const field = ${one(selector)}; field.scrollIntoView(); field.focus(); field.setSelectionRange(${from}, ${to}) }`)
  const caret = () => evaluate('document.activeElement.selectionStart')
  // A text and the caret in the field that has the focus, once all is drawn.
  const shows = async (expected, at, what) => {
    await evaluate('new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 30)))')
    assert.deepEqual([await evaluate('document.activeElement.value'), await caret()], [expected, at], what)
  }
  // Types into the middle of a field, with keys and with an input method.
  const typesInto = async (selector, { isNumber = false, pauses = SHORT } = {}) => {
    for (const pause of pauses) {
      const what = `${selector}, ${pause} ms`
      const before = await value(selector)
      const middle = Math.min(2, before.length)
      await place(selector, middle)
      await strike('123', pause)
      await shows(`${before.slice(0, middle)}123${before.slice(middle)}`, middle + 3, what)
      if (!isNumber) {
        await place(selector, middle, middle + 3)
        await compose('nihao', '你好', pause)
        await shows(`${before.slice(0, middle)}你好${before.slice(middle)}`, middle + 2, what)
      }
      await fill(selector, before)
    }
  }
  const tab = name => evaluate(`[...document.querySelectorAll('[role=tab]')].find(one => one.textContent === ${JSON.stringify(name)}).click()`)
  const layer = async at => {
    await evaluate(`document.querySelector('.layer [data-pointer="/layers/${at}"]').click()`)
    await until(`document.querySelector('#properties h2')?.title === '/layers/${at}' && document.querySelector('#properties .prop')`)
  }
  const source = async () => {
    await tab('Source')
    await until('document.querySelector(".cm-content")')
    return evaluate('document.querySelector(".cm-content").innerText')
  }
  const ready = () => until('document.getElementById("poster")?.naturalWidth > 0 && document.querySelector(".outlines rect")')
  await resize(1440, 900)
  await open('/studio/my?lang=en')
  await ready()

  // The form.
  await fill('#param-title', '山谷里的三天')
  await typesInto('#param-title', { pauses: PAUSES })
  for (const field of ['#param-subtitle', '#param-photo', '#param-id']) await typesInto(field)
  await fill('#param-price', '128')
  await typesInto('#param-price', { isNumber: true })
  await fill('#param-photo', '')

  // An item that is added gets the focus, one that is removed gives it away; dates are written as people write them.
  await press('.add-item')
  await until('document.activeElement.id === "param-tags-0"')
  await compose('xin', '新品')
  await press('.add-item')
  await until('document.activeElement.id === "param-tags-1"')
  await strike('ab')
  await fill('#param-day', '2026年5月2日')
  await key('Tab')
  await until('document.getElementById("param-day").value === "2026-05-02"')
  const [row, form] = await evaluate(`['.list-item', '#param-title'].map(one => document.querySelector(one).getBoundingClientRect().right)`)
  assert.ok(Math.abs(row - form) < 2, `rows of lists are as wide as the form: ${row} ${form}`)
  await shoot(join(shots, 'typing-list.png'))
  await press('.list-item .remove-item')
  await until('document.querySelectorAll(".list-item").length === 1 && document.activeElement.matches(".remove-item") && document.getElementById("param-tags-0").value === "ab"')

  // Undo from a field of the form; the caret stays where the text changes.
  await fill('#param-title', '山谷里的三天')
  await evaluate('document.activeElement.blur()')
  await new Promise(resolve => setTimeout(resolve, 900))
  await place('#param-title', 2)
  // Typed at once: keys that are far apart would be two steps.
  await browser.type('xy')
  await key('Control+z')
  await until('document.getElementById("param-title").value === "山谷里的三天"')
  assert.equal(await caret(), 2)
  await key('Control+y')
  await until('document.getElementById("param-title").value === "山谷xy里的三天"')
  assert.equal(await caret(), 4)

  // The properties of a layer.
  await layer(1)
  await typesInto('#prop-text', { pauses: PAUSES })
  await typesInto('#prop-font_size', { isNumber: true })
  await layer(0)
  await typesInto('#prop-src')
  await layer(1)
  // Ctrl+Z and Ctrl+S belong to the page, in fields of text and in choices.
  await evaluate(`(() => { const one = document.getElementById('prop-text_align'); one.focus(); one.value = '1'; one.dispatchEvent(new Event('change', { bubbles: true })) })()`)
  await until('document.querySelector(".panel > footer .unsaved")')
  await key('Control+z')
  await until('document.getElementById("prop-text_align").value === ""')
  await fill('#prop-font_size', '46')
  await key('Enter')
  await key('Control+s')
  await until(`${text('.notes')}?.includes('Saved layout.json')`)
  assert.match(read(), /"font_size": 46/)
  await until('!document.querySelector(".panel > footer .unsaved")')

  // What is composed stays while somebody else changes the same text; so do the fields in a conflict.
  await place('#prop-text', 0)
  await compose('nihao', null)
  write(read().replace('"text": "{{title}}"', '"text": "{{title}}!"').replace('"font_size": 46', '"font_size": 47'))
  await until('document.getElementById("prop-font_size").value === "47"')
  assert.equal(await value('#prop-text'), 'nihao{{title}}')
  await browser.type('你好')
  await until('document.querySelector(".panel > footer .unsaved")')
  assert.equal(await value('#prop-text'), '你好{{title}}')
  await compose('zai', null)
  write(read().replace('"font_size": 47', '"font_size": 48'))
  await until(`document.querySelector('#see-conflict') && ${text('.status')} === 'Conflict'`)
  await browser.type('在')
  await until('document.getElementById("prop-text").value === "你好在{{title}}"')
  assert.equal(await evaluate('document.activeElement.id'), 'prop-text')
  await shoot(join(shots, 'typing-conflict.png'))
  await key('Control+s')
  await until(`${text('.notes')}?.includes('was changed while you edited it')`)
  assert.doesNotMatch(read(), /你好/)

  // A draft that was given up for the file on disk comes back as a conflict: saving it needs a decision again.
  await click('#see-conflict')
  await until('document.querySelector("#take-theirs")')
  await click('#take-theirs')
  await until(`!document.querySelector('.conflict') && ${text('.cm-content')}.includes('"font_size": 48')`)
  await evaluate('document.querySelector(".canvas").focus()')
  await key('Control+z')
  await until(`document.querySelector('.conflict') && ${text('.status')} === 'Conflict' && ${text('.cm-content')}.includes('你好在')`)
  await key('Control+s')
  await until(`${text('.notes')}?.includes('was changed while you edited it')`)
  assert.match(read(), /"font_size": 48/)
  assert.doesNotMatch(read(), /你好/)
  await click('#take-theirs')
  await until(`!document.querySelector('.conflict') && !${text('.cm-content')}.includes('你好在')`)

  // The numeric box: what is no number is marked and changes nothing; sums and decimal commas are numbers.
  await tab('Layer')
  await layer(3)
  const side = '.sides .side:nth-child(3) input'
  const width = await value(side)
  for (const wrong of ['abc', '', '0', '-99999', '12+']) {
    await fill(side, wrong)
    await until(`${one(side)}.getAttribute('aria-invalid') === 'true'`)
  }
  await evaluate('document.activeElement.blur()')
  await until(`${one(side)}.getAttribute('aria-invalid') === null && ${one(side)}.value === '${width}'`)
  for (const [typed, shown] of [['12,5', '12.5'], ['３７５-48/2', '351'], [width, width]]) {
    await fill(side, typed)
    assert.equal(await value(side), typed)
    await evaluate('document.activeElement.blur()')
    await until(`${one(side)}.value === '${shown}'`)
  }

  // The source, as fast as keys can be.
  await source()
  for (const pause of PAUSES) {
    await evaluate('document.querySelector(".cm-content").focus()')
    await key('Control+Home')
    await key('ArrowRight')
    await strike('"border_radius": 12, ', pause)
    await key('Escape')
    await compose('nihao', '你好', pause)
    assert.equal(await evaluate(text('.cm-line')), '{"border_radius": 12, 你好', `${pause} ms`)
    await click('.source footer button:not(#save-file)')
    await until(`${text('.cm-line')} === '{'`)
  }

  // The names of samples, options of exports, and new templates.
  await tab('Content')
  await fill('#param-title', '改')
  await until('document.getElementById("save-as")')
  await click('#save-as')
  await until('document.activeElement.id === "sample-name"')
  await typesInto('#sample-name')
  await evaluate(`[...document.querySelectorAll('[role=radio]')].find(one => one.textContent === 'Bulk').click()`)
  await until('document.querySelector(".bulk-options")')
  await evaluate('document.querySelector(".bulk-options").open = true')
  for (const field of ['#bulk-fileName', '#bulk-page']) await typesInto(field)
  await open('/studio/new?lang=en')
  await until('document.querySelector("#svg-file")')
  await browser.drop('body', ARTWORK, 'x.svg')
  await until('document.querySelector("[data-param]")')
  for (const field of ['#title', '#name', '[data-param]', '.filter']) await typesInto(field)
  for (const [address, fields] of [['/', ['#search']], ['/qrcode', ['#scene', '#page']]]) {
    await open(`${address}?lang=en`)
    await until(`document.readyState === 'complete' && ${one(fields[0])}`)
    for (const field of fields) await typesInto(field)
  }
  assert.deepEqual(problems.filter(problem => !/status of 422 /.test(problem)), [])
})
