'use strict'
// co-wechat-api against the emulator: its own calls, with only the prefixes of the addresses replaced.
const assert = require('node:assert/strict')
const API = require('co-wechat-api')

const [url, appid, secret] = process.argv.slice(2)

function client (key) {
  const api = new API(appid, key)
  for (const name of Object.keys(api)) {
    if (typeof api[name] === 'string') api[name] = api[name].replace('https://api.weixin.qq.com', url)
  }
  return api
}

const isJpeg = bytes => Buffer.isBuffer(bytes) && bytes.subarray(0, 3).toString('hex') === 'ffd8ff'
const refused = (code, call) => assert.rejects(call, error => { assert.equal(error.code, code, error); return true })

async function main () {
  const api = client(secret)
  assert.ok(isJpeg(await api.getWXACodeUnlimit('id=123&type=product', 'pages/detail/detail')))
  assert.ok(isJpeg(await api.getWXACodeUnlimit('id=1', undefined, 280, false, { r: '18', g: '183', b: '245' })))
  const hyaline = await api.getWXACodeUnlimit('id=1', 'pages/index/index', 600, true, undefined, true)
  assert.equal(hyaline.subarray(1, 4).toString(), 'PNG')
  assert.equal(hyaline.readUInt32BE(16), 600)
  assert.ok(isJpeg(await api.getWXACode('pages/index/index?id=1')))
  assert.ok(isJpeg(await api.createWXAQRCode('pages/index/index?id=1', 280)))
  await refused(41030, () => api.getWXACodeUnlimit('id=1', 'pages/other/other'))
  await refused(40129, () => api.getWXACodeUnlimit('id=商品', 'pages/index/index'))
  await refused(40169, () => api.getWXACodeUnlimit('x'.repeat(33), 'pages/index/index'))
  await refused(40125, () => client('wrong').getWXACode('pages/index/index'))
  console.log('co-wechat-api: ok')
}

main().catch(error => { console.error(error); process.exit(1) })
