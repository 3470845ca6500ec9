'use strict'

var api = require('./wx.js')

var SCOPE = 'scope.writePhotosAlbum'

/**
 * Leave to write to the album. Asked for the first time, WeChat shows its own question; once refused it never asks
 * again, and only the settings help.
 */
function permit () {
  return api.call('getSetting').then(function (answer) {
    var granted = answer.authSetting[SCOPE]
    if (granted === true) return
    if (granted === false) return fromSettings()
    return api.call('authorize', { scope: SCOPE }).then(null, function (error) {
      // The privacy agreement was refused, or is missing on the mini-program's admin page: no setting helps there.
      if (/privacy/i.test(error && error.errMsg)) throw api.failure('需要同意隐私保护指引才能保存图片', true)
      return fromSettings()
    })
  })
}

/** Leads to the settings, and looks at what was chosen there. */
function fromSettings () {
  return api.call('showModal', {
    title: '保存到相册',
    content: '需要您允许“添加到相册”，才能保存海报。',
    confirmText: '去设置'
  }).then(function (answer) {
    if (!answer.confirm) throw api.failure('未允许保存到相册', true)
    return api.call('openSetting')
  }).then(function (answer) {
    if (answer.authSetting[SCOPE] !== true) throw api.failure('未允许保存到相册', true)
  })
}

/** Saves a local file to the album. */
function save (filePath) {
  return permit().then(function () {
    return api.call('saveImageToPhotosAlbum', { filePath: filePath })
  }).then(null, function (error) {
    if (error instanceof Error) throw error
    if (/cancel/i.test(error && error.errMsg)) throw api.failure('已取消', true)
    throw api.failure('保存失败，请重试')
  })
}

module.exports = { save: save }
