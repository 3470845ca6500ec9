'use strict'

/** Why something did not work, for people. `cancelled` when they did not want it. */
function failure (message, cancelled) {
  var error = new Error(message)
  error.cancelled = cancelled === true
  return error
}

/** wx.NAME(options) as a Promise. */
function call (name, options) {
  return new Promise(function (resolve, reject) {
    var all = {}
    Object.keys(options || {}).forEach(function (key) { all[key] = options[key] })
    all.success = resolve
    all.fail = reject
    wx[name](all)
  })
}

/**
 * JSON from one's own server. wx.request calls success on any status, so this looks at it.
 * The Promise fails with an error that can be shown.
 */
function request (options) {
  return call('request', {
    url: options.url,
    method: options.method || 'GET',
    data: options.data,
    dataType: 'json',
    timeout: 10000
  }).then(function (answer) {
    if (answer.statusCode >= 200 && answer.statusCode < 300 && answer.data && typeof answer.data === 'object') {
      return answer.data
    }
    if (answer.statusCode === 404 || answer.statusCode === 410) throw failure('内容不存在或已过期')
    throw failure('服务暂时不可用，请稍后再试')
  }, function () {
    throw failure('网络不可用，请检查后重试')
  })
}

/** A file from one's own server. wx.downloadFile saves an error page as well, and calls that success. */
function download (url) {
  return call('downloadFile', { url: url, timeout: 30000 }).then(function (answer) {
    if (answer.statusCode === 200) return answer.tempFilePath
    if (answer.statusCode === 403) throw failure('海报链接已过期，请重新生成')
    throw failure('海报生成失败，请稍后再试')
  }, function () {
    throw failure('网络不可用，请检查后重试')
  })
}

module.exports = { call: call, failure: failure, request: request, download: download }
