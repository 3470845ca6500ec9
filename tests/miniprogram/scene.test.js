'use strict'
// Decoding of scenes in every form in which WeChat passes them to a page.
const test = require('node:test')
const assert = require('node:assert/strict')
const { parseScene, resolveScene, enteredScene } = require('../../miniprogram/scene.js')

test('scenes are read as by haibao scene decode', () => {
  const vectors = require('../vectors/scenes.json')
  assert.ok(vectors.length > 20)
  for (const { scene, params, shortId } of vectors) {
    const read = parseScene(scene)
    assert.deepEqual({ entries: Object.entries(read.params), shortId: read.shortId }, { entries: Object.entries(params), shortId }, scene)
  }
})

test('encoded and decoded scenes are equal', () => {
  const expected = { params: { id: '123', type: 'product' }, shortId: null }
  assert.deepEqual(parseScene({ scene: 'id%3D123%26type%3Dproduct' }), expected)
  assert.deepEqual(parseScene({ scene: 'id=123&type=product', scancode_time: '1700000000' }), expected)
})

test('launch options of apps and games are accepted', () => {
  const options = { path: 'pages/detail/detail', scene: 1047, query: { scene: 'id%3D123' } }
  assert.deepEqual(parseScene(options).params, { id: '123' })
  assert.deepEqual(parseScene({ scene: 1001, query: {} }).params, {})
})

test('a query may have parameters beside a scene or instead of one', () => {
  assert.deepEqual(parseScene({ id: '8801', u: 'u1024' }), { params: { id: '8801', u: 'u1024' }, shortId: null })
  assert.deepEqual(parseScene({ scene: 'id%3D1', u: 'a%26b', id: '2' }).params, { u: 'a&b', id: '1' })
  assert.deepEqual(parseScene({ path: 'pages/a/a', scene: 1007, query: { id: '8801' } }).params, { id: '8801' })
  assert.deepEqual(parseScene({ path: 'pages/a/a', scene: 1047, referrerInfo: {} }).params, {}, 'options without a query')
  assert.deepEqual(parseScene({ id: '100%', list: ['a'], n: 7 }).params, { id: '100%' }, 'only strings are parameters')
})

test('the link of a plain QR code is read', () => {
  const q = encodeURIComponent('https://shop.example.com/p?id=8801&name=' + encodeURIComponent('商&品') + '#top')
  for (const source of [{ q }, { q: decodeURIComponent(q) }, { path: 'p', scene: 1011, query: { q, scancode_time: '17' } }, '?q=' + q]) {
    assert.deepEqual(parseScene(source), { params: { id: '8801', name: '商&品' }, shortId: null })
  }
  assert.deepEqual(parseScene({ q: encodeURIComponent('https://a.cn/p?scene=id%3D5'), u: '7' }).params, { u: '7', id: '5' })
  assert.deepEqual(parseScene({ q: encodeURIComponent('https://a.cn/p?s=aB3x') }).shortId, 'aB3x')
  assert.deepEqual(parseScene({ q: '茶' }).params, { q: '茶' }, 'a text to search for')
  global.wx = { getEnterOptionsSync: () => ({ path: 'pages/a/a', scene: 1011, query: { q } }) }
  assert.deepEqual(parseScene(enteredScene('pages/a/a')).params, { id: '8801', name: '商&品' })
  delete global.wx
})

test('values may contain =, keys may have no value', () => {
  assert.deepEqual(parseScene('k=a=b==&flag').params, { k: 'a=b==', flag: '' })
})

test('only valid escapes are decoded', () => {
  assert.deepEqual(parseScene('id=~E5~95~86~26~7E41&a~3Db=1').params, { id: '商&~41', 'a=b': '1' })
  assert.deepEqual(parseScene({ scene: 'id%3D~E5~95~86' }).params, { id: '商' })
  assert.deepEqual(parseScene('~73=abc'), { params: { s: 'abc' }, shortId: null })
  assert.deepEqual(parseScene('~73cancode_time=1&scancode_time=2').params, { scancode_time: '1' })
  for (const kept of ['~', '~4', '~4g', '~e5', '~E5', 'x~E5~95y', '~C0~80', '~ED~A0~80', '~商']) {
    assert.deepEqual(parseScene('a=' + kept).params, { a: kept })
  }
})

test('an additional decodeURIComponent changes nothing', () => {
  for (const scene of ['id=~E5~95~86&k=a+b', 'a=~25~32~35', 's=0123456789Az']) {
    assert.deepEqual(parseScene(decodeURIComponent(scene)), parseScene(scene))
    assert.deepEqual(parseScene(encodeURIComponent(scene)), parseScene(scene))
  }
  assert.deepEqual(parseScene('a=~25~32~35').params, { a: '%25' })
})

test('missing and invalid scenes do not throw', () => {
  for (const source of [undefined, null, {}, '', { scene: undefined }, { scene: '%' }, { scene: '%E0%A4' }, 7]) {
    assert.doesNotThrow(() => parseScene(source))
  }
  assert.deepEqual(parseScene(undefined), { params: {}, shortId: null })
})

test('names of object members are ordinary parameters', () => {
  const { params } = parseScene('__proto__=1&constructor=2&toString=3')
  assert.deepEqual(Object.keys(params), ['__proto__', 'constructor', 'toString'])
  assert.equal({}.polluted, undefined)
})

test('only short links are looked up', async () => {
  const ids = []
  const request = id => { ids.push(id); return Promise.resolve({ id: '8801' }) }
  assert.deepEqual(await resolveScene({ scene: 's%3DaB3x' }, request), { id: '8801' })
  assert.deepEqual(await resolveScene({ scene: 's%3D1%26t%3D2' }, request), { s: '1', t: '2' })
  assert.deepEqual(await resolveScene({ scene: 's%3DaB3y', scancode_time: '17' }, request), { id: '8801' })
  assert.deepEqual(await resolveScene({ scene: 1047, query: { scene: 's=aB3z' } }, request), { id: '8801' })
  assert.deepEqual(ids, ['aB3x', 'aB3y', 'aB3z'])
  await assert.rejects(resolveScene('s=x', () => { throw new Error('offline') }), /offline/)
  assert.deepEqual(await resolveScene({ scene: 's%3DaB3x', from: 'card', id: '1' }, request), { from: 'card', id: '8801' })
  for (const missing of [undefined, null, 'https://a.cn']) {
    await assert.rejects(resolveScene('s=x', missing), /resolveScene needs a function that looks up the short link x/)
    assert.deepEqual(await resolveScene('id=1', missing), { id: '1' })
  }
})

test('the latest entry is read, also after a second scan', () => {
  const launch = { path: 'pages/a/a', scene: 1047, query: { scene: 'id%3D1' } }
  let enter = launch
  global.wx = { getLaunchOptionsSync: () => launch, getEnterOptionsSync: () => enter }
  assert.deepEqual(parseScene(enteredScene()).params, { id: '1' })
  enter = { path: 'pages/a/a', scene: 1047, query: { scene: 'id%3D2' } }
  assert.deepEqual(parseScene(enteredScene()).params, { id: '2' }, 'getLaunchOptionsSync still has the first scan')
  assert.deepEqual(parseScene(enter).params, { id: '2' }, 'App.onShow(options) has the same form')
  for (const route of ['pages/a/a', '/pages/a/a', 'pages/a/a.html']) assert.equal(enteredScene(route), 'id%3D2', route)
  assert.equal(enteredScene('pages/b/b'), '')
  global.wx = { getLaunchOptionsSync: () => launch }
  assert.equal(enteredScene(), 'id%3D1', 'an older WeChat')
  for (const wx of [
    undefined, null, {}, { getEnterOptionsSync: () => undefined }, { getEnterOptionsSync: () => ({ scene: 1001, query: {} }) },
    { getEnterOptionsSync: () => { throw new Error('no') } }
  ]) {
    global.wx = wx
    assert.equal(enteredScene('pages/a/a'), '')
  }
  delete global.wx
})
