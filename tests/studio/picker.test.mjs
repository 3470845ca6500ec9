// Pictures of the template's folder.
import assert from 'node:assert/strict'
import test from 'node:test'
import { assetFor, picturesOf, thumbOf } from '../../src/studio/picker.js'

test('pictures of the folder have thumbnails', () => {
  const files = { 'layout.json': {}, 'assets/b.PNG': {}, 'assets/a.jpg': {}, 'artwork.svg': {}, 'more/c.webp': {}, 'fonts/a.otf': {} }
  const pictures = { id: 'a b', paths: picturesOf(files) }
  assert.deepEqual(pictures.paths, ['assets/a.jpg', 'assets/b.PNG', 'more/c.webp'])
  const base = '/v1/studio/templates/a%20b/pictures'
  for (const [value, expected] of [
    ['assets/a.jpg', `${base}/assets/a.jpg`], ['./assets/a.jpg', `${base}/assets/a.jpg`], ['data:image/png;base64,AA', 'data:image/png;base64,AA'],
    ['assets/none.jpg', null], ['https://example.com/a.jpg', null], ['{{photo}}', null], ['', null], [undefined, null], [3, null],
  ]) assert.equal(thumbOf(value, pictures), expected, String(value))
})

test('an uploaded picture gets a free name that can be written', () => {
  for (const [name, expected] of [
    ['logo.png', 'assets/logo.png'], ['Logo Rot.PNG', 'assets/Logo-Rot.png'], ['标志.jpg', 'assets/picture.jpg'], ['a.b.webp', 'assets/a-b.webp'], ['...', 'assets/picture'],
    ['used.png', 'assets/used-3.png'], ['../../etc/passwd', 'assets/etc-passwd'],
  ]) {
    const path = assetFor(name, ['assets/used.png', 'assets/used-2.png'])
    assert.equal(path, expected)
    assert.match(path, /^assets\/[0-9A-Za-z_-][0-9A-Za-z_.-]{0,98}$/)
  }
})
