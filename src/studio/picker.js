// The pictures of the template's folder: thumbnails, and a list to choose one from.

import { html, useEffect, useRef, useState } from './vendor/preact.js'
import { Icon } from './icons.js'
import { t } from './words.js'

const PICTURE = /\.(jpe?g|png|webp|gif)$/i

/** Paths of the pictures among files. */
export const picturesOf = files => Object.keys(files).filter(path => PICTURE.test(path)).sort()

/** The address of a picture of a template. */
export const pictureUrl = (id, path) => `/v1/studio/templates/${encodeURIComponent(id)}/pictures/${path.split('/').map(encodeURIComponent).join('/')}`

/** What a thumbnail of a value shows: an address, or null. `pictures`: { id, paths }. */
export const thumbOf = (value, { id, paths }) => {
  if (typeof value !== 'string') return null
  if (value.startsWith('data:')) return value
  const path = value.trim().replace(/^\.\//, '')
  return paths.includes(path) ? pictureUrl(id, path) : null
}

/** A free name in `assets/` for a file. */
export const assetFor = (file, paths) => {
  const [, base, extension = ''] = /^(.*?)(\.[0-9a-z]+)?$/i.exec(file)
  const plain = base.replace(/[^0-9A-Za-z_-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'picture'
  for (let n = 1; ; n++) {
    const path = `assets/${plain}${n === 1 ? '' : `-${n}`}${extension.toLowerCase()}`
    if (!paths.includes(path)) return path
  }
}

/** The thumbnail of a value; a click shows the pictures of the template, and `upload`, if there is one, takes a new one. */
export const Picker = ({ value, pictures, choose, label, disabled = false, upload = null }) => {
  const [isOpen, setOpen] = useState(false)
  const root = useRef()
  const chosen = useRef()
  useEffect(() => {
    if (!isOpen) return undefined
    const outside = event => { if (!root.current.contains(event.target)) setOpen(false) }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [isOpen])
  const close = () => { setOpen(false); root.current.querySelector('button').focus() }
  const take = path => { close(); if (path) choose(path) }
  const keys = event => {
    if (event.key !== 'Escape' || !isOpen) return
    event.preventDefault()
    event.stopPropagation()
    close()
  }
  const thumb = thumbOf(value, pictures)
  const isUseful = !disabled && (pictures.paths.length > 0 || upload)
  return html`
    <div class="picker" ref=${root} onKeyDown=${keys}>
      <button type="button" class="thumb" aria-haspopup="true" aria-expanded=${isOpen} disabled=${!isUseful} aria-label=${`${t('choosePicture')}: ${label}`} title=${t('choosePicture')}
        onClick=${() => setOpen(!isOpen)}>${thumb ? html`<img key=${thumb} loading="lazy" src=${thumb} alt=""/>` : html`<${Icon} name="image"/>`}</button>
      ${isOpen && html`<div class="picker-sheet" role="group" aria-label=${t('choosePicture')}>
        ${pictures.paths.map(path => html`<button type="button" key=${path} class="choice" title=${path} aria-label=${path} aria-pressed=${path === value} onClick=${() => take(path)}>
          <img loading="lazy" src=${pictureUrl(pictures.id, path)} alt=""/></button>`)}
        ${upload && html`<input key="file" type="file" accept="image/*" hidden ref=${chosen} onChange=${async event => take(await upload(event.target.files[0]))}/>
          <button type="button" key="upload" class="choice" title=${t('uploadPicture')} aria-label=${t('uploadPicture')} onClick=${() => chosen.current.click()}><${Icon} name="upload"/></button>`}
      </div>`}
    </div>`
}
