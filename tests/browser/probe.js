// What the studio does over time, recorded in its page: keys, requests of posters, frames of the outline, posters on screen. The times are
// those of the system's clock, ms. Runs in the page before its own scripts.
'use strict'

const probe = () => {
  const clock = (time = performance.now()) => performance.timeOrigin + time
  const seen = { keys: [], sent: [], shown: [], frames: [], moves: [] }
  globalThis.probe = seen

  // Which request a poster is the answer to: by its bytes, then by the address that they have in the page.
  const [requestOf, posterOf] = [new WeakMap(), new Map()]
  const real = globalThis.fetch
  globalThis.fetch = async (path, options) => {
    if (!/\/preview$/.test(path)) return real(path, options)
    const index = seen.sent.push({ at: clock(), body: options.body }) - 1
    const response = await real(path, options)
    seen.sent[index].answered = clock()
    seen.sent[index].server = response.headers.get('server-timing')
    response.blob = async () => {
      const blob = await Response.prototype.blob.call(response)
      requestOf.set(blob, index)
      return blob
    }
    return response
  }
  const address = URL.createObjectURL
  URL.createObjectURL = blob => {
    const url = address(blob)
    if (requestOf.has(blob)) posterOf.set(url, requestOf.get(blob))
    return url
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
      const [of, set] = [posterOf.get(source), clock()]
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
