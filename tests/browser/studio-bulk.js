// node tests/browser/studio-bulk.js URL FOLDER SHEETS SHOTS: the views of stress, comparison and bulk posters of the studio in Chromium,
// as a designer uses them. FOLDER is that of the template `my`, which the service serves and may write; SHEETS has 活动.xlsx and
// photos.zip; SHOTS gets screenshots.
'use strict'
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const assert = require('node:assert/strict')
const { page, problems, run } = require('./driver.js')

const [url, folder, sheets, shots] = process.argv.slice(2)
mkdirSync(shots, { recursive: true })
const layoutFile = join(folder, 'layout.json')

const POSTER = 'document.getElementById("poster")'
const radio = name => `[...document.querySelectorAll('.bar [role=radio]')].find(one => one.textContent === ${JSON.stringify(name)})`
const button = name => `[...document.querySelectorAll('#studio button')].find(one => one.textContent === ${JSON.stringify(name)})`
const cell = name => `document.querySelector('.case[data-case="${name}"]')`

run(async () => {
  const browser = await page(url)
  const { evaluate, until, open, text, click, press, key, resize, prefer, shoot } = browser
  const shot = name => shoot(join(shots, `${name}.png`))
  const view = async name => { await until(radio(name)); await evaluate(`${radio(name)}.click()`) }
  const ready = () => until(`${POSTER}?.naturalWidth > 0 && document.querySelector('.outlines rect')`)
  await prefer('light')
  await resize(1440, 900)
  await open('/studio/my?lang=en')
  await ready()

  // Difficult parameters beside each other, each with its name and what the check has found.
  await view('Stress')
  await until('document.querySelectorAll(".case img").length > 10')
  await until(`/none with findings|\\d+ with findings/.test(${text('.canvas-bar .facts')})`)
  assert.match(await evaluate(`${cell('hostile')}.textContent`), /texts that look like markup/)
  // The tallest poster fills its place, which begins where the button does.
  assert.ok(await evaluate(`[...document.querySelectorAll('.case .shown')].every(one => {
    const [own, around] = [one, one.closest('button')].map(element => element.getBoundingClientRect())
    return own.bottom <= around.bottom + 1 && own.width <= around.width + 1
  }) && [...document.querySelectorAll('.case .shown')].some(one => one.getBoundingClientRect().top < one.closest('button').getBoundingClientRect().top + 1)`))
  await shot('stress')
  // They follow the file: a title beyond the canvas is marked on its poster.
  const layout = readFileSync(layoutFile, 'utf8')
  writeFileSync(layoutFile, layout.replace('"at": "#title"', '"box": [600, 20, 630, 124]'))
  await until(`${cell('longest')}?.querySelector('.found-box') && /canvas/.test(${cell('longest')}.querySelector('li').title)`)
  await shot('stress-findings')
  writeFileSync(layoutFile, layout)
  await until(`${cell('longest')}.querySelector('.fine')`)
  // A click opens the parameters in the form; what is wrong with the poster is marked on it, in words.
  await press('.case[data-case="longest"] button')
  await until(`document.getElementById('param-title')?.value.length > 40`)
  await until('document.querySelector(".poster .found-box span")?.textContent.length > 10')
  await shot('marks')
  await click('[aria-label="Show findings on the poster"]')
  await until('!document.querySelector(".poster .found-box")')

  // The poster before, under a slider: of the template as it was opened, and of a version.
  await click('[aria-label="Compare with the poster before"]')
  await until('document.getElementById("before")?.naturalWidth > 0')
  const before = await source(evaluate, 'poster')
  writeFileSync(layoutFile, layout.replace('"color": "#24352f"', '"color": "#c02020"'))
  await until(`${POSTER}.src !== ${JSON.stringify(before)} && document.getElementById('before')?.naturalWidth > 0`)
  await evaluate('document.querySelector("[role=slider]").focus()')
  await key('ArrowLeft')
  await until('document.querySelector("[role=slider]").getAttribute("aria-valuenow") === "48"')
  await shot('compare')
  await until('document.querySelectorAll("#compare-with option").length > 1')
  const opened = await source(evaluate, 'before')
  await evaluate(`{
    const select = document.getElementById('compare-with')
    select.value = select.options[select.options.length - 1].value
    select.dispatchEvent(new Event('change'))
  }`)
  await until(`document.getElementById('before')?.naturalWidth > 0 && document.getElementById('before').src !== ${JSON.stringify(opened)}`)
  await click('.compare-bar [aria-label="Close"]')
  await until('!document.querySelector(".compare")')
  writeFileSync(layoutFile, layout)

  // Downloads in the formats of the service, and a signed link.
  await evaluate(`document.querySelector('.menu:not(.pages-menu)').dispatchEvent(new PointerEvent('pointerenter')); document.querySelector('.menu:not(.pages-menu) > button').click()`)
  await until('document.querySelectorAll("[role=menuitem]").length >= 3')
  assert.match(await evaluate(text('[role=menuitem]')), /^PNG 1x · 750 × 1250$/)
  await key('Escape')
  await evaluate(`${button('Request')}.click()`)
  await until('document.querySelector("dialog[open] #copy-signed")')
  await click('#copy-signed')
  await until(`/\\/v1\\/posters\\/\\S+\\?sig=/.test(${text('.signed code')})`)
  await shot('signed-link')
  assert.equal(await evaluate(`fetch(new URL(${text('.signed code')}).pathname + new URL(${text('.signed code')}).search).then(response => response.status)`), 200)
  await key('Escape')
  assert.deepEqual(problems.splice(0), [])

  // A marketer's sheet becomes posters: columns are dragged onto parameters or chosen.
  await open('/studio/product-share?lang=en')
  await ready()
  // The picture of a field, and all pictures of the template.
  await until('document.querySelector(".param.image .picker > .thumb img")?.naturalWidth > 0')
  await press('.param.image .picker > .thumb')
  await until('document.querySelector(".picker-sheet .choice[aria-pressed=true] img")?.naturalWidth > 0')
  await key('Escape')
  // The pages of the service.
  assert.deepEqual(await evaluate('[...document.querySelectorAll(".bar .pages a")].map(one => one.pathname)'), ['/', '/exports', '/qrcode', '/docs'])
  await view('Bulk')
  await until(`${text('.bulk-runs')}?.includes('No exports')`)
  await shot('bulk-empty')
  const put = async (selector, name, content) => evaluate(`{
    const files = new DataTransfer()
    files.items.add(new File([Uint8Array.from(atob('${content.toString('base64')}'), one => one.charCodeAt(0))], '${name}'))
    const field = document.querySelector(${JSON.stringify(selector)})
    field.files = files.files
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }`)
  await put('.choices input[accept]', 'photos.zip', readFileSync(join(sheets, 'photos.zip')))
  await put('#sheet', '活动.xlsx', readFileSync(join(sheets, '活动.xlsx')))
  const facts = text('#sheet-facts')
  await until(`${facts}?.includes('5 rows')`)
  assert.equal(await evaluate('document.getElementById("column-of-title").value'), '商品标题')
  await evaluate(`{
    const chip = [...document.querySelectorAll('.spares .column-chip')].find(one => one.textContent.startsWith('备注'))
    const row = document.querySelector('.pair[data-param=title]')
    const dataTransfer = new DataTransfer()
    for (const [at, type] of [[chip, 'dragstart'], [row, 'dragenter'], [row, 'dragover'], [row, 'drop']]) at.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
  }`)
  await until('document.getElementById("column-of-title")?.value === "备注"')
  await evaluate(`{
    const select = document.getElementById('column-of-title')
    select.value = '商品标题'
    select.dispatchEvent(new Event('change', { bubbles: true }))
  }`)
  await until(`document.getElementById('column-of-title')?.value === '商品标题' && ${facts}?.includes('5 rows') && document.getElementById('risky')?.naturalWidth > 0 && !document.querySelector('.reading.stale')`)
  await shot('bulk-mapping')
  await evaluate('document.querySelector(".bulk-main").scrollTo(0, 99999)')
  await shot('bulk-risky')
  // Started, followed, and downloaded.
  await until('!document.getElementById("start-export").disabled')
  await click('#start-export')
  await until('document.querySelector(".run.done .numbers")?.textContent.includes("5 of 5")')
  assert.equal(await evaluate('fetch(document.querySelector(".run.done a.main").href).then(response => response.headers.get("content-type"))'), 'application/zip')

  // Rows that fail come back as a sheet.
  await put('#sheet', 'two.csv', Buffer.from('title,price,goods_id,product\n花瓶,面议,1,assets/vase.jpg\n花瓶,12,2,assets/vase.jpg\n'))
  await until(`${facts}?.includes('1 invalid') && !document.getElementById('start-export').disabled`)
  assert.match(await evaluate(text('.reading .failures tbody')), /面议/)
  await click('#start-export')
  await until('document.querySelectorAll(".run.done").length === 2 && document.querySelector(".run a[title^=failures]")')
  assert.equal(await evaluate('fetch(document.querySelector(".run a[title^=failures]").href).then(response => response.status)'), 200)
  await shot('bulk-done')

  // What does not fit is said before anything is started.
  await put('#sheet', 'wrong.csv', Buffer.from('titel,price\n花瓶,12\n'))
  await until('document.querySelector(".reading .notices .error") && document.querySelector(".pair.missing [aria-invalid=true]")')
  assert.equal(await evaluate('document.getElementById("start-export").disabled'), true)
  await press('.pair.missing select')
  await key('Escape')
  // A name that is only alike is confirmed with a click.
  await until('document.querySelector(".guesses [data-guess=title]")')
  await shot('bulk-guess')
  await evaluate('document.querySelector(".guesses [data-guess=title] button").click()')
  await until('!document.querySelector(".guesses") && document.getElementById("column-of-title").value === "titel"')
  // Dark, and narrow.
  await prefer('dark')
  await resize(1280, 720)
  await shot('bulk-dark-1280')
  await view('Stress')
  await until('document.querySelectorAll(".case img").length > 10')
  await shot('stress-dark-1280')
  await resize(768, 1000)
  await view('Bulk')
  await shot('bulk-768')
  assert.ok(await evaluate('document.documentElement.scrollWidth <= 768'))
  // In Chinese.
  await resize(1440, 900)
  await click('.bar [lang="zh-CN"]')
  await until(`${text('.bulk-runs h2')} === '批量任务' && ${text('.bulk-side h2')} === '新建批量任务'`)
  await shot('bulk-chinese')
  assert.deepEqual(problems.splice(0), [])
})

const source = (evaluate, id) => evaluate(`document.getElementById('${id}').src`)
