'use strict'

var api = require('./wx.js')

var SCOPE = 'scope.writePhotosAlbum'
/** errno of WeChat: the user has not agreed to the privacy agreement; the agreement does not declare the API. */
var NOT_AGREED = 104
var NOT_DECLARED = 112

/** The privacy error of an API's failure; null if it failed for another reason. */
function privacyFailure (error) {
  var errno = error && error.errno
  var text = String(error && error.errMsg)
  if (errno === NOT_DECLARED || /not declared in the privacy/i.test(text)) {
    // The developer must declare 相册（仅写入）权限 on the admin page.
    return api.failure('暂不支持保存图片，请长按海报保存')
  }
  if (errno === NOT_AGREED || /privacy/i.test(text)) return api.failure('需要同意隐私保护指引才能保存图片', true)
  return null
}

/** Asks for the privacy agreement, which WeChat shows if the user has not agreed yet. Base library 2.32.3. */
function agree () {
  if (!api.has('requirePrivacyAuthorize')) return Promise.resolve()
  return api.call('requirePrivacyAuthorize').then(null, function (error) {
    throw privacyFailure(error) || api.failure('需要同意隐私保护指引才能保存图片', true)
  })
}

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
      // The settings cannot change a refused or undeclared privacy agreement.
      var privacy = privacyFailure(error)
      if (privacy) throw privacy
      return fromSettings()
    })
  })
}

/** Opens the settings and checks whether the permission was granted there. */
function fromSettings () {
  return api.call('showModal', {
    title: '保存到相册',
    content: '需要允许“添加到相册”，才能保存海报。',
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
  return agree().then(authorize).then(function () {
    return api.call('saveImageToPhotosAlbum', { filePath: filePath })
  }).then(null, function (error) {
    if (error instanceof Error) throw error
    var privacy = privacyFailure(error)
    if (privacy) throw privacy
    var text = String(error && error.errMsg)
    if (/cancel/i.test(text)) throw api.failure('已取消', true)
    if (/auth deny|authorize/i.test(text)) throw api.failure('未允许保存到相册', true)
    throw api.failure('保存失败，请重试')
  })
}

module.exports = { save: save }
