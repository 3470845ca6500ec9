'use strict'
// The sample's pages with a stand-in for wx: what the user sees in good and bad times.
const test = require('node:test')
const assert = require('node:assert/strict')

const SCOPE = 'scope.writePhotosAlbum'

/** A page of the sample; `wx` answers with what `answers` has by name: a value, or a function of the options. */
function open (name, answers) {
  const calls = []
  const stub = options => (fail, value) => setImmediate(() => fail ? options.fail(value) : options.success(value))
  global.wx = new Proxy({}, {
    get: (_, api) => options => {
      calls.push(api)
      if (api === 'showToast') return calls.push(options.title)
      const answer = typeof answers[api] === 'function' ? answers[api](options) : answers[api]
      assert.notEqual(answer, undefined, `wx.${api} is not expected`)
      stub(options)(answer instanceof Failed, answer instanceof Failed ? { errMsg: answer.message } : answer)
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

async function withPoster (answers) {
  const file = { statusCode: 200, tempFilePath: 'wxfile://tmp.png' }
  const opened = open('poster', { request: LINK, downloadFile: file, ...answers })
  await opened.page.onLoad({ id: '8801' })
  assert.equal(opened.page.data.poster, 'wxfile://tmp.png')
  opened.calls.length = 0
  return opened
}

test('a poster is asked for, fetched and shown', async () => {
  const asked = []
  const { page } = open('poster', {
    request: options => { asked.push(options); return LINK },
    downloadFile: options => { asked.push(options); return { statusCode: 200, tempFilePath: 'wxfile://tmp.png' } }
  })
  await page.onLoad({ id: '77' })
  assert.deepEqual([asked[0].method, asked[0].data], ['POST', { goods: '77' }])
  assert.equal(asked[1].url, LINK.data.url)
  assert.deepEqual({ ...page.data }, { poster: 'wxfile://tmp.png', loading: false, saving: false, message: '' })
})

test('a download that "succeeds" with an error page is no poster', async () => {
  for (const [statusCode, words] of [[404, '失败'], [403, '过期'], [502, '失败']]) {
    const { page } = open('poster', { request: LINK, downloadFile: { statusCode, tempFilePath: 'wxfile://error.html' } })
    await page.onLoad({})
    assert.equal(page.data.poster, '')
    assert.equal(page.data.loading, false)
    assert.match(page.data.message, new RegExp(words))
  }
})

test('offline and broken servers are told, and trying again works', async () => {
  let answer = new Failed('request:fail')
  const { page } = open('poster', {
    request: () => answer, downloadFile: { statusCode: 200, tempFilePath: 'wxfile://tmp.png' }
  })
  await page.onLoad({})
  assert.match(page.data.message, /网络/)
  answer = { statusCode: 500, data: '<html>' }
  await page.load()
  assert.match(page.data.message, /服务/)
  answer = { statusCode: 200, data: '<html>' }
  await page.load()
  assert.match(page.data.message, /服务/, 'a 200 that is no JSON')
  answer = LINK
  await page.load()
  assert.deepEqual([page.data.poster, page.data.message], ['wxfile://tmp.png', ''])
})

test('saving asks once for the permission', async () => {
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

test('a permission that was given is not asked for again', async () => {
  const { page, calls } = await withPoster({ getSetting: { authSetting: { [SCOPE]: true } }, saveImageToPhotosAlbum: {} })
  await page.save()
  assert.deepEqual(calls, ['getSetting', 'saveImageToPhotosAlbum', 'showToast', '已保存'])
})

test('a permission that was refused can be given in the settings', async () => {
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
    assert.equal(calls.includes('authorize'), !(SCOPE in before), 'WeChat never asks twice')
  }
})

test('a permission that stays refused saves nothing and says so', async () => {
  const refusals = [
    { showModal: { confirm: false } },
    { showModal: { confirm: true }, openSetting: { authSetting: { [SCOPE]: false } } }
  ]
  for (const answers of refusals) {
    const { page, calls } = await withPoster({ getSetting: { authSetting: { [SCOPE]: false } }, ...answers })
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

test('a save that fails or is cancelled is told apart', async () => {
  for (const [errMsg, words] of [['saveImageToPhotosAlbum:fail cancel', /取消/], ['saveImageToPhotosAlbum:fail', /失败/]]) {
    const { page, calls } = await withPoster({
      getSetting: { authSetting: { [SCOPE]: true } }, saveImageToPhotosAlbum: new Failed(errMsg)
    })
    await page.save()
    assert.match(calls.at(-1), words)
  }
})

test('the detail page reads a scene without asking anybody', async () => {
  const { page, calls } = open('detail', {})
  await page.onLoad({ scene: 'id%3D8801%26u%3D~E5~BC~A0' })
  assert.deepEqual({ ...page.data }, { loading: false, message: '', id: '8801', sharer: '张' })
  await page.onLoad({ id: '9' })
  assert.equal(page.data.id, '9', 'opened from a share card')
  await page.onLoad({ scene: 'u%3D1' })
  assert.match(page.data.message, /重新扫码/)
  assert.deepEqual(calls, [])
})

test('the detail page looks a short link up', async () => {
  let answer = ok({ id: '0123456789Az', params: { id: '8801', u: 'a' } })
  const asked = []
  const { page } = open('detail', { request: options => { asked.push(options.url); return answer } })
  await page.onLoad({ scene: 's%3D0123456789Az', scancode_time: '1700000000' })
  assert.match(asked[0], /\/v1\/scenes\/0123456789Az$/)
  assert.deepEqual([page.data.id, page.data.sharer, page.data.message], ['8801', 'a', ''])
  for (const [failed, words] of [
    [{ statusCode: 404, data: { code: 'scene_unknown' } }, /不存在/],
    [{ statusCode: 410, data: { code: 'scene_expired' } }, /过期/],
    [{ statusCode: 503, data: '' }, /服务/],
    [new Failed('request:fail timeout'), /网络/]
  ]) {
    answer = failed
    await page.load()
    assert.match(page.data.message, words)
    assert.equal(page.data.loading, false)
  }
  answer = ok({ id: '0123456789Az', params: { id: '8802' } })
  await page.load()
  assert.deepEqual([page.data.id, page.data.message], ['8802', ''])
})
