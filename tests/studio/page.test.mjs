// The files of the page: texts in both languages, nothing from other hosts, small enough to be loaded at once.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { catalogue, t, use } from '../../src/studio/words.js'

const ROOT = new URL('../../src/studio/', import.meta.url).pathname
const names = readdirSync(ROOT).filter(name => /\.(js|css)$/.test(name))
const read = name => readFileSync(join(ROOT, name), 'utf8')
const sources = new Map(names.map(name => [name, read(name)]))

test('every text is there in Chinese and English', () => {
  for (const [key, words] of Object.entries(catalogue)) {
    assert.equal(words.length, 2, key)
    assert.equal(typeof words[0], typeof words[1], key)
    const [chinese, english] = words.map(text => (typeof text === 'function' ? text('x', 2, 3) : text))
    assert.ok(chinese && english, key)
    if (key !== 'languageOther') assert.doesNotMatch(english, /\p{Script=Han}/u, key)
  }
  use('en')
  assert.equal(t('findings', 1), '1 finding')
  use('zh')
  assert.equal(t('findings', 2), '2 个提示')
})

test('texts that are used exist, and those that exist are used', () => {
  const all = [...sources].filter(([name]) => name !== 'words.js').map(([, text]) => text).join('\n')
  const used = [...all.matchAll(/\bt\(\s*'(\w+)'/g)].map(([, key]) => key)
  for (const key of used) assert.ok(key in catalogue, key)
  const isUsed = key => new RegExp(`'${key}'`).test(all) || /^(type|from|frame|sample|prop|value|section)_/.test(key)
  assert.deepEqual(Object.keys(catalogue).filter(key => !isUsed(key)), [])
})

test('modules load files of this service only', () => {
  for (const [name, text] of sources) {
    // Programs that are copied have imports of their own.
    for (const [, from] of text.matchAll(/^(?:import|export|const load)\b.*(?:from|import\(?) ?'([^']+)'/gm)) {
      assert.ok(from.startsWith('./') && read(from.slice(2)).length > 0, `${name}: ${from}`)
    }
    assert.doesNotMatch(text.replaceAll('http://www.w3.org/2000/svg', ''), /https?:\/\/\w|@import/, name)
    assert.ok(text.split('\n').length <= 200 || name.endsWith('.css'), `${name} is long`)
    assert.doesNotMatch(text, /innerHTML|document\.write|\beval\(/, name)
  }
})

test('fields that take the place of each other have keys', () => {
  // Otherwise one becomes the other, with the type and the state of that.
  for (const [name, text] of sources) assert.doesNotMatch(text, /[?:&] ?html`<(?:input|select|textarea)(?! key=)/, name)
})

test('pictures are lazy before they have an address', () => {
  // Attributes are set in this order, and a picture that the browser knows from another page is loaded as soon as it has its address.
  for (const [name, text] of sources) assert.doesNotMatch(text, /<img\b(?:=>|[^>])*\bsrc=(?:=>|[^>])*\bloading=/, name)
})

test('texts are typed into fields that leave them to the browser', () => {
  // A text that is written back while it is typed moves the caret and ends what an input method composes.
  for (const [name, text] of sources) {
    const written = [...text.matchAll(/<(?:input|textarea)\b(?:=>|[^>])*/g)].map(([tag]) => tag).filter(tag => /\svalue=/.test(tag) && !/type="color"/.test(tag))
    assert.deepEqual(written, [], name)
  }
})

test('the page without CodeMirror has less than 350 KB', () => {
  const total = [...sources.values(), read('vendor/preact.js')].reduce((sum, text) => sum + gzipSync(text).length, 0)
  assert.ok(total < 350_000, `${total} bytes`)
})
