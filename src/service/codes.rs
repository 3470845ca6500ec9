//! Codes: from memory, the blob store or WeChat. Each code is fetched once and stored permanently.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use serde::Serialize;
use url::Url;

use super::call::Call;
use crate::{
    access::Keys,
    blob::Blobs,
    fetch::cache,
    metrics,
    net::{flight::Flight, lane::Lane},
    store::{Links, Store},
    wechat::client::{AppConfig, Client, Config, Fetched, WaitPolicy},
};
use haibao_core::{
    asset::Asset,
    code::{CodeNeed, Opens, picture, qr},
    error::{Error, ErrorKind, Result},
    paint::cache::Usage,
    scene::Scene,
};

/// A code's picture, a complete PNG or JPEG. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CodePicture {
    /// The file's bytes.
    pub bytes: Bytes,
    /// Where the picture came from.
    pub origin: Origin,
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
pub enum Origin {
    /// Memory cache of this process.
    Memory,
    /// Blob store.
    Store,
    /// Fetched from WeChat.
    WeChat,
    /// Drawn locally: a plain QR code.
    Drawn,
}

impl Origin {
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
    /// Issuer of each app's codes. The same scene issued by another mini-program or by an emulator is a different code.
    issuers: BTreeMap<String, Issuer>,
    memory: Cache<blake3::Hash, Bytes, Weight>,
    flight: Flight<(blake3::Hash, WaitPolicy), CodePicture>,
}

/// Identifies who issues an app's codes; part of the storage key.
#[derive(Debug, Clone, Serialize)]
struct Issuer {
    /// The API: `weixin.qq.com` for all of WeChat's hosts, otherwise the base URL.
    api: String,
    /// The mini-program: its appid, or `name:` and its name in the settings if the appid is empty.
    app: String,
}

/// Issuer per app. All of WeChat's hosts are one issuer; any other base URL may be an emulator and is a separate one, so that
/// sample codes are never mistaken for real ones.
fn issuers(config: &Config) -> BTreeMap<String, Issuer> {
    let host = Url::parse(&config.base_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let is_wechat = host == "weixin.qq.com" || host.ends_with(".weixin.qq.com");
    let api = if is_wechat { "weixin.qq.com".to_owned() } else { config.base_url.clone() };
    let issuer = |(name, app): (&String, &AppConfig)| {
        let id = app.appid.trim();
        let app = if id.is_empty() { format!("name:{name}") } else { id.to_owned() };
        (name.clone(), Issuer { api: api.clone(), app })
    };
    config.apps.iter().map(issuer).collect()
}

/// Weighs cache entries by their bytes.
#[derive(Clone)]
struct Weight;

impl Weighter<blake3::Hash, Bytes> for Weight {
    fn weight(&self, _: &blake3::Hash, code: &Bytes) -> u64 {
        (blake3::OUT_LEN + code.len()) as u64
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
        let (issuers, memory) = (issuers(&config), cache::new(config.cache_bytes, Weight));
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

    /// How many calls of each app the quota of the minute still allows, as far as this process has used it.
    pub fn quota_remaining(&self) -> Vec<(&str, u32)> {
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
    /// Concurrent callers of one code share a single fetch. Errors and broken pictures are never stored. If the blob store
    /// fails, the failure is logged and the code is returned without being stored.
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

    /// Whether the code is cached, so fetching it uses no quota. False if its scene needs a short link or the store cannot be
    /// read.
    pub async fn known(&self, need: &CodeNeed) -> bool {
        if matches!(need.opens, Opens::Qr { .. }) {
            return true;
        }
        if need.page_and_scene().is_some_and(|(_, scene)| scene.needs_link()) {
            return false;
        }
        let key = self.0.key(need);
        self.0.memory.contains_key(&key) || self.0.blobs.size(&path(key)).await.is_ok_and(|size| size.is_some())
    }

    async fn picture(&self, need: &CodeNeed, wait_policy: WaitPolicy) -> Result<CodePicture> {
        let caller = Call::current().caller;
        if is_limited(need) {
            self.0.keys.check_limited(&caller).await?;
        }
        let key = self.0.key(need);
        if let Some(bytes) = self.0.memory.get(&key) {
            return Ok(CodePicture { bytes, origin: Origin::Memory, num_used: None });
        }
        if let Opens::Qr { text } = &need.opens {
            let (need, text) = (need.clone(), text.clone());
            let bytes = Bytes::from(blocking(move || qr::draw(&need, &text)).await??);
            self.0.memory.insert(key, bytes.clone());
            return Ok(CodePicture { bytes, origin: Origin::Drawn, num_used: None });
        }
        let (inner, need) = (Arc::clone(&self.0), need.clone());
        self.0
            .flight
            .run((key, wait_policy), || async move { inner.find(key, &need, wait_policy, &caller).await })
            .await
    }
}

impl Inner {
    /// Storage key: a hash of everything that affects the picture.
    fn key(&self, need: &CodeNeed) -> blake3::Hash {
        #[derive(Serialize)]
        struct Key<'a> {
            /// Incremented when the same need results in a different picture.
            version: u8,
            issuer: Option<&'a Issuer>,
            need: CodeNeed,
        }
        let mut need = need.clone();
        // `line_color` has no effect with `auto_color`, so it must not affect the key.
        need.line_color = need.line_color.filter(|_| !need.auto_color);
        let issuer = self.issuers.get(&need.app);
        if issuer.is_some() {
            need.app.clear();
        }
        // Only strings, numbers and booleans, which always serialise.
        blake3::hash(&serde_json::to_vec(&Key { version: 1, issuer, need }).unwrap_or_default())
    }

    async fn find(
        &self,
        key: blake3::Hash,
        need: &CodeNeed,
        wait_policy: WaitPolicy,
        caller: &str,
    ) -> Result<CodePicture> {
        if let Some(bytes) = self.memory.get(&key) {
            return Ok(CodePicture { bytes, origin: Origin::Memory, num_used: None });
        }
        let path = path(key);
        let stored = self.blobs.get(&path).await.unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), message = error.message(), "a stored code cannot be read");
            None
        });
        let is_stored = stored.is_some();
        // A truncated file is fetched again.
        if let Some(bytes) = stored.filter(|bytes| picture::complete(bytes).is_ok()) {
            // Copied, because the store's buffer may be much larger than the content.
            let bytes = Bytes::copy_from_slice(&bytes);
            self.memory.insert(key, bytes.clone());
            return Ok(CodePicture { bytes, origin: Origin::Store, num_used: None });
        }
        let fetched = self.fetch(need, wait_policy, caller).await?;
        let bytes = fetched.bytes.clone();
        // Replace a damaged file. Otherwise another process may have stored the code meanwhile, and the first one wins.
        let result = if is_stored {
            self.blobs.put(&path, bytes).await
        } else {
            self.blobs.put_if_absent(&path, bytes).await.map(drop)
        };
        if let Err(error) = result {
            tracing::warn!(code = error.code(), message = error.message(), "a code cannot be stored");
        }
        self.memory.insert(key, fetched.bytes.clone());
        Ok(CodePicture { bytes: fetched.bytes, origin: Origin::WeChat, num_used: fetched.num_used })
    }

    /// Fetches a code from WeChat. A limited one is taken from the caller's quota.
    async fn fetch(&self, need: &CodeNeed, wait_policy: WaitPolicy, caller: &str) -> Result<Fetched> {
        if !is_limited(need) {
            return self.wechat.fetch(need, wait_policy).await;
        }
        self.keys.take_limited(caller).await?;
        let fetched = self.wechat.fetch(need, wait_policy).await;
        // After a timeout, WeChat may have made the code nevertheless.
        if fetched.as_ref().is_err_and(|error| error.kind() != ErrorKind::Deadline) {
            self.keys.return_limited(caller).await;
        }
        fetched
    }
}

/// Whether a code counts towards WeChat's 100 000 limited and square codes of an app.
fn is_limited(need: &CodeNeed) -> bool {
    matches!(need.opens, Opens::Limited { .. } | Opens::Square { .. })
}

/// Blob path of a key.
fn path(key: blake3::Hash) -> String {
    let hex = key.to_hex();
    format!("codes/{}/{hex}", &hex[..2])
}

/// Runs work of some milliseconds on a blocking thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::new(2));
    LANE.run(work).await
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use futures_util::future::join_all;

    use super::*;
    use crate::{
        config::Loaded,
        wechat::emulator::{Emulator, Options, SAMPLE_SECRET},
    };
    use haibao_core::{sample::SAMPLE_APPID, scene::Scene};

    fn settings(base_url: &str, data: &Path) -> super::super::Config {
        let loaded = Loaded::read(None, [], [("data", data.display().to_string())]).expect("settings");
        let mut settings = loaded.settings;
        let app = AppConfig::new(SAMPLE_APPID, SAMPLE_SECRET);
        settings.emulate(base_url, app);
        settings.service()
    }

    fn need(scene: &str) -> CodeNeed {
        CodeNeed::unlimited("default", "pages/a", Scene::Text(scene.to_owned()))
    }

    #[tokio::test]
    async fn a_thousand_concurrent_callers_of_one_code_share_one_fetch() {
        let (wechat, data) =
            (Emulator::start(Options::default()).expect("an emulator"), tempfile::tempdir().expect("a folder"));
        let coder = CodeService::new(&settings(&wechat.url(), data.path())).expect("a coder");
        let all = join_all((0..1000).map(|_| coder.code(need("id=1"), WaitPolicy::Wait))).await;
        let pictures: Vec<Bytes> = all.into_iter().map(|result| result.expect("a code").1.bytes).collect();
        assert!(pictures.iter().all(|picture| picture == &pictures[0]));
        let image = image::load_from_memory(&pictures[0]).expect("a picture").to_rgba8();
        assert_eq!(haibao_core::sample::decode(&image).expect("a code").scene, "id=1");
        let counters = wechat.counters();
        assert_eq!((counters.token_calls, counters.code_calls), (1, 1));
    }

    #[tokio::test]
    async fn a_plain_qr_code_is_drawn_once() {
        let data = tempfile::tempdir().expect("a folder");
        let coder = CodeService::new(&settings("http://127.0.0.1:1", data.path())).expect("a coder");
        let qr =
            |text: &str, width| CodeNeed { width, ..CodeNeed::new("default", Opens::Qr { text: text.to_owned() }) };
        let mut seen = std::collections::HashMap::new();
        for need in [qr("a", 280), qr("b", 280), qr("a", 430), qr("a", 280), qr("b", 280), qr("a", 430)] {
            let (_, code) = coder.code(need.clone(), WaitPolicy::Wait).await.expect("a code");
            let Opens::Qr { text } = &need.opens else { unreachable!() };
            assert_eq!(code.bytes, qr::draw(&need, text).expect("a code"), "{need:?}");
            let origin =
                if seen.insert((text.clone(), need.width), ()).is_some() { Origin::Memory } else { Origin::Drawn };
            assert_eq!(code.origin, origin, "{need:?}");
        }
    }

    #[test]
    fn the_key_depends_on_exactly_what_affects_the_picture() {
        let data = tempfile::tempdir().expect("a folder");
        let key =
            |base: &str, need: &CodeNeed| CodeService::new(&settings(base, data.path())).expect("a coder").0.key(need);
        let (wechat, other) = ("https://api.weixin.qq.com", "http://127.0.0.1:1");
        let one = need("id=1");
        assert_eq!(key(wechat, &one), key("https://api2.weixin.qq.com", &one), "a fail-over host is the same issuer");
        let mut all = vec![key(wechat, &one), key(other, &one), key(wechat, &need("id=2"))];
        let Opens::Unlimited { page, scene, .. } = one.opens.clone() else { unreachable!() };
        let opens = |page: &str, scene: &Scene, check_path| Opens::Unlimited {
            page: page.into(),
            scene: scene.clone(),
            check_path,
        };
        for variant in [
            CodeNeed { width: 600, ..one.clone() },
            CodeNeed { is_hyaline: true, ..one.clone() },
            CodeNeed { auto_color: true, ..one.clone() },
            CodeNeed { line_color: Some([1, 2, 3]), ..one.clone() },
            CodeNeed { env_version: haibao_core::code::EnvVersion::Trial, ..one.clone() },
            CodeNeed { opens: opens("pages/b", &scene, true), ..one.clone() },
            CodeNeed { opens: opens(&page, &scene, false), ..one.clone() },
            CodeNeed { opens: Opens::Limited { path: "pages/a".into() }, ..one.clone() },
            CodeNeed { opens: Opens::Square { path: "pages/a".into() }, ..one.clone() },
        ] {
            all.push(key(wechat, &variant));
        }
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        let auto = CodeNeed { auto_color: true, ..one.clone() };
        let ignored = CodeNeed { line_color: Some([9, 9, 9]), ..auto.clone() };
        assert_eq!(key(wechat, &auto), key(wechat, &ignored), "WeChat ignores line_color with auto_color");
    }
}
