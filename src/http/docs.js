// Renders /openapi.json. Text is inserted as text, never as HTML.

import { h, isChinese, meanings, problemOf, lost, rich, showProblem, t, titleIn } from '/pages.js'

const $ = (id) => document.getElementById(id)

const json = (path) => fetch(path).then((response) => (response.ok ? response.json() : null)).catch(() => null)
const [api, chinese] = await Promise.all([json('/openapi.json'), isChinese ? json('/docs.zh.json') : null])

/** A text of the document in the language of the page. */
const say = (text) => chinese?.[text] ?? text

/** Text with `code` in backquotes. */
const prose = (text = '') => rich(say(text))

function show() {
  $('version').textContent = `haibao ${api.info.version}`
  contents()
  start()
  $('groups').append(...api.tags.map(group))
  templates()
  errors()
  open()
  addEventListener('hashchange', open)
}

/** Opens the operation that the address names. */
function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target?.tagName === 'DETAILS') target.open = true
  target?.scrollIntoView()
}

const slug = (name) => name.toLowerCase().replaceAll(' ', '-')

const nameOf = (tag) => t(tag['x-name-zh'], tag.name)

function contents() {
  const entry = (id, name) => h('li', {}, h('a', { href: `#${id}` }, name))
  $('contents').append(
    entry('start', t('第一张海报', 'First poster')),
    ...api.tags.map((tag) => entry(slug(tag.name), nameOf(tag))),
    entry('parameters', t('模板参数', 'Parameters')),
    entry('errors', t('错误', 'Errors')),
  )
}

const resolve = (schema) =>
  schema?.$ref ? resolve(schema.$ref.slice(2).split('/').reduce((at, key) => at[decodeURIComponent(key)], api)) : schema ?? {}

const requests = () =>
  Object.entries(api.components.schemas)
    .filter(([name]) => name.startsWith('Poster.'))
    .map(([name, schema]) => ({ id: name.slice('Poster.'.length), schema }))

// First poster

function start() {
  const all = requests()
  if (!all.length) return
  $('start').hidden = false
  if ($('keyed')) $('keyed').hidden = api['x-open']
  // Without a session, samples cannot be seen.
  const see = (isSeen) => {
    $('poster').hidden = !isSeen
    $('none').hidden = isSeen
    $('caption').hidden = !isSeen
  }
  $('poster').addEventListener('error', () => see(false))
  $('poster').addEventListener('load', () => see(true))
  $('template').append(...all.map(({ id, schema }) => h('option', { value: id }, `${titleOf(schema)} · ${id}`)))
  if (all.some(({ id }) => id === 'product-share')) $('template').value = 'product-share'
  const fill = () => {
    const schema = api.components.schemas[`Params.${$('template').value}`]
    $('params').value = JSON.stringify(schema.examples?.[0] ?? {}, null, 2)
    if (seesSamples()) {
      $('poster').src = `/v1/templates/${$('template').value}/samples/usual.png`
      $('caption').textContent = t('示例', 'Sample')
    } else see(false)
    $('problem').replaceChildren()
    $('params').rows = Math.min(16, $('params').value.split('\n').length + 1)
    update()
  }
  $('template').addEventListener('change', fill)
  $('params').addEventListener('input', update)
  $('send').addEventListener('click', send)
  $('curl').parentElement.append(copyButton($('curl')))
  fill()
}

/** The body of the request, or null while the parameters are not JSON. */
function body() {
  try {
    return { template: $('template').value, params: JSON.parse($('params').value) }
  } catch (error) {
    $('params-error').textContent = `${t('不是有效的 JSON：', 'This is not JSON: ')}${error.message}`
    return null
  }
}

function update() {
  const request = body()
  if (request) $('params-error').textContent = ''
  $('send').disabled = !request
  if (request) $('curl').textContent = curl('post', '/v1/posters', request, 'poster.png')
}

async function send() {
  $('send').disabled = true
  $('took').textContent = '…'
  $('problem').replaceChildren()
  const begun = performance.now()
  const key = $('key')?.value.trim()
  const response = await fetch('/v1/posters', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify(body()),
  }).catch(() => null)
  $('send').disabled = false
  $('took').textContent = response ? `${response.status} · ${Math.round(performance.now() - begun)} ms` : ''
  if (!response?.ok) {
    const document = await response?.json().catch(() => null)
    const problem = response ? problemOf(response.status, document, response.headers.get('retry-after')) : lost()
    // Without a session, the reader can enter a key.
    const headline = problem.status === 401 && $('key') ? t('请填写有效的 API 密钥', 'Enter a valid API key') : undefined
    await showProblem($('problem'), problem, { headline })
    if (document) $('problem').append(h('details', {}, h('summary', {}, t('原始响应', 'Raw response')), h('pre', { tabindex: 0 }, JSON.stringify(document, null, 2))))
    return
  }
  const picture = await response.blob()
  URL.revokeObjectURL($('poster').src)
  $('poster').src = URL.createObjectURL(picture)
  const findings = Number(response.headers.get('x-haibao-findings')) || 0
  $('caption').textContent = `${(picture.size / 1024).toFixed(0)} KiB${findings ? t(` · ${findings} 条提示`, ` · ${findings} ${findings === 1 ? 'finding' : 'findings'}`) : ''}`
}

function curl(method, path, request, file) {
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`
  const lines = [`curl ${location.origin}${path}`]
  if (method !== 'get') lines[0] = method === 'post' ? lines[0] : `curl -X ${method.toUpperCase()} ${location.origin}${path}`
  if (file) lines[0] += ` -o ${file}`
  if (!api['x-open']) lines.push('-H "Authorization: Bearer $HAIBAO_KEY"')
  if (request) lines.push(`-H 'Content-Type: application/json'`, `-d ${quote(JSON.stringify(request, null, 2))}`)
  return lines.join(' \\\n  ')
}

function copyButton(pre) {
  const button = h('button', { type: 'button', class: 'copy' }, t('复制', 'Copy'))
  button.addEventListener('click', async () => {
    await navigator.clipboard?.writeText(pre.textContent)
    button.textContent = t('已复制', 'Copied')
    setTimeout(() => (button.textContent = t('复制', 'Copy')), 1500)
  })
  return button
}

// Operations

function group(tag) {
  // Scripts and style sheets concern only the pages that load them.
  const paths = Object.entries(api.paths).filter(([path]) => !/\.(js|css|zh\.json)$/.test(path))
  const all = paths.flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, one]) => one.tags.includes(tag.name)).map(([method, one]) => operation(method, path, one)),
  )
  return h('section', { id: slug(tag.name), class: 'group' },
    h('h2', {}, nameOf(tag)), h('p', { class: 'lead' }, say(tag.description)), ...all)
}

/** A path that may break after its slashes. */
const breakable = (path) => path.split(/(?<=\/)/).flatMap((part) => [part, h('wbr')])

function operation(method, path, one) {
  const details = h('details', { class: 'op', id: one.operationId },
    h('summary', {}, h('span', { class: `method ${method}` }, method),
      h('div', {}, h('span', { class: 'path' }, breakable(path)), h('span', { class: 'summary' }, prose(one.summary)))))
  // Filled when it is opened: a document has thousands of fields.
  details.addEventListener('toggle', () => {
    if (details.childElementCount === 1) details.append(content(method, path, one))
  })
  return details
}

function content(method, path, one) {
  const box = h('div')
  if (one.description) box.append(h('p', {}, prose(one.description)))
  if (one['x-scope'] && !api['x-open']) box.append(h('p', { class: 'hint' }, t('需要的权限：', 'Scope: '), h('code', {}, one['x-scope'])))
  if (one.parameters) box.append(title('参数', 'Parameters'), fields(one.parameters.map((p) => [p.name, p.schema, p.required, p.description, p.in])))
  const media = Object.entries(one.requestBody?.content ?? {})
  for (const [type, { schema, example }] of media) {
    box.append(title('请求', 'Request'), h('p', { class: 'hint' }, type))
    const resolved = resolve(schema)
    if (resolved.oneOf && resolved.oneOf.every((one) => one.$ref)) {
      box.append(h('p', {}, t('模板决定接受哪些参数：', 'The template decides the parameters: '), h('a', { href: '#parameters' }, t('模板参数', 'Parameters'))), rows(withoutTemplate(resolve(resolved.oneOf[0]))))
    } else box.append(rows(resolved))
    if (type === 'application/json') box.append(title('示例', 'Example'), sample(curl(method, path, example)))
    else box.append(title('示例', 'Example'), sample(form(path, example)))
  }
  if (!media.length) box.append(title('示例', 'Example'), sample(curl(method, path)))
  box.append(title('响应', 'Responses'), responses(one.responses))
  return box
}

/** The general request: the template is any name, the parameters any object. */
function withoutTemplate(schema) {
  const properties = { ...schema.properties, template: { type: 'string', description: schema.properties.template.description }, params: { type: 'object', description: 'Parameters of the template.' } }
  const order = ['template', 'params', ...Object.keys(properties)]
  return { ...schema, properties: Object.fromEntries(order.map((name) => [name, properties[name]])) }
}

const form = (path, example) =>
  [`curl ${location.origin}${path}`, ...(!api['x-open'] ? ['-H "Authorization: Bearer $HAIBAO_KEY"'] : []),
    `-F 'options=${JSON.stringify(example.options)};type=application/json'`, '-F file=@rows.csv'].join(' \\\n  ')

const title = (zh, en) => h('h3', {}, t(zh, en))

function sample(text) {
  const pre = h('pre', { tabindex: 0 }, text)
  return h('div', { class: 'snippet' }, pre, copyButton(pre))
}

function responses(all) {
  const problems = Object.entries(all).filter(([, response]) => response.$ref).map(([status]) => h('code', {}, status))
  const rows = Object.entries(all).filter(([, response]) => !response.$ref).map(([status, response]) => {
    const resolved = resolve(response)
    const types = Object.keys(resolved.content ?? {}).filter((one) => one !== 'application/problem+json')
    return h('tr', {}, h('th', {}, h('code', {}, status)), h('td', {}, prose(resolved.description),
      ...Object.entries(resolved.headers ?? {}).map(([name, header]) => h('div', { class: 'hint' }, h('code', {}, name), ' ', prose(header.description)))),
      h('td', { class: 'type' }, types.join(', ')))
  })
  return h('div', {}, h('table', {}, ...rows),
    problems.length ? h('p', { class: 'hint codes' }, t('错误：', 'Errors: '), problems, h('a', { href: '#errors' }, t('含义', 'meanings'))) : null)
}

// Schemas

/** Rows of an object's properties, nested objects below their parents. */
function rows(schema) {
  const all = []
  const walk = (schema, prefix, depth) => {
    const isRequired = ([name]) => !!schema.required?.includes(name)
    const properties = Object.entries(schema.properties ?? {}).sort((a, b) => isRequired(b) - isRequired(a))
    for (const [name, property] of properties) {
      const inner = unwrap(property)
      all.push([prefix + name, property, schema.required?.includes(name), property.description ?? inner.description])
      if (depth < 2 && inner.properties) walk(inner, `${prefix}${name}.`, depth + 1)
      if (depth < 2 && inner.items && unwrap(inner.items).properties) walk(unwrap(inner.items), `${prefix}${name}[].`, depth + 1)
    }
  }
  walk(schema, '', 0)
  return fields(all)
}

/** A schema without its reference and without null. */
function unwrap(schema) {
  const resolved = resolve(schema)
  const any = resolved.anyOf?.filter((one) => one.type !== 'null')
  return any?.length === 1 ? { ...unwrap(any[0]), description: resolved.description ?? unwrap(any[0]).description } : resolved
}

/** The title of a parameter or a template in the language of the page, as messages name it. */
const titleOf = (schema) => titleIn(schema.title, schema['x-titles'])

function fields(all) {
  const row = ([name, schema, required, description, place]) => h('tr', {},
    h('th', { class: name.includes('.') ? 'below' : null }, h('code', {}, name), required ? h('span', { class: 'need' }, t('必填', 'required')) : null),
    h('td', { class: 'type' }, place && place !== 'path' ? `${place} · ` : '', type(schema)),
    h('td', {}, titleOf(schema) ? [titleOf(schema), ' '] : [], prose(description)))
  return h('table', { class: 'fields' }, ...all.map(row))
}

/** Type and range of a schema in words. */
function type(schema) {
  const one = unwrap(schema)
  const values = one.enum ?? one.oneOf?.filter((option) => 'const' in option).map((option) => option.const)
  if (values?.length) return values.filter((value) => value !== null).map((value) => JSON.stringify(value)).join(', ')
  if (one.const !== undefined) return JSON.stringify(one.const)
  if (one.anyOf) return one.anyOf.map(type).filter((name) => name !== 'null').join(' | ')
  let name = [one.type].flat().filter((kind) => kind && kind !== 'null').join(' | ') || 'any'
  if (one.type === 'array' && one.items) name = `${type(one.items)}[]`
  if (one.format && !/^u?int|float|double/.test(one.format)) name += ` (${one.format})`
  const range = (low, high) => (low != null && high != null ? `${low}–${high}` : low != null ? `≥ ${low}` : high != null ? `≤ ${high}` : '')
  const limits = [range(one.minimum, one.maximum), range(one.minLength || null, one.maxLength), range(one.minItems, one.maxItems)]
  return [name, ...limits.filter(Boolean)].join(' ')
}

// Templates and errors

/** Whether the reader may see pictures of samples. */
const seesSamples = () => document.querySelector('.document').dataset.samples === 'yes'

function templates() {
  const all = requests()
  $('parameters').hidden = !all.length
  for (const { id, schema } of all) {
    const details = h('details', { class: 'op', id: `template-${id}` },
      h('summary', {}, h('span', {}), h('div', {}, h('span', { class: 'path' }, id), h('span', { class: 'summary' }, titleOf(schema)))))
    details.addEventListener('toggle', () => {
      if (details.childElementCount > 1) return
      const picture = seesSamples() ? h('img', { src: `/v1/templates/${id}/samples/usual.png`, alt: '' }) : null
      picture?.addEventListener('error', () => picture.remove())
      details.append(h('div', {}, h('div', { class: 'of-template' }, picture, h('div', {}, rows(api.components.schemas[`Params.${id}`])))))
    })
    $('parameters').append(details)
  }
}

/** One block for each status, with the meanings of its codes. Codes without a meaning concern authors of templates only. */
async function errors() {
  $('errors').hidden = false
  const known = await meanings()
  for (const [name, response] of Object.entries(api.components.responses)) {
    const codes = response.content['application/problem+json'].schema.allOf[1].properties.code.enum.filter((code) => known[code])
    const row = (code) => h('tr', {}, h('th', {}, h('code', {}, code)), h('td', {}, rich(t(known[code].zh, known[code].en))))
    const details = h('details', { class: 'op' },
      h('summary', {}, h('span', { class: 'method' }, name.replace('Problem', '')), h('div', {}, h('span', {}, say(response.description)),
        h('span', { class: 'summary' }, t(`${codes.length} 种`, codes.length === 1 ? '1 code' : `${codes.length} codes`)))),
      h('div', {}, h('table', {}, codes.map(row))))
    $('errors').append(details)
  }
}

if (api) show()
else $('failed').hidden = false
