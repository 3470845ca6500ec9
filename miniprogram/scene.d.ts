/** Parameters of a code. Values of a readable scene are strings; short links may also contain arrays and objects. */
export interface Params {
  [key: string]: unknown
}

/** A decoded scene. */
export interface ParsedScene {
  /** Parameters; for a short link those beside it. */
  params: { [key: string]: string }
  /** Id of a short link, which `resolveScene` looks up; otherwise null. */
  shortId: string | null
}

/**
 * Input of the functions below: the query of `onLoad`; the options of `App.onLaunch`, `App.onShow` or
 * `wx.getEnterOptionsSync()`, whose `scene` is the numeric scenario; or the scene string itself. A query may have parameters
 * beside a scene or instead of one, and `q`, the link of a plain QR code.
 */
export type SceneSource =
  | string
  | null
  | undefined
  | { scene?: string | number; query?: { scene?: string; [key: string]: unknown }; [key: string]: unknown }

/** Decodes a scene. Never throws. */
export function parseScene (source: SceneSource): ParsedScene

/**
 * Decodes a scene and looks up short links with `request`. The promise rejects if `request` rejects, throws
 * or is missing for a short link.
 */
export function resolveScene<T extends object = Params> (
  source: SceneSource,
  request: (id: string) => PromiseLike<T> | T
): Promise<T>

/**
 * Scene string of the latest entry into the mini-program, still encoded, also after a second scan; '' if the entry has none
 * or opened another page than `route`. The link of a plain QR code is given as `?q=...`. Never throws.
 */
export function enteredScene (route?: string): string
