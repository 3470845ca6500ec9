//! Codes: from memory, the blob store or WeChat. Each code is fetched once and stored permanently.

mod key;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use tokio::sync::watch;

use self::key::{Issuers, path};
use super::{call::Call, pool::unless_refused};
use crate::{
    access::Keys,
    blob::Blobs,
    fetch::cache,
    metrics,
    net::{
        caller::on_behalf,
        flight::Flight,
        hashing,
        lane::{Lane, Work},
    },
    store::{Links, Store},
    wechat::client::{Client, FetchedCode, WaitPolicy},
};
use haibao_core::{
    asset::Asset,
    code::{CodeNeed, Opens, picture, qr},
    error::{Error, Result},
    paint::cache::Usage,
    scene::Scene,
};

/// A code's picture, a complete PNG or JPEG. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CodePicture {
    /// The file.
    pub asset: Asset,
    /// Where the picture came from.
    pub origin: CodeOrigin,
    /// Number of the app's 100 000 limited codes in use, if WeChat's response to this fetch stated it.
    pub num_used: Option<u32>,
}

/// Source of the code's picture.
#[derive(Debug, Clone, Default)]
pub enum CodeFrom {
    /// WeChat, through the caches of the code service.
    #[default]
    WeChat,
    /// A given picture.
    Picture(Asset),
    /// A sample code drawn by the emulator's code. It is marked as a sample and opens nothing.
    Sample,
}

/// Where a code's picture came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeOrigin {
    /// Memory cache of this process.
    Memory,
    /// Blob store.
    Store,
    /// Fetched from WeChat.
    WeChat,
    /// Drawn locally: a plain QR code.
    Drawn,
}

impl CodeOrigin {
    /// Name in headers and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Store => "store",
            Self::WeChat => "wechat",
            Self::Drawn => "drawn",
        }
    }
}

/// Code service: apps, quota, storage and short links, independent of templates and fonts. Cheap to clone; clones share all
/// state.
#[derive(Clone)]
pub struct CodeService(Arc<Inner>);

struct Inner {
    wechat: Client,
    store: Store,
    blobs: Blobs,
    links: Arc<Links>,
    /// Quotas of limited codes.
    keys: Keys,
    /// Part of the storage keys.
    issuers: Issuers,
    memory: Cache<blake3::Hash, Asset, Weight>,
    flight: Flight<(blake3::Hash, WaitPolicy), CodePicture>,
}

/// The key of a code in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct CodeKey(blake3::Hash);

/// Weighs cache entries by their bytes.
#[derive(Clone)]
struct Weight;

impl Weighter<blake3::Hash, Asset> for Weight {
    fn weight(&self, _: &blake3::Hash, code: &Asset) -> u64 {
        (2 * blake3::OUT_LEN + code.bytes.len()) as u64
    }
}

impl CodeService {
    /// Creates the service from the settings. Makes no request and creates no file yet.
    ///
    /// # Errors
    /// Invalid settings.
    pub fn new(service: &super::Config) -> Result<Self> {
        let config = service.wechat.clone();
        let blobs = Blobs::new(&service.blobs, &service.data)?;
        let (issuers, memory) = (Issuers::new(&config), cache::new(config.cache_bytes, Weight));
        let store = Store::new(&service.store, &service.data)?;
        let wechat = match store.shared() {
            None => Client::new(config)?,
            Some(shared) => Client::sharing(config, Arc::new(shared))?,
        };
        let links = Arc::new(Links::new(store.clone(), service.scenes));
        let keys = Keys::new(store.clone(), service.keys);
        Ok(Self(Arc::new(Inner { wechat, store, blobs, links, keys, issuers, memory, flight: Flight::default() })))
    }

    /// The client of WeChat's API.
    pub fn wechat(&self) -> &Client {
        &self.0.wechat
    }

    /// Lookups and size of the cache of codes.
    pub fn cache_usage(&self) -> Usage {
        cache::usage("codes", &self.0.memory)
    }

    /// As [`Client::quota_remaining`].
    pub fn quota_remaining(&self) -> Vec<(&str, &'static str, u32)> {
        self.0.wechat.quota_remaining()
    }

    /// Store of links and other records.
    pub fn store(&self) -> Store {
        self.0.store.clone()
    }

    /// Store of codes and other files.
    pub fn blobs(&self) -> Blobs {
        self.0.blobs.clone()
    }

    /// Closes the database, once its statements in progress are complete.
    pub async fn close(&self) {
        self.0.store.close().await;
    }

    /// The short links that codes carry.
    pub fn links(&self) -> Arc<Links> {
        Arc::clone(&self.0.links)
    }

    /// The API keys.
    pub fn keys(&self) -> Keys {
        self.0.keys.clone()
    }

    /// Returns the picture of a code. `wait_policy` decides whether to wait for a turn while WeChat's quota is exhausted.
    /// Also returns the need as it was resolved: a scene that did not fit is replaced by a short link.
    ///
    /// Concurrent callers of one code share a single fetch, and each of them waits for it in a turn of its own. Errors and broken
    /// pictures are never stored. If the blob store fails, the failure is logged and the code is returned without being stored.
    ///
    /// # Errors
    /// `key_scope`, `limited_quota` if the caller may not use limited codes; `qr_too_long`; those of [`Client::fetch`]; those
    /// of [`Links::put`], because a code without its link opens nothing.
    pub async fn code(&self, mut need: CodeNeed, wait_policy: WaitPolicy) -> Result<(CodeNeed, CodePicture)> {
        // Persist the link before its code is requested; the code is then keyed by the link's id.
        if let Opens::Unlimited { scene, .. } = &mut need.opens
            && scene.needs_link()
        {
            *scene = Scene::Text(self.0.links.text_by(Call::current().owner(), scene).await?);
        }
        let picture = self.picture(&need, wait_policy).await;
        metrics::code(picture.as_ref().map_or_else(Error::code, |picture| picture.origin.name()));
        Ok((need, picture?))
    }

    /// The picture of a code that is in memory, and its key. `None` for limited codes, for which the caller's quota is checked first.
    /// Counts as a lookup once it is used: see [`CodeService::count`].
    pub(super) fn peek(&self, need: &CodeNeed) -> Option<(CodeKey, Asset)> {
        if is_limited(need) {
            return None;
        }
        let key = self.0.issuers.key(need);
        Some((CodeKey(key), self.0.memory.peek(&key)?))
    }

    /// Counts the lookup of a code that was [peeked at](CodeService::peek).
    pub(super) fn count(&self, key: CodeKey) {
        self.0.memory.get(&key.0);
    }

    /// Whether the code is cached, so fetching it uses no quota. False if its scene needs a short link or the store cannot be
    /// read.
    pub async fn known(&self, need: &CodeNeed) -> bool {
        if matches!(need.opens, Opens::Qr { .. }) {
            return true;
        }
        if need.page_and_scene().is_some_and(|(_, scene)| scene.needs_link()) {
            return false;
        }
        let key = self.0.issuers.key(need);
        self.0.memory.contains_key(&key) || self.0.blobs.size(&path(key)).await.is_ok_and(|size| size.is_some())
    }

    /// Checks that the code can be requested, without a call to WeChat.
    ///
    /// # Errors
    /// Errors of [`Client::check`].
    pub fn check(&self, need: &CodeNeed) -> Result<()> {
        if matches!(need.opens, Opens::Qr { .. }) { Ok(()) } else { self.0.wechat.check(need) }
    }

    async fn picture(&self, need: &CodeNeed, wait_policy: WaitPolicy) -> Result<CodePicture> {
        let caller = Call::current().caller;
        if is_limited(need) {
            self.0.keys.check_limited(&caller).await?;
        }
        let key = self.0.issuers.key(need);
        if let Some(asset) = self.0.memory.get(&key) {
            return Ok(CodePicture { asset, origin: CodeOrigin::Memory, num_used: None });
        }
        if let Opens::Qr { text } = &need.opens {
            let (need, text) = (need.clone(), text.clone());
            let asset = blocking(move || qr::draw(&need, &text).map(Asset::new)).await??;
            self.0.memory.insert(key, asset.clone());
            return Ok(CodePicture { asset, origin: CodeOrigin::Drawn, num_used: None });
        }
        let sharer = Call::current().sharer();
        let find = || {
            let (inner, own, caller) = (Arc::clone(&self.0), need.clone(), Arc::clone(&caller));
            let sharer = Arc::clone(&sharer);
            async move { on_behalf(sharer, inner.find(key, &own, wait_policy, &caller)).await }
        };
        let progress = watch::Sender::default();
        let found = self.0.flight.run_for((key, wait_policy), &sharer, &progress, find);
        unless_refused(found, || self.0.wechat.code_given_up(need, &sharer)).await
    }
}

impl Inner {
    async fn find(
        &self,
        key: blake3::Hash,
        need: &CodeNeed,
        wait_policy: WaitPolicy,
        caller: &str,
    ) -> Result<CodePicture> {
        // The caller's lookup has been counted.
        if let Some(asset) = self.memory.peek(&key) {
            return Ok(CodePicture { asset, origin: CodeOrigin::Memory, num_used: None });
        }
        let path = path(key);
        let stored = self.blobs.get(&path).await.unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), error = error.message(), "a stored code cannot be read");
            None
        });
        let is_stored = stored.is_some();
        // A truncated file is fetched again, and so is one of another size, which earlier versions have stored.
        if let Some(bytes) = stored.filter(|bytes| picture::check_stored(bytes, need).is_ok()) {
            // Copied, because the store's buffer may be much larger than the content.
            let asset = hashing::asset(Bytes::copy_from_slice(&bytes)).await?;
            self.memory.insert(key, asset.clone());
            return Ok(CodePicture { asset, origin: CodeOrigin::Store, num_used: None });
        }
        let FetchedCode { asset, num_used } = self.fetch(need, wait_policy, caller).await?;
        let bytes = asset.bytes.clone();
        // Replace a damaged file. Otherwise another process may have stored the code meanwhile, and the first one wins.
        let result = if is_stored {
            self.blobs.put(&path, bytes).await
        } else {
            self.blobs.put_if_absent(&path, bytes).await.map(drop)
        };
        if let Err(error) = result {
            tracing::warn!(code = error.code(), error = error.message(), "a code cannot be stored");
        }
        self.memory.insert(key, asset.clone());
        Ok(CodePicture { asset, origin: CodeOrigin::WeChat, num_used })
    }

    /// Fetches a code from WeChat. A limited one is taken from the caller's quota.
    async fn fetch(&self, need: &CodeNeed, wait_policy: WaitPolicy, caller: &str) -> Result<FetchedCode> {
        if !is_limited(need) {
            return self.wechat.fetch(need, wait_policy).await;
        }
        self.keys.take_limited(caller).await?;
        let fetched = self.wechat.try_fetch(need, wait_policy).await;
        if fetched.as_ref().is_err_and(|failed| !failed.may_exist) {
            self.keys.return_limited(caller).await;
        }
        fetched.map_err(|failed| failed.error)
    }
}

/// Whether a code counts towards WeChat's 100 000 limited and square codes of an app.
pub(super) fn is_limited(need: &CodeNeed) -> bool {
    matches!(need.opens, Opens::Limited { .. } | Opens::Square { .. })
}

/// Runs work of some milliseconds on a blocking thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::Codes));
    LANE.run(work).await
}
