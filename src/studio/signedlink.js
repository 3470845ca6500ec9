// The request as a signed link, where the service signs.

import { html, useState } from './vendor/preact.js'
import { post } from './api.js'
import { Icon } from './icons.js'
import { rich } from './rich.js'
import { t } from './words.js'

const EXPIRES_IN = 7 * 86_400

/** A link to the poster of a template: { url, expires_at }. Throws a problem. */
const sign = async (template, params) => {
  const body = { template, params }
  try {
    return await (await post('/v1/posters/links', { ...body, expires_in: EXPIRES_IN })).json()
  } catch (problem) {
    // The service may allow a shorter life only: its default, then.
    if (problem.errors?.some(({ pointer }) => pointer === '/expires_in')) return (await post('/v1/posters/links', body)).json()
    throw problem
  }
}

export const SignedLink = ({ state, actions }) => {
  const [link, setLink] = useState(null)
  const [problem, setProblem] = useState(null)
  const [isBusy, setBusy] = useState(false)
  const copy = async () => {
    setBusy(true)
    try {
      const signed = await sign(state.id, state.params)
      setLink(signed)
      setProblem(null)
      // The link is shown, too: the browser may refuse to copy.
      await navigator.clipboard.writeText(signed.url).then(() => actions.note(t('linkCopied')), () => {})
    } catch (failed) {
      setLink(null)
      setProblem(failed)
    } finally {
      setBusy(false)
    }
  }
  const isDraft = Object.keys(state.drafts).length > 0
  const until = link && new Date(link.expires_at * 1000).toLocaleString(state.language === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' })
  return html`
    <section class="signed" aria-labelledby="signed-title">
      <div><h3 id="signed-title">${t('signedLink')}</h3><p class="hint">${t(isDraft ? 'signedSaved' : 'signedHelp')}</p></div>
      <button type="button" id="copy-signed" disabled=${isBusy} onClick=${copy}><${Icon} name="link"/>${t('copySigned')}</button>
      ${link && html`<div class="url"><code>${link.url}</code><p class="hint">${t('signedUntil', until)}</p></div>`}
      ${problem && html`<div class="url" role="alert"><p class="error">${problem.code === 'links_disabled' ? t('signedOff') : rich(problem.detail || t('connectionLost'))}</p>
        ${problem.hint && html`<p class="hint">${rich(problem.hint)}</p>`}</div>`}
    </section>`
}
