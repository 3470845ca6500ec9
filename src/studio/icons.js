// Icons of 16 x 16 px in the colour of the text.

import { html } from './vendor/preact.js'

const PATHS = {
  text: 'M3 4V3h10v1M8 3v10M6 13h4',
  image: 'M2.5 3.5h11v9h-11zM2.5 10.5l3-3 3 3 2-2 3 3M10.5 6.5h.01',
  code: 'M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h1.5v1.5M13.5 9.5v1M13.5 13.5h-1M9.5 13.5h.01',
  barcode: 'M2.5 3v10M4.5 3v10M7 3v10M9 3v10M11.5 3v10M13.5 3v10',
  shape: 'M3 3h10v10H3z',
  row: 'M2.5 3.5h3.5v9H2.5zM10 3.5h3.5v9H10z',
  column: 'M3.5 2.5h9V6h-9zM3.5 10h9v3.5h-9z',
  eye: 'M1.5 8s2.3-4.5 6.5-4.5S14.5 8 14.5 8s-2.3 4.5-6.5 4.5S1.5 8 1.5 8zM8 9.8a1.8 1.8 0 100-3.6 1.8 1.8 0 000 3.6z',
  eyeOff: 'M2 2l12 12M6.3 3.7A6.6 6.6 0 018 3.5c4.2 0 6.5 4.5 6.5 4.5a11 11 0 01-1.9 2.5M4.2 4.9A10.6 10.6 0 001.5 8S3.8 12.5 8 12.5c1 0 2-.3 2.8-.7',
  lock: 'M4 7.5h8v6H4zM5.5 7.5V5.2a2.5 2.5 0 015 0v2.3',
  unlock: 'M4 7.5h8v6H4zM5.5 7.5V5.2a2.5 2.5 0 014.7-1.2',
  outlines: 'M2.5 4.5v-2h2M11.5 2.5h2v2M13.5 11.5v2h-2M4.5 13.5h-2v-2M5.5 5.5h5v5h-5z',
  canvas: 'M3.5 1.5h9v13h-9z',
  phone: 'M4.5 1.5h7a1 1 0 011 1v11a1 1 0 01-1 1h-7a1 1 0 01-1-1v-11a1 1 0 011-1zM7 12.5h2',
  chat: 'M2.5 3h11v8H7l-3 2.5V11H2.5z',
  moments: 'M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z',
  link: 'M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 014.5 4.5L11.5 9M9 11.5L7.5 13A3 3 0 013 8.5L4.5 7',
  download: 'M8 2.5v7.5M5 7l3 3 3-3M3 13.5h10',
  brackets: 'M5.5 4L2 8l3.5 4M10.5 4L14 8l-3.5 4',
  sun: 'M8 10.8a2.8 2.8 0 100-5.6 2.8 2.8 0 000 5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13.5 9.5A5.8 5.8 0 016.5 2.5a5.8 5.8 0 107 7z',
  system: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  calendar: 'M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  up: 'M8 13V3.5M4 7l4-4 4 4',
  cross: 'M4 4l8 8M12 4l-8 8',
  chevron: 'M4 6l4 4 4-4',
  upload: 'M8 10.5V3M5 6l3-3 3 3M3 13.5h10',
  paste: 'M5.5 3.5h-2v10h9v-10h-2M5.5 2.5h5v2.5h-5z',
  error: 'M8 14.5a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM8 4.5v4.5M8 11.5h.01',
  warning: 'M8 2L1.5 13.5h13zM8 6.5v3.5M8 12h.01',
  back: 'M10 3L5 8l5 5',
  compare: 'M8 1.5v13M6 3.5H2.5v9H6M10 3.5h3.5v9H10',
  marks: 'M2.5 2.5h11v7h-11zM8 12v.01M5 6h6',
  table: 'M2.5 3h11v10h-11zM2.5 6.5h11M2.5 10h11M6.5 3v10',
  undo: 'M6 3L2.5 6.5 6 10M2.5 6.5h7a4 4 0 010 8H7',
  redo: 'M10 3l3.5 3.5L10 10M13.5 6.5h-7a4 4 0 000 8H9',
  bin: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9M6.8 7v4M9.2 7v4',
  target: 'M8 13.5a5.5 5.5 0 100-11 5.5 5.5 0 000 11zM8 1v4M8 11v4M1 8h4M11 8h4',
  down: 'M8 3v9.5M4 9l4 4 4-4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
}

/** An icon; it is decorative, so a control that has only an icon needs a label. */
export const Icon = ({ name }) => html`<svg class="icon" width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor"
  stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${PATHS[name] ?? PATHS.shape}/></svg>`
