// The pictures of a template: their addresses, and names of new ones that take no place of another.
import assert from 'node:assert/strict'
import test from 'node:test'
import { assetsOf, createAssets, nameOf } from '../../src/studio/assets.js'
import { createStore } from '../../src/studio/state.js'
import { use } from '../../src/studio/words.js'

const files = { 'layout.json': { path: 'layout.json', hash: '1' }, 'assets/a b.JPG': { path: 'assets/a b.JPG', hash: 'abc' }, 'assets/x.txt': { path: 'assets/x.txt', hash: '2' } }

test('pictures are found by their names, with the hash in the address', () => {
  assert.deepEqual(assetsOf({ id: 'my', files }), [{ path: 'assets/a b.JPG', name: 'a b.JPG', url: '/v1/studio/templates/my/assets/a%20b.JPG?abc' }])
})

test('names of new pictures are those that the service takes', () => {
  const names = [['Logo 2x.PNG', 'image/png'], ['标志.jpg', 'image/jpeg'], ['../x.gif', 'image/gif'], ['a.jpg', 'image/webp'], ['é'.repeat(99), 'image/png']]
  const all = names.map(([name, type]) => nameOf({ name, type }))
  assert.deepEqual(all.slice(0, 4), ['logo-2x.png', 'picture.jpg', 'x.gif', 'a.webp'])
  for (const name of all) assert.match(name, /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,60}$/)
  assert.equal(nameOf({ name: 'a.png', type: 'image/png' }, 1), 'a-2.png')
})

test('an upload replaces no picture', async () => {
  use('en')
  const store = createStore({ files: { 'assets/a.png': { path: 'assets/a.png', hash: '1' } } })
  const asked = []
  const said = []
  const put = async (path, body, hash) => {
    asked.push([path, hash])
    if (path === 'assets/a-2.png') throw { status: 412 }
    return { hash: '9' }
  }
  const { upload } = createAssets(store, { put }, (text, kind) => { said.push(kind) })
  assert.equal(await upload({ name: 'a.png', type: 'image/png', size: 5 }), 'assets/a-3.png')
  // The one that somebody else has created meanwhile stays, too.
  assert.deepEqual(asked, [['assets/a-2.png', null], ['assets/a-3.png', null]])
  assert.equal(store.get().files['assets/a-3.png'].hash, '9')
  assert.equal(await upload({ name: 'a.svg', type: 'image/svg+xml', size: 5 }), null)
  assert.equal(await upload({ name: 'a.png', type: 'image/png', size: 99 << 20 }), null)
  const refused = createAssets(store, { put: async () => { throw { status: 422, detail: 'no' } } }, (text, kind) => { said.push(`${kind} ${text}`) })
  assert.equal(await refused.upload({ name: 'b.png', type: 'image/png', size: 5 }), null)
  assert.deepEqual(said, ['error', 'error', 'error no'])
})
