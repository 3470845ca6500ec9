//! Lanes of blocking threads: each kind of blocking work has its own bound, so that one kind cannot take the threads of
//! another.

use tokio::sync::Semaphore;

use haibao_core::error::{Error, Result};

/// Bounds the blocking threads of one kind of work. Waiting work occupies no thread.
///
/// Work in a lane must not wait for other work that needs a blocking thread.
#[derive(Debug)]
pub(crate) struct Lane {
    slots: std::sync::Arc<Semaphore>,
}

impl Lane {
    /// A lane of at most `width` threads.
    pub fn new(width: usize) -> Self {
        Self { slots: std::sync::Arc::new(Semaphore::new(width)) }
    }

    /// Runs work on a blocking thread, first come, first served.
    ///
    /// # Cancel safety
    /// If the future is dropped before the work starts, it is skipped; running work is finished and keeps its place.
    ///
    /// # Errors
    /// `internal` if the work panics.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        // The semaphore is never closed.
        let slot = std::sync::Arc::clone(&self.slots).acquire_owned().await;
        let task = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        });
        task.await.map_err(|e| Error::internal("a background thread panicked").source(e))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn a_lane_is_bounded_also_when_callers_go_away() {
        let (lane, running, most) = (Lane::new(2), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = || {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            lane.run(move || {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                running.fetch_sub(1, Ordering::SeqCst);
            })
        };
        for _ in 0..4 {
            let _ = tokio::time::timeout(Duration::from_millis(1), work()).await;
        }
        for done in join_all((0..20).map(|_| work())).await {
            done.expect("no panic");
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }
}
