// node tests/browser/studio-new.js URL EXPORTS TEMPLATES SHOTS: makes templates in Chromium, as a designer does: of the export of each
// design tool in EXPORTS, and of a starter. The service of URL writes to the folder TEMPLATES; SHOTS gets screenshots. Fails if
// anything is missing, or if a console error occurs that is not the answer to a fault of the test.
'use strict'
const { existsSync, mkdirSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const assert = require('node:assert/strict')
const { page, problems, run } = require('./driver.js')

const [url, exported, templates, shots] = process.argv.slice(2)
const TOOLS = ['figma', 'mastergo', 'jsdesign', 'sketch', 'illustrator', 'canva', 'inkscape']
mkdirSync(shots, { recursive: true })

const forget = status => problems.splice(0).forEach(problem => assert.match(problem, new RegExp(`status of ${status} `)))
const read = (id, path) => readFileSync(join(templates, id, path), 'utf8')

run(async () => {
  const browser = await page(url)
  const { evaluate, until, open, text, click, press, hover, key, fill, resize, prefer, shoot } = browser
  const shot = name => shoot(join(shots, `new-${name}.png`))
  const drop = (svg, file) => evaluate(`{
    const data = new DataTransfer()
    data.items.add(new File([${JSON.stringify(svg)}], ${JSON.stringify(file)}, { type: 'image/svg+xml' }))
    document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))
  }`)
  const params = () => evaluate('[...document.querySelectorAll(".slot-row [data-param]")].map(field => field.value).join()')
  await prefer('light')
  await resize(1440, 900)

  // From the page of templates.
  await open('/?lang=en')
  await until('document.querySelector("a.button[href=\'/studio/new\']")')
  await click('a.button[href="/studio/new"]')
  await until('document.querySelectorAll(".starter img").length >= 10')
  await until('document.querySelector(".starter img").naturalWidth > 0')
  await shot('start')

  // An SVG that is dropped on the page of templates is read by the page of new ones, also a large one; it is handed over once.
  const onList = (svg, file) => evaluate(`(() => {
    const data = new DataTransfer()
    data.items.add(new File([${svg}], ${JSON.stringify(file)}, { type: 'image/svg+xml' }))
    const send = type => document.querySelector('main').dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }))
    send('dragover')
    const isCovered = !document.getElementById('drop').hidden
    send('drop')
    return isCovered
  })()`)
  const poster = body => `'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="600"><rect id="photo" width="400" height="400"/>' + ${body} + '</svg>'`
  for (const [size, file] of [[0, 'small.svg'], [7.9 * 2 ** 20, 'large.svg']]) {
    await open('/?lang=en')
    await until('document.getElementById("shown")?.textContent')
    assert.ok(await onList(poster(`'<!--' + 'x'.repeat(${size}) + '-->'`), file), 'the page is covered')
    await until(`location.pathname === '/studio/new' && document.querySelectorAll('.slot-row').length === 1`)
    assert.equal(await evaluate('document.getElementById("name").value'), file.replace('.svg', ''))
    assert.equal(await evaluate('location.hash'), '')
  }
  await open('/studio/new?lang=en#handed')
  await until('document.querySelector(".starter")')
  assert.ok(await evaluate('!document.querySelector(".notes p")'))
  await open('/?lang=en')
  await until('document.getElementById("shown")?.textContent')
  await onList(poster(`'<!--' + 'x'.repeat(${9 * 2 ** 20}) + '-->'`), 'huge.svg')
  await until(`location.pathname === '/studio/new' && ${text('.refused li p')}?.includes('at most 8.0 MiB')`)

  // A broken file says where, and nothing is lost.
  await drop('<svg xmlns="http://www.w3.org/2000/svg">\n<g>\n</svg>', 'broken.svg')
  await until(`/^artwork.svg:3:/.test(${text('.refused code')})`)
  assert.ok(await evaluate(text('.refused pre')))
  await drop('{}', 'data.svg')
  await until(`${text('.notes p.bad')} === 'This is not an SVG file'`)
  forget(422)

  // The export of each tool becomes a working template without a coordinate.
  for (const tool of TOOLS) {
    await open('/studio/new')
    await until('document.querySelector(".drop")')
    await drop(readFileSync(join(exported, tool, 'artwork.svg'), 'utf8'), `${tool}.svg`)
    await until('document.querySelector("#artwork")?.naturalWidth > 0 && document.querySelectorAll(".slot-row").length >= 5')
    for (const param of ['photo', 'title', 'price', 'nickname', 'id']) assert.ok((await params()).split(',').includes(param), `${tool}: ${param}`)
    assert.ok(await evaluate('document.querySelectorAll(".shapes rect.slot").length >= 5 && document.querySelector(".slot-row .crop img").naturalWidth > 0'))
    assert.equal(await evaluate('document.getElementById("name").value'), tool)
    await shot(tool)
    await press('.new-panel > footer button.main')
    await until(`location.pathname === '/studio/${tool}' && document.getElementById('poster')?.naturalWidth === 750 && document.querySelector('.outlines rect')`)
    assert.ok(existsSync(join(templates, tool, 'samples/usual.json')), tool)
    assert.match(read(tool, 'layout.json'), /"\$schema": "\.\.\/layout\.schema\.json"/)
  }
  await shot('opened')

  // Slots are added and removed on the picture and in the list, and renamed; findings have marks.
  await open('/studio/new')
  await until('document.querySelector(".drop")')
  await drop(readFileSync(join(exported, 'figma', 'artwork.svg'), 'utf8'), 'figma.svg')
  await until('document.querySelectorAll(".slot-row").length >= 5')
  const before = (await params()).split(',')
  await press('.shapes rect[data-shape="avatar"]')
  await until(`document.querySelectorAll('.slot-row').length === ${before.length - 1}`)
  await hover('[data-add="avatar"]')
  await until('document.querySelector(".shapes rect.hovered[data-shape=avatar]")')
  await press('[data-add="avatar"]')
  await until(`document.querySelectorAll('.slot-row').length === ${before.length}`)
  // What is wrong with a name is said at once.
  for (const wrong of ['a b', '头像', 'title']) {
    await fill('[data-param="avatar"]', wrong)
    await until('document.querySelector(".slot-row .error") && document.querySelector(".new-panel > footer button.main").disabled')
  }
  await fill('[data-param="avatar"]', 'face')
  await until('!document.querySelector(".slot-row .error")')
  await until('document.querySelector(".found-list")')
  await click('.found-list button')
  await until('document.querySelector(".shapes rect.found.shown") && document.querySelector(".pin.shown")')
  await resize(1280, 720)
  await prefer('dark')
  await shot('dark')
  await prefer('light')
  await fill('#name', 'figma')
  await press('.new-panel > footer button.main')
  await until(`${text('#name-help')}?.includes('exists')`)
  forget(409)
  await fill('#name', 'second')
  await fill('#title', 'Second')
  await press('.new-panel > footer button.main')
  await until('location.pathname === "/studio/second" && document.getElementById("poster")?.naturalWidth > 0')
  assert.match(read('second', 'layout.json'), /"title": "Second"[\s\S]*"src": "\{\{face\}\}"/)

  // A copy of a starter, with the keyboard alone.
  await open('/studio/new')
  await until('document.querySelector(".starter")')
  await evaluate('[...document.querySelectorAll(".starter")].find(one => one.textContent.includes("product-share")).focus()')
  await key('Enter')
  await until('document.getElementById("name")?.value === "product-share-2"')
  await shot('copy')
  await evaluate('document.getElementById("name").focus()')
  await key('Enter')
  await until('location.pathname === "/studio/product-share-2" && document.getElementById("poster")?.naturalWidth > 0')
  assert.ok(existsSync(join(templates, 'product-share-2/assets/vase.jpg')))

  // A blank one, in Chinese.
  await open('/studio/new?lang=zh')
  await until('document.querySelector(".starter")')
  assert.match(await evaluate('document.body.innerText'), /把 SVG 拖到这里/)
  await click('.starter')
  await fill('#name', 'blank')
  await press('.create-bar button.main')
  await until('location.pathname === "/studio/blank" && document.getElementById("poster")?.naturalWidth > 0')
  assert.deepEqual(problems, [])
})
