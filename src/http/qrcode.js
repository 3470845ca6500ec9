// The form of /qrcode: asks /api/qrcode and shows the code, or what is wrong.
'use strict'
const form = document.getElementById('form')
const output = document.getElementById('output')
const count = document.getElementById('count')

const show = (...children) => output.replaceChildren(...children)

const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

form.scene.addEventListener('input', () => {
  count.textContent = [...form.scene.value].length + ' / 32'
})

form.addEventListener('submit', async event => {
  event.preventDefault()
  const button = form.querySelector('button')
  const asked = {
    scene: form.scene.value, page: form.page.value, width: Number(form.width.value), is_hyaline: form.is_hyaline.checked
  }
  button.disabled = true
  try {
    const response = await fetch('/api/qrcode', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(asked)
    })
    const answer = await response.json()
    if (!answer.success) throw new Error(answer.error)
    const name = 'code.' + (answer.image.startsWith('data:image/png') ? 'png' : 'jpg')
    // What the developer tool takes to simulate a scan.
    const launch = 'scene=' + encodeURIComponent(answer.scene)
    show(
      element('img', { src: answer.image, alt: answer.scene }),
      element('p', {}, element('a', { href: answer.image, download: name }, '下载 Download')),
      element('p', {}, '开发者工具启动参数', element('br'), element('code', {}, launch))
    )
  } catch (error) {
    show(element('p', { className: 'error' }, error.message))
  } finally {
    button.disabled = false
  }
})
