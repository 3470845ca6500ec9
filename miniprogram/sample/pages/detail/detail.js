'use strict'

var config = require('../../config.js')
var api = require('../../utils/wx.js')
var haibao = require('../../utils/scene.js')

/** Parameters of a short link. */
function lookUp (id) {
  return api.request({ url: config.server + '/v1/scenes/' + encodeURIComponent(id) }).then(function (response) {
    return response.params
  })
}

Page({
  data: { loading: true, message: '', id: '', sharer: '' },

  onLoad: function (query) {
    this.query = query
    return this.load()
  },

  load: function () {
    var page = this
    page.setData({ loading: true, message: '' })
    return haibao.resolveScene(page.query, lookUp).then(function (params) {
      // Opened from a share card or another page, the query itself contains the parameters.
      var id = params.id || page.query.id
      if (!id) throw api.failure('没有找到商品，请重新扫码')
      page.setData({ loading: false, id: id, sharer: params.u || '' })
    }).catch(function (error) {
      page.setData({ loading: false, message: error.message })
    })
  }
})
