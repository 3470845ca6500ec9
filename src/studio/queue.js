// Work in an order that may change: at most a few jobs run at a time, and the next one is chosen when one ends.

/**
 * Returns { fill, clear }. `run(job, signal)` is async; its errors are its own. `rank(job)`: the lowest is next. `fill` replaces
 * all jobs, `clear` ends those that run, too.
 */
export const createQueue = ({ run, rank, slots, idle = () => {} }) => {
  let jobs = []
  let turn = new AbortController()
  let running = 0
  const next = async () => {
    if (running >= slots || !jobs.length) return
    const ranks = jobs.map(rank)
    const [job] = jobs.splice(ranks.indexOf(Math.min(...ranks)), 1)
    const { signal } = turn
    running++
    const done = run(job, signal)
    // The other slots take jobs meanwhile.
    next()
    try {
      await done
    } finally {
      running--
      if (!jobs.length && !running) idle()
      next()
    }
  }
  const clear = () => {
    jobs = []
    turn.abort()
    turn = new AbortController()
  }
  return {
    clear,
    fill: given => {
      clear()
      jobs = [...given]
      next()
    },
  }
}
