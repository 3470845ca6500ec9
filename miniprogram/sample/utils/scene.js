/**
 * haibao: decodes the scene of a scanned code on the page that it opens. No dependencies, ES5.
 *
 *   var haibao = require('../../utils/scene.js')
 *   Page({ onLoad: function (query) { var params = haibao.parseScene(query).params } })
 */
'use strict'

/** decodeURIComponent(text), or `fallback` if that throws. */
function decode (text, fallback) {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    return fallback
  }
}

/** Decodes ~XX escapes, which are bytes of UTF-8. Invalid sequences are kept unchanged. */
function unescape (text) {
  return text.replace(/(?:~[0-9A-F]{2})+/g, function (run) {
    return decode(run.replace(/~/g, '%'), run)
  })
}

/** Scene string of a page query, launch options or a string; '' if there is none. */
function sceneOf (source) {
  if (source === undefined || source === null) return ''
  if (typeof source === 'string') return source
  // Options of App.onLaunch, App.onShow, wx.getEnterOptionsSync(), wx.getLaunchOptionsSync(): `scene` is the numeric
  // scenario (1047: scanned code), and `query` contains the scene string.
  if (source.query && typeof source.query === 'object') return sceneOf(source.query)
  return typeof source.scene === 'string' ? source.scene : ''
}

/**
 * A scene without its encoding: what encodeURIComponent made is undone, twice if a % is left, which no scene contains. A
 * leading ? is skipped, and `scene=` before an encoded value, as the launch parameters of DevTools have it.
 */
function plain (scene) {
  var text = scene.charAt(0) === '?' ? scene.slice(1) : scene
  var value = text.slice(6)
  if (text.slice(0, 6) === 'scene=' && value.indexOf('%') >= 0 && !/[=&]/.test(value)) text = value
  var once = decode(text, text)
  return once.indexOf('%') < 0 ? once : decode(once, once)
}

/** Splits k=v&k=v into [k, v] pairs, still escaped. Skips scancode_time, which WeChat may add. */
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
 * Decodes a scene. Never throws.
 *
 * source: the query of onLoad, the options of App.onLaunch, App.onShow or wx.getEnterOptionsSync(), or the scene string
 * itself.
 * Returns { params, shortId }: `params` are the pairs of `k=v&k=v` (values may contain `=`). A short link, `s=ID` alone,
 * gives `shortId` and empty params; resolveScene looks it up.
 */
function parseScene (source) {
  var pairs = pairsOf(plain(sceneOf(source)))
  if (pairs.length === 1 && pairs[0][0] === 's' && pairs[0][1]) return { params: {}, shortId: pairs[0][1] }
  var params = {}
  for (var i = 0; i < pairs.length; i++) {
    // A plain assignment to __proto__ would not create a property.
    Object.defineProperty(params, unescape(pairs[i][0]), {
      value: unescape(pairs[i][1]), configurable: true, enumerable: true, writable: true
    })
  }
  return { params: params, shortId: null }
}

/**
 * Decodes a scene and looks up short links.
 *
 * request: function (id) that returns a Promise of the params of a short link.
 * Returns a Promise of the params. Rejects if `request` rejects or throws.
 */
function resolveScene (source, request) {
  var parsed = parseScene(source)
  return parsed.shortId ? Promise.resolve(parsed.shortId).then(request) : Promise.resolve(parsed.params)
}

/**
 * Scene string of the latest entry into the mini-program, still encoded; '' if the entry has none. Never throws.
 *
 * A second scan while the mini-program is alive changes the result of wx.getEnterOptionsSync(), but not that of
 * wx.getLaunchOptionsSync(), which is used only where the former is missing (base library below 2.9.4).
 *
 * route: path of a page. Entries into other pages then give ''.
 */
function enteredScene (route) {
  var api = typeof wx === 'object' && wx ? wx : {}
  var read = api.getEnterOptionsSync || api.getLaunchOptionsSync
  var options = null
  try {
    options = read ? read.call(api) : null
  } catch (error) {
    options = null
  }
  if (!options || typeof options !== 'object') return ''
  if (route && options.path && bare(options.path) !== bare(route)) return ''
  return sceneOf(options)
}

/** A page's path without the leading slash and the extension. */
function bare (path) {
  return String(path).replace(/^\//, '').replace(/\.html$/, '')
}

module.exports = { parseScene: parseScene, resolveScene: resolveScene, enteredScene: enteredScene }
