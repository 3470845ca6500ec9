// Script of /qrcode: fetches a code and shows it, or says in words why there is none.

import { gap, h, inWords, next, request, rich, showProblem, t } from '/pages.js'

const form = document.getElementById('form')
const output = document.getElementById('output')
const count = document.getElementById('count')
const button = document.getElementById('start')
const FIELDS = ['scene', 'page', 'width']
const MAX_SCENE = 32
const ALLOWED = /[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]/

// Errors in the form: what is wrong, and what to do. The sentences of the API quote the value and speak of JSON.
const WORDS = {
  scene_empty: [['请填写参数', '页面需要的数据，如 id=123'], ['Enter the scene', 'The data that the page needs, such as id=123']],
  scene_too_long: [['超过 32 个字符', '请缩短，或只传编号，由页面查询其余内容'], ['More than 32 characters', 'Shorten it, or pass an id and let the page look up the rest']],
  page_slash: [['开头不能是 /', '去掉开头的 /'], ['It must not begin with /', 'Remove the leading /']],
  page_query: [['不能带参数', '? 后面的内容写到“参数 scene”中'], ['It must not have a query', 'Move what follows the ? to the scene']],
  page_character: [['不能有空格', '与 app.json 中写法一致，如 pages/index/index'], ['It must not contain spaces', 'Write it as in app.json, such as pages/index/index']],
}

const scene = () => [...form.scene.value]
form.scene.addEventListener('input', () => {
  count.textContent = `${scene().length} / ${MAX_SCENE}`
  count.classList.toggle('over', scene().length > MAX_SCENE)
})

// Shows what is wrong with a field: pairs of text and hint.
const mark = (field, all) => {
  const line = ([text, hint]) => h('span', {}, rich(hint ? `${text}${gap(text)}${next(hint)}` : text))
  document.getElementById(`${field}-error`).replaceChildren(...all.map(line))
  if (all.length) form[field].setAttribute('aria-invalid', 'true')
  else form[field].removeAttribute('aria-invalid')
}

// Text and hint of a finding. One sentence for all findings of a kind.
const sentence = finding => {
  const { code } = finding
  const illegal = [...new Set(scene().filter(character => !ALLOWED.test(character)))].map(one => (one === ' ' ? t('空格', 'space') : one))
  if (code === 'scene_character' && illegal.length) {
    return [t(`不能包含 ${illegal.join(' ')}`, `It must not contain ${illegal.join(' ')}`), t('请改用编号或英文', 'Use an id, or letters and digits')]
  }
  if (WORDS[code]) return t(...WORDS[code])
  const { text, hint } = inWords(finding)
  return [text, hint]
}

// Shows findings below their fields. Returns those of no field.
const markFields = async errors => {
  const rest = []
  let first = null
  for (const field of FIELDS) {
    const own = errors.filter(one => one.pointer === `/${field}`)
    const kinds = own.filter((one, at) => own.findIndex(other => other.code === one.code) === at)
    mark(field, kinds.map(sentence))
    if (own.length) first ??= form[field]
  }
  rest.push(...errors.filter(one => !FIELDS.includes(one.pointer?.slice(1))))
  first?.focus()
  return { rest, marked: Boolean(first) }
}

const show = code => {
  const name = `code.${code.image.startsWith('data:image/png') ? 'png' : 'jpg'}`
  output.replaceChildren(
    h('img', { src: code.image, alt: t(`小程序码，参数 ${code.scene}`, `Code with the scene ${code.scene}`) }),
    h('a', { class: 'button', href: code.image, download: name }, t('下载', 'Download')),
    h('p', { class: 'soft' }, t('开发者工具启动参数', 'Launch parameter for WeChat DevTools'), h('br'), h('code', {}, code.launch_parameter)),
  )
}

form.addEventListener('submit', async event => {
  event.preventDefault()
  await markFields([])
  if (!form.scene.value) {
    mark('scene', [t(...WORDS.scene_empty)])
    form.scene.focus()
    return
  }
  button.disabled = true
  output.setAttribute('aria-busy', 'true')
  const fields = { scene: form.scene.value, width: form.width.valueAsNumber || undefined, is_hyaline: form.is_hyaline.checked }
  if (form.page.value) fields.page = form.page.value
  try {
    show(await request('/v1/codes', {
      method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify(fields),
    }))
  } catch (problem) {
    const { rest, marked } = await markFields(problem.errors ?? [])
    const place = h('div', { class: 'problem' })
    output.replaceChildren(place)
    if (marked && !rest.length) output.replaceChildren(h('p', { class: 'error' }, t('请修改标出的内容', 'Correct the marked fields')))
    else await showProblem(place, { ...problem, errors: rest })
  } finally {
    button.disabled = false
    output.removeAttribute('aria-busy')
  }
})
