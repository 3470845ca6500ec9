// The formats in which the service draws posters, as its API document says.

import { send } from './api.js'

const EXTENSIONS = { jpeg: 'jpg' }

/** The names of the formats in an API document, PNG first. */
export const formatsIn = document => {
  const follow = schema => (schema?.$ref ? schema.$ref.split('/').slice(1).reduce((node, step) => node?.[step], document) : schema)
  const body = document.paths?.['/v1/studio/templates/{id}/preview']?.post?.requestBody?.content?.['application/json']?.schema
  const names = (follow(follow(body)?.properties?.format)?.enum ?? []).filter(Boolean)
  return names.length ? names : ['png']
}

export const extensionOf = format => EXTENSIONS[format] ?? format

let asked = null
/** Loads the document, once. */
export const loadFormats = () => {
  asked ??= send('/openapi.json').then(response => response.json()).then(formatsIn).catch(() => { asked = null; return ['png'] })
  return asked
}
