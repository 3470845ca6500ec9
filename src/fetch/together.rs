//! Fetches that several groups of assets share.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use crate::{
    net::{
        flight::{Flight, Progress},
        growing::Group,
    },
    words,
};
use haibao_core::{
    asset::Asset,
    error::{Error, ErrorKind, Result},
};

/// Source of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetOrigin {
    /// The in-memory cache of this process.
    Memory,
    /// The in-memory cache, after the host has confirmed that the asset has not changed.
    Confirmed,
    /// Fetched from its host, by this or a concurrent call.
    Fetched,
}

impl AssetOrigin {
    /// Name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Confirmed => "confirmed",
            Self::Fetched => "fetched",
        }
    }
}

/// What the callers of a key share.
#[derive(Debug, Clone)]
pub(super) struct SharedAsset {
    pub asset: Asset,
    pub origin: AssetOrigin,
    /// Whether it occupies the reserve of the memory, which the group that fetched it has.
    pub is_reserve: bool,
}

/// Fetches together with the other callers of a key, on behalf of a group of a caller. Once this group has the reserve of the
/// memory, it fetches for itself instead of waiting for another group, whose fetch may be waiting for that reserve. It takes nothing
/// over that occupies the reserve of another group: it would have to wait for itself if it needs the reserve, too.
///
/// `limit_ms`: time that this caller waits from the turn of a shared fetch on, without the further queues of the fetch, ms.
///
/// # Errors
/// Those of the fetch, which the callers share; `asset_timeout` after `limit_ms`.
pub(super) async fn together<F>(
    flight: &Flight<String, SharedAsset>,
    (caller, group): (&Arc<str>, &Group),
    (key, limit_ms): (String, Option<u32>),
    fetch: impl Fn() -> F,
) -> Result<SharedAsset>
where
    F: Future<Output = Result<SharedAsset>> + Send + 'static,
{
    let progress = watch::Sender::new(Progress::default());
    let joined = async {
        loop {
            let fetched = flight.run_for(key.clone(), caller, &progress, &fetch).await?;
            if progress.borrow().is_own || !fetched.is_reserve {
                return Ok::<_, Error>(fetched);
            }
        }
    };
    let alone = async {
        group.has_turn().await;
        // The sender is this call's own: it is not closed.
        let _ = progress.subscribe().wait_for(|task| !task.is_own).await;
        fetch().await
    };
    let too_late = async {
        let Some(ms) = limit_ms else { return pending().await };
        let (mut task, mut left) = (progress.subscribe(), Duration::from_millis(ms.into()));
        loop {
            let _ = task.wait_for(|task| task.is_working).await;
            let since = Instant::now();
            if timeout(left, task.wait_for(|task| !task.is_working)).await.is_err() {
                return Err(Error::of(ErrorKind::Deadline, words::layer_timeout(ms)));
            }
            left = left.saturating_sub(since.elapsed());
        }
    };
    // Biased, so that the flight is joined first.
    tokio::select! {
        biased;
        fetched = joined => fetched,
        fetched = alone => fetched,
        late = too_late => late,
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;
    use crate::net::flight::queued;

    async fn waits(ms: u64) -> Result<()> {
        sleep(Duration::from_millis(ms)).await;
        Ok(())
    }

    fn fetched() -> SharedAsset {
        SharedAsset { asset: Asset::new(vec![1]), origin: AssetOrigin::Fetched, is_reserve: false }
    }

    #[tokio::test(start_paused = true)]
    async fn further_queues_do_not_count_towards_the_limit_of_a_layer() {
        let flight = Flight::default();
        let (me, group) = (Arc::from("me"), Group::default());
        let get = |takes: u64| {
            // The turns at two hosts.
            let fetch = move || async move {
                for _ in 0..2 {
                    queued(waits(5000)).await?;
                    sleep(Duration::from_millis(takes)).await;
                }
                Ok::<_, Error>(fetched())
            };
            together(&flight, (&me, &group), (takes.to_string(), Some(1500)), fetch)
        };
        get(500).await.expect("both together need a second");
        assert_eq!(get(1000).await.expect_err("both together are slow").code(), "asset_timeout");
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_of_a_layer_begins_with_the_turn() {
        let (flight, start) = (Flight::default(), Instant::now());
        let fetch = |turn: u64, takes: u64| {
            move || async move {
                queued(waits(turn)).await?;
                sleep(Duration::from_millis(takes)).await;
                Ok::<_, Error>(fetched())
            }
        };
        let (me, group) = (Arc::from("me"), Group::default());
        let get = |key: &str, limit: u32, turn, takes| {
            together(&flight, (&me, &group), (key.to_owned(), Some(limit)), fetch(turn, takes))
        };
        get("quick", 1500, 5000, 1000).await.expect("it is only its turn that comes late");
        let (hasty, patient) = tokio::join!(get("slow", 500, 2000, 1000), get("slow", 1500, 2000, 1000));
        let hasty = hasty.expect_err("its host is slow");
        assert_eq!((hasty.code(), hasty.kind()), ("asset_timeout", ErrorKind::Deadline));
        patient.expect("each has its own limit");
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
