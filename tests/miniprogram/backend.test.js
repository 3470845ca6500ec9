'use strict'
// The sample's back end as a process, in front of a stand-in for haibao.
const test = require('node:test')
const assert = require('node:assert/strict')
const { createServer } = require('node:http')
const { spawn } = require('node:child_process')
const path = require('node:path')

const SCRIPT = path.join(__dirname, '../../miniprogram/backend/server.mjs')

/** Starts haibao's stand-in, which answers with `reply`, and the back end. Returns the back end's URL and the requests. */
async function start (t, reply) {
  const requests = []
  const haibao = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({ method: request.method, url: request.url, key: request.headers.authorization, body })
    const { status, headers = {}, data } = reply()
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(data))
  })
  await new Promise(resolve => haibao.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${haibao.address().port}`
  const child = spawn(process.execPath, [SCRIPT], { env: { HAIBAO_URL: url, HAIBAO_KEY: 'hush', PORT: '0' } })
  t.after(() => { child.kill(); haibao.close(); haibao.closeAllConnections() })
  const started = await new Promise(resolve => child.stdout.once('data', resolve))
  return { url: String(started).trim(), requests, haibao }
}

test('a link is requested with the key, and with parameters of the server only', async t => {
  const link = { url: 'https://h/v1/posters/x.png?sig=1', expires_at: '2030-01-01T00:00:00Z' }
  const { url, requests } = await start(t, () => ({ status: 201, data: link }))
  const body = JSON.stringify({ goods: '8801', template: 'other', params: { title: 'mine' } })
  const response = await fetch(`${url}/poster-links`, { method: 'POST', body })
  assert.equal(response.status, 201)
  assert.deepEqual(await response.json(), link)
  const [{ method, url: asked, key, body: sent }] = requests
  assert.deepEqual([method, asked, key], ['POST', '/v1/posters/links', 'Bearer hush'])
  const { template, params, expires_in: expires } = JSON.parse(sent)
  assert.deepEqual([template, params.title, expires], ['product-share', '天青釉手作花瓶', 3600])
})

test('statuses and Retry-After of haibao are forwarded', async t => {
  let reply
  const { url, haibao } = await start(t, () => reply)
  const ask = () => fetch(`${url}/poster-links`, { method: 'POST', body: '{"goods":"8801"}' })
  for (const status of [422, 429, 500, 502, 503, 504]) {
    reply = { status, headers: { 'retry-after': '2' }, data: { code: 'x' } }
    const response = await ask()
    assert.deepEqual([response.status, response.headers.get('retry-after')], [status, '2'])
    assert.equal((await response.json()).code, 'x')
  }
  for (const status of [401, 403]) {
    reply = { status, data: { code: 'key_scope' } }
    const response = await ask()
    assert.deepEqual([response.status, (await response.json()).code], [502, 'unavailable'], 'not a fault of the user')
  }
  haibao.close()
  haibao.closeAllConnections()
  assert.equal((await ask()).status, 502, 'haibao cannot be reached')
})

test('only the two endpoints exist, and bad requests are refused', async t => {
  const { url, requests } = await start(t, () => ({ status: 200, data: { params: { id: '1' } } }))
  const scene = await fetch(`${url}/v1/scenes/0123456789Az`)
  assert.deepEqual([scene.status, (await scene.json()).params.id], [200, '1'])
  assert.equal(requests.at(-1).key, undefined, 'a lookup needs no key')
  requests.length = 0
  for (const [target, options, status] of [
    ['/v1/scenes/..%2fexports', {}, 404],
    ['/v1/posters/links', { method: 'POST', body: '{}' }, 404],
    ['/poster-links', {}, 404],
    ['/poster-links', { method: 'POST', body: '{' }, 400],
    ['/poster-links', { method: 'POST', body: 'null' }, 404],
    ['/poster-links', { method: 'POST', body: '{"goods":"__proto__"}' }, 404],
    ['/poster-links', { method: 'POST', body: '{"goods":{"toString":1}}' }, 404],
    ['/poster-links', { method: 'POST', body: 'x'.repeat(5000) }, 400]
  ]) {
    const response = await fetch(url + target, options)
    assert.equal(response.status, status, `${target} ${options.body}`)
  }
  assert.deepEqual(requests, [])
})
