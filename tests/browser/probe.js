// What the studio does over time, recorded in its page: keys, requests of posters, frames of the outline, posters on screen. The times are
// those of the system's clock, ms. Runs in the page before its own scripts.
'use strict'

const probe = () => {
  const clock = (time = performance.now()) => performance.timeOrigin + time
  const seen = { keys: [], sent: [], shown: [], frames: [], moves: [] }
  globalThis.probe = seen

  // Posters are requested one after the other: the one that is shown belongs to the latest response.
  const real = globalThis.fetch
  let latest = -1
  globalThis.fetch = async (path, options) => {
    if (!/\/preview$/.test(path)) return real(path, options)
    const index = seen.sent.push({ at: clock(), body: options.body }) - 1
    const response = await real(path, options)
    seen.sent[index].answered = clock()
    seen.sent[index].server = response.headers.get('server-timing')
    latest = index
    return response
  }

  // The task after a frame's callbacks runs once the frame has been drawn.
  const afterFrame = call => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => call(clock())
    port2.postMessage(null)
  })
  let source = null
  let place = null
  new MutationObserver(() => {
    const poster = document.getElementById('poster')
    if (poster && poster.src !== source) {
      source = poster.src
      const [of, set] = [latest, clock()]
      afterFrame(at => seen.shown.push({ at, of, set }))
    }
    const frame = document.querySelector('.dragging .handles .frame')
    if (frame && frame.style.transform !== place) {
      place = frame.style.transform
      const text = document.querySelector('.measure').textContent
      const [x, y] = text.split(/[^-\d.]+/).map(Number)
      seen.moves.push({ at: clock(), x, y })
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['src', 'style', 'class'] })
  addEventListener('keydown', event => seen.keys.push(clock(event.timeStamp)), true)
  const tick = time => {
    seen.frames.push(clock(time))
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
}

module.exports = { PROBE: `(${probe})();` }
