// The state of the form in the address.
import assert from 'node:assert/strict'
import test from 'node:test'
import { MAX_VALUE, decode, difference, encode, isShortened, merge } from '../../src/studio/url.js'

const samples = { usual: { title: '花瓶', price: 100, shop: { name: 'a', city: 'b' } }, poorest: { title: 'x' } }

test('an address gives back sample and parameters', () => {
  const cases = [
    ['usual', samples.usual], ['poorest', samples.poorest], ['usual', { ...samples.usual, title: 'a & b # c 100% “d”' }],
    ['usual', { title: '花瓶', shop: { name: 'a' } }], ['poorest', { title: 'x', list: [1, { a: [] }], other: false }], ['usual', {}],
  ]
  for (const [sample, params] of cases) {
    assert.deepEqual(decode(`#${encode({ sample, params, samples })}`, samples), { sample, params })
  }
})

test('only what differs from the sample is in the address', () => {
  assert.equal(encode({ sample: 'usual', params: samples.usual, samples }), '')
  assert.equal(encode({ sample: 'poorest', params: samples.poorest, samples }), 'sample=poorest')
  const changed = { ...samples.usual, price: 200 }
  assert.equal(decodeURIComponent(encode({ sample: 'usual', params: changed, samples })), 'params={"price":200}')
})

test('uploaded pictures are left out, which is told', () => {
  const params = { ...samples.usual, price: 1, photo: `data:image/png;base64,${'A'.repeat(MAX_VALUE)}` }
  const state = { sample: 'usual', params, samples }
  assert.equal(isShortened(state), true)
  assert.deepEqual(decode(encode(state), samples).params, { ...samples.usual, price: 1 })
  assert.equal(isShortened({ ...state, params: samples.usual }), false)
})

test('addresses that are no such address show the first sample', () => {
  for (const hash of ['', '#', '#sample=none', '#params={', '#params=3', '#%E0%A4%A', '#sample=toString']) {
    assert.deepEqual(decode(hash, samples), { sample: 'usual', params: samples.usual }, hash)
  }
  assert.deepEqual(decode('#sample=usual', {}), { sample: null, params: {} })
  assert.deepEqual(decode('#params={"a":1}', {}).params, { a: 1 })
  // Parameters of a sample that was removed are not those of another one.
  assert.deepEqual(decode('#sample=none&params={"price":1}', samples), { sample: null, params: { ...samples.usual, price: 1 } })
})

test('patches are JSON merge patches', () => {
  assert.equal(difference({ a: 1 }, { a: 1 }), undefined)
  assert.deepEqual(difference({ a: 1, b: { c: 1, d: 2 } }, { b: { c: 1, d: 3 } }), { a: null, b: { d: 3 } })
  assert.deepEqual(merge({ a: 1, b: { c: 1 } }, { a: null, b: { d: 2 } }), { b: { c: 1, d: 2 } })
})
