//! Assets: photos and avatars by http(s) URL, `data:` URIs, and the cache that they share with uploads.
//!
//! URLs come from users and are untrusted: the target address ([`Config::allow_private`], [`Config::allow_hosts`]), the
//! size and speed of the response and the content type. A fetched asset is bytes with a hash; the renderer decides
//! whether they are a picture.

use std::{fmt, sync::Arc, time::Duration};

use quick_cache::{Weighter, sync::Cache};
use tokio::time::Instant;
use url::Url;

use crate::words;
use haibao_core::{
    asset::Asset,
    error::{Error, ErrorKind, Result, Retry},
    paint::cache::Usage,
};

mod address;
mod attempt;
mod avatar;
pub(crate) mod cache;
mod config;
mod data;
mod freshness;
mod guard;
mod request;
mod resolver;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod together;
mod validators;

use crate::net::{
    caller::{on_behalf, waiting_until},
    flight::{self, Flight},
    growing::{Expected, Group, Growing},
    hashing, transport,
};
use attempt::{Attempt, timeout_error};
pub use config::Config;
pub use data::data_uri;
use guard::{Guard, shown};
use request::{Body, KnownPicture, Received, Requester};
use resolver::PublicResolver;
pub use together::AssetOrigin;
use together::{SharedAsset, together};
use validators::Validators;

/// Fetches assets by URL. Cheap to clone; clones share connections and the cache.
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
    /// Callers share the memory fairly.
    caller: Arc<str>,
    /// Assets that are used together do not wait for each other's memory.
    group: Group,
}

struct Inner {
    guard: Guard,
    requester: Requester,
    timeout: Duration,
    max_age: Duration,
    cache: Arc<Cache<String, CachedAsset, Weight>>,
    flight: Flight<String, SharedAsset>,
}

#[derive(Clone)]
struct CachedAsset {
    asset: Asset,
    /// `None`: without end.
    until: Option<Instant>,
    /// How long it may be cached after each confirmation.
    life: Duration,
    /// Its host can tell whether it has changed.
    validators: Option<Arc<Validators>>,
}

impl CachedAsset {
    fn is_fresh(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// The key of an asset in the cache.
#[derive(Debug)]
pub(crate) struct CacheKey(String);

/// Weighs a cache entry by its memory, bytes.
#[derive(Clone)]
struct Weight;

impl Weighter<String, CachedAsset> for Weight {
    fn weight(&self, url: &String, cached: &CachedAsset) -> u64 {
        /// Approximate memory of an entry besides its URL and content, bytes.
        const OVERHEAD: usize = 200;
        let validators = cached.validators.as_ref().map_or(0, |validators| validators.bytes());
        (OVERHEAD + url.len() + validators + cached.asset.bytes.len()) as u64
    }
}

impl Config {
    /// Checks the lists of hosts and endpoints.
    ///
    /// # Errors
    /// `setting_invalid` with every invalid entry.
    pub fn check(&self) -> Result<()> {
        Guard::new(self).map(drop)
    }
}

impl Fetcher {
    /// Creates a fetcher.
    ///
    /// # Errors
    /// `setting_invalid` with every invalid entry of the settings; `http_client` if no HTTP client can be created.
    pub fn new(config: Config) -> Result<Self> {
        Self::with_resolver(config, &PublicResolver::default())
    }

    /// As [`Fetcher::new`], with the resolver of public hosts.
    fn with_resolver(config: Config, resolver: &PublicResolver) -> Result<Self> {
        let (cache, capacity) = (Arc::new(cache::new(config.cache_bytes, Weight)), config.cache_bytes);
        let cached = Arc::clone(&cache);
        let evict = move |bytes| cache::evict(&cached, capacity, bytes);
        let inner = Inner {
            guard: Guard::new(&config)?,
            requester: Requester::new(&config, resolver, evict)?,
            timeout: Duration::from_millis(config.timeout_ms),
            max_age: Duration::from_secs(config.cache_seconds),
            cache,
            flight: Flight::default(),
        };
        Ok(Self { inner: Arc::new(inner), caller: Arc::default(), group: Group::default() })
    }

    /// The same fetcher for assets that a caller uses together, such as those of a poster. `caller`: its name.
    #[must_use]
    pub fn by(&self, caller: Arc<str>) -> Self {
        Self { inner: Arc::clone(&self.inner), caller, group: Group::default() }
    }

    /// Returns an asset from the cache, where it stays as long as its host allows, or fetches it. After that time the host is
    /// asked whether it has changed, if it gave an `ETag` or a `Last-Modified`. Concurrent callers of one URL share one request,
    /// and each of them waits for it in a turn of its own.
    ///
    /// # Errors
    /// `asset_refused` (the rules forbid the URL), `asset_unreachable`, `asset_status` (not 200), `asset_redirects`,
    /// `asset_timeout`, `busy` (no memory or no place at the host in time), `asset_too_large`, `asset_not_a_picture` (empty, a web
    /// page or an SVG), `asset_placeholder` (an expired avatar of WeChat). Messages contain the URL without its query. Errors
    /// are not cached.
    pub async fn get(&self, url: &str) -> Result<Asset> {
        self.get_with_origin(url, Instant::now() + self.inner.timeout, None).await.map(|(asset, _)| asset)
    }

    /// As [`Fetcher::get`], and returns the source of the asset. Waits for memory and for a place at its host, which does not count as
    /// time of its host, as long as it can be received until `until`. `limit_ms`: time of its host that this call waits at most, ms.
    ///
    /// # Errors
    /// As [`Fetcher::get`].
    pub async fn get_with_origin(
        &self,
        url: &str,
        until: Instant,
        limit_ms: Option<u32>,
    ) -> Result<(Asset, AssetOrigin)> {
        let url = self.key(url)?;
        if let Some(asset) = self.inner.cached(url.as_str()) {
            return Ok((asset, AssetOrigin::Memory));
        }
        let fetch = || {
            let (inner, url) = (Arc::clone(&self.inner), url.clone());
            let (caller, group) = (Arc::clone(&self.caller), self.group.clone());
            async move { inner.fetch(url, &caller, group, until).await }
        };
        let key = (url.to_string(), limit_ms);
        let fetched = together(&self.inner.flight, (&self.caller, &self.group), key, fetch).await?;
        Ok((fetched.asset, fetched.origin))
    }
}

impl Fetcher {
    /// As [`Fetcher::get`], but only from the cache. Counts as a lookup once it is used: see [`Fetcher::count`].
    pub(crate) fn peek(&self, url: &str) -> Option<(CacheKey, Asset)> {
        self.peek_key(self.key(url).ok()?.into())
    }

    /// As [`Fetcher::stored`], otherwise as [`Fetcher::peek`].
    pub(crate) fn peek_upload(&self, hash: &str) -> Option<(CacheKey, Asset)> {
        self.peek_key(upload_key(hash))
    }

    fn peek_key(&self, key: String) -> Option<(CacheKey, Asset)> {
        let asset = self.inner.peek(&key)?;
        Some((CacheKey(key), asset))
    }

    /// Counts the lookup of an asset that was [peeked at](Fetcher::peek).
    pub(crate) fn count(&self, key: &CacheKey) {
        self.inner.cache.get(&key.0);
    }

    /// The URL by which an asset is cached, if the rules allow it.
    fn key(&self, url: &str) -> Result<Url> {
        let mut url = self.check(url)?;
        url.set_fragment(None);
        Ok(url)
    }

    /// Lookups and size of the cache.
    pub fn cache_usage(&self) -> Usage {
        cache::usage("assets", &self.inner.cache)
    }

    /// POSTs a body to a URL under the rules of [`Fetcher::get`] and returns the response status. Does not follow
    /// redirects or read the response body.
    ///
    /// # Errors
    /// `asset_refused`, `asset_unreachable`, `asset_timeout`.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: bytes::Bytes) -> Result<u16> {
        let url = self.check(url)?;
        let sent = self.inner.requester.post(&self.inner.guard, &url, headers, body);
        tokio::time::timeout(self.inner.timeout, sent)
            .await
            .unwrap_or_else(|_| Err(timeout_error(&url, self.inner.timeout)))
    }

    /// Runs `read`, which returns an asset of at most `bytes`, within the memory of all assets. Waits for it until `until`. Also
    /// returns whether the asset may be kept: it must not if it occupies the reserve of the memory.
    ///
    /// # Errors
    /// `busy`; those of `read`.
    pub async fn hold<F: Future<Output = Result<Asset>>>(
        &self,
        bytes: u64,
        until: Instant,
        read: impl FnOnce() -> F,
    ) -> Result<(Asset, bool)> {
        let memory = self.inner.requester.memory();
        let mut held = Growing::in_group(self.group.clone());
        flight::queued(held.grow(memory, &self.caller, bytes, Expected::Exactly(bytes), until)).await?;
        let asset = read().await?;
        held.settle(memory, &self.caller, asset.bytes.len() as u64);
        let may_keep = !held.is_reserve();
        Ok((Asset { bytes: request::hold(asset.bytes, held), ..asset }, may_keep))
    }

    /// Returns an asset of the blob store from the cache, or reads it. Concurrent callers of one hash share one read.
    /// `read` returns the asset and its remaining lifetime, `None` if it must not be kept; it should take its memory with
    /// [`Fetcher::hold`].
    ///
    /// # Errors
    /// Errors of `read`, which are not cached.
    pub async fn stored<F>(&self, hash: &str, read: impl Fn() -> F) -> Result<Asset>
    where
        F: Future<Output = Result<(Asset, Option<Duration>)>> + Send + 'static,
    {
        let key = upload_key(hash);
        if let Some(asset) = self.inner.cached(&key) {
            return Ok(asset);
        }
        let read = || {
            let (inner, read, key) = (Arc::clone(&self.inner), read(), key.clone());
            async move {
                // The caller's lookup has been counted.
                if let Some(asset) = inner.peek(&key) {
                    return Ok(SharedAsset { asset, origin: AssetOrigin::Memory, is_reserve: false });
                }
                let (asset, life) = tokio::select! {
                    read = read => read?,
                    () = flight::abandoned() => return Err(abandoned()),
                };
                if let Some(life) = life {
                    inner.keep(key, &asset, life, None);
                }
                Ok(SharedAsset { asset, origin: AssetOrigin::Fetched, is_reserve: life.is_none() })
            }
        };
        let fetched = together(&self.inner.flight, (&self.caller, &self.group), (key.clone(), None), read).await?;
        Ok(fetched.asset)
    }

    /// Parses a URL and checks it against the rules. The addresses of its name are only checked when it is requested.
    ///
    /// # Errors
    /// `asset_refused` if the URL is invalid or the rules forbid it.
    pub fn check(&self, url: &str) -> Result<Url> {
        let url = self.inner.guard.read(url)?;
        self.inner.guard.check(&url)?;
        Ok(url)
    }
}

impl Inner {
    async fn fetch(&self, url: Url, caller: &Arc<str>, group: Group, until: Instant) -> Result<SharedAsset> {
        // The caller's lookup has been counted.
        if let Some(asset) = self.peek(url.as_str()) {
            return Ok(SharedAsset { asset, origin: AssetOrigin::Memory, is_reserve: false });
        }
        let start = Instant::now();
        // Still there after its time if its host can confirm it.
        let stale = self.cache.peek(url.as_str());
        let known = stale
            .as_ref()
            .and_then(|cached| Some(KnownPicture { validators: cached.validators.as_deref()?, life: cached.life }));
        let attempt = Attempt::new(caller, group, &url, self.timeout, until);
        let received = tokio::select! {
            received = on_behalf(Arc::clone(caller), self.requester.get(&self.guard, &url, known, attempt)) => received,
            () = flight::abandoned() => Err(abandoned()),
        };
        let ms = transport::ms_since(start);
        match (received, stale) {
            (Ok(Received::Picture(Body { bytes, freshness, validators, is_reserve })), _) => {
                tracing::debug!(url = shown(&url), bytes = bytes.len(), ms, "asset fetched");
                let asset = waiting_until(Some(until.into_std()), hashing::asset(bytes)).await?;
                if !freshness.life.is_zero() || validators.is_some() {
                    self.keep(url.into(), &asset, freshness.life, validators.map(Arc::new));
                } else {
                    self.cache.remove(url.as_str());
                }
                Ok(SharedAsset { asset, origin: AssetOrigin::Fetched, is_reserve })
            }
            (Ok(Received::Unchanged(freshness, renewed)), Some(CachedAsset { asset, validators, .. })) => {
                let validators = renewed.map(Arc::new).or(validators);
                tracing::debug!(url = shown(&url), ms, "asset confirmed");
                match freshness.may_keep {
                    true => self.keep(url.into(), &asset, freshness.life, validators),
                    false => drop(self.cache.remove(url.as_str())),
                }
                Ok(SharedAsset { asset, origin: AssetOrigin::Confirmed, is_reserve: false })
            }
            (Ok(Received::Unchanged(..)), None) => Err(Error::internal("a picture that is not cached was confirmed")),
            (Err(error), _) => {
                tracing::debug!(url = shown(&url), error = error.code(), ms, "asset failed");
                // The host has answered, and will not confirm it any more.
                if matches!(error.retry_advice(), Retry::No) && error.kind() == ErrorKind::Upstream {
                    self.cache.remove(url.as_str());
                }
                Err(error)
            }
        }
    }

    /// Caches an asset for at most `life`, and beyond that if there are validators. Not while others wait for memory: it is to be
    /// free when its posters are drawn.
    fn keep(&self, key: String, asset: &Asset, life: Duration, validators: Option<Arc<Validators>>) {
        if self.requester.memory().shared.is_awaited() {
            self.cache.remove(&key);
            return;
        }
        let life = self.max_age.min(life);
        let until = Instant::now().checked_add(life);
        self.cache.insert(key, CachedAsset { asset: asset.clone(), until, life, validators });
    }

    /// As [`Inner::cached`], without counting a lookup.
    fn peek(&self, key: &str) -> Option<Asset> {
        self.cache.peek(key).filter(CachedAsset::is_fresh).map(|cached| cached.asset)
    }

    /// A cached asset that has not reached the maximum age.
    fn cached(&self, key: &str) -> Option<Asset> {
        let cached = self.cache.get(key)?;
        if cached.is_fresh() {
            return Some(cached.asset);
        }
        // Conditional, because another caller may have inserted a fresh entry meanwhile.
        self.cache.remove_if(key, |cached| !cached.is_fresh() && cached.validators.is_none());
        None
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

/// Key of an upload in the cache: not a URL that is fetched.
fn upload_key(hash: &str) -> String {
    format!("asset:{hash}")
}

fn abandoned() -> Error {
    Error::of(ErrorKind::Deadline, words::cancelled())
}
