//! Assets from outside: photos and avatars by http(s) URL, and `data:` URIs.
//!
//! URLs come from users, so nothing about them is trusted: not where they lead ([`Config::allow_private`],
//! [`Config::allow_hosts`]), not how much or how slowly they answer, not the content type. What comes back is bytes with
//! a hash; whether they are a picture is for the renderer to find out.

use std::{fmt, sync::Arc, time::Duration};

use quick_cache::{Weighter, sync::Cache};
use tokio::time::{Instant, timeout_at};
use url::Url;

use haibao_core::{
    asset::Asset,
    error::{Error, Kind, Result},
};

mod address;
pub(crate) mod cache;
mod config;
mod data;
mod guard;
mod request;
mod resolver;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use crate::net::{flight::Flight, transport};
pub use config::Config;
pub use data::data_uri;
use guard::{Guard, shown};
use request::Requester;

/// Fetches assets by URL. Cheap to clone; clones share connections and the cache.
#[derive(Clone)]
pub struct Fetcher(Arc<Inner>);

struct Inner {
    guard: Guard,
    requester: Requester,
    timeout: Duration,
    max_age: Duration,
    cache: Cache<String, Kept, Weight>,
    flight: Flight<String, Asset>,
}

/// Where an asset came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This process's memory.
    Memory,
    /// Its host, just now; callers that waited together share it.
    Fetched,
}

impl Origin {
    /// The name, as reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Fetched => "fetched",
        }
    }
}

#[derive(Clone)]
struct Kept {
    asset: Asset,
    since: Instant,
}

/// Bytes that an entry holds.
#[derive(Clone)]
struct Weight;

impl Weighter<String, Kept> for Weight {
    fn weight(&self, url: &String, kept: &Kept) -> u64 {
        /// Roughly what an entry costs beside its URL and its bytes.
        const OVERHEAD: usize = 200;
        (OVERHEAD + url.len() + kept.asset.bytes.len()) as u64
    }
}

impl Fetcher {
    /// Makes a fetcher.
    ///
    /// # Errors
    /// `setting_invalid` with every entry of the settings that cannot be read.
    pub fn new(config: Config) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            guard: Guard::new(&config)?,
            requester: Requester::new(&config)?,
            timeout: Duration::from_millis(config.timeout_ms),
            max_age: Duration::from_secs(config.cache_seconds),
            cache: cache::new(config.cache_bytes, Weight),
            flight: Flight::default(),
        })))
    }

    /// Fetches an asset, or takes it from the cache. Callers that want one URL at the same time share one request.
    ///
    /// # Errors
    /// `asset_refused` (the URL is against the rules), `asset_unreachable`, `asset_status` (not 200),
    /// `asset_redirects`, `asset_timeout`, `asset_too_large`, `asset_not_a_picture` (empty or a web page). Messages show
    /// the URL without its query. Errors are not cached.
    pub async fn get(&self, url: &str) -> Result<Asset> {
        self.get_with_origin(url).await.map(|(asset, _)| asset)
    }

    /// Fetches an asset as [`Fetcher::get`], and says whether it was fetched for this caller.
    ///
    /// # Errors
    /// As [`Fetcher::get`].
    pub async fn get_with_origin(&self, url: &str) -> Result<(Asset, Origin)> {
        let mut url = self.0.guard.read(url)?;
        self.0.guard.check(&url)?;
        url.set_fragment(None);
        if let Some(asset) = self.0.kept(url.as_str()) {
            return Ok((asset, Origin::Memory));
        }
        let inner = Arc::clone(&self.0);
        self.0
            .flight
            .run(url.to_string(), || async move { inner.fetch(url).await })
            .await
            .map(|asset| (asset, Origin::Fetched))
    }
}

impl Fetcher {
    /// Sends a body to a URL under the rules of [`Fetcher::get`], without following redirects: the status of the answer,
    /// whose body is not read.
    ///
    /// # Errors
    /// `asset_refused`, `asset_unreachable`, `asset_timeout`.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: bytes::Bytes) -> Result<u16> {
        let url = self.check(url)?;
        let sent = self.0.requester.post(&self.0.guard, &url, headers, body);
        tokio::time::timeout(self.0.timeout, sent).await.unwrap_or_else(|_| Err(late(&url, self.0.timeout)))
    }

    /// A URL that may be asked, as far as that is known before its name is looked up.
    ///
    /// # Errors
    /// `asset_refused`.
    pub fn check(&self, url: &str) -> Result<Url> {
        let url = self.0.guard.read(url)?;
        self.0.guard.check(&url)?;
        Ok(url)
    }
}

impl Inner {
    async fn fetch(&self, url: Url) -> Result<Asset> {
        if let Some(asset) = self.kept(url.as_str()) {
            return Ok(asset);
        }
        let start = Instant::now();
        let body = match timeout_at(start + self.timeout, self.requester.get(&self.guard, &url)).await {
            Ok(body) => body,
            Err(_) => Err(late(&url, self.timeout)),
        };
        let ms = transport::ms_since(start);
        match &body {
            Ok(bytes) => tracing::debug!(url = shown(&url), bytes = bytes.len(), ms, "asset fetched"),
            Err(error) => tracing::debug!(url = shown(&url), error = error.code(), ms, "asset failed"),
        }
        let asset = Asset::new(body?);
        self.cache.insert(url.into(), Kept { asset: asset.clone(), since: Instant::now() });
        Ok(asset)
    }

    /// An asset from the cache, when it is young enough.
    fn kept(&self, url: &str) -> Option<Asset> {
        let kept = self.cache.get(url)?;
        if kept.since.elapsed() < self.max_age {
            return Some(kept.asset);
        }
        // Another caller may have put a younger one there in between.
        self.cache.remove_if(url, |kept| kept.since.elapsed() >= self.max_age);
        None
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

fn late(url: &Url, timeout: Duration) -> Error {
    let message = format!("{} did not arrive whole within {} ms", shown(url), timeout.as_millis());
    Error::new(Kind::Deadline, "asset_timeout", message)
        .hint("use a smaller picture or a faster host, or raise assets.timeout_ms")
}
