// A file that is dropped on one page and read by the next one. The browser's database has room for it, also without https.

import { MAX_BYTES } from './newslots.js'

const DATABASE = 'haibao-handover'
const STORE = 'files'
const KEY = 'dropped'

/** The end of the address of a page that takes the file. */
export const HANDED = '#handed'

const opened = () => new Promise((resolve, reject) => {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE)
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(request.error)
})

// The result of a request, once what it does is written.
const run = async work => {
  const database = await opened()
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, 'readwrite')
      const request = work(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error)
    })
  } finally {
    database.close()
  }
}

/** Keeps a file for the next page, in the place of an earlier one. */
export const hand = async file => {
  const { name, size } = file
  const kept = { name, size, text: size > MAX_BYTES ? null : await file.text() }
  await run(store => store.put(kept, KEY))
}

/** The file that was handed over, { name, size, text }, where `text` is null if it is too large; `size` in bytes; undefined without one. It is handed over once. */
export const taken = () => run(store => {
  const request = store.get(KEY)
  store.delete(KEY)
  return request
})
