// node tests/browser/pages.js URL KEY: uses the pages of a service with API keys in Chromium, as a person does: log in,
// start an export, make a code, look at the samples, log out. Fails if anything is missing or a console error occurs.
'use strict'
const { spawn } = require('node:child_process')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const assert = require('node:assert/strict')

const [url, key] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'haibao-browser-'))
const browser = spawn(process.env.CHROMIUM || 'chromium', [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--no-proxy-server',
  '--remote-debugging-pipe', `--user-data-dir=${folder}`, 'about:blank'
], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })

// The DevTools protocol: JSON messages that end with NUL.
const [, , , input, output] = browser.stdio
const waiting = new Map()
const problems = []
let last = 0
let rest = ''
output.setEncoding('utf8').on('data', text => {
  const messages = (rest + text).split('\0')
  rest = messages.pop()
  for (const { id, result, error, method, params } of messages.map(JSON.parse)) {
    if (id) {
      const { resolve, reject } = waiting.get(id)
      waiting.delete(id)
      if (error) reject(new Error(error.message))
      else resolve(result)
    }
    if (method === 'Runtime.exceptionThrown') problems.push(params.exceptionDetails.exception?.description || 'exception')
    if (method === 'Log.entryAdded' && params.entry.level === 'error') problems.push(`${params.entry.text} ${params.entry.url || ''}`)
  }
})
const call = (method, params = {}, sessionId) => new Promise((resolve, reject) => {
  waiting.set(++last, { resolve, reject })
  input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`)
})

const main = async () => {
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
  for (const domain of ['Page', 'Runtime', 'Log']) await call(`${domain}.enable`, {}, sessionId)

  const evaluate = async expression => {
    const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId)
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`)
    return result.value
  }
  // Waits until an expression is true; a page that is being replaced counts as false.
  const until = async expression => {
    for (let n = 0; n < 300; n++) {
      if (await evaluate(`Boolean(${expression})`).catch(() => false)) return
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    const page = await evaluate('location.href + "\\n" + document.body.innerText.slice(0, 2000)').catch(String)
    throw new Error(`never true: ${expression}\n${page}\n${problems.join('\n')}`)
  }
  const open = path => call('Page.navigate', { url: url + path }, sessionId)
  const logIn = async key => {
    await until('document.readyState === "complete" && document.getElementById("key")')
    await evaluate(`document.getElementById('key').value = ${JSON.stringify(key)}; document.querySelector('form button').click()`)
  }

  await open('/exports?template=my')
  await until('location.pathname === "/login"')
  await logIn('hb_wrong')
  await until('document.querySelector("[role=alert]").textContent.includes("unknown or revoked")')
  // The browser logs the status 401 of the form.
  problems.length = 0
  await logIn(key)
  await until('location.pathname + location.search === "/exports?template=my"')
  await until('document.getElementById("template").value === "my" && document.getElementById("sample").naturalWidth > 0')
  assert.equal(await evaluate('document.cookie'), '', 'scripts cannot read the session')

  await evaluate(`{
    const files = new DataTransfer()
    files.items.add(new File(['title\\nx\\ny\\n'], 'rows.csv', { type: 'text/csv' }))
    const file = document.getElementById('file')
    file.files = files.files
    file.dispatchEvent(new Event('change'))
    document.getElementById('start').click()
  }`)
  await until('document.querySelector(".item.done .numbers")?.textContent.includes("2 / 2")')
  const size = await evaluate('fetch(document.querySelector(".item.done a.main").href).then(r => r.ok ? r.blob() : null).then(b => b?.size)')
  assert.ok(size > 1000, 'the archive can be downloaded')

  await open('/qrcode')
  await until('location.pathname === "/qrcode" && document.readyState === "complete"')
  await evaluate(`{
    const form = document.getElementById('form')
    form.scene.value = 'id=1'
    form.page.value = 'pages/index/index'
    form.querySelector('button').click()
  }`)
  await until('document.querySelector("output img")?.naturalWidth > 0')

  await open('/')
  // Pictures outside of the window are loaded later.
  await until('location.pathname === "/" && document.images.length > 5 && document.images[0].naturalWidth > 0')

  await open('/exports')
  await until('document.querySelector("form.session button")')
  await evaluate('document.querySelector("form.session button").click()')
  await until('location.pathname === "/login"')
  await open('/qrcode')
  await until('location.pathname === "/login" && location.search === "?next=%2Fqrcode"')
  assert.deepEqual(problems, [])
}

const timer = setTimeout(() => finish(new Error('no result in two minutes')), 120_000)
const finish = error => {
  clearTimeout(timer)
  browser.kill('SIGKILL')
  if (error) console.error(error)
  process.exitCode = error ? 1 : 0
  browser.on('exit', () => { rmSync(folder, { recursive: true, force: true, maxRetries: 5 }); process.exit() })
}
browser.on('error', finish)
main().then(() => finish(), finish)
