'use strict'
// Decodes scenes for tests in other languages. Input: one JSON string per line. Output: one JSON array per line, with the
// result of scene.js for each form in which a page may receive the scene. `params` are pairs, because some JSON parsers
// drop the key __proto__.
const readline = require('node:readline')
const { parseScene } = require('../../miniprogram/scene.js')

readline.createInterface({ input: process.stdin }).on('line', line => {
  const scene = JSON.parse(line)
  let once = scene
  try { once = decodeURIComponent(scene) } catch { /* not encoded */ }
  const sources = [
    scene,
    { scene: encodeURIComponent(scene), scancode_time: '1700000000' },
    { path: 'pages/detail/detail', scene: 1047, query: { scene: encodeURIComponent(scene) } },
    { scene: once }
  ]
  const results = sources.map(parseScene).map(({ params, shortId }) => ({
    params: Object.keys(params).map(key => [key, params[key]]), shortId
  }))
  process.stdout.write(JSON.stringify(results) + '\n')
})
