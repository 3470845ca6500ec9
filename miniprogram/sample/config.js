'use strict'

module.exports = {
  // Your own back end, on the list of legal domains (开发管理 - 开发设置 - 服务器域名) for request and downloadFile.
  // It knows who is signed in, asks haibao for posters, and passes GET /v1/scenes/{id} on.
  server: 'https://shop.example.com'
}
