// node tests/browser/studio-walk.js URL FOLDER LANGUAGE SHOTS: the walk of docs/studio.md in Chromium, as a designer takes it: from a starter to
// a changed layer, difficult texts, a chat and a sheet of posters, then from the export of a design tool to a new template. The service of URL
// writes templates to FOLDER. SHOTS gets the pictures of the document, in the fonts of the repository; LANGUAGE is `en` or `zh`.
'use strict'
const { mkdirSync, mkdtempSync, readFileSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join, resolve } = require('node:path')
const assert = require('node:assert/strict')

// The pictures look the same on every machine: texts of the pages are in the embedded fonts.
const ROOT = resolve(__dirname, '../..')
const rule = (from, to) => `<match target="pattern"><test name="family"><string>${from}</string></test><edit name="family" mode="assign" binding="strong"><string>${to}</string></edit></match>`
process.env.FONTCONFIG_FILE = join(mkdtempSync(join(tmpdir(), 'haibao-walk-')), 'fonts.conf')
writeFileSync(process.env.FONTCONFIG_FILE, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
<dir>${join(ROOT, 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir>
${['sans', 'sans-serif', 'system-ui'].map(from => rule(from, 'Noto Sans SC')).join('')}${rule('monospace', 'Noto Sans Mono')}
<match target="pattern"><edit name="family" mode="append_last" binding="weak"><string>Noto Sans SC</string></edit></match>
</fontconfig>`)
const { page, problems, run } = require('./driver.js')

const [url, folder, language, shots] = process.argv.slice(2)
const isChinese = language === 'zh'
const t = (chinese, english) => (isChinese ? chinese : english)
mkdirSync(shots, { recursive: true })

const SHEET = t(
  `商品名称,售价（元）,原价（元）,商品图片,分享人,商品编号
天青釉手作花瓶,168,239,assets/vase.jpg,小满,8801
手冲咖啡套装,328,,assets/coffee.jpg,阿岚,8802
柴烧天青釉花瓶，景德镇匠人手工拉坯，每只釉色都不相同,258,328,assets/vase.jpg,小满,8803
天青釉花瓶两只装,299,336,assets/vase.jpg,,8804`,
  `Product name,Sale price (yuan),Original price (yuan),Product image,Sharer,Product ID
Celadon vase,168,239,assets/vase.jpg,Mei,8801
Pour-over coffee set,328,,assets/coffee.jpg,Lin,8802
"Celadon vase from Jingdezhen, thrown and glazed by hand, no two alike",258,328,assets/vase.jpg,Mei,8803
Two celadon vases,299,336,assets/vase.jpg,,8804`)

run(async () => {
  const { send, evaluate, until, open, drop, text, click, press, key, fill, resize, prefer, shoot } = await page(url)
  const shot = name => shoot(join(shots, `${name}.${language}.webp`))
  const named = (selector, name) => `[...document.querySelectorAll('${selector}')].find(one => one.textContent.trim() === ${JSON.stringify(name)} || one.title === ${JSON.stringify(name)})`
  const choose = async (selector, name) => { await until(named(selector, name)); await evaluate(`${named(selector, name)}.click()`) }
  const ready = () => until('document.getElementById("poster")?.naturalWidth > 0 && document.querySelector(".outlines rect") && document.querySelector(".canvas[aria-busy=false]")')
  const rest = () => send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: 1, y: 1, button: 'none' })
  // Pictures that come late, notes, and what is under the mouse are no part of a screenshot.
  const settled = async () => {
    await rest()
    await until(`[...document.images].every(one => one.complete) && !${text('.notes')}?.trim()`)
    await evaluate('Promise.all([...document.images].map(one => one.decode().catch(() => {}))).then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))')
  }
  await send('Emulation.setScrollbarsHidden', { hidden: true })
  await prefer('light')
  await resize(1440, 900)

  await open(`/?lang=${language}`)
  await until('document.images.length > 8 && document.images[0].naturalWidth > 0')
  await settled()
  await shot('templates')

  // Texts.
  await click('a.open[href="/studio/product-share"]')
  await until('location.pathname === "/studio/product-share"')
  await ready()
  await fill('#param-title', t('天青釉手作花瓶，景德镇柴烧', 'Celadon vase from Jingdezhen'))
  await fill('#param-nickname', t('阿岚', 'Lin'))
  await until('location.hash.includes("params=")')
  await ready()
  await settled()
  await shot('content')

  // The column of price and title is dragged on the poster, and written to the file.
  const from = await evaluate(`(() => {
    const { right, y } = document.querySelector('.outlines rect[data-pointer="/layers/4"]').getBoundingClientRect()
    return { x: right - 12, y: y + 12 }
  })()`)
  const mouse = (type, by, more) => send('Input.dispatchMouseEvent', { type, x: from.x, y: from.y + by, button: 'left', buttons: 1, clickCount: 1, ...more })
  await mouse('mouseMoved', 0, { button: 'none', buttons: 0 })
  await mouse('mousePressed', 0)
  await until('document.querySelector(".handles .grip")')
  for (let n = 1; n <= 8; n++) await mouse('mouseMoved', n)
  await until('[...document.querySelectorAll(".guide")].some(one => one.getBoundingClientRect().height > 40)')
  await until(`${text('.measure')}?.includes(', 8') && document.querySelector('.canvas[aria-busy=false]')`)
  await shot('layer')
  await mouse('mouseReleased', 8, { buttons: 0 })
  await until('document.querySelector(".panel > footer .unsaved")')
  await key('Control+s')
  await until(`${text('.notes')}?.includes('layout.json')`)
  assert.match(readFileSync(join(folder, 'product-share/layout.json'), 'utf8'), /"type": "column", "box": \[76, 8\d\d, 598, 224\]/)
  await key('Escape')

  // The worst contents, and the poster as friends see it.
  await choose('.bar [role=radio]', t('压力测试', 'Stress'))
  await until('document.querySelectorAll(".case img").length > 10 && !document.querySelector(".case .waiting")')
  await settled()
  await shot('stress')
  await choose('.bar [role=radio]', t('设计', 'Design'))
  await choose('.canvas-bar [role=radio]', t('聊天', 'Chat'))
  await until('document.querySelector(".phone img")?.naturalWidth > 0')
  await settled()
  await shot('chat')

  // A sheet becomes posters.
  await choose('.bar [role=radio]', t('批量', 'Bulk'))
  const put = async () => {
    await until('document.getElementById("sheet")')
    await evaluate(`{
      const files = new DataTransfer()
      files.items.add(new File([${JSON.stringify(SHEET)}], ${JSON.stringify(t('秋季新品.csv', 'autumn.csv'))}))
      const field = document.getElementById('sheet')
      field.files = files.files
      field.dispatchEvent(new Event('change', { bubbles: true }))
    }`)
    await until('document.getElementById("risky")?.naturalWidth > 0 && !document.getElementById("start-export").disabled')
  }
  await put()
  await click('#start-export')
  await until('document.querySelector(".run.done a.main") && !document.querySelector(".run details")')
  await put()
  await settled()
  await shot('bulk')

  // The export of a design tool becomes a template.
  await open('/studio/new')
  await until('document.querySelector(".drop")')
  await drop('.drop', readFileSync(join(ROOT, 'tests/exports/figma/artwork.svg'), 'utf8'), 'autumn.svg')
  await until('document.getElementById("artwork")?.naturalWidth > 0 && document.querySelectorAll(".slot-row").length >= 5')
  await evaluate('document.activeElement.blur()')
  await settled()
  await shot('slots')
  await press('.new-panel > footer button.main')
  await until('location.pathname === "/studio/autumn"')
  await ready()
  assert.match(readFileSync(join(folder, 'autumn/layout.json'), 'utf8'), /"at": "#title"/)
  assert.deepEqual(problems, [])
})
