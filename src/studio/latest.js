// Runs a task for the newest input only: at most one runs, one waits, and older ones are dropped.

/** Returns a function that takes an input. `run(input, release)` is async; its errors are its own. `release` lets the next one run. */
export const latest = run => {
  let running = null
  let waiting = null
  const next = async input => {
    const own = {}
    running = own
    const release = () => {
      if (running !== own) return
      running = null
      const [following] = waiting ?? []
      if (!waiting) return
      waiting = null
      next(following)
    }
    try {
      await run(input, release)
    } finally {
      release()
    }
  }
  const push = input => {
    if (running) waiting = [input]
    else next(input)
  }
  /** Whether an input waits, which makes the result of the running one old. */
  push.isWaiting = () => waiting !== null
  /** Whether a task runs that has not let the next one run. */
  push.isRunning = () => running !== null
  return push
}
