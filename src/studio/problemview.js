// A problem of a request in words: its findings, otherwise itself.

import { html } from './vendor/preact.js'
import { loginPath } from './api.js'
import { rich, sentence } from './rich.js'
import { t } from './words.js'

const MAX_SHOWN = 12

/** A record of the service in the language of the page: exports have both. */
export const inWords = ({ message, hint, message_zh: chinese, hint_zh: chineseHint }, language) =>
  language === 'zh' && chinese ? { text: chinese, hint: chineseHint } : { text: message, hint }

/** A sentence with its hint. */
export const Sentence = ({ finding, language }) => {
  const { text, hint } = inWords(finding, language)
  return html`<span>${rich(sentence(text))}${hint && html`<small>${rich(sentence(hint))}</small>`}</span>`
}

export const Problem = ({ problem, language }) => {
  if (!problem) return null
  const { status, code, errors = [], detail, hint } = problem
  if (status === 401) return html`<p class="error" role="alert">${t('sessionOver')} <a href=${loginPath()} target="_blank">${t('logIn')}</a></p>`
  if (status === 0) return html`<p class="error" role="alert">${t('connectionLost')}</p>`
  const isList = errors.length > 1 || (errors.length === 1 && errors[0].code !== code)
  const list = isList ? errors : [{ ...problem, message: problem.message ?? detail, hint }]
  return html`<ul class="notices" role="alert">${list.slice(0, MAX_SHOWN).map((one, at) => html`<li key=${at} class="error"><${Sentence} finding=${one} language=${language}/></li>`)}
    ${list.length > MAX_SHOWN && html`<li class="soft">${t('more', list.length - MAX_SHOWN)}</li>`}</ul>`
}
