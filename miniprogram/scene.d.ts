/** Parameters of a code. A readable scene gives strings; a short link may hold lists and objects as well. */
export interface Params {
  [key: string]: unknown
}

/** What a scene says. */
export interface ParsedScene {
  /** The parameters, all of them strings; empty for a short link. */
  params: { [key: string]: string }
  /** Id of a short link, which `resolveScene` looks up; else null. */
  shortId: string | null
}

/**
 * What a page, an app or a game is given: `onLoad`'s query, `App.onLaunch`'s options (there `scene` is the number of the
 * scenario), a mini-game's launch options, or the scene string itself.
 */
export type SceneSource =
  | string
  | null
  | undefined
  | { scene?: string | number; query?: { scene?: string; [key: string]: unknown }; [key: string]: unknown }

/** Reads a scene. Never throws. */
export function parseScene (source: SceneSource): ParsedScene

/**
 * Reads a scene, and looks a short link up by `request`. The promise fails as `request` does.
 */
export function resolveScene<T extends object = Params> (
  source: SceneSource,
  request: (id: string) => PromiseLike<T> | T
): Promise<T>
