// Script of /qrcode: calls /api/qrcode and shows the code or the error.
'use strict'
const form = document.getElementById('form')
const output = document.getElementById('output')
const count = document.getElementById('count')

const show = (...children) => output.replaceChildren(...children)

const element = (name, properties, ...children) => {
  const node = Object.assign(document.createElement(name), properties)
  node.append(...children)
  return node
}

form.scene.addEventListener('input', () => {
  count.textContent = [...form.scene.value].length + ' / 32'
})

form.addEventListener('submit', async event => {
  event.preventDefault()
  const button = form.querySelector('button')
  const fields = {
    scene: form.scene.value, page: form.page.value, width: Number(form.width.value), is_hyaline: form.is_hyaline.checked
  }
  button.disabled = true
  try {
    const response = await fetch('/api/qrcode', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(fields)
    })
    const result = await response.json()
    if (response.status === 401) return location.assign('/login?next=/qrcode')
    // Errors outside of the handler, such as those of keys and deadlines, are problems.
    if (!result.success) throw new Error(result.error ?? [result.detail, result.hint].filter(Boolean).join(': '))
    const name = 'code.' + (result.image.startsWith('data:image/png') ? 'png' : 'jpg')
    // Launch parameter with which WeChat DevTools simulates a scan.
    const launch = 'scene=' + encodeURIComponent(result.scene)
    show(
      element('img', { src: result.image, alt: result.scene }),
      element('p', {}, element('a', { href: result.image, download: name }, '下载 Download')),
      element('p', {}, '开发者工具启动参数', element('br'), element('code', {}, launch))
    )
  } catch (error) {
    show(element('p', { className: 'error' }, error.message))
  } finally {
    button.disabled = false
  }
})
