// node tests/browser/studio-large.js URL TEMPLATES COUNT SHOTS: the studio with COUNT templates, and with SVG files of 5 MB, in Chromium. The service of
// URL serves and writes the folder TEMPLATES, in which one is `my`; SHOTS gets screenshots. Fails if anything is missing, or if a console
// error occurs that is not the answer to a fault of the test.
'use strict'
const { cpSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const assert = require('node:assert/strict')
const { page, problems, run } = require('./driver.js')

const [url, templates, count, shots] = process.argv.slice(2)
const COUNT = Number(count)
// What a design tool exports with a photo in it, and more than a template may have.
const LARGE = 5_000_000
const TOO_LARGE = 9_000_000
mkdirSync(shots, { recursive: true })

const forget = status => problems.splice(0).forEach(problem => assert.match(problem, new RegExp(`status of ${status} `)))

// An SVG of as many bytes: lines of paths, and a picture on one line.
const svg = bytes => {
  const head = '<svg xmlns="http://www.w3.org/2000/svg" width="750" height="1250">\n<rect width="750" height="1250" fill="#f4efe6"/>\n'
  const slots = '<rect id="photo" fill="#d5dbe2" x="60" y="60" width="630" height="630"/>\n<rect id="title" fill="none" x="60" y="730" width="630" height="124"/>\n<rect id="code" fill="#d5dbe2" x="500" y="1016" width="180" height="180"/>\n</svg>\n'
  const paths = []
  for (let n = 0; n < 1500; n++) paths.push(`<path d="M${n % 750} ${n % 1250}l9 ${n % 7}-4 ${n % 5}z" fill="#d9c9b0"/>\n`)
  const start = `${head}${paths.join('')}<metadata>`
  const end = `</metadata>\n${slots}`
  return start + 'A'.repeat(bytes - start.length - end.length) + end
}

run(async () => {
  const { evaluate, until, open, text, press, key, type, fill, resize, prefer, shoot } = await page(url)
  const shot = name => shoot(join(shots, `large-${name}.png`))
  const drop = (content, file) => evaluate(`{
    const data = new DataTransfer()
    data.items.add(new File([${JSON.stringify(content)}], ${JSON.stringify(file)}, { type: 'image/svg+xml' }))
    document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))
  }`)
  const panel = name => evaluate(`[...document.querySelectorAll('.main-tabs [role=tab]')].find(one => one.textContent.startsWith(${JSON.stringify(name)})).click()`)
  const fileTab = name => evaluate(`[...document.querySelectorAll('.files [role=tab]')].find(one => one.textContent.startsWith(${JSON.stringify(name)})).click()`)
  const posters = () => evaluate('performance.getEntriesByType("resource").filter(({ name }) => /\\/samples\\//.test(name)).length')
  await prefer('light')
  await resize(1440, 900)

  // All templates are listed and can be searched before their pictures are drawn; those out of view are not requested.
  const listed = `document.querySelectorAll('.template h2').length >= ${COUNT} && ${text('#shown')}`
  const time = async (path, is) => {
    await open(path)
    await until(`location.pathname + location.search === ${JSON.stringify(path)} && ${is}`, 20)
    return evaluate('performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd')
  }
  const [short, long] = [[], []]
  for (let n = 0; n < 3; n++) {
    short.push(await time('/qrcode?lang=en', 'document.readyState === "complete"'))
    long.push(await time('/?lang=en', listed))
  }
  assert.ok(Math.min(...long) < 40 * Math.min(...short), `${COUNT} templates: ${long} ms, another page: ${short} ms`)
  const shown = await posters()
  assert.ok(shown < COUNT / 2, `pictures out of view are not requested: ${shown} of ${COUNT} are`)
  await until('document.images[0].naturalWidth > 0')
  await shot('templates')
  // With the keyboard alone: search, the card, its studio.
  await key('/')
  await until('document.activeElement.id === "search"')
  await type('Autumn 150')
  await until('document.querySelectorAll(".template:not([hidden])").length === 1')
  assert.match(await evaluate(text('#shown')), new RegExp(`^1 of \\d+ templates$`))
  for (const place of ['/studio/new', '/studio/autumn-150']) {
    await key('Tab')
    assert.equal(await evaluate('document.activeElement.getAttribute("href")'), place)
  }
  await key('Enter')
  await until('location.pathname === "/studio/autumn-150" && document.getElementById("poster")?.naturalWidth > 0')
  // They can be copied, too.
  await open('/studio/new?lang=en')
  await until(`document.querySelectorAll('.starter').length > ${COUNT}`)
  const requested = await posters()
  assert.ok(requested < COUNT / 2, `pictures out of view are not requested: ${requested} of ${COUNT} are`)
  assert.deepEqual(problems, [])

  // An SVG that is too large is refused with its size and the limit, and the page goes on.
  await drop(svg(TOO_LARGE), 'poster.svg')
  await until(`/poster\\.svg: 8\\.6 MiB, at most 8\\.0 MiB/.test(${text('.refused')})`)
  await shot('refused')
  // One of 5 MB becomes a template.
  await drop(svg(LARGE), 'large.svg')
  await until('document.getElementById("artwork")?.naturalWidth > 0 && document.querySelectorAll(".slot-row").length === 3')
  assert.ok(await evaluate('!document.querySelector(".refused")'))
  await shot('slots')
  // Another one that is refused leaves it as it is.
  await evaluate(`{
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(${TOO_LARGE})], 'second.svg', { type: 'image/svg+xml' }))
    dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))
  }`)
  await until(`/second\\.svg/.test(${text('.notes')})`)
  assert.equal(await evaluate('document.querySelectorAll(".slot-row").length'), 3)
  await press('.new-panel > footer button.main')
  await until('location.pathname === "/studio/large" && document.getElementById("poster")?.naturalWidth === 750')
  // The form, and an edit of the file by an editor: it is too large for the page.
  const source = () => evaluate('document.getElementById("poster").src')
  const differs = async before => until(`document.getElementById('poster').src !== ${JSON.stringify(before)}`)
  let before = await source()
  await fill('#param-title', 'Large')
  await differs(before)
  await panel('Source')
  await fileTab('artwork.svg')
  await until('document.body.innerText.includes("The file is too large to edit on this page.")')
  await shot('source')
  before = await source()
  writeFileSync(join(templates, 'large/artwork.svg'), readFileSync(join(templates, 'large/artwork.svg'), 'utf8').replace('#f4efe6', '#dfe6f4'))
  await differs(before)
  assert.deepEqual(problems, [])

  // Saved by an editor, a file beyond the limit breaks the template, which is said, and the file can be made smaller.
  cpSync(join(templates, 'my'), join(templates, 'heavy'), { recursive: true })
  const artwork = join(templates, 'heavy/artwork.svg')
  const usual = readFileSync(artwork, 'utf8')
  // Asked by this process: the browser logs requests that fail.
  while (!(await fetch(`${url}/v1/studio/templates/heavy`)).ok) await new Promise(resolve => setTimeout(resolve, 100))
  await open('/studio/heavy?lang=en')
  await until('location.pathname === "/studio/heavy" && document.getElementById("poster")?.naturalWidth > 0')
  writeFileSync(artwork, svg(TOO_LARGE))
  await until(`/artwork\\.svg/.test(${text('.faults')}) && document.querySelector('.canvas.stale')`)
  await panel('Source')
  await fileTab('artwork.svg')
  await until('document.body.innerText.includes("The file is too large to edit on this page.")')
  await shot('fault')
  writeFileSync(artwork, usual)
  await until('!document.querySelector(".faults") && !document.querySelector(".stale")')
  forget(422)
})
