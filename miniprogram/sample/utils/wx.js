'use strict'

/** An error with a message for users. `cancelled`: the user cancelled the action. */
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
 * Requests JSON from the back end. wx.request calls success for any status, so the status is checked here.
 * Rejects with an error whose message can be shown to users.
 */
function request (options) {
  return call('request', {
    url: options.url,
    method: options.method || 'GET',
    data: options.data,
    dataType: 'json',
    timeout: 10000
  }).then(function (response) {
    var ok = response.statusCode >= 200 && response.statusCode < 300
    if (ok && response.data && typeof response.data === 'object') return response.data
    if (response.statusCode === 404 || response.statusCode === 410) throw failure('内容不存在或已过期')
    throw failure('服务暂时不可用，请稍后再试')
  }, function () {
    throw failure('网络不可用，请检查后重试')
  })
}

/** Downloads a file. wx.downloadFile also saves error pages and calls success, so the status is checked here. */
function download (url) {
  return call('downloadFile', { url: url, timeout: 30000 }).then(function (response) {
    if (response.statusCode === 200) return response.tempFilePath
    if (response.statusCode === 403) throw failure('海报链接已过期，请重新生成')
    throw failure('海报生成失败，请稍后再试')
  }, function () {
    throw failure('网络不可用，请检查后重试')
  })
}

module.exports = { call: call, failure: failure, request: request, download: download }
