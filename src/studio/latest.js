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
