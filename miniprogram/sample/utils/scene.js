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

/** The query of launch options, or the source itself. */
function queryOf (source) {
  // Options of App.onLaunch, App.onShow, wx.getEnterOptionsSync(), wx.getLaunchOptionsSync(): `scene` is the numeric
  // scenario (1047: scanned code), and `query` contains the scene string.
  if (source.query && typeof source.query === 'object') return source.query
  return typeof source.scene === 'number' ? {} : source
}

/** A scene without its encoding: what encodeURIComponent made is undone, twice if a % is left, which no scene contains. */
function plain (scene) {
  var once = decode(scene, scene)
  return once.indexOf('%') < 0 ? once : decode(once, once)
}

/** Splits k=v&k=v into [k, v] pairs, still encoded and escaped. Skips scancode_time, which WeChat may add. */
function pairsOf (text) {
  var pairs = []
  var parts = text.split('&')
  for (var i = 0; i < parts.length; i++) {
    if (!parts[i]) continue
    var at = parts[i].indexOf('=')
    var key = at < 0 ? parts[i] : parts[i].slice(0, at)
    if (key !== 'scancode_time') pairs.push([key, at < 0 ? '' : parts[i].slice(at + 1)])
  }
  return pairs
}

/** A link, such as that of a plain QR code, which may be encoded; null for any other text. */
function linkOf (text) {
  var link = /^[a-z][a-z0-9+.-]*%3A%2F%2F/i.test(text) ? decode(text, text) : text
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(link) ? link : null
}

/** What is read so far: pairs, still escaped, and the id of a short link. `s=ID` alone is a short link. */
function found (pairs) {
  if (pairs.length === 1 && pairs[0][0] === 's' && pairs[0][1]) return { pairs: [], shortId: pairs[0][1] }
  return { pairs: pairs, shortId: null }
}

/** Reads the query of a link. */
function ofLink (link) {
  var query = link.split('#')[0]
  var at = query.indexOf('?')
  return ofQuery(at < 0 ? [] : pairsOf(query.slice(at + 1)), true)
}

/**
 * Reads a query. Its own pairs come first, then those of the link in `q`, then those of its scene: the last of equal keys
 * counts. Another `q` than a link, such as a text to search for, is a pair like others. Only scenes and links are short links: a
 * page may have an `s` of its own.
 */
function ofQuery (query, isLink) {
  var own = []
  var link = null
  var scene = null
  for (var i = 0; i < query.length; i++) {
    var key = decode(query[i][0], query[i][0])
    if (key === 'scene') scene = found(pairsOf(plain(query[i][1])))
    else if (key === 'q' && !isLink && linkOf(query[i][1])) link = ofLink(linkOf(query[i][1]))
    else own.push([key, decode(query[i][1], query[i][1])])
  }
  if (!scene && !link) return isLink ? found(own) : { pairs: own, shortId: null }
  var none = { pairs: [], shortId: null }
  scene = scene || none
  link = link || none
  return { pairs: own.concat(link.pairs, scene.pairs), shortId: scene.shortId || link.shortId }
}

/** Reads a text: a link, a query, or a scene. A query begins with ?, or has an encoded scene or link. */
function ofText (text) {
  var link = linkOf(text)
  if (link) return ofLink(link)
  if (text.charAt(0) === '?') return ofQuery(pairsOf(text.slice(1)), false)
  if (/(^|&)(scene|q)=[^=&]*%/.test(text)) return ofQuery(pairsOf(text), false)
  return found(pairsOf(plain(text)))
}

/** Reads a source of parseScene. */
function read (source) {
  if (typeof source === 'string') return ofText(source)
  if (!source || typeof source !== 'object') return found([])
  var query = queryOf(source)
  var pairs = []
  for (var key in query) {
    if (Object.prototype.hasOwnProperty.call(query, key) && typeof query[key] === 'string' && key !== 'scancode_time') {
      pairs.push([key, query[key]])
    }
  }
  return ofQuery(pairs, false)
}

/** Sets a member of any name: a plain assignment to __proto__ would not create a property. */
function set (object, key, value) {
  Object.defineProperty(object, key, { value: value, configurable: true, enumerable: true, writable: true })
}

/**
 * Decodes a scene. Never throws.
 *
 * source: the query of onLoad, the options of App.onLaunch, App.onShow or wx.getEnterOptionsSync(), or the scene string
 * itself. A query may have parameters of its own beside a scene or instead of one, and `q`, the link of a plain QR code.
 * Returns { params, shortId }: `params` are the pairs of `k=v&k=v` (values may contain `=`). A short link, `s=ID` alone,
 * gives `shortId`, which resolveScene looks up; `params` are then those beside it.
 */
function parseScene (source) {
  var result = read(source)
  var params = {}
  for (var i = 0; i < result.pairs.length; i++) set(params, unescape(result.pairs[i][0]), unescape(result.pairs[i][1]))
  return { params: params, shortId: result.shortId }
}

/** Both as one object; members of the second count. */
function merged (one, two) {
  var all = {}
  var key
  for (key in one) set(all, key, one[key])
  for (key in two) if (Object.prototype.hasOwnProperty.call(two, key)) set(all, key, two[key])
  return all
}

/**
 * Decodes a scene and looks up short links.
 *
 * request: function (id) that returns a Promise of the params of a short link.
 * Returns a Promise of the params. Rejects if `request` rejects, throws or is missing for a short link.
 */
function resolveScene (source, request) {
  var parsed = parseScene(source)
  if (!parsed.shortId) return Promise.resolve(parsed.params)
  if (typeof request !== 'function') {
    return Promise.reject(new TypeError('resolveScene needs a function that looks up the short link ' + parsed.shortId))
  }
  return Promise.resolve(parsed.shortId).then(request).then(function (params) {
    return Object.keys(parsed.params).length ? merged(parsed.params, params) : params
  })
}

/**
 * Scene string of the latest entry into the mini-program, still encoded; '' if the entry has none. For a plain QR code, it is
 * its link as a query, `?q=...`. Never throws.
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
  var query = queryOf(options)
  if (typeof query.scene === 'string') return query.scene
  return typeof query.q === 'string' && linkOf(query.q) ? '?q=' + encodeURIComponent(linkOf(query.q)) : ''
}

/** A page's path without the leading slash and the extension. */
function bare (path) {
  return String(path).replace(/^\//, '').replace(/\.html$/, '')
}

module.exports = { parseScene: parseScene, resolveScene: resolveScene, enteredScene: enteredScene }
