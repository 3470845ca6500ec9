//! What the edges share: the HTTP transport, fair shares and turns of callers, byte budgets, places per host, single flight, lanes of
//! blocking threads, hashes of files, names, estimates of durations, values that are freed, pauses between attempts.

pub(crate) mod backoff;
pub(crate) mod budget;
pub(crate) mod caller;
pub(crate) mod discard;
pub(crate) mod estimate;
pub(crate) mod fair;
pub(crate) mod fair_lock;
pub(crate) mod flight;
pub(crate) mod growing;
pub(crate) mod hashing;
pub(crate) mod hosts;
pub(crate) mod lane;
pub(crate) mod resolver;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod transport;
