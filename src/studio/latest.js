// Runs a task for the newest input only: at most one runs, one waits, and older ones are dropped.

/** Returns a function that takes an input. `run` is async; its errors are its own. */
export const latest = run => {
  let running = false
  let waiting = null
  const next = async input => {
    running = true
    try {
      await run(input)
    } finally {
      running = false
      const [following] = waiting ?? []
      if (waiting) {
        waiting = null
        next(following)
      }
    }
  }
  const push = input => {
    if (running) waiting = [input]
    else next(input)
  }
  /** Whether an input waits, which makes the result of the running one old. */
  push.isWaiting = () => waiting !== null
  return push
}

/** Calls a function once per frame of the screen, however often it is asked to; without a screen, soon. */
export const perFrame = (call, frame = globalThis.requestAnimationFrame ?? (callback => setTimeout(callback, 16))) => {
  let isAsked = false
  return () => {
    if (isAsked) return
    isAsked = true
    frame(() => {
      isAsked = false
      call()
    })
  }
}
