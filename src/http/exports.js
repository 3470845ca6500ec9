// Script of /exports: the form that looks at sheets and uploads them. The list of exports has a module of its own.

import { h, inWords, next, request, rich, showProblem, t, titleIn } from '/pages.js'
import { announce, countOf, fillFailures, find, number, sayOffline, show, titles, watch } from '/exports-list.js'
import { sizeText } from '/studio/files/bytes.js'
import { archiveOf, exportOf, exportsOf, formOf, isOver, look as lookAt, optionsOf, start as upload } from '/studio/files/exporting.js'
import { dropped } from '/studio/files/pictures.js'

const form = find('form')
const template = find('template')

// Shows the selected template's sample and links its blank sheet.
const chooseTemplate = async () => {
  const id = encodeURIComponent(template.value)
  find('blank').href = `/v1/templates/${id}/blank.xlsx`
  const picture = find('sample')
  try {
    const { samples, title, titles: others } = await request(`/v1/templates/${id}`)
    const name = 'usual' in samples ? 'usual' : Object.keys(samples)[0]
    picture.hidden = !name
    if (name) Object.assign(picture, { src: `/v1/templates/${id}/samples/${encodeURIComponent(name)}.png`, alt: titleIn(title, others) })
  } catch {
    picture.hidden = true
  }
}

const loadTemplates = async () => {
  const all = (await request('/v1/templates')).filter(one => one.title)
  for (const one of all) titles.set(one.id, titleIn(one.title, one.titles))
  template.replaceChildren(...all.map(one => h('option', { value: one.id }, `${titles.get(one.id)} · ${one.id}`)))
  const requested = new URLSearchParams(location.search).get('template')
  if (all.some(one => one.id === requested)) template.value = requested
  if (all.length) await chooseTemplate()
}

// File selection.
const drop = find('drop')
const file = find('file')
const showFile = () => {
  const [one] = file.files
  find('chosen').textContent = one ? `${one.name} · ${sizeText(one.size)}` : t('拖拽到这里，或点击选择', 'Drop it here, or click to choose')
  drop.classList.toggle('full', Boolean(one))
  find('error').replaceChildren()
  sayWrongFile('')
  forget()
  look()
}

// Columns that the reader has mapped to parameters in the preview, and those that shall be ignored.
const mapped = new Map()
const ignored = new Set()
const forget = () => { mapped.clear(); ignored.clear() }

// The pictures beside the sheet: a ZIP archive, made of the files of a folder or of several pictures.
let pictures = null
// Number of the latest choice: archives of earlier ones are late.
let choices = 0
// The archive being made.
let packing = Promise.resolve()
const choosePictures = files => { packing = readPictures(files) }
const readPictures = async files => {
  const choice = ++choices
  pictures = null
  find('pictures-error').textContent = ''
  const say = text => { find('pictures-chosen').textContent = text }
  try {
    if (files.length) say(t('正在读取图片…', 'Reading the pictures …'))
    const found = await archiveOf(files)
    if (choice !== choices) return
    pictures = found?.archive ?? null
    say(found ? `${found.name ?? t(`${number.format(found.count)} 张图片`, countOf(found.count, 'picture'))} · ${sizeText(pictures.size)}` : '')
    if (files.length && !found) find('pictures-error').textContent = t('里面没有图片。', 'There are no pictures in it.')
  } catch {
    if (choice !== choices) return
    say('')
    find('pictures-error').textContent = t('图片无法读取，或总大小超过 4 GiB。', 'The pictures cannot be read, or are larger than 4 GiB.')
  }
  look()
}

// The form to look at a sheet and to start its export.
const formData = () => {
  const { file_name: name, page, scale, strict, skip_hidden: hidden } = form.elements
  const options = optionsOf({
    template: template.value, scale: Number(scale.value), strict: strict.checked, skipHidden: hidden.checked,
    fileName: name.value, page: page.value, mapped: Object.fromEntries(mapped), ignored: [...ignored],
  })
  return formOf(options, file.files[0], pictures)
}

// Number of the latest preview: answers of earlier ones are late.
let looks = 0
// Number of faults of its columns, with which an export would only fail.
let faults = 0

// The scrolling box of the first rows.
const lookRows = find('look-rows').parentElement

// What to do here about a finding of the columns. The hints of the API name no page.
const HERE = {
  column_like: ['如果是，请在下面的表头中选择', 'If it is, choose it in the header below'],
  column_ambiguous: ['请在下面的表头中选择', 'Choose one in the header below'],
  column_twice: ['请在下面的表头中忽略其中一列', 'Ignore one of them in the header below'],
}

// Shows what the sheet is, before anything is started.
const look = async () => {
  const turn = ++looks
  faults = 0
  const box = find('look')
  find('look-error').replaceChildren()
  if (!file.files.length || !template.value) { box.hidden = true; return }
  find('look-facts').textContent = t('正在读取表格…', 'Reading the sheet …')
  find('look-notices').replaceChildren()
  box.hidden = false
  try {
    const preview = await lookAt(formData())
    if (turn === looks) showPreview(preview)
  } catch (problem) {
    if (turn !== looks) return
    find('look-facts').textContent = ''
    lookRows.hidden = find('look-drawn').hidden = find('look-failures').hidden = true
    await showProblem(find('look-error'), problem, { name: placeName })
  }
}

const showPreview = preview => {
  const { rows, checked, invalid, columns, params, errors, notices, first, posters } = preview
  faults = errors.length
  if (!faults) find('error').replaceChildren()
  const facts = [t(`共 ${number.format(rows)} 行`, countOf(rows, 'row'))]
  if (checked && checked === rows && !invalid) facts.push(t('均有效', 'all valid'))
  else if (checked) facts.push(invalid
    ? t(`前 ${number.format(checked)} 行中 ${number.format(invalid)} 行有误`, `${number.format(invalid)} of the first ${number.format(checked)} are invalid`)
    : t(`前 ${number.format(checked)} 行均有效`, `the first ${number.format(checked)} are valid`))
  find('look-facts').textContent = facts.join(t('，', ', '))
  const count = name => columns.filter(column => column.name === name).length
  const said = [...errors, ...notices].map(one => {
    const { text, hint } = inWords(one)
    // Two columns of one name cannot be told apart by a choice.
    const isHere = HERE[one.code] && columns.every(({ name, sets }) => !sets || count(name) === 1)
    return [one, text, isHere ? t(...HERE[one.code]) : hint]
  })
  find('look-notices').replaceChildren(...said.map(([one, text, hint]) => h('li', { class: one.severity },
    rich(next(text)), hint ? h('span', { class: 'hint' }, rich(next(hint))) : null)))
  // The header: what each column sets; unknown columns can be mapped.
  const titles = new Map(params.map(({ name, title }) => [name, title ?? name]))
  const set = new Set(columns.map(({ sets }) => sets).filter(Boolean))
  // Two columns of one parameter: one has to be ignored.
  const isTwice = sets => columns.filter(column => column.sets === sets).length > 1
  const cell = ({ name, sets, kept }) => {
    if (!name) return h('th', {})
    if (count(name) > 1) return h('th', {}, name, sets ? h('span', { class: 'hint' }, `→ ${titles.get(sets) ?? sets}`) : null)
    if (sets && !kept && !isTwice(sets) && ![...mapped.values()].includes(name)) return h('th', {}, name, h('span', { class: 'hint' }, `→ ${titles.get(sets) ?? sets}`))
    const free = params.filter(param => param.name === sets || !set.has(param.name))
    const select = h('select', { 'aria-label': t(`${name} 对应的参数`, `Parameter of ${name}`), 'aria-invalid': sets && isTwice(sets) && 'true' },
      h('option', { value: '' }, t('忽略', 'Ignored')), ...free.map(param => h('option', { value: param.name }, titles.get(param.name))))
    select.value = sets ?? ''
    select.addEventListener('change', () => {
      for (const [param, column] of mapped) if (column === name) mapped.delete(param)
      ignored.delete(name)
      if (select.value) mapped.set(select.value, name)
      else ignored.add(name)
      look()
    })
    return h('th', {}, name, select, kept ? h('span', { class: 'hint' }, t('沿用上次的对应关系', 'as in an earlier sheet')) : null)
  }
  const table = find('look-rows')
  lookRows.hidden = false
  table.querySelector('thead').replaceChildren(h('tr', {}, h('th', {}, t('行', 'Row')), ...columns.map(cell)))
  table.querySelector('tbody').replaceChildren(...first.map(({ row, cells }) => h('tr', {}, h('td', {}, row), ...cells.map(text => h('td', {}, text)))))
  fillFailures(find('look-failures'), t(`${number.format(invalid)} 行有误`, `${countOf(invalid, 'row')} invalid`), preview.failures)
  find('look-drawn').hidden = !posters
  if (posters) find('look-posters').src = posters
}

// Says below the drop zone why there is no file.
const sayWrongFile = text => {
  find('file-error').textContent = text
  drop.classList.toggle('wrong', Boolean(text))
  if (text) file.setAttribute('aria-invalid', 'true')
  else file.removeAttribute('aria-invalid')
}
file.addEventListener('change', showFile)
for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add('over') })
}
for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'))
drop.addEventListener('drop', event => {
  event.preventDefault()
  if (event.dataTransfer.files.length) file.files = event.dataTransfer.files
  showFile()
})

form.addEventListener('submit', async event => {
  event.preventDefault()
  const error = find('error')
  error.replaceChildren()
  if (!file.files.length) {
    sayWrongFile(t('请先选择要上传的表格。', 'Choose the sheet to upload first.'))
    file.focus()
    return
  }
  if (faults) {
    error.textContent = t(`表格的列还有 ${number.format(faults)} 个问题：请在上面的表头中选择，或修改表格。`,
      `The columns of the sheet have ${countOf(faults, 'fault')}: choose in the header above, or change the sheet.`)
    find('look').scrollIntoView({ block: 'nearest' })
    return
  }
  const [button, bar] = [find('start'), find('upload')]
  button.disabled = true
  await packing
  const data = formData()
  bar.hidden = false
  try {
    const created = await upload(data, part => {
      bar.firstChild.style.width = `${part * 100}%`
      bar.setAttribute('aria-valuenow', Math.round(part * 100))
    })
    file.value = find('pictures').value = find('folder').value = ''
    pictures = null
    choices++
    find('pictures-chosen').textContent = ''
    showFile()
    const item = show(created, true)
    watch(created.id)
    announce(t('已上传，开始检查', 'Uploaded, checking'))
    item.scrollIntoView({ block: 'nearest' })
  } catch (problem) {
    await showProblem(error, problem, { name: placeName })
  } finally {
    button.disabled = false
    bar.hidden = true
    bar.firstChild.style.width = 0
  }
})

// Where a finding of the upload is: the option, or nothing for the sheet itself.
const OPTIONS = {
  '/file_name': ['文件名', 'File names'], '/code/page': ['小程序页面', 'Page of the mini-program'], '/scale': ['倍率', 'Scale'],
  '/template': ['模板', 'Template']
}
const placeName = ({ pointer }) => OPTIONS[pointer] ? t(...OPTIONS[pointer]) : null

const start = async () => {
  try {
    await loadTemplates()
    const all = await exportsOf()
    find('empty').hidden = all.length > 0
    for (const view of all) {
      show(view)
      // The list omits failed rows: fetch them with the export.
      if (!isOver(view.state)) watch(view.id)
      else if (view.failed) exportOf(view.id).then(full => show(full)).catch(() => {})
    }
    sayOffline(false)
  } catch (problem) {
    // Without the templates, nothing can be exported: a key may lack the scope.
    if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) return showProblem(find('offline'), problem)
    sayOffline(true)
    setTimeout(() => location.reload(), 5000)
  }
}
template.addEventListener('change', () => { chooseTemplate(); forget(); look() })
for (const id of ['pictures', 'folder']) find(id).addEventListener('change', event => choosePictures(event.target.files))
const picturesDrop = find('pictures-drop')
for (const name of ['dragenter', 'dragover']) {
  picturesDrop.addEventListener(name, event => { event.preventDefault(); picturesDrop.classList.add('over') })
}
for (const name of ['dragleave', 'drop']) picturesDrop.addEventListener(name, () => picturesDrop.classList.remove('over'))
picturesDrop.addEventListener('drop', async event => {
  event.preventDefault()
  choosePictures(await dropped(event.dataTransfer))
})
form.elements.skip_hidden.addEventListener('change', look)
start()
