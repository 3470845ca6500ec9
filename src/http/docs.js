// Renders /openapi.json. Text is inserted as text, never as HTML.

const $ = (id) => document.getElementById(id)

/** Creates an element. Attributes that are null are omitted. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value != null) element.setAttribute(name, value)
  element.append(...children.flat().filter((child) => child != null))
  return element
}

/** Text with `code` in backquotes. */
const prose = (text = '') => text.split('`').map((part, i) => (i % 2 ? h('code', {}, part) : part))

const api = await fetch('/openapi.json').then((response) => (response.ok ? response.json() : null)).catch(() => null)

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

function contents() {
  const entry = (id, zh, en) => h('li', {}, h('a', { href: `#${id}` }, zh, h('small', { lang: 'en' }, en)))
  $('contents').append(
    entry('start', '第一张海报', 'First poster'),
    ...api.tags.map((tag) => entry(slug(tag.name), tag['x-name-zh'], tag.name)),
    entry('parameters', '模板参数', 'Parameters'),
    entry('errors', '错误', 'Errors'),
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
  $('keyed').hidden = api['x-open']
  // Without a session, samples cannot be seen.
  $('poster').addEventListener('error', () => ($('figure').hidden = true))
  $('poster').addEventListener('load', () => ($('figure').hidden = false))
  $('template').append(...all.map(({ id, schema }) => h('option', { value: id }, `${schema.title} ${id}`)))
  if (all.some(({ id }) => id === 'product-share')) $('template').value = 'product-share'
  const fill = () => {
    const schema = api.components.schemas[`Params.${$('template').value}`]
    $('params').value = JSON.stringify(schema.examples?.[0] ?? {}, null, 2)
    $('poster').src = `/v1/templates/${$('template').value}/samples/usual.png`
    $('caption').textContent = '示例 Sample'
    $('problem').hidden = true
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
    $('params-error').textContent = error.message
    return null
  }
}

function update() {
  const request = body()
  $('params-error').hidden = !!request
  $('send').disabled = !request
  if (request) $('curl').textContent = curl('post', '/v1/posters', request, 'poster.png')
}

async function send() {
  $('send').disabled = true
  $('took').textContent = '…'
  const begun = performance.now()
  const response = await fetch('/v1/posters', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...($('key').value && { authorization: `Bearer ${$('key').value}` }) },
    body: JSON.stringify(body()),
  }).catch(() => null)
  $('send').disabled = false
  const ok = response?.ok
  $('problem').hidden = ok
  $('took').textContent = response ? `${response.status} · ${Math.round(performance.now() - begun)} ms` : ''
  if (!ok) {
    $('problem').textContent = response ? JSON.stringify(await response.json(), null, 2) : '网络错误 Network error'
    return
  }
  const picture = await response.blob()
  URL.revokeObjectURL($('poster').src)
  $('poster').src = URL.createObjectURL(picture)
  $('caption').textContent = `${(picture.size / 1024).toFixed(0)} KB · X-Haibao-Findings: ${response.headers.get('x-haibao-findings')}`
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
  const button = h('button', { type: 'button', class: 'copy' }, '复制 Copy')
  button.addEventListener('click', async () => {
    await navigator.clipboard?.writeText(pre.textContent)
    button.textContent = '已复制 Copied'
    setTimeout(() => (button.textContent = '复制 Copy'), 1500)
  })
  return button
}

// Operations

function group(tag) {
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, one]) => one.tags.includes(tag.name)).map(([method, one]) => operation(method, path, one)),
  )
  return h('section', { id: slug(tag.name), class: 'group' },
    h('h2', {}, tag['x-name-zh'], ' ', h('small', { lang: 'en' }, tag.name)), h('p', { lang: 'en' }, tag.description), ...all)
}

function operation(method, path, one) {
  const details = h('details', { class: 'op', id: one.operationId },
    h('summary', {}, h('span', { class: `method ${method}` }, method), h('span', { class: 'path' }, path), h('span', { class: 'summary' }, one.summary)))
  // Filled when it is opened: a document has thousands of fields.
  details.addEventListener('toggle', () => {
    if (details.childElementCount === 1) details.append(content(method, path, one))
  })
  return details
}

function content(method, path, one) {
  const box = h('div')
  if (one.description) box.append(h('p', {}, prose(one.description)))
  if (one['x-scope'] && !api['x-open']) box.append(h('p', { class: 'hint' }, '权限 ', h('span', { lang: 'en' }, 'Scope '), h('code', {}, one['x-scope'])))
  if (one.parameters) box.append(title('参数', 'Parameters'), fields(one.parameters.map((p) => [p.name, p.schema, p.required, p.description, p.in])))
  const media = Object.entries(one.requestBody?.content ?? {})
  for (const [type, { schema, example }] of media) {
    box.append(title('请求', 'Request'), h('p', { class: 'hint' }, type))
    const resolved = resolve(schema)
    if (resolved.oneOf && resolved.oneOf.every((one) => one.$ref)) {
      box.append(h('p', {}, '由 ', h('code', {}, 'template'), ' 决定 ', h('code', {}, 'params'), '：', h('a', { href: '#parameters' }, '模板参数'), ' ',
        h('span', { lang: 'en' }, 'The template decides the parameters.')), rows(withoutTemplate(resolve(resolved.oneOf[0]))))
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

const title = (zh, en) => h('h3', {}, zh, ' ', h('small', { lang: 'en' }, en))

function sample(text) {
  const pre = h('pre', { tabindex: 0 }, text)
  return h('div', { class: 'code' }, pre, copyButton(pre))
}

function responses(all) {
  const problems = Object.entries(all).filter(([, response]) => response.$ref).map(([status]) => h('code', {}, status))
  const rows = Object.entries(all).filter(([, response]) => !response.$ref).map(([status, response]) => {
    const resolved = resolve(response)
    const types = Object.keys(resolved.content ?? {})
    return h('tr', {}, h('th', {}, h('code', {}, status)), h('td', {}, prose(resolved.description),
      ...Object.entries(resolved.headers ?? {}).map(([name, header]) => h('div', { class: 'hint' }, h('code', {}, name), ' ', prose(header.description)))),
      h('td', { class: 'type' }, types.join(', ')))
  })
  if (problems.length) rows.push(h('tr', {}, h('th', { class: 'codes' }, problems), h('td', {}, h('a', { href: '#errors' }, '错误 Errors')), h('td', { class: 'type' }, 'application/problem+json')))
  return h('div', { class: 'scroll' }, h('table', {}, ...rows))
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

function fields(all) {
  const row = ([name, schema, required, description, place]) => h('tr', {},
    h('th', { class: name.includes('.') ? 'below' : null }, h('code', {}, name), required ? h('span', { class: 'need' }, '必填 required') : null),
    h('td', { class: 'type' }, place && place !== 'path' ? `${place} · ` : '', type(schema)),
    h('td', {}, schema.title ? [schema.title, ' '] : [], prose(description)))
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

function templates() {
  const all = requests()
  $('parameters').hidden = !all.length
  for (const { id, schema } of all) {
    const picture = h('img', { src: `/v1/templates/${id}/samples/usual.png`, alt: '', loading: 'lazy' })
    picture.addEventListener('error', () => picture.remove())
    const details = h('details', { class: 'op', id: `template-${id}` },
      h('summary', {}, h('span', { class: 'path' }, id), h('span', { class: 'summary' }, schema.title)))
    details.addEventListener('toggle', () => {
      if (details.childElementCount > 1) return
      details.append(h('div', {}, h('div', { class: 'template' }, picture, h('div', {}, rows(api.components.schemas[`Params.${id}`])))))
    })
    $('parameters').append(details)
  }
}

function errors() {
  $('errors').hidden = false
  const rows = Object.entries(api.components.responses).map(([name, response]) => {
    const codes = response.content['application/problem+json'].schema.allOf[1].properties.code.enum
    return h('tr', {}, h('th', {}, h('code', {}, name.replace('Problem', ''))), h('td', {}, h('div', {}, response.description),
      h('div', { class: 'codes' }, codes.map((code) => h('code', {}, code)))))
  })
  $('errors').append(h('div', { class: 'scroll' }, h('table', {}, ...rows)))
}

if (api) show()
else $('failed').hidden = false
