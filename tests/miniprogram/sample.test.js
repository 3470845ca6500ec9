'use strict'
// The pages of the sample with a mock of wx: what users see on success and failure.
const test = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { MESSAGES } = require('../../miniprogram/sample/utils/status.js')

const SCOPE = 'scope.writePhotosAlbum'

/**
 * Loads a page of the sample with a mock of `wx`. `results` has a value or a function of the options per API. An API that
 * it does not name is missing, as in an older WeChat.
 */
function open (name, results) {
  const calls = []
  const stub = options => (fail, value) => setImmediate(() => fail ? options.fail(value) : options.success(value))
  const asynchronous = api => options => {
    calls.push(api)
    const result = typeof results[api] === 'function' ? results[api](options) : results[api]
    const failed = result instanceof Failed
    stub(options)(failed, failed ? { errMsg: result.message, errno: result.errno } : result)
  }
  global.wx = { showToast: options => calls.push('showToast', options.title) }
  for (const api of Object.keys(results)) global.wx[api] = /Sync$/.test(api) ? results[api] : asynchronous(api)
  // The sample waits before it retries.
  global.setTimeout = (run, ms) => { calls.push(ms); return setImmediate(run) }
  let page
  global.Page = definition => {
    page = Object.assign({}, definition, {
      data: Object.assign({}, definition.data),
      setData (changes) { Object.assign(page.data, changes) }
    })
  }
  const file = require.resolve(`../../miniprogram/sample/pages/${name}/${name}.js`)
  delete require.cache[file]
  require(file)
  return { page, calls }
}

class Failed {
  constructor (message, errno) { Object.assign(this, { message, errno }) }
}

const ok = data => ({ statusCode: 200, data })
const LINK = ok({ url: 'https://shop.example.com/posters/x.png?sig=1' })

async function withPoster (results) {
  const file = { statusCode: 200, tempFilePath: 'wxfile://tmp.png' }
  const opened = open('poster', { request: LINK, downloadFile: file, ...results })
  await opened.page.onLoad({ id: '8801' })
  assert.equal(opened.page.data.poster, 'wxfile://tmp.png')
  opened.calls.length = 0
  return opened
}

test('a poster is requested, downloaded and shown', async () => {
  const requests = []
  const { page } = open('poster', {
    request: options => { requests.push(options); return LINK },
    downloadFile: options => { requests.push(options); return { statusCode: 200, tempFilePath: 'wxfile://tmp.png' } }
  })
  await page.onLoad({ id: '77' })
  assert.deepEqual([requests[0].method, requests[0].data], ['POST', { goods: '77' }])
  assert.equal(requests[1].url, LINK.data.url)
  const expected = { poster: 'wxfile://tmp.png', loading: false, busy: false, message: '', canShare: false }
  assert.deepEqual({ ...page.data }, expected)
})

test('every documented status has a message, and 429 and 503 are retried once', async () => {
  const documented = fs.readFileSync(path.join(__dirname, '../../docs/http.md'), 'utf8')
  const rows = [...documented.matchAll(/^\| ([45]\d\d(?:, [45]\d\d)*) \|/gm)].flatMap(([, all]) => all.split(', '))
  const statuses = new Set([...rows, '422'])
  assert.ok(statuses.size >= 12, [...statuses].join())
  for (const status of statuses) {
    assert.ok(MESSAGES[status], `status ${status} of docs/http.md has no message`)
    const { page, calls } = open('poster', { request: { statusCode: Number(status), data: { code: 'x' } }, downloadFile: {} })
    await page.onLoad({})
    assert.equal(page.data.message, MESSAGES[status])
    const requests = calls.filter(call => call === 'request').length
    // An expired link is requested anew.
    assert.equal(requests, ['429', '503', '403'].includes(status) ? 2 : 1, status)
  }
  let busy = { statusCode: 429, header: { 'retry-after': '3' }, data: {} }
  const recovering = open('poster', {
    request: () => { const now = busy; busy = LINK; return now }, downloadFile: { statusCode: 200, tempFilePath: 'wxfile://tmp.png' }
  })
  await recovering.page.onLoad({})
  assert.equal(recovering.page.data.poster, 'wxfile://tmp.png')
  assert.ok(recovering.calls.includes(3000), 'it waits as long as Retry-After says')
  const long = open('poster', { request: { statusCode: 429, header: { 'Retry-After': '60' }, data: {} } })
  await long.page.onLoad({})
  assert.deepEqual(long.calls, ['request'], 'a minute is too long to wait')
})

test('errors that users can correct say how', async () => {
  const { page } = open('poster', { request: { statusCode: 422, data: { code: 'text_risky' } } })
  await page.onLoad({})
  assert.match(page.data.message, /违规/)
})

test('an expired link is requested anew once', async () => {
  const links = [ok({ url: 'https://h/old' }), ok({ url: 'https://h/new' })]
  const { page, calls } = open('poster', {
    request: () => links.shift(),
    downloadFile: ({ url }) => ({ statusCode: url === 'https://h/old' ? 403 : 200, tempFilePath: 'wxfile://new.png' })
  })
  await page.onLoad({})
  assert.equal(page.data.poster, 'wxfile://new.png')
  assert.deepEqual(calls, ['request', 'downloadFile', 'request', 'downloadFile'])
})

test('a download that succeeds with an error page is an error', async () => {
  for (const [statusCode, words] of [[404, '不存在'], [403, '过期'], [502, '失败'], [299, '出错'], [599, '出错']]) {
    const { page } = open('poster', { request: LINK, downloadFile: { statusCode, tempFilePath: 'wxfile://error.html' } })
    await page.onLoad({})
    assert.equal(page.data.poster, '')
    assert.equal(page.data.loading, false)
    assert.match(page.data.message, new RegExp(words))
  }
})

test('network and server errors are shown, and retrying works', async () => {
  let response = new Failed('request:fail')
  const { page } = open('poster', {
    request: () => response, downloadFile: { statusCode: 200, tempFilePath: 'wxfile://tmp.png' }
  })
  await page.onLoad({})
  assert.match(page.data.message, /网络/)
  response = { statusCode: 500, data: '<html>' }
  await page.load()
  assert.match(page.data.message, /服务/)
  response = { statusCode: 200, data: '<html>' }
  await page.load()
  assert.match(page.data.message, /服务/, 'status 200 without JSON')
  response = LINK
  await page.load()
  assert.deepEqual([page.data.poster, page.data.message], ['wxfile://tmp.png', ''])
})

test('saving requests the permission', async () => {
  const saved = []
  const { page, calls } = await withPoster({
    getSetting: { authSetting: {} },
    authorize: options => { assert.equal(options.scope, SCOPE); return {} },
    saveImageToPhotosAlbum: options => { saved.push(options.filePath); return {} }
  })
  await page.save()
  assert.deepEqual(saved, ['wxfile://tmp.png'])
  assert.deepEqual(calls, ['getSetting', 'authorize', 'saveImageToPhotosAlbum', 'showToast', '已保存'])
  assert.equal(page.data.busy, false)
})

test('a granted permission is not requested again', async () => {
  const { page, calls } = await withPoster({ getSetting: { authSetting: { [SCOPE]: true } }, saveImageToPhotosAlbum: {} })
  await page.save()
  assert.deepEqual(calls, ['getSetting', 'saveImageToPhotosAlbum', 'showToast', '已保存'])
})

test('a refused permission can be granted in the settings', async () => {
  for (const before of [{ [SCOPE]: false }, {}]) {
    const { page, calls } = await withPoster({
      getSetting: { authSetting: before },
      authorize: new Failed('authorize:fail auth deny'),
      showModal: { confirm: true },
      openSetting: { authSetting: { [SCOPE]: true } },
      saveImageToPhotosAlbum: {}
    })
    await page.save()
    assert.deepEqual(calls.slice(-5), ['showModal', 'openSetting', 'saveImageToPhotosAlbum', 'showToast', '已保存'])
    assert.equal(calls.includes('authorize'), !(SCOPE in before), 'authorize is not called after a refusal')
  }
})

test('without permission nothing is saved and a message is shown', async () => {
  const refusals = [
    { showModal: { confirm: false } },
    { showModal: { confirm: true }, openSetting: { authSetting: { [SCOPE]: false } } }
  ]
  for (const results of refusals) {
    const { page, calls } = await withPoster({ getSetting: { authSetting: { [SCOPE]: false } }, ...results })
    await page.save()
    assert.deepEqual(calls.slice(-2), ['showToast', '未允许保存到相册'])
    assert.ok(!calls.includes('saveImageToPhotosAlbum'))
    assert.equal(page.data.busy, false)
  }
  const privacy = new Failed('authorize:fail privacy permission is not authorized')
  const { page, calls } = await withPoster({ getSetting: { authSetting: {} }, authorize: privacy })
  await page.save()
  assert.match(calls.at(-1), /隐私/)
})

test('the privacy agreement is requested first, where WeChat has it', async () => {
  const granted = { getSetting: { authSetting: { [SCOPE]: true } }, saveImageToPhotosAlbum: {} }
  const { page, calls } = await withPoster({ requirePrivacyAuthorize: {}, ...granted })
  await page.save()
  assert.deepEqual(calls.slice(0, 2), ['requirePrivacyAuthorize', 'getSetting'])
  for (const [failed, words] of [
    [new Failed('requirePrivacyAuthorize:fail privacy permission is not authorized', 104), /同意隐私/],
    [new Failed('fail api scope is not declared in the privacy agreement', 112), /长按/],
    [new Failed('requirePrivacyAuthorize:fail', undefined), /同意隐私/]
  ]) {
    const refused = await withPoster({ requirePrivacyAuthorize: failed, ...granted })
    await refused.page.save()
    assert.match(refused.calls.at(-1), words)
    assert.ok(!refused.calls.includes('getSetting'))
  }
})

test('a poster is shared with an entrance into the mini-program', async () => {
  const shared = []
  let result = {}
  const { page, calls } = await withPoster({ showShareImageMenu: options => { shared.push(options); return result } })
  assert.equal(page.data.canShare, true)
  await page.share()
  const { path, needShowEntrance, entrancePath } = shared[0]
  assert.deepEqual([path, needShowEntrance], ['wxfile://tmp.png', true])
  assert.equal(entrancePath, '/pages/detail/detail?id=8801')
  const app = JSON.parse(fs.readFileSync(require.resolve('../../miniprogram/sample/app.json'), 'utf8'))
  assert.ok(app.pages.includes(entrancePath.slice(1).split('?')[0]), 'the entrance is a page of the app')

  result = new Failed('showShareImageMenu:fail cancel')
  await page.share()
  assert.match(calls.at(-1), /取消/)
  // The category of the mini-program may not add an entrance.
  shared.length = 0
  result = undefined
  global.wx.showShareImageMenu = options => {
    shared.push(options.needShowEntrance)
    setImmediate(() => options.needShowEntrance ? options.fail({ errMsg: 'showShareImageMenu:fail forbidden' }) : options.success({}))
  }
  await page.share()
  assert.deepEqual(shared, [true, false])
  assert.equal(page.data.busy, false)
})

test('failed and cancelled saves show different messages', async () => {
  for (const [errMsg, words] of [
    ['saveImageToPhotosAlbum:fail cancel', /取消/], ['saveImageToPhotosAlbum:fail', /失败/],
    ['saveImageToPhotosAlbum:fail auth deny', /未允许/], ['saveImageToPhotosAlbum:fail privacy permission is not authorized', /隐私/]
  ]) {
    const { page, calls } = await withPoster({
      getSetting: { authSetting: { [SCOPE]: true } }, saveImageToPhotosAlbum: new Failed(errMsg)
    })
    await page.save()
    assert.match(calls.at(-1), words)
  }
})

test('the detail page decodes a scene without a request', async () => {
  const { page, calls } = open('detail', {})
  await page.onLoad({ scene: 'id%3D8801%26u%3D~E5~BC~A0' })
  assert.deepEqual({ ...page.data }, { loading: false, message: '', id: '8801', sharer: '张' })
  await page.onLoad({ id: '9' })
  assert.equal(page.data.id, '9', 'opened from a share card')
  await page.onLoad({ scene: 'u%3D1' })
  assert.match(page.data.message, /重新扫码/)
  assert.deepEqual(calls, [])
})

test('a second scan while the detail page is open shows its product', async () => {
  let options = { path: 'pages/detail/detail', scene: 1047, query: { scene: 'id%3D1' } }
  const launch = options
  const { page } = open('detail', { getEnterOptionsSync: () => options, getLaunchOptionsSync: () => launch })
  await page.onLoad({ scene: 'id%3D1' })
  await page.onShow()
  assert.equal(page.data.id, '1')
  options = { path: 'pages/detail/detail', scene: 1047, query: { scene: 'id%3D2%26u%3Db' } }
  await page.onShow()
  assert.deepEqual([page.data.id, page.data.sharer], ['2', 'b'])
  for (const other of [{ path: 'pages/poster/poster', scene: 1047, query: { scene: 'id%3D3' } }, { path: '', scene: 1001 }]) {
    options = other
    await page.onShow()
    assert.equal(page.data.id, '2', 'no scan of this page')
  }
})

test('a slow lookup does not overwrite a later scan', async () => {
  let finish
  let options = { query: { scene: 's%3D0123456789Az' } }
  const { page } = open('detail', { getEnterOptionsSync: () => options })
  global.wx.request = ({ success }) => { finish = () => success(ok({ params: { id: 'old' } })) }
  const slow = page.onLoad(options.query)
  await new Promise(resolve => setImmediate(resolve))
  options = { query: { scene: 'id%3Dnew' } }
  await page.onShow()
  finish()
  await slow
  assert.equal(page.data.id, 'new')
})

test('the detail page looks up a short link', async () => {
  let response = ok({ id: '0123456789Az', params: { id: '8801', u: 'a' } })
  const urls = []
  const { page } = open('detail', { request: options => { urls.push(options.url); return response } })
  await page.onLoad({ scene: 's%3D0123456789Az', scancode_time: '1700000000' })
  assert.match(urls[0], /\/v1\/scenes\/0123456789Az$/)
  assert.deepEqual([page.data.id, page.data.sharer, page.data.message], ['8801', 'a', ''])
  for (const [failed, words] of [
    [{ statusCode: 404, data: { code: 'scene_unknown' } }, /不存在/],
    [{ statusCode: 410, data: { code: 'scene_expired' } }, /过期/],
    [{ statusCode: 503, data: '' }, /人数/],
    [new Failed('request:fail timeout'), /网络/]
  ]) {
    response = failed
    await page.load()
    assert.match(page.data.message, words)
    assert.equal(page.data.loading, false)
  }
  response = ok({ id: '0123456789Az', params: { id: '8802' } })
  await page.load()
  assert.deepEqual([page.data.id, page.data.message], ['8802', ''])
})
