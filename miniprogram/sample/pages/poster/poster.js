'use strict'

var config = require('../../config.js')
var api = require('../../utils/wx.js')
var album = require('../../utils/album.js')
var share = require('../../utils/share.js')

/** Requests a signed link from the back end. */
function link (goods) {
  return api.request({ url: config.server + '/poster-links', method: 'POST', data: { goods: goods } })
}

Page({
  data: { poster: '', loading: true, busy: false, message: '', canShare: false },

  onLoad: function (query) {
    this.goods = query.id || '8801'
    this.setData({ canShare: share.isSupported() })
    return this.load()
  },

  /** Requests a link and downloads the poster. If the link expires in between, requests another one. */
  load: function () {
    var page = this
    var fetch = function (isLast) {
      return link(page.goods).then(function (response) {
        return api.download(response.url)
      }).then(null, function (error) {
        if (error.status === 403 && !isLast) return fetch(true)
        throw error
      })
    }
    page.setData({ poster: '', loading: true, message: '' })
    return fetch(false).then(function (file) {
      page.setData({ poster: file, loading: false })
    }).catch(function (error) {
      page.setData({ loading: false, message: error.message })
    })
  },

  save: function () {
    return this.act(function (file) {
      return album.save(file).then(function () { wx.showToast({ title: '已保存' }) })
    })
  },

  share: function () {
    var entrance = '/pages/detail/detail?id=' + encodeURIComponent(this.goods)
    return this.act(function (file) { return share.image(file, entrance) })
  },

  /** Runs one action at a time with the poster's file, and shows its error. */
  act: function (action) {
    var page = this
    if (page.data.busy || !page.data.poster) return Promise.resolve()
    page.setData({ busy: true })
    return action(page.data.poster).then(null, function (error) {
      wx.showToast({ title: error.message, icon: 'none' })
    }).then(function () {
      page.setData({ busy: false })
    })
  }
})
