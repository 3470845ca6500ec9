// The bar at the top: which template, whether it is in step with its files, and what applies to all of the studio.

import { html } from './vendor/preact.js'
import { Icon } from './icons.js'
import { Appearance, Brand } from './shell.js'
import { IconButton, Menu, Segments } from './ui.js'
import { t } from './words.js'

/** The title of a template in a language. */
export const titleIn = ({ title, titles, language }) => {
  if (language === 'zh' && /\p{Script=Han}/u.test(title)) return title
  const [, other] = Object.entries(titles).find(([tag]) => tag.split(/[-_]/)[0] === language) ?? []
  return other ?? title
}

const VIEWS = [['design', 'viewDesign'], ['stress', 'viewStress'], ['bulk', 'viewBulk']]

const Status = ({ state }) => {
  if (!state.editable) return html`<span class="badge" title=${t('readOnlyHelp')}>${t('readOnly')}</span>`
  if (state.isSessionOver) return html`<span class="status over" role="status" title=${t('sessionOverHelp')}><i></i>${t('loggedOut')}</span>`
  if (state.conflicts.length) return html`<span class="status lost" role="status" title=${t('conflict', state.conflicts[0])}><i></i>${t('inConflict')}</span>`
  const isLost = state.connection === 'lost'
  return html`<span class=${`status ${state.connection}`} role="status" title=${t(isLost ? 'lostHelp' : 'liveHelp')}><i></i>${t(isLost ? 'lost' : 'live')}</span>`
}

export const TopBar = ({ state, actions }) => {
  const { poster, phase } = state
  const scale = poster?.scale ?? 1
  const sizes = state.formats.flatMap(format => [1, 2, 3].map(one => ({
    label: poster ? t('downloadAt', format.toUpperCase(), one, Math.round(poster.width / scale * one), Math.round(poster.height / scale * one)) : `${format.toUpperCase()} ${one}x`,
    run: () => actions.download(one, format),
  })))
  return html`
    <header class="bar">
      <${Brand} state=${state}/>
      <h1 title=${state.id}>${titleIn(state)}</h1>
      ${titleIn(state) !== state.id && html`<code class="id">${state.id}</code>`}
      ${phase === 'ready' && html`<${Status} state=${state}/>`}
      <span class="space"></span>
      ${phase === 'ready' && html`<${Segments} label=${t('view')} value=${state.view} options=${VIEWS.map(([value, key]) => ({ value, label: t(key) }))} change=${view => actions.show({ view, hovered: null })}/><span class="space"></span>`}
      ${phase === 'ready' && html`
        ${state.editable && html`<${IconButton} icon="undo" label=${t('undoKeys')} disabled=${!state.undoable} onClick=${actions.undo}/>
          <${IconButton} icon="redo" label=${t('redoKeys')} disabled=${!state.redoable} onClick=${actions.redo}/>`}
        <button type="button" onClick=${actions.copyLink}><${Icon} name="link"/><span class="label">${t('copyLink')}</span></button>
        <button type="button" onClick=${() => actions.show({ dialog: 'request' })}><${Icon} name="brackets"/><span class="label">${t('request')}</span></button>
        <span onPointerEnter=${actions.formats} onFocusIn=${actions.formats}><${Menu} label=${t('download')} icon="download" items=${sizes}/></span>`}
      <${Appearance} state=${state} actions=${actions}/>
    </header>`
}
