//! The threads of the pool: each runs one step of a job after another.

use std::{sync::PoisonError, time::Instant};

use super::{
    queue::{Refused, Started},
    shared::Shared,
    turn::busy,
};

/// Memory from which a job makes room for itself, bytes. What smaller ones need is less than the caches' own overhead.
const LARGE: u64 = 4 << 20;

/// Runs jobs until the pool is closed and no job waits.
pub(super) fn work(shared: &Shared) {
    let mut state = shared.lock();
    loop {
        let started = state.queue.pop(Instant::now());
        if state.queue.lacks_held() {
            shared.lacking.notify_waiters();
        }
        let Some(Started { mut job, place, late, receipt }) = started else {
            // Jobs may wait for memory that running ones will free.
            if state.is_closed && state.queue.depth().0 == 0 {
                return;
            }
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let (is_large, used) = (receipt.memory() >= LARGE, state.queue.used().1);
        drop(state);
        if is_large {
            (shared.make_room)(shared.memory.saturating_sub(used));
            // A reservation may have waited for its turn.
            shared.freed.notify_waiters();
        }
        let start = Instant::now();
        let is_late = late.is_some();
        let next = job.step(late.map_or(Ok(()), |Refused(wait)| Err(busy(wait)))).map(|need| (need, job));
        let took = (!is_late).then(|| start.elapsed());
        state = shared.lock();
        state.queue.finished(receipt, took);
        let is_awaited = state.queue.depth().0 > 0;
        // Dropped after the lock is released: its input may be large.
        let mut unwanted = None;
        // This thread is free for the next step: no other one is woken for it.
        let has_next = next.is_some();
        let refused = next.and_then(|(need, job)| {
            if !job.is_wanted() {
                unwanted = Some(job);
                return None;
            }
            let call = job.call().clone();
            state.queue.push_at(place, &call, need, Instant::now(), job).err()
        });
        if is_large {
            // What it has put into a cache no longer counts as its own.
            let used = state.queue.used().1;
            drop(state);
            (shared.make_room)(shared.memory.saturating_sub(used));
            state = shared.lock();
        }
        drop(state);
        drop(unwanted);
        if let Some((Refused(wait), mut job)) = refused {
            job.step(Err(busy(wait)));
        } else if has_next {
            shared.queued.notify_waiters();
        }
        // Memory was freed, or a turn of heavy jobs.
        shared.freed(is_awaited);
        state = shared.lock();
    }
}
