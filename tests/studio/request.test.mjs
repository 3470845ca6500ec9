// The copied programs send the poster's request: those of languages that are there are run.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { LANGUAGES, program } from '../../src/studio/request.js'
import { requestHelp } from '../../src/studio/requestview.js'
import { use } from '../../src/studio/words.js'

const run = promisify(execFile)
const params = { title: `it's "a" \\ b\n\`c\` $HOME {{x}} \${y} """ 中😀`, price: 12800, list: [1, { a: null, b: true }, []], empty: {} }

const RUNS = {
  curl: ['bash', 'poster.sh'], 'Node.js': [process.execPath, 'poster.mjs'], Python: ['python3', 'poster.py'], PHP: ['php', 'poster.php'],
  Java: ['java', 'Poster.java'], Go: ['go', 'run', 'poster.go'],
}
// Compilers take seconds: their literals are compared with those of JSON instead.
const COMPILED = ['Java', 'Go']

test('every language has a program', () => assert.deepEqual(Object.keys(RUNS), LANGUAGES))

for (const language of LANGUAGES.filter(one => !COMPILED.includes(one))) {
  test(`the program in ${language} sends the request and writes the poster`, async context => {
    const [command, ...args] = RUNS[language]
    const isThere = await run(command, ['--version']).then(() => true, () => false)
    if (!isThere) return context.skip(`${command} is missing`)
    const seen = []
    const server = createServer((request, response) => {
      const chunks = []
      request.on('data', chunk => chunks.push(chunk))
      request.on('end', () => {
        seen.push({ url: request.url, method: request.method, type: request.headers['content-type'], key: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks)) })
        response.end('a poster')
      })
    })
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    const cwd = await mkdtemp(join(tmpdir(), 'haibao-request-'))
    try {
      const text = program(language, { origin: `http://127.0.0.1:${server.address().port}`, template: 'my', params, scale: 2 })
      await writeFile(join(cwd, args.at(-1)), text)
      const env = { ...process.env, HAIBAO_KEY: 'hb_test', no_proxy: '*', NO_PROXY: '*', http_proxy: '', HTTP_PROXY: '' }
      await run(command, args, { cwd, env })
      const [request] = seen
      assert.deepEqual([request.url, request.method, request.type, request.key], ['/v1/posters', 'POST', 'application/json', 'Bearer hb_test'])
      assert.deepEqual(request.body, { template: 'my', params, scale: 2 })
      assert.equal(await readFile(join(cwd, 'poster.png'), 'utf8'), 'a poster')
    } finally {
      server.close()
      await rm(cwd, { recursive: true, force: true })
    }
  })
}

const body = { template: 'my', params }

test('the body in Java is a text block', () => {
  const [, block] = /"""\n([\s\S]*?[^\\])"""/.exec(program('Java', { origin: 'http://h', template: 'my', params }))
  assert.deepEqual(JSON.parse(block.replaceAll('\\"""', '"""').replaceAll('\\\\', '\\')), body)
})

test('the body in Go is a raw string, unless it has backquotes', () => {
  const go = given => /body := ([\s\S]*?)\n\trequest/.exec(program('Go', { origin: 'http://h', template: 'my', params: given }))[1]
  assert.deepEqual(JSON.parse(JSON.parse(go(params))), body)
  const raw = go({ title: 'a\\b' })
  assert.equal(raw[0], '`')
  assert.deepEqual(JSON.parse(raw.slice(1, -1)).params, { title: 'a\\b' })
})

test('programs for services without keys have none', () => {
  for (const language of LANGUAGES) assert.doesNotMatch(program(language, { origin: 'http://h', template: 'my', params: {}, key: false }), /HAIBAO_KEY|Authorization/)
})

test('a request draws the saved template, which is told while there are unsaved changes', () => {
  use('en')
  const drafts = { 'layout.json': { text: '{}', base: '1' } }
  assert.match(requestHelp({ drafts: {}, params: {} }), /the template and the parameters as they are now/)
  assert.match(requestHelp({ drafts, params: {} }), /the saved template .* without unsaved changes/)
  assert.match(requestHelp({ drafts, params: { photo: 'assets/a.png' } }), /saved .* Pictures in assets/)
})
