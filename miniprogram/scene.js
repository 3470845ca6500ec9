/**
 * haibao: what a scanned code says, for the page that it opens. No dependency; runs wherever mini-programs run (ES5).
 *
 *   var haibao = require('../../utils/scene.js')
 *   Page({ onLoad: function (query) { var params = haibao.parseScene(query).params } })
 */
'use strict'

/** decodeURIComponent(text), or `otherwise` where that throws. */
function decode (text, otherwise) {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    return otherwise
  }
}

/** Characters that a scene cannot hold are written as ~XX, the bytes of their UTF-8. What is no such sequence stays. */
function unescape (text) {
  return text.replace(/(?:~[0-9A-F]{2})+/g, function (run) {
    return decode(run.replace(/~/g, '%'), run)
  })
}

/** The scene string of whatever the page, the app or the game was given; '' when there is none. */
function sceneOf (source) {
  if (source === undefined || source === null) return ''
  if (typeof source === 'string') return source
  // App.onLaunch(options), wx.getLaunchOptionsSync(): there `scene` is the number of the scenario (1047: scanned), and
  // the string stands in `query`.
  if (source.query && typeof source.query === 'object') return sceneOf(source.query)
  return typeof source.scene === 'string' ? source.scene : ''
}

/** The parts of k=v&k=v as [k, v], still escaped. WeChat's own scancode_time may stand beside ours. */
function pairsOf (scene) {
  var pairs = []
  var parts = scene.split('&')
  for (var i = 0; i < parts.length; i++) {
    if (!parts[i]) continue
    var at = parts[i].indexOf('=')
    var key = at < 0 ? parts[i] : parts[i].slice(0, at)
    if (key !== 'scancode_time') pairs.push([key, at < 0 ? '' : parts[i].slice(at + 1)])
  }
  return pairs
}

/**
 * Reads a scene.
 *
 * source: onLoad's query, App.onLaunch's options, a mini-game's launch options, or the scene string itself.
 * Returns { params, shortId }: `params` are the parts of `k=v&k=v` (a value may hold `=`); a short link, `s=ID` alone,
 * gives `shortId` and no params: resolveScene looks it up. Never throws.
 */
function parseScene (source) {
  var scene = sceneOf(source)
  var pairs = pairsOf(decode(scene, scene))
  if (pairs.length === 1 && pairs[0][0] === 's' && pairs[0][1]) return { params: {}, shortId: pairs[0][1] }
  var params = {}
  for (var i = 0; i < pairs.length; i++) {
    // An assignment to __proto__ would make no member.
    Object.defineProperty(params, unescape(pairs[i][0]), {
      value: unescape(pairs[i][1]), configurable: true, enumerable: true, writable: true
    })
  }
  return { params: params, shortId: null }
}

/**
 * Reads a scene, and looks a short link up.
 *
 * request: function (id) that returns a Promise of the params of a short link.
 * Returns a Promise of the params; it fails as `request` does.
 */
function resolveScene (source, request) {
  var parsed = parseScene(source)
  return parsed.shortId ? Promise.resolve(parsed.shortId).then(request) : Promise.resolve(parsed.params)
}

module.exports = { parseScene: parseScene, resolveScene: resolveScene }
