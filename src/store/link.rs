//! A short link, and the result of storing one.

use std::sync::Arc;

use haibao_core::error::Result;
use serde_json::{Map, Value};

use super::DbRow;

/// A short link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// 12 characters of `0-9 A-Z a-z`.
    pub id: String,
    /// The parameters as canonical JSON, an object.
    pub payload: Arc<str>,
    /// Expiry, s since 1970-01-01 UTC. `None`: never.
    pub expires_at: Option<i64>,
    /// Number of scans. `None` if they are not counted.
    pub scans: Option<u64>,
}

/// Result of [`super::Links::put`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Link as stored, with the expiry that applies now.
    pub link: Link,
    /// Whether the link was created by this call. `false` if it already existed.
    pub created: bool,
}

impl Link {
    pub(super) fn read(row: &DbRow) -> Result<Self> {
        let scans: i64 = row.get("scans")?;
        let counted = row.get::<i64>("count_scans")? != 0;
        Ok(Self {
            id: row.get("id")?,
            payload: row.get::<String>("payload")?.into(),
            expires_at: row.get("expires_at")?,
            scans: counted.then(|| u64::try_from(scans).unwrap_or_default()),
        })
    }

    /// The parameters.
    pub fn params(&self) -> Map<String, Value> {
        // Payloads only come from [`scene::payload`], so they are valid JSON objects.
        serde_json::from_str(&self.payload).unwrap_or_default()
    }

    pub(super) fn has_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether the link already satisfies a request: it expires no earlier and counts scans if required.
    pub(super) fn satisfies(&self, expires_at: Option<i64>, count_scans: bool) -> bool {
        let lasts = self.expires_at.is_none_or(|own| expires_at.is_some_and(|requested| requested <= own));
        lasts && (self.scans.is_some() || !count_scans)
    }
}

/// Clock and id source, replaceable in tests.
#[derive(Clone)]
pub(super) struct Edge {
    /// Current time, s since 1970-01-01 UTC.
    pub(super) now: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Generates a new id.
    pub(super) id: Arc<dyn Fn() -> Result<String> + Send + Sync>,
}
