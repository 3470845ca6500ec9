//! Fetches that several groups of assets share.

use std::sync::Arc;

use tokio::sync::watch;

use crate::net::{flight::Flight, growing::Group};
use haibao_core::{
    asset::Asset,
    error::{Error, Result},
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
/// # Errors
/// Those of the fetch, which the callers share.
pub(super) async fn together<F>(
    flight: &Flight<String, SharedAsset>,
    (caller, group): (&Arc<str>, &Group),
    key: String,
    fetch: impl Fn() -> F,
) -> Result<SharedAsset>
where
    F: Future<Output = Result<SharedAsset>> + Send + 'static,
{
    let is_own = watch::Sender::new(false);
    let joined = async {
        loop {
            let fetched = flight.run_for(key.clone(), caller, &is_own, &fetch).await?;
            if *is_own.borrow() || !fetched.is_reserve {
                return Ok::<_, Error>(fetched);
            }
        }
    };
    let alone = async {
        group.has_turn().await;
        // The sender is this call's own: it is not closed.
        let _ = is_own.subscribe().wait_for(|is_own| !is_own).await;
        fetch().await
    };
    // Biased, so that the flight is joined first.
    tokio::select! {
        biased;
        fetched = joined => fetched,
        fetched = alone => fetched,
    }
}
