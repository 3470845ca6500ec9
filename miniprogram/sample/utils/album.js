'use strict'

var api = require('./wx.js')

var SCOPE = 'scope.writePhotosAlbum'

/**
 * Requests permission to write to the album. WeChat shows its dialog only once; after a refusal, the permission can only
 * be granted in the settings.
 */
function authorize () {
  return api.call('getSetting').then(function (result) {
    var granted = result.authSetting[SCOPE]
    if (granted === true) return
    if (granted === false) return fromSettings()
    return api.call('authorize', { scope: SCOPE }).then(null, function (error) {
      // The user refused the privacy agreement, or it is not declared on the admin page. The settings cannot change that.
      if (/privacy/i.test(error && error.errMsg)) throw api.failure('需要同意隐私保护指引才能保存图片', true)
      return fromSettings()
    })
  })
}

/** Opens the settings and checks whether the permission was granted there. */
function fromSettings () {
  return api.call('showModal', {
    title: '保存到相册',
    content: '需要您允许“添加到相册”，才能保存海报。',
    confirmText: '去设置'
  }).then(function (result) {
    if (!result.confirm) throw api.failure('未允许保存到相册', true)
    return api.call('openSetting')
  }).then(function (result) {
    if (result.authSetting[SCOPE] !== true) throw api.failure('未允许保存到相册', true)
  })
}

/** Saves a local file to the album. */
function save (filePath) {
  return authorize().then(function () {
    return api.call('saveImageToPhotosAlbum', { filePath: filePath })
  }).then(null, function (error) {
    if (error instanceof Error) throw error
    if (/cancel/i.test(error && error.errMsg)) throw api.failure('已取消', true)
    throw api.failure('保存失败，请重试')
  })
}

module.exports = { save: save }
