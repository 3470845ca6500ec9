// Runs a task for the newest input only: at most one runs, one waits, and older ones are dropped.

/** Returns a function that takes an input. `run` is async; its errors are its own. `idle` is called when nothing runs or waits. */
export const latest = (run, idle = () => {}) => {
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
      } else idle()
    }
  }
  const push = input => {
    if (running) waiting = [input]
    else next(input)
  }
  /** Whether an input waits, which makes the result of the running one old. */
  push.isWaiting = () => waiting !== null
  /** Whether a task runs. */
  push.isRunning = () => running
  return push
}
