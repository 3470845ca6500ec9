// Back end of the sample mini-program: signed poster links, and short links of scanned codes. Node.js 18 or newer.
// HAIBAO_KEY needs the scope `posters`. It stays here: a mini-program's code can be read by anyone.
import { createServer } from 'node:http'

const { HAIBAO_URL = 'http://127.0.0.1:8080', HAIBAO_KEY, PORT = 3000 } = process.env
const headers = { 'content-type': 'application/json', ...(HAIBAO_KEY && { authorization: `Bearer ${HAIBAO_KEY}` }) }

// The template's parameters come from your database. A client may name a product, but no texts, pictures or templates.
const GOODS = { 8801: { product: 'assets/vase.jpg', title: '天青釉手作花瓶', price: 12800, goods_id: '8801' } }
const poster = goods => ({ template: 'product-share', params: GOODS[goods], expires_in: 3600 })

async function answer ({ method, url }, body) {
  if (method === 'GET' && /^\/v1\/scenes\/[\w-]+$/.test(url)) return fetch(HAIBAO_URL + url)
  if (method !== 'POST' || url !== '/poster-links') return Response.json({ code: 'path_unknown' }, { status: 404 })
  const { goods } = Object(JSON.parse(body))
  if (typeof goods === 'object' || !Object.hasOwn(GOODS, goods)) return Response.json({ code: 'goods_unknown' }, { status: 404 })
  const link = await fetch(`${HAIBAO_URL}/v1/posters/links`, { method: 'POST', headers, body: JSON.stringify(poster(goods)) })
  // HAIBAO_KEY is missing or lacks the scope: a fault of this back end, not of the user's login.
  return [401, 403].includes(link.status) ? Response.json({ code: 'unavailable' }, { status: 502 }) : link
}

async function read (request) {
  let body = ''
  for await (const chunk of request) if ((body += chunk).length > 1024) throw new SyntaxError('too long')
  return body
}

const server = createServer(async (request, response) => {
  const failed = error => Response.json({ code: 'request_invalid' }, { status: error instanceof SyntaxError ? 400 : 502 })
  const result = await read(request).then(body => answer(request, body)).catch(failed)
  const kept = ['content-type', 'cache-control', 'retry-after'].filter(name => result.headers.has(name))
  response.writeHead(result.status, Object.fromEntries(kept.map(name => [name, result.headers.get(name)])))
  response.end(Buffer.from(await result.arrayBuffer()))
})
server.listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
