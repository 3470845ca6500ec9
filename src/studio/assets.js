// The pictures of a template's folder: which there are, their addresses, and new ones.

import { t } from './words.js'

const PICTURE = /^assets\/.*\.(jpe?g|png|webp|gif)$/i
// The service's default limit of one picture.
const MAX_BYTES = 15 * 1024 * 1024
const MAX_TRIES = 50

/** The pictures of a template: [{ path, name, url }]. The hash in the address makes a changed picture another one. */
export const assetsOf = ({ id, files }) => Object.values(files).filter(({ path }) => PICTURE.test(path)).map(({ path, hash }) => ({
  path, name: path.slice('assets/'.length),
  url: `/v1/studio/templates/${encodeURIComponent(id)}/${path.split('/').map(encodeURIComponent).join('/')}?${(hash ?? '').slice(0, 16)}`,
}))

const TYPES = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp', 'image/gif': 'gif' }

/** The name of a new picture: that of the file as far as the service takes it. `n`: how many others have it. */
export const nameOf = ({ name, type }, n = 0) => {
  const stem = name.replace(/\.[^.]*$/, '').normalize('NFKD').toLowerCase().replace(/[^a-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40)
  return `${stem || 'picture'}${n ? `-${n + 1}` : ''}.${TYPES[type] ?? 'png'}`
}

export const createAssets = (store, api, note) => ({
  /** Writes a picture into the template's folder. Returns its path; null if it was not written. */
  upload: async file => {
    if (!TYPES[file.type]) return note(t('assetWrong'), 'error') ?? null
    if (file.size > MAX_BYTES) return note(t('imageTooLarge', '15 MiB'), 'error') ?? null
    for (let n = 0; n < MAX_TRIES; n++) {
      const path = `assets/${nameOf(file, n)}`
      if (store.get().files[path]) continue
      try {
        const { hash } = await api.put(path, file, null)
        store.set(({ files }) => ({ files: { ...files, [path]: { path, hash, text: null } } }))
        return path
      } catch (problem) {
        if (problem.status === 412) continue
        if (problem.status !== 401) note(problem.detail || t('connectionLost'), 'error')
        return null
      }
    }
    return null
  },
})
