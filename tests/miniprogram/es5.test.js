'use strict'
// The module and the sample must be ES5, because old base libraries run them without a compilation step.
const test = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '../../miniprogram')

function scripts (folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const full = path.join(folder, entry.name)
    if (entry.isDirectory()) return scripts(full)
    return entry.name.endsWith('.js') ? [full] : []
  })
}

// Comments, strings and regular expressions. `code` replaces them by spaces, keeping newlines.
const OPAQUE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[(,=:!&|?{};\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g

function code (text) {
  return text.replace(OPAQUE, found => found.replace(/[^\n]/g, ' '))
}

const NEWER = [
  ['an arrow function', /=>/],
  ['let, const, class or import', /(?<![.\w$])(?:let|const|class|import|export|super)\s+[\w${[*]/],
  ['a template', /`/],
  ['async, await or yield', /(?<![.\w$])(?:async\s+function|async\s*\(|await\s|yield\s|function\s*\*)/],
  ['spread or rest', /\.\.\./],
  ['optional chaining or ??', /\?\.(?!\d)|\?\?/],
  ['an exponent', /\*\*/],
  ['for of', /for\s*\([^;)]*\sof\s/],
  ['a catch without a name', /catch\s*\{/],
  ['destructuring', /(?:var|,)\s*[{[][^}\]]*[}\]]\s*=(?!=)/],
  ['a method in short form', /[{,]\s*(?!(?:if|for|while|switch|with|catch|function)\b)[\w$]+\s*\([^)]*\)\s*\{/],
  ['a property in short form', /\{\s*(?!(?:return|break|continue)\b)[\w$]+\s*[,}]|,\s*[\w$]+\s*\}|,\s*[\w$]+\s*,\s*[\w$]+\s*:/],
  ['a default parameter', /function\s*[\w$]*\s*\([^)]*=/]
]
const NEWER_REGEX = /\(\?<|\\[pk]\{|\/[gim]*[suydv]/

function newer (text) {
  const bare = code(text)
  const found = NEWER.filter(([, pattern]) => pattern.test(bare)).map(([what]) => what)
  const opaque = [...text.matchAll(OPAQUE)].map(([part]) => part)
  const regexes = opaque.filter(part => part[0] === '/' && !/^\/[/*]/.test(part))
  if (regexes.some(regex => NEWER_REGEX.test(regex))) found.push('a newer regular expression')
  return found
}

test('the check finds newer syntax', () => {
  const samples = [
    'var f = x => x', 'let a = 1', 'const a = 1', 'class A {}', 'var s = `x`', 'async function f () {}', 'f(...a)',
    'a?.b', 'a ?? b', 'a ** 2', 'for (var x of y) {}', 'try {} catch {}', 'var { a } = b', 'var a = { f () {} }',
    'var a = { b: 1, f () {} }', 'function f (a = 1) {}', 'x = /(?<a>b)/', 'x = /a/u', 'var [a, b] = c', 'module.exports = { a, b }'
  ]
  for (const sample of samples) assert.notDeepEqual(newer(sample), [], sample)
  const good = [
    "var s = 'x => `y`' // const z", 'var a = b ? .5 : 1', 'x.catch(function (error) { return {} })', '/* let */ var a',
    'var a = { b: 1, c: function (d) { return d } }', 'if (a) { b() } else { c() }', 'x.replace(/[=>`]/g, y)',
    'var a = [b, c]', 'f({ a: b, c: d })', 'function f (a) { if (a) { return } while (a) { b() } }', 'f(a, b, c)'
  ]
  for (const sample of good) assert.deepEqual(newer(sample), [], sample)
})

test('the module and the sample are ES5', () => {
  const all = scripts(ROOT)
  assert.ok(all.length >= 7, 'the scripts are found')
  for (const file of all) {
    assert.deepEqual(newer(fs.readFileSync(file, 'utf8')), [], path.relative(ROOT, file))
  }
})

test('the sample contains an identical copy of the module', () => {
  const read = name => fs.readFileSync(path.join(ROOT, name), 'utf8')
  assert.equal(read('sample/utils/scene.js'), read('scene.js'), 'copy miniprogram/scene.js to miniprogram/sample/utils')
})

test('every page of the sample is complete and its JSON is valid', () => {
  const sample = path.join(ROOT, 'sample')
  const app = JSON.parse(fs.readFileSync(path.join(sample, 'app.json'), 'utf8'))
  for (const page of app.pages) {
    for (const ext of ['js', 'json', 'wxml', 'wxss']) assert.ok(fs.existsSync(path.join(sample, `${page}.${ext}`)), `${page}.${ext}`)
    JSON.parse(fs.readFileSync(path.join(sample, `${page}.json`), 'utf8'))
    const wxml = fs.readFileSync(path.join(sample, `${page}.wxml`), 'utf8')
    const script = fs.readFileSync(path.join(sample, `${page}.js`), 'utf8')
    for (const [, handler] of wxml.matchAll(/bind\w+="(\w+)"/g)) assert.match(script, new RegExp(`\\b${handler}: function`), handler)
    const names = [...wxml.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name)
    for (const name of names) assert.match(script, new RegExp(`\\b${name}:`), `${page} uses ${name}`)
  }
})
