/**
 * haibao: what a scanned code says, for the page that it opens. No dependency; runs wherever mini-programs run (ES5).
 *
 *   var haibao = require('../../utils/scene.js')
 *   Page({ onLoad: function (query) { var params = haibao.parseScene(query).params } })
 */
'use strict'

/** One decodeURIComponent; a text that is no valid escape sequence is taken as it is. */
function decode (text) {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    return text
  }
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

/**
 * Reads a scene.
 *
 * source: onLoad's query, App.onLaunch's options, a mini-game's launch options, or the scene string itself.
 * Returns { params, shortId }: `params` are the parts of `k=v&k=v` (a value may hold `=`); a short link, `s=ID` alone,
 * gives `shortId` and no params: resolveScene looks it up. Never throws.
 */
function parseScene (source) {
  var scene = decode(sceneOf(source))
  var params = {}
  var count = 0
  var parts = scene.split('&')
  for (var i = 0; i < parts.length; i++) {
    if (!parts[i]) continue
    var at = parts[i].indexOf('=')
    var key = at < 0 ? parts[i] : parts[i].slice(0, at)
    // WeChat's own, it may stand beside ours.
    if (!key || key === 'scancode_time') continue
    if (!Object.prototype.hasOwnProperty.call(params, key)) count++
    Object.defineProperty(params, key, {
      value: at < 0 ? '' : parts[i].slice(at + 1), configurable: true, enumerable: true, writable: true
    })
  }
  var shortId = count === 1 && typeof params.s === 'string' && params.s ? params.s : null
  return { params: shortId ? {} : params, shortId: shortId }
}

/**
 * Reads a scene, and looks a short link up.
 *
 * request: function (id) that returns a Promise of the params of a short link.
 * Returns a Promise of the params.
 */
function resolveScene (source, request) {
  var parsed = parseScene(source)
  return parsed.shortId ? Promise.resolve(parsed.shortId).then(request) : Promise.resolve(parsed.params)
}

module.exports = { parseScene: parseScene, resolveScene: resolveScene }
