'use strict'

var api = require('./wx.js')

/** Whether this version of WeChat can share a picture. Base library 2.14.3. */
function isSupported () {
  return api.has('showShareImageMenu')
}

/**
 * Opens WeChat's menu to send a local picture to friends or Moments. A friend who receives it can enter the mini-program
 * at `entrancePath` without scanning the code.
 */
function image (filePath, entrancePath) {
  return api.call('showShareImageMenu', {
    path: filePath, needShowEntrance: true, entrancePath: entrancePath
  }).then(null, function (error) {
    // Below base library 3.8.2, only some categories of mini-programs may add an entrance.
    if (!/forbidden/i.test(error && error.errMsg)) throw error
    return api.call('showShareImageMenu', { path: filePath, needShowEntrance: false })
  }).then(null, function (error) {
    if (/cancel/i.test(error && error.errMsg)) throw api.failure('已取消', true)
    throw api.failure('分享失败，请保存后再发送')
  })
}

module.exports = { isSupported: isSupported, image: image }
