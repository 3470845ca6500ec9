// node tests/browser/studio-edit.js URL FOLDER SHOTS [read-only]: edits the layers of a template in Chromium, as a designer does, from the poster to
// the file on disk. FOLDER is that of the template `my`, which the service serves and may write; SHOTS gets screenshots. Of a
// service that may not write, it looks at the properties. Fails if anything is missing, or if a console error occurs.
'use strict'
const { mkdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const assert = require('node:assert/strict')
const { page, problems, run } = require('./driver.js')

const [url, folder, shots, mode] = process.argv.slice(2)
const file = () => readFileSync(join(folder, 'layout.json'), 'utf8')
mkdirSync(shots, { recursive: true })

const outline = pointer => `.outlines rect[data-pointer="${pointer}"]`
const row = pointer => `.layer .name[data-pointer="${pointer}"]`
const side = at => `document.querySelectorAll('.sides input')[${at}]`
const box = () => `[...document.querySelectorAll('.sides input')].map(one => one.value).join()`
const grip = handle => `.grip[data-handle=${handle}]`

run(async () => {
  const browser = await page(url)
  const { send, evaluate, until, open, text, click, press, key, fill, resize, prefer, shoot } = browser
  const shot = name => shoot(join(shots, `${name}.png`))
  const mouse = (type, [x, y], more) => send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: 1, clickCount: 1, ...more })
  const centre = selector => evaluate(`(() => {
    const one = document.querySelector(${JSON.stringify(selector)})
    one.scrollIntoView({ block: 'nearest' })
    const { x, y, width, height } = one.getBoundingClientRect()
    return [x + width / 2, y + height / 2]
  })()`)
  // Drags from a point; `during` is called before the drop.
  const drag = async (from, to, { during, modifiers = 0 } = {}) => {
    await mouse('mouseMoved', from, { button: 'none', buttons: 0 })
    await mouse('mousePressed', from)
    for (let n = 1; n <= 5; n++) await mouse('mouseMoved', [0, 1].map(axis => from[axis] + (to[axis] - from[axis]) * n / 5), { modifiers })
    await new Promise(resolve => setTimeout(resolve, 60))
    if (during) await during()
    await mouse('mouseReleased', to, { buttons: 0 })
  }
  const dragBy = async (selector, [x, y], more) => {
    const from = await centre(selector)
    await drag(from, [from[0] + x, from[1] + y], more)
  }
  const draft = async () => {
    await evaluate(`[...document.querySelectorAll('.main-tabs [role=tab]')].find(one => one.textContent.startsWith('Source')).click()`)
    await until('document.querySelector(".cm-content")')
    return evaluate('document.querySelector(".cm-content").innerText')
  }
  const properties = async () => {
    await evaluate(`[...document.querySelectorAll('.main-tabs [role=tab]')].find(one => one.textContent.startsWith('Layer')).click()`)
    await until('document.querySelector("#properties .prop")')
  }
  const original = file()

  await prefer('light')
  await resize(1440, 900)
  await open('/studio/my?lang=en')
  await until('document.getElementById("poster")?.naturalWidth > 0 && document.querySelector(".outlines rect")')

  if (mode === 'read-only') {
    await press(outline('/layers/3'))
    await until(`${box()} === '60,1040,400,76' && document.getElementById('prop-font_size')?.disabled`)
    await dragBy(outline('/layers/3'), [40, 40])
    for (const name of ['ArrowRight', 'Delete', 'Control+d', 'Alt+ArrowUp']) await key(name)
    assert.equal(await evaluate(box()), '60,1040,400,76')
    assert.ok(await evaluate('!document.querySelector(".grip, .add-layer, #bind, #save-file, .adders, #properties input:enabled, #properties select:enabled")'))
    assert.equal(await evaluate('document.querySelectorAll(".layer").length'), 5)
    await shot('edit-read-only')
    assert.equal(file(), original)
    return assert.deepEqual(problems, [])
  }

  // A layer with a box: selected on the poster, its properties take the place of the content.
  await press(outline('/layers/3'))
  await until(`document.querySelector('.layer.selected .name')?.dataset.pointer === '/layers/3' && document.querySelector('#properties .sides')`)
  await until(`${box()} === '60,1040,400,76'`)
  await until('document.getElementById("prop-font_size")?.value === "56"')
  await shot('edit')
  // The numeric box, the keyboard on the poster, and undo of each.
  await fill('.sides .side:nth-child(1) input', '80')
  await until(`${side(0)}.value === '80' && document.querySelector('.panel > footer .unsaved')`)
  await evaluate('document.querySelector(".canvas").focus()')
  // Both at once: keys that are far apart would be two steps.
  await evaluate(`for (const [key, shiftKey] of [['ArrowRight', false], ['ArrowDown', true]]) document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true, cancelable: true }))`)
  await until(`${box()} === '81,1050,400,76'`)
  await key('Control+z')
  await until(`${box()} === '80,1040,400,76'`)
  await key('Control+Shift+z')
  await until(`${box()} === '81,1050,400,76'`)
  await key('Control+z')
  await key('Control+z')
  await until(`${box()} === '60,1040,400,76' && !document.querySelector('.panel > footer .unsaved')`)
  assert.equal(file(), original, 'nothing is written before it is saved')

  // Dragged: the frame moves at once, and snaps to the left edge of the title.
  const unit = await evaluate('document.getElementById("poster").clientWidth / 750')
  await dragBy(outline('/layers/3'), [3, -60], { during: async () => {
    await until('document.querySelector(".dragging .measure").textContent.startsWith("60, ")')
    assert.ok(await evaluate('[...document.querySelectorAll(".guide")].some(one => one.getBoundingClientRect().height > 50)'), 'a guide')
    await shot('edit-drag')
  } })
  await until(`${box()}.startsWith('60,') && Math.abs(Number(${side(1)}.value) - ${1040 - 60 / unit}) < 20`)
  const moved = await evaluate(box())
  await dragBy(grip('e'), [-40, 0], { modifiers: 2 })
  await until(`${box()} !== '${moved}' && Math.abs(Number(${side(2)}.value) - ${400 - 40 / unit}) < 3`)
  await key('Control+z')
  await until(`${box()} === '${moved}'`)
  // Escape takes a drag back.
  await dragBy(outline('/layers/3'), [50, 50], { during: () => key('Escape') })
  await until(`${box()} === '${moved}'`)
  await key('Control+z')
  await until(`${box()} === '60,1040,400,76'`)

  // A layer that is bound to an element: dragged, it gets a box and keeps the element hidden, until it is taken back.
  await press(outline('/layers/4'))
  await until(`${text('.bound')}?.includes('Bound to #code')`)
  await dragBy(outline('/layers/4'), [-30, -20], { modifiers: 2 })
  await until('document.getElementById("to-shape")')
  // In both languages the name of the element is whole, and no button lies over it.
  assert.ok(await evaluate(`(() => {
    const name = document.querySelector('.bound b'), rects = [...document.querySelectorAll('.bound > *')].map(one => one.getBoundingClientRect())
    const texts = [name.textContent, '已绑定到 #product']
    const isApart = rects.every((one, at) => rects.slice(at + 1).every(other => one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top))
    const before = name.textContent
    const isWhole = texts.every(text => { name.firstChild.data = text; return name.scrollWidth <= name.clientWidth && name.clientHeight < 30 })
    name.firstChild.data = before
    return isApart && isWhole
  })()`))
  assert.ok(await evaluate(`${text('.bound')}.includes('Bound to #code')`))
  await click('#to-shape')
  await until(`!document.getElementById('to-shape') && ${box()} === '500,1016,180,180'`)
  // Unbound in the panel, and bound by a click on the shape.
  await click('#unbind')
  await until(`${box()} === '500,1016,180,180' && !document.getElementById('unbind') && ${text('.notes')}?.includes('#code of the artwork is drawn again')`)
  await click('#bind')
  await until('document.querySelectorAll(".shapes rect").length >= 3')
  await browser.hover('[data-shape=code]')
  await until(`${text('.tag.shape')}?.includes('#code')`)
  await shot('edit-bind')
  await press('[data-shape=code]')
  await until(`${text('.bound')}.includes('Bound to #code') && !document.querySelector('.shapes')`)
  assert.equal(file(), original)
  await until('!document.querySelector(".panel > footer .unsaved")')

  // Properties: a number, a choice, a colour, one with parts; a default is no text in the file.
  await press(outline('/layers/2'))
  await until('document.getElementById("prop-font_size")?.value === "26"')
  assert.equal(await evaluate('document.querySelector("#prop-text-help code").textContent'), 'spans')
  await fill('#prop-font_size', '30')
  await evaluate(`(() => { const one = document.getElementById('prop-text_align'); one.value = '1'; one.dispatchEvent(new Event('change', { bubbles: true })) })()`)
  await fill('#prop-color', '#336699')
  await evaluate(`document.querySelector('[aria-label="Add text shadow"]').click()`)
  await until('document.getElementById("prop-text_shadow-blur")')
  await fill('#prop-text_shadow-blur', '4')
  await shot('edit-properties')
  assert.match(await draft(), /"font_size": 30, "line_height": 40, "max_lines": 1, "color": "#336699", "text_align": "center", "text_shadow": \{ "color": "#00000033", "blur": 4 \}/)
  await properties()
  // Undo in the source takes back what was edited in the panel.
  await draft()
  await evaluate('document.querySelector(".cm-content").focus()')
  await key('Control+z')
  await until('!document.querySelector(".cm-content").innerText.includes("\\"blur\\"")')
  await key('Control+y')
  await until('document.querySelector(".cm-content").innerText.includes("\\"blur\\"")')
  await properties()
  // Out of its range: said at the field, over the last good poster.
  await fill('#prop-font_size', '0')
  await until('document.getElementById("prop-font_size").getAttribute("aria-invalid") === "true"')
  await fill('#prop-font_size', '30')
  await until('!document.querySelector("#properties [aria-invalid=true]")')

  // Added, copied, moved, deleted; a container with children.
  await evaluate(`document.querySelector('.add-layer button').click()`)
  await until('document.querySelector(".add-layer [role=menuitem]")')
  await shot('edit-add')
  await evaluate(`[...document.querySelectorAll('.add-layer [role=menuitem]')].find(one => one.textContent === 'Row').click()`)
  await until(`document.querySelector('.layer.selected .name')?.dataset.pointer === '/layers/3' && ${text('#properties h2')} === 'Row'`)
  await fill('#prop-gap', '24')
  await evaluate(`(() => { const one = document.getElementById('prop-align_items'); one.value = '2'; one.dispatchEvent(new Event('change', { bubbles: true })) })()`)
  await evaluate(`document.querySelector(${JSON.stringify(row('/layers/3/children/0'))}).click()`)
  await until(`${text('#properties')}.includes('Placed by its container')`)
  await key('Control+d')
  await until(`document.querySelector('.layer.selected .name').dataset.pointer === '/layers/3/children/1'`)
  await fill('#prop-text', 'second')
  await evaluate('document.querySelector(".layer.selected .name").focus()')
  await key('Alt+ArrowUp')
  await until(`document.querySelector('.layer.selected .name').dataset.pointer === '/layers/3/children/0'`)
  assert.match(await draft(), /"gap": 24, "align_items": "center", "children": \[[^\]]*"second"[^\]]*"Text"[^\]]*\]/)
  await properties()
  // A child is dragged in front of its sibling on the poster.
  await until(`document.querySelectorAll('.outlines rect[data-pointer^="/layers/3/children/"]').length === 2`)
  await dragBy(outline('/layers/3/children/0'), [120, 0], { during: () => until('document.querySelector(".guide.slot")') })
  await until(`document.querySelector('.layer.selected .name').dataset.pointer === '/layers/3/children/1'`)
  // Out of the container by the list, to the top.
  const [top, first] = [await centre(row('/layers/0')), await centre(row('/layers/3/children/1'))]
  await drag(first, [top[0], top[1] - 10], { during: async () => { await until('document.querySelector(".drop-before")'); await shot('edit-reorder') } })
  await until(`document.querySelector('.layer.selected .name').dataset.pointer === '/layers/0' && document.querySelector('.sides')`)
  await key('Delete')
  await until(`document.querySelectorAll('.layer').length === 7 && ${text('.notes')}?.includes('Deleted')`)
  await key('Control+z')
  await until(`document.querySelectorAll('.layer').length === 8`)
  await key('Control+Shift+z')
  await until(`document.querySelectorAll('.layer').length === 7`)

  // Saved: what was not touched is as it was.
  await key('Control+s')
  await until(`${text('.notes')}?.includes('Saved layout.json')`)
  const saved = file()
  const lines = original.split('\n')
  const kept = saved.split('\n').filter(line => lines.includes(line)).length
  assert.ok(kept >= lines.length - 1, `${kept} of ${lines.length} lines are as they were:\n${saved}`)
  assert.ok(saved.includes('// Drawn in this order.') && saved.includes('"type": "row"') && saved.includes('"font_size": 30'), saved)

  // While the text cannot be read, layers cannot be edited.
  await evaluate(`document.querySelector(${JSON.stringify(row('/layers/1'))}).click()`)
  await draft()
  await evaluate('document.querySelector(".cm-content").focus()')
  await key('Control+Home')
  await browser.type('{')
  await properties()
  await until(`${text('#properties')}.includes('syntax errors') && document.getElementById('prop-font_size').disabled`)
  await evaluate('document.querySelector(".canvas").focus()')
  await key('Control+z')
  await until('!document.getElementById("prop-font_size").disabled')

  // Dark and small, and in Chinese.
  await prefer('dark')
  await resize(1280, 720)
  await until('document.getElementById("poster").clientHeight < 600 && !document.querySelector(".faults, .stale")')
  await press(outline('/layers/1'))
  await shot('edit-dark-1280')
  await evaluate(`document.querySelector('.bar [lang="zh-CN"]').click()`)
  await until(`${text('#properties')}?.includes('字号') && document.querySelector('#prop-font_size-help').textContent.includes('至')`)
  await shot('edit-chinese')
  // A phone fits with room around.
  await evaluate(`[...document.querySelectorAll('[role=radio]')].find(one => one.title === '手机').click()`)
  await until(`document.querySelector('.phone img')?.naturalWidth > 0`)
  const fits = await evaluate(`(() => {
    const [room, phone] = ['.canvas', '.phone'].map(one => document.querySelector(one).getBoundingClientRect())
    return phone.top >= room.top + 8 && phone.bottom <= room.bottom - 8 && phone.left >= room.left + 8 && phone.right <= room.right - 8
  })()`)
  await shot('phone-1280')
  assert.ok(fits, 'the phone fits')
  // The browser logs the answers to the faults of the test.
  assert.deepEqual(problems.filter(problem => !/status of 422 /.test(problem)), [])
})
