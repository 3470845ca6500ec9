/** Parameters of a code. Values of a readable scene are strings; short links may also contain arrays and objects. */
export interface Params {
  [key: string]: unknown
}

/** A decoded scene. */
export interface ParsedScene {
  /** Parameters; empty for a short link. */
  params: { [key: string]: string }
  /** Id of a short link, which `resolveScene` looks up; otherwise null. */
  shortId: string | null
}

/**
 * Input of the functions below: the query of `onLoad`; the options of `App.onLaunch`, `App.onShow` or
 * `wx.getEnterOptionsSync()`, whose `scene` is the numeric scenario; or the scene string itself.
 */
export type SceneSource =
  | string
  | null
  | undefined
  | { scene?: string | number; query?: { scene?: string; [key: string]: unknown }; [key: string]: unknown }

/** Decodes a scene. Never throws. */
export function parseScene (source: SceneSource): ParsedScene

/**
 * Decodes a scene and looks up short links with `request`. The promise rejects if `request` rejects or throws.
 */
export function resolveScene<T extends object = Params> (
  source: SceneSource,
  request: (id: string) => PromiseLike<T> | T
): Promise<T>

/**
 * Scene string of the latest entry into the mini-program, still encoded, also after a second scan; '' if the entry has none
 * or opened another page than `route`. Never throws.
 */
export function enteredScene (route?: string): string
