// Chromium for the tests of pages: starts it, opens pages, and does what a person does, over the DevTools protocol.
'use strict'
const { spawn } = require('node:child_process')
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

const folder = mkdtempSync(join(tmpdir(), 'haibao-browser-'))
const browser = spawn(process.env.CHROMIUM || 'chromium', [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--no-proxy-server',
  '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--lang=en-US',
  // Chromium loads lazy pictures farther beyond the view on a connection that it has measured as slow, as it may on a busy machine.
  '--force-effective-connection-type=4G',
  '--remote-debugging-pipe', `--user-data-dir=${folder}`, 'about:blank'
], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })

// Messages are JSON that ends with NUL.
const [, , , input, output] = browser.stdio
const waiting = new Map()
// Exceptions and errors of all pages.
const problems = []
// Addresses of the requests that pages hold back, by their sessions.
const held = new Map()
let last = 0
let rest = ''
output.setEncoding('utf8').on('data', text => {
  const messages = (rest + text).split('\0')
  rest = messages.pop()
  for (const { id, result, error, method, params, sessionId } of messages.map(JSON.parse)) {
    if (id) {
      const { resolve, reject } = waiting.get(id)
      waiting.delete(id)
      if (error) reject(new Error(error.message))
      else resolve(result)
    }
    if (method === 'Fetch.requestPaused') held.get(sessionId).push(params.request.url)
    if (method === 'Runtime.exceptionThrown') problems.push(params.exceptionDetails.exception?.description || 'exception')
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') problems.push(params.args.map(({ value, description }) => value ?? description).join(' '))
    if (method === 'Log.entryAdded' && params.entry.level === 'error') problems.push(`${params.entry.text} ${params.entry.url || ''}`)
  }
})
const call = (method, params = {}, sessionId) => new Promise((resolve, reject) => {
  waiting.set(++last, { resolve, reject })
  input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`)
})

// Key codes of keys that have no text.
const KEYS = { Enter: 13, Escape: 27, Tab: 9, Home: 36, End: 35, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, Backspace: 8, Delete: 46 }
const MODIFIERS = { Alt: 1, Control: 2, Meta: 4, Shift: 8 }

// Opens a page. With `isApart`, it shares neither cookies nor storage with others, as in another browser.
const page = async (url, { isApart = false, script } = {}) => {
  const context = isApart ? await call('Target.createBrowserContext') : {}
  const { targetId } = await call('Target.createTarget', { url: 'about:blank', browserContextId: context.browserContextId })
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true })
  const send = (method, params) => call(method, params, sessionId)
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`)
  if (script) await send('Page.addScriptToEvaluateOnNewDocument', { source: script })

  const evaluate = async expression => {
    const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`)
    return result.value
  }
  // Waits until an expression is true, for a minute at least; a page that is being replaced counts as false.
  const until = async (expression, pause = 100) => {
    for (let n = 0; n < 60_000 / pause; n++) {
      if (await evaluate(`Boolean(${expression})`).catch(() => false)) return
      await new Promise(resolve => setTimeout(resolve, pause))
    }
    const shown = await evaluate('location.href + "\\n" + document.body.innerText.slice(0, 2000)').catch(String)
    throw new Error(`never true: ${expression}\n${shown}\n${problems.join('\n')}`)
  }
  const one = selector => `document.querySelector(${JSON.stringify(selector)})`
  const middle = selector => evaluate(`{
    const found = ${one(selector)}
    found.scrollIntoView({ block: 'nearest' })
    const { x, y, width, height } = found.getBoundingClientRect()
    ;({ x: x + width / 2, y: y + height / 2 })
  }`)
  const mouse = (type, at, more) => send('Input.dispatchMouseEvent', { type, ...at, button: 'left', clickCount: 1, ...more })
  return {
    send, evaluate, until,
    open: path => send('Page.navigate', { url: url + path }),
    // Closes the page at once: one with unsaved changes asks nothing.
    close: () => call('Target.closeTarget', { targetId }),
    // Holds requests back; returns { urls, release }, where `urls` grows with each.
    hold: async urlPattern => {
      const urls = []
      held.set(sessionId, urls)
      await send('Fetch.enable', { patterns: [{ urlPattern }] })
      return { urls, release: () => send('Fetch.disable') }
    },
    text: selector => `${one(selector)}?.textContent`,
    // A click by script, for elements that are out of view.
    click: selector => evaluate(`${one(selector)}.click()`),
    // A click of the mouse at the middle of an element.
    press: async selector => {
      const at = await middle(selector)
      await mouse('mouseMoved', at, { button: 'none' })
      await mouse('mousePressed', at)
      await mouse('mouseReleased', at)
    },
    hover: async selector => mouse('mouseMoved', await middle(selector), { button: 'none' }),
    // Presses a key: `Enter`, `Control+s`.
    key: async name => {
      const key = name.split('+').pop()
      const modifiers = name.split('+').slice(0, -1).reduce((sum, one) => sum + MODIFIERS[one], 0)
      const code = KEYS[key] ?? key.toUpperCase().charCodeAt(0)
      const event = { key, code: KEYS[key] ? key : `Key${key.toUpperCase()}`, windowsVirtualKeyCode: code, modifiers }
      await send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...event, ...(key === 'Enter' ? { type: 'keyDown', text: '\r' } : {}) })
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
    },
    // Types at the cursor.
    type: text => send('Input.insertText', { text }),
    // Strikes a key for each character, ms apart.
    strike: async (text, pause = 0) => {
      for (const key of text) {
        await send('Input.dispatchKeyEvent', { type: 'keyDown', key, text: key, unmodifiedText: key })
        await send('Input.dispatchKeyEvent', { type: 'keyUp', key })
        if (pause) await new Promise(resolve => setTimeout(resolve, pause))
      }
    },
    // Composes a text with an input method: letters one after another, ms apart, then the text that is chosen for them.
    compose: async (letters, text, pause = 0) => {
      for (let end = 1; end <= letters.length; end++) {
        await send('Input.imeSetComposition', { text: letters.slice(0, end), selectionStart: end, selectionEnd: end })
        if (pause) await new Promise(resolve => setTimeout(resolve, pause))
      }
      if (text !== null) await send('Input.insertText', { text })
    },
    // Replaces the text of a field.
    fill: async (selector, text) => {
      await evaluate(`${one(selector)}.focus(); ${one(selector)}.select()`)
      await (text ? send('Input.insertText', { text }) : send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'Backspace', code: 'Backspace', windowsVirtualKeyCode: 8 }))
    },
    // Drops an SVG on an element.
    drop: (selector, svg, file) => evaluate(`{
      const data = new DataTransfer()
      data.items.add(new File([${JSON.stringify(svg)}], ${JSON.stringify(file)}, { type: 'image/svg+xml' }))
      ${one(selector)}.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))
    }`),
    resize: (width, height) => send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false }),
    prefer: scheme => send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] }),
    // A screenshot, in the format of the file's extension.
    shoot: async file => {
      const format = file.endsWith('.webp') ? { format: 'webp', quality: 86 } : { format: 'png' }
      const { data } = await send('Page.captureScreenshot', format)
      writeFileSync(file, Buffer.from(data, 'base64'))
    },
  }
}

// Runs a test and ends the browser.
const run = main => {
  // `until` ends a test that hangs; a busy machine may take minutes for the whole.
  const timer = setTimeout(() => finish(new Error('no result in 15 minutes')), 15 * 60_000)
  const finish = error => {
    clearTimeout(timer)
    // Its other processes write to the folder, too.
    try { process.kill(-browser.pid, 'SIGKILL') } catch { browser.kill('SIGKILL') }
    if (error) console.error(error)
    process.exitCode = error ? 1 : 0
    browser.on('exit', () => { rmSync(folder, { recursive: true, force: true, maxRetries: 10 }); process.exit() })
  }
  browser.on('error', finish)
  main().then(() => finish(), finish)
}

module.exports = { page, problems, run }
