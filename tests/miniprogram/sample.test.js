'use strict'
// The pages of the sample with a mock of wx: what users see on success and failure.
const test = require('node:test')
const assert = require('node:assert/strict')

const SCOPE = 'scope.writePhotosAlbum'

/** Loads a page of the sample with a mock of `wx`. `results` has a value or a function of the options per API. */
function open (name, results) {
  const calls = []
  const stub = options => (fail, value) => setImmediate(() => fail ? options.fail(value) : options.success(value))
  global.wx = new Proxy({}, {
    get: (_, api) => options => {
      calls.push(api)
      if (api === 'showToast') return calls.push(options.title)
      const result = typeof results[api] === 'function' ? results[api](options) : results[api]
      assert.notEqual(result, undefined, `unexpected call of wx.${api}`)
      stub(options)(result instanceof Failed, result instanceof Failed ? { errMsg: result.message } : result)
    }
  })
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
  constructor (message) { this.message = message }
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
  assert.deepEqual({ ...page.data }, { poster: 'wxfile://tmp.png', loading: false, saving: false, message: '' })
})

test('a download that succeeds with an error page is an error', async () => {
  for (const [statusCode, words] of [[404, '失败'], [403, '过期'], [502, '失败']]) {
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
  assert.equal(page.data.saving, false)
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
    assert.equal(page.data.saving, false)
  }
  const privacy = new Failed('authorize:fail privacy permission is not authorized')
  const { page, calls } = await withPoster({ getSetting: { authSetting: {} }, authorize: privacy })
  await page.save()
  assert.match(calls.at(-1), /隐私/)
})

test('failed and cancelled saves show different messages', async () => {
  for (const [errMsg, words] of [['saveImageToPhotosAlbum:fail cancel', /取消/], ['saveImageToPhotosAlbum:fail', /失败/]]) {
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
    [{ statusCode: 503, data: '' }, /服务/],
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
