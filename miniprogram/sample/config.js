'use strict'

module.exports = {
  // Your back end. Its domain must be on the list for request and downloadFile (开发管理 - 开发设置 - 服务器域名).
  // It authenticates users, requests posters from haibao, and forwards GET /v1/scenes/{id}.
  server: 'https://shop.example.com'
}
