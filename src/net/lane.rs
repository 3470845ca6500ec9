//! Lanes of blocking threads: each kind of blocking work has its own bound, so that one kind cannot take the threads of
//! another.

use std::sync::Arc;

use super::{caller, fair::Shares};
use crate::words;
use haibao_core::error::{Error, Result};

/// Declares the kinds of blocking work, each with the number of threads that it may take.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $width:literal,)*) => {
        /// A kind of blocking work.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Work {
            $($(#[$doc])* $kind,)*
        }

        impl Work {
            /// Every kind once, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Maximum number of threads.
            pub const fn width(self) -> usize {
                match self {
                    $(Self::$kind => $width,)*
                }
            }
        }
    };
}

kinds! {
    /// Files of the blob store being written. A disk does not write more of them faster.
    Files: 2,
    /// Copies of archives, which may take minutes while posters wait for their codes.
    Copies: 1,
    /// Parts of large files, on their way to and from a bucket.
    Parts: 2,
    /// The data folder being checked.
    DataFolder: 1,
    /// Templates being loaded.
    Templates: 1,
    /// QR codes being drawn.
    Codes: 2,
    /// Answers of WeChat being decoded.
    Answers: 2,
    /// Pictures being hashed.
    Hashes: 2,
    /// Values of refused requests being freed.
    Values: 1,
    /// Sheets being read: one of a key, so that another key's need not wait for one that takes long. Without keys, whichever come first.
    Sheets: 2,
    /// Pictures of workbooks and archives being read.
    Pictures: 2,
    /// Posters of chunks being hashed and written.
    Members: 2,
    /// Lists and archives of exports being written.
    Exports: 2,
}

/// Blocking threads of all lanes.
pub(crate) const THREADS: usize = {
    let (mut sum, mut at) = (0, 0);
    while at < Work::ALL.len() {
        sum += Work::ALL[at].width();
        at += 1;
    }
    sum
};

/// Bounds the blocking threads of one kind of work. Waiting work occupies no thread.
///
/// Work in a lane must not wait for other work that needs a blocking thread.
#[derive(Debug)]
pub(crate) struct Lane {
    places: Shares,
}

impl Lane {
    /// The lane of a kind of work, of which a process has one.
    pub fn of(work: Work) -> Self {
        Self { places: Shares::new(u32::try_from(work.width()).unwrap_or(u32::MAX)) }
    }

    /// Runs work on a blocking thread, first come, first served. Waits for one as [`caller::until`] says.
    ///
    /// # Cancel safety
    /// If the future is dropped before the work starts, it is skipped; running work is finished and keeps its place.
    ///
    /// # Errors
    /// `busy` if its turn does not come in time; `internal` if the work panics.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        // Callers are not told apart.
        let all: Arc<str> = Arc::default();
        let place = match (self.places.try_take(&all, 1), caller::until()) {
            (Some(place), _) => Some(place),
            (None, Some(end)) => {
                let place = self.places.take_by(&all, 1, end.into()).await;
                Some(place.map_err(|late| late.error(words::overloaded()))?)
            }
            (None, None) => self.places.take(&all, 1, None).await,
        };
        let task = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        task.await.map_err(|e| Error::internal("a background thread panicked").source(e))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
        time::{Duration, Instant},
    };

    use futures_util::{FutureExt, future::join_all};

    use super::{super::caller::waiting_until, *};
    use haibao_core::error::{ErrorKind, Retry};

    #[tokio::test]
    async fn a_lane_is_bounded_also_when_callers_go_away() {
        let (lane, running, most) =
            (Lane::of(Work::Files), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
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
        assert_eq!(most.load(Ordering::SeqCst), Work::Files.width());
    }

    #[tokio::test]
    async fn work_whose_turn_does_not_come_in_time_is_refused() {
        let (lane, (release, wait)) = (Lane::of(Work::Templates), mpsc::channel::<()>());
        let mut running = Box::pin(lane.run(move || wait.recv().is_err()));
        assert!((&mut running).now_or_never().is_none());
        let mut patient = Box::pin(lane.run(|| 1));
        assert!((&mut patient).now_or_never().is_none(), "it waits as long as it takes");
        let until = Some(Instant::now() + Duration::from_millis(50));
        let late = waiting_until(until, lane.run(|| 2)).await.expect_err("the only thread is busy");
        assert_eq!((late.code(), late.kind()), ("busy", ErrorKind::Busy));
        assert!(matches!(late.retry_advice(), Retry::After(_)), "{late:?}");
        drop(release);
        assert!(running.await.expect("no panic"));
        assert_eq!(patient.await.expect("its turn"), 1);
        let at_last = waiting_until(Some(Instant::now()), lane.run(|| 3)).await;
        assert_eq!(at_last.expect("the thread is free"), 3);
    }
}
