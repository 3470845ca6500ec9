//! Recent verdicts of WeChat about texts.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::wechat::client::{Client, Verdict};
use haibao_core::error::Result;

/// How long a verdict is reused for the same user and text.
const LIFETIME: Duration = Duration::from_secs(600);
/// Maximum number of kept verdicts, about 60 bytes each.
const MAX_VERDICTS: usize = 10_000;

/// Recent verdicts by a hash of app, scene, openid and text.
#[derive(Debug)]
pub(super) struct Verdicts(Cache<blake3::Hash, (Instant, Verdict)>);

impl Verdicts {
    pub(super) fn new() -> Self {
        Self(Cache::new(MAX_VERDICTS))
    }

    /// The verdict about a text, from WeChat if it is not a recent one.
    ///
    /// # Errors
    /// As [`Client::check_text`].
    pub(super) async fn of(&self, wechat: &Client, app: &str, scene: u8, openid: &str, text: &str) -> Result<Verdict> {
        let key = key(app, scene, openid, text);
        if let Some(verdict) = self.recent(&key) {
            return Ok(verdict);
        }
        let verdict = wechat.check_text(app, openid, text).await?;
        self.0.insert(key, (Instant::now(), verdict));
        Ok(verdict)
    }

    /// Whether there is a recent verdict about a text.
    pub(super) fn knows(&self, app: &str, scene: u8, openid: &str, text: &str) -> bool {
        self.recent(&key(app, scene, openid, text)).is_some()
    }

    fn recent(&self, key: &blake3::Hash) -> Option<Verdict> {
        let (at, verdict) = self.0.get(key)?;
        (at.elapsed() < LIFETIME).then_some(verdict)
    }
}

fn key(app: &str, scene: u8, openid: &str, text: &str) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in [app, openid, text] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.update(&[scene]).finalize()
}
