// node tests/browser/pages.js URL KEY ONLY MARKET: uses the pages of a service with API keys in Chromium, as a person does: log in,
// start an export, make a code, look at the samples, log out, and make the mistakes that people make. ONLY is a key with
// the scope `codes` alone, MARKET a folder with a workbook and photos. Fails if anything is missing or a console error occurs.
'use strict'
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const assert = require('node:assert/strict')
const { page, problems, run } = require('./driver.js')

const [url, key, only, market] = process.argv.slice(2)

run(async () => {
  const { evaluate, until, open, text, click } = await page(url)
  const choose = (csv, name = 'rows.csv') => evaluate(`{
    const files = new DataTransfer()
    files.items.add(new File([${JSON.stringify(csv)}], ${JSON.stringify(name)}, { type: 'text/csv' }))
    const file = document.getElementById('file')
    file.files = files.files
    file.dispatchEvent(new Event('change'))
  }`)
  const upload = async (csv, name) => { await choose(csv, name); await click('#start') }
  const makeCode = (scene, page = '') => evaluate(`{
    const form = document.getElementById('form')
    form.scene.value = ${JSON.stringify(scene)}
    form.page.value = ${JSON.stringify(page)}
    form.querySelector('button').click()
  }`)
  // Lets the next request of the page's script fail.
  const failNext = (status, problem, headers = {}) => evaluate(`{
    const real = window.fetch
    window.fetch = () => {
      window.fetch = real
      return Promise.resolve(new Response(${JSON.stringify(JSON.stringify(problem))}, { status: ${status}, headers: ${JSON.stringify(headers)} }))
    }
  }`)
  const logIn = async key => {
    await until('document.readyState === "complete" && document.getElementById("key")')
    await evaluate(`document.getElementById('key').value = ${JSON.stringify(key)}; document.getElementById('key').form.querySelector('button').click()`)
  }

  await open('/exports?template=my')
  await until('location.pathname === "/login"')
  await logIn('hb_wrong')
  await until('document.querySelector("[role=alert]").textContent.includes("unknown or revoked")')
  // The browser logs the status 401 of the form.
  problems.length = 0
  await logIn(key)
  await until('location.pathname + location.search === "/exports?template=my"')
  await until('document.getElementById("template").value === "my" && document.getElementById("sample").naturalWidth > 0')
  assert.equal(await evaluate('document.cookie'), '', 'scripts cannot read the session')

  // Without a file: words beside the field, announced and with the focus.
  await click('#start')
  await until(`${text('#file-error')} === 'Choose the sheet to upload first.'`)
  assert.equal(await evaluate('document.getElementById("file-error").getAttribute("role")'), 'alert')
  assert.equal(await evaluate('document.activeElement.id + document.activeElement.getAttribute("aria-describedby")'), 'filefile-error')

  // The preview: what the columns set, the first rows, posters; an unknown column can be mapped.
  await choose('活动表\n名称,title,spare\n1,x,\n2,y,\n')
  await until(`${text('#look-facts')}?.includes('2 rows') && !document.getElementById('look-drawn').hidden`)
  assert.match(await evaluate(text('#look-notices')), /Row 2 has the names of the columns/)
  assert.match(await evaluate(text('#look-rows')), /title→ .*3.*1.*x/s)
  await choose('名称\nx\n')
  await until(`${text('#look-notices')}?.match(/parameter .*title/) && document.getElementById('look-drawn').hidden`)
  await evaluate(`{
    const select = document.querySelector('#look-rows select')
    select.value = 'title'
    select.dispatchEvent(new Event('change'))
  }`)
  await until('!document.getElementById("look-drawn").hidden')

  // The mapping is kept: the next sheet shows it, and it can be changed.
  await click('#start')
  await until('document.querySelector(".item.done .numbers")?.textContent.includes("1 / 1")')
  await choose('名称\ny\n')
  await until(`${text('#look-rows')}?.includes('as in an earlier sheet') && !document.getElementById('look-drawn').hidden`)
  assert.equal(await evaluate('document.querySelector("#look-rows select").value'), 'title')
  await evaluate(`{
    const select = document.querySelector('#look-rows select')
    select.value = ''
    select.dispatchEvent(new Event('change'))
  }`)
  await until(`${text('#look-notices')}?.match(/knows none of .*名称/)`)

  // Two columns for one parameter: nothing starts before one of them is chosen.
  await choose('title,标题\nx,y\n')
  const selects = 'document.querySelectorAll("#look-rows select")'
  await until(`${selects}.length === 2 && document.getElementById('look-drawn').hidden`)
  assert.deepEqual(await evaluate(`[...${selects}].map(one => one.value + one.getAttribute('aria-invalid'))`), ['titletrue', 'titletrue'])
  assert.match(await evaluate(text('#look-notices .error')), /^The columns "title" \([A-Z]\) and "标题" \([A-Z]\) both set .*Ignore one of them in the header below$/)
  const listed = await evaluate('document.querySelectorAll(".item").length')
  await click('#start')
  await until(`${text('#error')}?.includes('choose in the header above')`)
  assert.equal(await evaluate('document.querySelectorAll(".item").length'), listed)
  await evaluate(`{
    const { send } = XMLHttpRequest.prototype
    XMLHttpRequest.prototype.send = function (data) {
      window.chosen = JSON.parse(data.get('options')).map
      XMLHttpRequest.prototype.send = send
      send.call(this, data)
    }
    const select = ${selects}[0]
    select.value = ''
    select.dispatchEvent(new Event('change'))
  }`)
  await until('!document.getElementById("look-drawn").hidden')
  assert.match(await evaluate(text('#look-rows th:nth-child(3)')), /^标题→ /)
  assert.equal(await evaluate(`${selects}.length + ${selects}[0].value`), '1')
  assert.equal(await evaluate(text('#error')), '')
  await click('#start')
  await until(`document.querySelectorAll('.item').length > ${listed} && document.querySelector('.item').classList.contains('done')`)
  assert.deepEqual(await evaluate('window.chosen'), { title: '' })
  // Of two columns with one name, a choice would be that of either: the sheet has to be changed.
  await choose('title,title\nx,y\n')
  await until(`${text('#look-notices .error')}?.includes('Remove one')`)
  assert.equal(await evaluate(`${selects}.length`), 0)

  await upload('title\nx\ny\n')
  assert.equal(await evaluate(text('#file-error')), '')
  await until('document.querySelector(".item.done .numbers")?.textContent.includes("2 / 2")')
  const size = await evaluate('fetch(document.querySelector(".item.done a.main").href).then(r => r.ok ? r.blob() : null).then(b => b?.size)')
  assert.ok(size > 1000, 'the archive can be downloaded')


  // A marketer's workbook as it is, in Chinese: title, spare columns, ¥ prices, photos by name and in cells.
  await open('/exports?template=product-share&lang=zh')
  await until('document.documentElement.lang === "zh-CN" && document.getElementById("template").value === "product-share"')
  const put = (id, name) => evaluate(`{
    const bytes = Uint8Array.from(atob(${JSON.stringify(readFileSync(join(market, name)).toString('base64'))}), c => c.charCodeAt(0))
    const files = new DataTransfer()
    files.items.add(new File([bytes], ${JSON.stringify(name)}))
    const field = document.getElementById(${JSON.stringify(id)})
    field.files = files.files
    field.dispatchEvent(new Event('change'))
  }`)
  await put('pictures', 'photos.zip')
  await put('file', '活动.xlsx')
  await until(`${text('#look-facts')}?.includes('共 5 行') && !document.getElementById('look-drawn').hidden`)
  const notices = await evaluate(text('#look-notices'))
  for (const said of [/第 2 行是列名/, /读作 ¥/, /已忽略没有对应参数的列.*序号/]) assert.match(notices, said)
  await click('#start')
  await until('document.querySelector(".item.done .numbers")?.textContent.includes("5 / 5")')

  // A folder of pictures becomes an archive that the service reads.
  await open('/exports?template=my&lang=zh')
  await until('document.documentElement.lang === "zh-CN" && document.getElementById("template").value === "my"')
  await evaluate(`{
    const files = new DataTransfer()
    for (const name of ['花瓶.png', '杯子.jpg', 'notes.txt']) files.items.add(new File([name], name))
    const field = document.getElementById('folder')
    field.files = files.files
    field.dispatchEvent(new Event('change'))
  }`)
  await until(`${text('#pictures-chosen')}?.includes('2 张图片')`)
  await choose('title\nx\n')
  await until(`${text('#look-facts')}?.includes('共 1 行')`)
  assert.equal(await evaluate(text('#look-error')), '')
  // The preview is readable: no cell is narrower than a few characters.
  const narrow = '[...document.querySelectorAll("#look-rows td, #look-rows th")].filter(cell => cell.offsetWidth < 40).length'
  assert.equal(await evaluate(narrow), 0)

  // Of two choices of pictures, the later one counts, and an export waits for them.
  await evaluate(`{
    const { arrayBuffer } = File.prototype
    File.prototype.arrayBuffer = async function () {
      if (this.name === 'slow.png') await new Promise(resolve => setTimeout(resolve, 1000))
      return arrayBuffer.call(this)
    }
    const { send } = XMLHttpRequest.prototype
    XMLHttpRequest.prototype.send = function (data) { window.sent = data.get('pictures')?.size ?? 0; send.call(this, data) }
    window.choosePictures = names => {
      const files = new DataTransfer()
      for (const name of names) files.items.add(new File([name], name))
      const field = document.getElementById('folder')
      field.files = files.files
      field.dispatchEvent(new Event('change'))
    }
    window.choosePictures(['slow.png'])
    window.choosePictures(['a.png', 'b.png'])
  }`)
  await until(`${text('#pictures-chosen')}?.includes('2 张图片')`)
  await new Promise(resolve => setTimeout(resolve, 1500))
  assert.match(await evaluate(text('#pictures-chosen')), /2 张图片/)
  await evaluate('window.choosePictures(["slow.png"])')
  await click('#start')
  await until('window.sent !== undefined')
  assert.ok(await evaluate('window.sent') > 0, 'the export has its pictures')
  await until('document.querySelector(".item.done .numbers")?.textContent.includes("1 / 1")')

  // A sheet that does not fit, in Chinese.
  await open('/qrcode?lang=zh')
  await until('location.pathname === "/qrcode"')
  await open('/exports?template=my&lang=zh')
  await until('document.documentElement.lang === "zh-CN" && document.getElementById("template").value === "my"')
  await upload('titel\nx\n', 'wrong.csv')
  await until(`${text('.item.failed .reason')}?.includes('是不是')`)
  const reason = await evaluate(text('.item.failed .reason'))
  assert.match(reason, /^表格的列与模板不匹配/)
  assert.match(reason, /titel.* 列是不是参数标题（title）？如果是/)
  assert.doesNotMatch(reason, /[？?][。；;.]/)
  assert.doesNotMatch(reason, /\d findings|--map/)

  // Mistakes in the form of codes: words beside the fields, hints for people rather than for programs.
  const at = async (language, errors) => {
    await open(`/qrcode?lang=${language}`)
    await until(`location.search === "?lang=${language}" && document.readyState === "complete"`)
    await makeCode('订单', '/pages/index')
    for (const [field, expression] of Object.entries(errors)) {
      await until(text(`#${field}-error`))
      assert.match(await evaluate(text(`#${field}-error`)), expression)
    }
    assert.equal(await evaluate('document.activeElement.id + document.activeElement.getAttribute("aria-invalid")'), 'scenetrue')
  }
  await at('zh', { scene: /^不能包含 订 单。请改用编号/, page: /^开头不能是 \/。去掉开头的 \/$/ })
  await at('en', { scene: /^It must not contain 订 单\. Use an id/, page: /must not begin with \/\. Remove/ })
  // The browser logs the failed requests.
  const forget = () => problems.splice(0).forEach(problem => assert.match(problem, /status of (403|422|401|429|503)/))
  forget()
  await makeCode('id=1', 'pages/index/index')
  await until('document.querySelector("output img")?.naturalWidth > 0')
  assert.equal(await evaluate(text('#scene-error')), '')
  await failNext(429, { code: 'rate_limited', detail: 'too many' }, { 'Retry-After': '7' })
  await makeCode('id=2')
  await until(`${text('output')}?.includes('Wait 7 s')`)
  await failNext(503, { code: 'busy', detail: 'the queue is full' })
  await makeCode('id=2')
  await until(`${text('output')}?.includes('queue is full')`)
  await failNext(422, { code: 'request_invalid', detail: 'goods_id is too long' })
  await makeCode('id=2')
  await until(`${text('output')}?.includes('goods_id is too long')`)
  await failNext(403, { code: 'key_scope', detail: 'the key lacks the scope' })
  await makeCode('id=2')
  await until('document.querySelector("output a[href=\'/login?next=%2Fqrcode%3Flang%3Den\']")?.textContent === "Log in with another key"')
  await evaluate('window.fetch("/logout", { method: "POST" })')
  await makeCode('id=3')
  await until(`${text('output')}?.includes('The session has ended')`)
  forget()
  // In a new tab: what was filled in stays.
  assert.equal(await evaluate('document.querySelector("output a").target'), '_blank')
  await open(await evaluate('document.querySelector("output a").getAttribute("href")'))
  await logIn(only)
  await until('location.pathname === "/qrcode"')

  // A key without the scope: a page with words and a way on, not a dead end.
  await open('/exports?template=my')
  await until('document.body.innerText.includes("The key “only” lacks the scope exports")')
  forget()
  assert.equal(await evaluate('[...document.querySelectorAll("nav a")].map(a => a.textContent).join()'), 'Codes,API')
  await click('main a.main')
  await logIn(key)
  await until('location.pathname + location.search === "/exports?template=my" && document.getElementById("template").value === "my"')

  // The API document: errors with meanings, in Chinese, without a table that only authors of templates need.
  await open('/docs?lang=zh')
  await until('document.querySelectorAll("#errors details").length > 10')
  const invalid = await evaluate('[...document.querySelectorAll("#errors details")].map(one => one.innerText + one.textContent).find(one => one.includes("422"))')
  assert.match(invalid, /page_slash页面路径开头不能是/)
  assert.doesNotMatch(invalid, /artwork_dtd|slot_twice/)
  const english = await evaluate('[...document.querySelectorAll(".lead, .op .summary")].map(one => one.textContent).filter(one => one !== "my" && !/[\u4e00-\u9fff]/.test(one))')
  assert.deepEqual(english, [], 'leads and summaries are Chinese, but for the title of a template')
  await until('document.getElementById("poster").naturalWidth > 0')
  await click('#send')
  await until('document.getElementById("took").textContent.startsWith("200")')
  await open('/docs?lang=en')
  await until('document.documentElement.lang === "en" && document.querySelectorAll("#errors details").length > 10')
  await until('document.getElementById("template-product-share")')
  await evaluate('document.getElementById("template-product-share").open = true')
  await until('document.getElementById("template-product-share").textContent.includes("Product name")')

  await open('/')
  // Pictures outside of the window are loaded later.
  await until('location.pathname === "/" && document.images.length > 5 && document.images[0].naturalWidth > 0')

  await open('/exports')
  await until('document.querySelector("form.session button") && document.getElementById("sample").naturalWidth > 0')
  assert.deepEqual(problems, [])
  await evaluate('document.querySelector("form.session button").click()')
  await until('location.pathname === "/login"')
  await open('/qrcode')
  await until('location.pathname === "/login" && location.search === "?next=%2Fqrcode"')
  // The page that is left asks for the state of exports until it is gone.
  assert.deepEqual(problems.filter(problem => !/status of 401 .*\/v1\/exports$/.test(problem)), [])
})
