// The poster where people see it: on a phone, as a thumbnail of a WeChat chat, and in Moments.

import { html } from './vendor/preact.js'
import { t } from './words.js'

// Sizes of an iPhone's screen, CSS px; WeChat's are measured on it and vary a little with the phone.
const PHONE = { width: 390, height: 844 }
// Of its case on each side, and of the room around it.
const CASE = 12
const ROOM = 32
// The longer and the shorter side of a thumbnail in a chat: longer pictures are cropped.
const CHAT = { longest: 200, shortest: 90 }
// A single picture in Moments; of a grid, each is a square.
const MOMENT = { longest: 240, shortest: 120 }

const within = ({ longest, shortest }, { width, height }) => {
  const factor = longest / Math.max(width, height)
  return { width: `${Math.max(shortest, width * factor)}px`, height: `${Math.max(shortest, height * factor)}px` }
}

const Picture = ({ poster, alt, ...others }) => html`<img src=${poster.url} alt=${alt} decoding="sync" draggable="false" ...${others}/>`

const Avatar = ({ tone }) => html`<i class=${`avatar ${tone}`}></i>`
const Line = ({ width }) => html`<i class="line" style=${{ width: `${width}px` }}></i>`

const Chat = ({ poster, alt }) => html`
  <div class="screen chat">
    <div class="head"><${Line} width=${84}/></div>
    <div class="talk"><${Avatar} tone="other"/><span class="bubble"><${Line} width=${132}/></span></div>
    <div class="talk own"><${Picture} poster=${poster} alt=${alt} style=${within(CHAT, poster)}/><${Avatar} tone="self"/></div>
    <div class="talk"><${Avatar} tone="other"/><span class="bubble"><${Line} width=${72}/></span></div>
  </div>`

const Moments = ({ poster, alt }) => html`
  <div class="screen moments">
    <div class="head"><${Line} width=${84}/></div>
    <div class="moment"><${Avatar} tone="self"/><div>
      <${Line} width=${72}/><${Line} width=${210}/>
      <${Picture} poster=${poster} alt=${alt} style=${within(MOMENT, poster)}/>
      <p>${t('momentsOne')}</p>
    </div></div>
    <div class="moment"><${Avatar} tone="other"/><div>
      <${Line} width=${96}/>
      <div class="nine"><${Picture} poster=${poster} alt=${alt}/>${Array.from({ length: 5 }, (_, at) => html`<i key=${at}></i>`)}</div>
      <p>${t('momentsNine')}</p>
    </div></div>
  </div>`

const Phone = ({ poster, alt }) => html`<div class="screen whole" tabindex="0"><${Picture} poster=${poster} alt=${alt}/></div>`

const SCREENS = { phone: Phone, chat: Chat, moments: Moments }

export const Frame = ({ kind, poster, alt, size }) => {
  const Screen = SCREENS[kind]
  const [width, height] = [PHONE.width + 2 * CASE, PHONE.height + 2 * CASE]
  const zoom = Math.max(0.2, Math.min(1, (size.height - 2 * ROOM) / height, (size.width - 2 * ROOM) / width))
  return html`
    <div class="phone-room" style=${{ width: `${Math.floor(width * zoom)}px`, height: `${Math.floor(height * zoom)}px` }}>
      <div class="phone" style=${{ transform: `scale(${zoom})` }}><${Screen} poster=${poster} alt=${alt}/></div>
    </div>`
}
