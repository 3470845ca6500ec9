// Sentences with code in them.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { plain, rich, sentence } from '../../src/studio/rich.js'

const ROOT = new URL('../../src/studio/', import.meta.url)
const read = name => readFileSync(new URL(name, ROOT), 'utf8')
// What is shown: elements as [name, content].
const shown = text => rich(text).filter(part => part !== '').map(part => (typeof part === 'string' ? part : [part.type, part.props.children]))

test('what stands in backquotes is code, and nothing else is an element', () => {
  assert.deepEqual(shown('when there are no `spans`. `\\n` breaks'), ['when there are no ', ['code', 'spans'], '. ', ['code', '\\n'], ' breaks'])
  assert.deepEqual(shown('`<img onerror=x>` and <b>'), [['code', '<img onerror=x>'], ' and <b>'])
  assert.deepEqual(shown('one ` alone'), ['one ` alone'])
  assert.deepEqual(shown('``'), ['``'])
  assert.deepEqual([shown(''), shown(undefined), shown(null)], [[], [], []])
  assert.equal(plain('the `spans` of a `text`, and ` alone'), 'the spans of a text, and ` alone')
  assert.deepEqual([sentence('the text'), sentence('`at` is'), sentence('layout.json is'), sentence('')], ['The text', '`at` is', 'layout.json is', ''])
})

test('sentences of the service and of schemas are shown as such', () => {
  for (const name of readdirSync(ROOT).filter(name => name.endsWith('.js'))) {
    assert.doesNotMatch(read(name), /(?:>|title=)\$\{(?:\w+\.)*(?:message|hint|detail)\}/, name)
  }
  const helps = Object.values(JSON.parse(read('properties.zh.json')))
  assert.ok(helps.some(help => help.includes('`')) && helps.every(help => !plain(help).includes('`')))
})

test('help below a field is not cut', () => {
  const rules = read('studio.css').match(/\.param[^{}]*\.hint[^{}]*\{[^}]*\}/g) ?? []
  for (const rule of rules) assert.doesNotMatch(rule, /line-clamp|ellipsis|nowrap/)
})
