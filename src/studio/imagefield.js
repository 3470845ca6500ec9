// A picture of the form: uploaded, dropped or pasted as data, or an address.

import { html, useRef, useState } from './vendor/preact.js'
import { sizeText } from './bytes.js'
import { Picker } from './picker.js'
import { useTyping } from './typing.js'
import { IconButton } from './ui.js'
import { t } from './words.js'

// The service's default limit of one picture, of which base64 takes four thirds.
const MAX_BYTES = 15 * 1024 * 1024

const dataUri = file => new Promise((resolve, reject) => {
  const reader = new FileReader()
  reader.onload = () => resolve(reader.result)
  reader.onerror = () => reject(reader.error)
  reader.readAsDataURL(file)
})

const isData = value => typeof value === 'string' && value.startsWith('data:')
const bytesOf = uri => Math.floor((uri.length - uri.indexOf(',') - 1) * 3 / 4)

export const ImageField = ({ field, path, value, set, note, pictures, more }) => {
  const [name, setName] = useState('')
  const [isOver, setOver] = useState(false)
  const chosen = useRef()
  const id = `param-${path.join('-')}`
  const take = async file => {
    if (!file) return
    if (!file.type.startsWith('image/')) return note(t('imageWrong'), 'error')
    if (file.size > MAX_BYTES) return note(t('imageTooLarge', sizeText(MAX_BYTES)), 'error')
    setName(file.name)
    set(path, await dataUri(file))
  }
  const drop = event => { event.preventDefault(); setOver(false); take(event.dataTransfer.files[0]) }
  const over = event => { event.preventDefault(); setOver(true) }
  const pasted = event => {
    const [file] = event.clipboardData.files
    if (!file) return
    event.preventDefault()
    take(file)
  }
  const paste = async () => {
    const items = await navigator.clipboard.read().catch(() => [])
    for (const item of items) {
      const type = item.types.find(one => one.startsWith('image/'))
      if (type) return take(new File([await item.getType(type)], `pasted.${type.slice(6)}`, { type }))
    }
    const text = await navigator.clipboard.readText().catch(() => '')
    if (/^(https?:|data:image\/)/.test(text)) set(path, text)
    else note(t('imageNone'), 'error')
  }
  const picture = isData(value)
  const write = text => {
    set(path, text || undefined)
    return text || undefined
  }
  const [typing] = useTyping(picture ? undefined : value, picture ? '' : value ?? '', write)
  return html`
    <div class=${`image ${isOver ? 'over' : ''}`} onDrop=${drop} onDragOver=${over} onDragLeave=${() => setOver(false)} onPaste=${pasted}>
      <${Picker} value=${value} pictures=${pictures} label=${field.label} choose=${one => set(path, one)}/>
      ${picture
        ? html`<span key="data" class="data" id=${id} tabindex="-1">${t('imageUploaded', name || value.slice(5, value.indexOf(';')), sizeText(bytesOf(value)))}</span>`
        : html`<input key="text" id=${id} placeholder=${t('imagePlaceholder')} list="assets" autocomplete="off" spellcheck=${false}
            ...${typing} ...${more}/>`}
      <input key="file" type="file" accept="image/*" hidden ref=${chosen} onChange=${event => { take(event.target.files[0]); event.target.value = '' }}/>
      <${IconButton} icon="upload" label=${`${t('upload')}: ${field.label}`} onClick=${() => chosen.current.click()}/>
      <${IconButton} icon="paste" label=${`${t('paste')}: ${field.label}`} onClick=${paste}/>
      ${picture && html`<${IconButton} icon="cross" label=${`${t('remove')}: ${field.label}`} onClick=${() => set(path, undefined)}/>`}
    </div>`
}
