'use strict'

var config = require('../../config.js')
var api = require('../../utils/wx.js')
var album = require('../../utils/album.js')

Page({
  data: { poster: '', loading: true, saving: false, message: '' },

  onLoad: function (query) {
    this.goods = query.id || '8801'
    return this.load()
  },

  /** Requests a signed link from the back end and downloads the poster. */
  load: function () {
    var page = this
    page.setData({ poster: '', loading: true, message: '' })
    return api.request({
      url: config.server + '/poster-links',
      method: 'POST',
      data: { goods: page.goods }
    }).then(function (response) {
      return api.download(response.url)
    }).then(function (file) {
      page.setData({ poster: file, loading: false })
    }).catch(function (error) {
      page.setData({ loading: false, message: error.message })
    })
  },

  save: function () {
    var page = this
    if (page.data.saving || !page.data.poster) return Promise.resolve()
    page.setData({ saving: true })
    return album.save(page.data.poster).then(function () {
      wx.showToast({ title: '已保存' })
    }, function (error) {
      wx.showToast({ title: error.message, icon: 'none' })
    }).then(function () {
      page.setData({ saving: false })
    })
  }
})
