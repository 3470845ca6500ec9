'use strict'
// Reads scenes for tests in other languages: a JSON string on a line in, the forms in which a page may get it read by
// scene.js as a JSON list on a line out. `params` are pairs, because a JSON object would lose __proto__ in some readers.
const readline = require('node:readline')
const { parseScene } = require('../../miniprogram/scene.js')

readline.createInterface({ input: process.stdin }).on('line', line => {
  const scene = JSON.parse(line)
  let once = scene
  try { once = decodeURIComponent(scene) } catch { /* taken as it is */ }
  const sources = [
    scene,
    { scene: encodeURIComponent(scene), scancode_time: '1700000000' },
    { path: 'pages/detail/detail', scene: 1047, query: { scene: encodeURIComponent(scene) } },
    { scene: once }
  ]
  const read = sources.map(parseScene).map(({ params, shortId }) => ({
    params: Object.keys(params).map(key => [key, params[key]]), shortId
  }))
  process.stdout.write(JSON.stringify(read) + '\n')
})
