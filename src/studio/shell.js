// What the bars of the studio have in common with the header of the other pages: brand, pages, language and appearance.

import { html } from './vendor/preact.js'
import { IconButton, Menu } from './ui.js'
import { t } from './words.js'

const THEMES = { system: ['light', 'system', 'themeSystem'], light: ['dark', 'sun', 'themeLight'], dark: ['system', 'moon', 'themeDark'] }

/** The pages that the reader may open, from the data of the page: [{ path, zh, en }]. */
export const pagesOf = text => {
  try { return JSON.parse(text) } catch { return [] }
}

/** The brand, and the pages: beside each other in a wide bar, otherwise in a menu. */
export const Brand = ({ state: { pages, language } }) => html`
  <a class="brand" href="/"><b>海报</b> haibao</a>
  ${pages.length > 0 && html`
    <nav class="pages" aria-label=${t('pages')}>${pages.map(({ path, ...names }) => html`<a key=${path} href=${path} aria-current=${path === '/' ? 'true' : null}>${names[language]}</a>`)}</nav>
    <${Menu} label=${t('pages')} icon="menu" kind="pages-menu" items=${pages.map(({ path, ...names }) => ({ label: names[language], href: path }))}/>`}
  <span class="rule"></span>`

/** Language and appearance, the last of a bar. */
export const Appearance = ({ state: { theme, language }, actions }) => {
  const [next, icon, label] = THEMES[theme] ?? THEMES.system
  const change = () => { globalThis.haibaoTheme?.set(next); actions.show({ theme: next }) }
  return html`
    <span class="rule"></span>
    <button type="button" class="quiet" lang=${language === 'zh' ? 'en' : 'zh-CN'} title=${t('switchLanguage')}
      onClick=${() => actions.language(language === 'zh' ? 'en' : 'zh')}>${t('languageOther')}</button>
    <${IconButton} icon=${icon} label=${t(label)} onClick=${change}/>`
}
