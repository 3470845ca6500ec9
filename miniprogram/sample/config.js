'use strict'

module.exports = {
  // Your back end, such as miniprogram/backend behind your domain: it authenticates users, requests signed links from
  // haibao, and forwards GET /v1/scenes/{id}. Its domain must be on the list for request, and the host of haibao's links
  // on the list for downloadFile (开发管理 - 开发设置 - 服务器域名).
  server: 'https://shop.example.com'
}
