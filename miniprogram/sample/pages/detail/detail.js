'use strict'

var config = require('../../config.js')
var api = require('../../utils/wx.js')
var haibao = require('../../utils/scene.js')

var ROUTE = 'pages/detail/detail'

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
    this.entered = haibao.enteredScene(ROUTE)
    return this.load()
  },

  /** A second scan while the page is open brings a new scene without calling onLoad. */
  onShow: function () {
    var scene = haibao.enteredScene(ROUTE)
    if (!scene || scene === this.entered) return Promise.resolve()
    this.entered = scene
    this.query = { scene: scene }
    return this.load()
  },

  load: function () {
    var page = this
    var query = page.query
    page.setData({ loading: true, message: '' })
    return haibao.resolveScene(query, lookUp).then(function (params) {
      // Opened from a share card, a shared picture or another page, the query itself contains the parameters, which are read, too.
      var id = params.id
      if (!id) throw api.failure('没有找到商品，请重新扫码')
      // A later scan may have replaced the query while a short link was looked up.
      if (query === page.query) page.setData({ loading: false, id: id, sharer: params.u || '' })
    }).catch(function (error) {
      if (query === page.query) page.setData({ loading: false, message: error.message })
    })
  }
})
