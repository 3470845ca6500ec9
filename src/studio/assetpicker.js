// A picture of the template's folder: shown beside a field, chosen from all of them, and uploaded where the value is a path.

import { html, useRef, useState } from './vendor/preact.js'
import { Icon } from './icons.js'
import { Dialog, IconButton } from './ui.js'
import { t } from './words.js'

// A picture that cannot be shown is an icon.
const Picture = ({ url }) => {
  const [lost, setLost] = useState(null)
  return url && lost !== url ? html`<img src=${url} alt="" loading="lazy" decoding="async" onError=${() => setLost(url)}/>` : html`<${Icon} name="image"/>`
}

/** The thumbnail of a value. A click shows the pictures of the template. */
export const Thumb = ({ value, assets, label, choose }) => {
  const [isOpen, setOpen] = useState(false)
  const own = typeof value === 'string' ? assets.find(({ path }) => path === value)?.url ?? (/^data:image\//.test(value) ? value : null) : null
  const take = path => { setOpen(false); choose(path) }
  if (!assets.length || !choose) return html`<span class="thumb"><${Picture} url=${own}/></span>`
  return html`
    <button type="button" class="thumb" aria-haspopup="dialog" aria-label=${`${t('assetChoose')}: ${label}`} title=${t('assetChoose')} onClick=${() => setOpen(true)}><${Picture} url=${own}/></button>
    ${isOpen && html`<${Dialog} title=${t('assetChoose')} close=${() => setOpen(false)}>
      <ul class="asset-list">${assets.map(({ path, name, url }) => html`<li key=${path}>
        <button type="button" aria-pressed=${path === value} title=${path} onClick=${() => take(path)}><span><${Picture} url=${url}/></span><small>${name}</small></button></li>`)}</ul>
    </${Dialog}>`}`
}

/** A field of a path in the layout, with its picture, the choice, and an upload into the template's folder. */
export const AssetField = ({ value, assets, label, isReadOnly, choose, upload, children }) => {
  const [isOver, setOver] = useState(false)
  const chosen = useRef()
  const take = async file => {
    const path = file && await upload(file)
    if (path) choose(path)
  }
  const over = event => { if (!isReadOnly) { event.preventDefault(); setOver(true) } }
  const drop = event => { event.preventDefault(); setOver(false); if (!isReadOnly) take(event.dataTransfer.files[0]) }
  return html`<div class=${`image ${isOver ? 'over' : ''}`} onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${drop}>
    <${Thumb} value=${value} assets=${assets} label=${label} choose=${isReadOnly ? null : choose}/>
    <div class="of">${children}</div>
    ${!isReadOnly && html`<input key="file" type="file" accept="image/jpeg,image/png,image/webp,image/gif" hidden ref=${chosen} onChange=${event => { take(event.target.files[0]); event.target.value = '' }}/>
      <${IconButton} icon="upload" label=${`${t('assetUpload')}: ${label}`} onClick=${() => chosen.current.click()}/>`}
  </div>`
}
