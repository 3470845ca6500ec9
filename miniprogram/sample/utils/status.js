'use strict'

/** What users see for each status of the back end and of a poster's link (docs/http.md). */
var MESSAGES = {
  400: '请求有误，请重试',
  401: '登录已失效，请重新打开小程序',
  403: '海报链接已过期，请重新生成',
  404: '内容不存在或已下架',
  405: '请求有误，请更新小程序',
  409: '内容已变更，请重新打开页面',
  408: '网络较慢，请重试',
  410: '内容已过期',
  412: '内容已被他人修改，请刷新',
  413: '图片过大，请换一张',
  415: '不支持这种图片格式，请换一张',
  416: '下载失败，请重试',
  422: '海报内容有误，请修改后重试',
  428: '请求有误，请更新小程序',
  429: '操作太频繁，请稍后再试',
  431: '请求有误，请更新小程序',
  500: '服务出错，请稍后再试',
  501: '请求有误，请更新小程序',
  502: '小程序码或图片获取失败，请稍后再试',
  503: '当前人数较多，请稍后再试',
  504: '生成超时，请稍后再试'
}

/** What users see for errors that they can correct, by `code` of the error. */
var CODES = {
  text_risky: '文字含有违规内容，请修改',
  openid_missing: '请先登录',
  wechat_openid: '登录已过期，请重新打开小程序'
}

/** Longest wait before an automatic retry, seconds. */
var MAX_WAIT = 5

/** A message for users. `data`: the error's body, if it is JSON. */
function message (status, data) {
  var code = data && typeof data === 'object' ? data.code : ''
  return CODES[code] || MESSAGES[status] || (status >= 500 ? MESSAGES[500] : MESSAGES[400])
}

/** Seconds to wait before a retry can succeed; null if it cannot, or takes too long. */
function retryAfter (status, header) {
  if (status !== 429 && status !== 503) return null
  var headers = header || {}
  var given = null
  Object.keys(headers).forEach(function (name) {
    if (name.toLowerCase() === 'retry-after') given = Number(headers[name])
  })
  if (given === null) return 1
  return given >= 0 && given <= MAX_WAIT ? given : null
}

module.exports = { MESSAGES: MESSAGES, message: message, retryAfter: retryAfter }
