// What the studio uses of preact and htm.
import { h, render } from 'preact'
import htm from 'htm'

export { render }
export { useEffect, useLayoutEffect, useMemo, useRef, useState, useCallback } from 'preact/hooks'
export const html = htm.bind(h)
