'use strict'

var status = require('./status.js')

/** An error with a message for users. `cancelled`: the user cancelled the action. `status`: of the response, if any. */
function failure (message, cancelled, statusCode) {
  var error = new Error(message)
  error.cancelled = cancelled === true
  error.status = statusCode
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

/** Whether this version of WeChat has an API. */
function has (name) {
  return typeof wx[name] === 'function'
}

function wait (seconds) {
  return new Promise(function (resolve) { setTimeout(resolve, seconds * 1000) })
}

/**
 * Makes a call whose success callback receives any status. Repeats it once if the service asks to come back soon.
 * Rejects with an error whose message can be shown to users.
 */
function ask (name, options, isLast) {
  return call(name, options).then(function (response) {
    var code = response.statusCode
    if (code >= 200 && code < 300) return response
    var seconds = isLast ? null : status.retryAfter(code, response.header)
    if (seconds === null) throw failure(status.message(code, response.data), false, code)
    return wait(seconds).then(function () { return ask(name, options, true) })
  }, function () {
    throw failure('网络不可用，请检查后重试')
  })
}

/** Requests JSON from the back end. */
function request (options) {
  return ask('request', {
    url: options.url,
    method: options.method || 'GET',
    data: options.data,
    dataType: 'json',
    timeout: 10000
  }).then(function (response) {
    if (response.data && typeof response.data === 'object') return response.data
    throw failure(status.message(500), false, response.statusCode)
  })
}

/** Downloads a file and returns its local path. wx.downloadFile also saves error responses and calls success. */
function download (url) {
  return ask('downloadFile', { url: url, timeout: 30000 }).then(function (response) {
    if (response.statusCode === 200) return response.tempFilePath
    throw failure(status.message(500), false, response.statusCode)
  })
}

module.exports = { call: call, failure: failure, has: has, request: request, download: download }
