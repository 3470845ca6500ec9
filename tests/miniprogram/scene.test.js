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
