//! Codes: from memory, from the store, or from WeChat, each fetched once and then kept for ever.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use serde::Serialize;
use url::Url;

use crate::{
    blob::Blobs,
    fetch::cache,
    net::flight::Flight,
    store::{Links, Store},
    wechat::client::{AppConfig, Client, Config, Patience},
};
use haibao_core::{
    code::{CodeNeed, Opens, picture, qr},
    error::{Error, Kind, Result},
    scene::Scene,
};

/// A code's picture, PNG or JPEG, whole and decodable. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CodePicture {
    /// The file.
    pub bytes: Bytes,
    /// Where it came from.
    pub origin: Origin,
    /// How many of the app's 100 000 limited codes are used, when WeChat said so just now.
    pub num_used: Option<u32>,
}

/// Where a code came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This process's memory.
    Memory,
    /// The store.
    Store,
    /// WeChat, just now.
    WeChat,
    /// Drawn here.
    Drawn,
}

impl Origin {
    /// The name, as headers and reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Store => "store",
            Self::WeChat => "wechat",
            Self::Drawn => "drawn",
        }
    }
}

/// Makes codes: knows apps, quota, store and short links, but no templates and no fonts. Cheap to clone; clones share
/// everything.
#[derive(Clone)]
pub struct Coder(Arc<Inner>);

struct Inner {
    wechat: Client,
    store: Store,
    blobs: Blobs,
    links: Arc<Links>,
    /// Who answers for an app: the same scene of another mini-program, or of an emulator, is another code.
    issuers: BTreeMap<String, Issuer>,
    memory: Cache<blake3::Hash, Bytes, Weight>,
    flight: Flight<(blake3::Hash, Patience), CodePicture>,
}

/// Who makes an app's codes.
#[derive(Debug, Clone, Serialize)]
struct Issuer {
    /// The API that is asked.
    api: String,
    /// The mini-program: its appid, or its name in the settings when that is all that is known.
    app: String,
}

/// WeChat's own hosts answer for the same mini-programs; an emulator, or a proxy that may be one, is somebody else, so
/// that no sample code is ever taken for a real one.
fn issuers(config: &Config) -> BTreeMap<String, Issuer> {
    let host = Url::parse(&config.base_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let own = host == "weixin.qq.com" || host.ends_with(".weixin.qq.com");
    let api = if own { "weixin.qq.com".to_owned() } else { config.base_url.clone() };
    let issuer = |(name, app): (&String, &AppConfig)| {
        let id = app.appid.trim();
        let app = if id.is_empty() { format!("name:{name}") } else { id.to_owned() };
        (name.clone(), Issuer { api: api.clone(), app })
    };
    config.apps.iter().map(issuer).collect()
}

/// Bytes that an entry holds.
#[derive(Clone)]
struct Weight;

impl Weighter<blake3::Hash, Bytes> for Weight {
    fn weight(&self, _: &blake3::Hash, code: &Bytes) -> u64 {
        (blake3::OUT_LEN + code.len()) as u64
    }
}

impl Coder {
    /// From the settings. Nothing is asked and no file is made yet.
    ///
    /// # Errors
    /// Settings that cannot be used.
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
        Ok(Self(Arc::new(Inner { wechat, store, blobs, links, issuers, memory, flight: Flight::default() })))
    }

    /// Where links and other records are kept.
    pub fn store(&self) -> Store {
        self.0.store.clone()
    }

    /// Where codes and other files are kept.
    pub fn blobs(&self) -> Blobs {
        self.0.blobs.clone()
    }

    /// The short links that codes carry.
    pub fn links(&self) -> Arc<Links> {
        Arc::clone(&self.0.links)
    }

    /// The picture of a code; `patience` says whether it waits for its turn when WeChat's quota is used up for now.
    /// Answers also the need as it was met: a scene that did not fit has become a short link.
    ///
    /// Callers that need the same code at the same time share one fetch; errors and broken pictures are never kept. A
    /// store that fails is logged and done without: the code still comes.
    ///
    /// # Errors
    /// `qr_too_long`; those of [`Client::fetch`]; those of [`Links::put`], for a code without its link would open nothing.
    pub async fn code(&self, mut need: CodeNeed, patience: Patience) -> Result<(CodeNeed, CodePicture)> {
        // The link is on the disk before anybody is asked for its code, and the code is kept by the link's id.
        if let Opens::Unlimited { scene, .. } = &mut need.opens
            && scene.is_link()
        {
            *scene = Scene::Text(self.0.links.text(scene).await?);
        }
        let picture = self.picture(&need, patience).await?;
        Ok((need, picture))
    }

    /// Whether the code is at hand, so that it costs nothing of WeChat's quota. A scene that needs a new short link, or a
    /// store that cannot be read, is none.
    pub async fn known(&self, need: &CodeNeed) -> bool {
        if matches!(need.opens, Opens::Qr { .. }) {
            return true;
        }
        if need.page_and_scene().is_some_and(|(_, scene)| scene.is_link()) {
            return false;
        }
        let key = self.0.key(need);
        self.0.memory.contains_key(&key) || self.0.blobs.size(&path(key)).await.is_ok_and(|size| size.is_some())
    }

    async fn picture(&self, need: &CodeNeed, patience: Patience) -> Result<CodePicture> {
        if let Opens::Qr { text } = &need.opens {
            let (need, text) = (need.clone(), text.clone());
            let bytes = aside(move || qr::draw(&need, &text)).await??;
            return Ok(CodePicture { bytes: bytes.into(), origin: Origin::Drawn, num_used: None });
        }
        let key = self.0.key(need);
        if let Some(bytes) = self.0.memory.get(&key) {
            return Ok(CodePicture { bytes, origin: Origin::Memory, num_used: None });
        }
        let (inner, need) = (Arc::clone(&self.0), need.clone());
        self.0.flight.run((key, patience), || async move { inner.find(key, &need, patience).await }).await
    }
}

impl Inner {
    /// Names a code by all that shapes it.
    fn key(&self, need: &CodeNeed) -> blake3::Hash {
        #[derive(Serialize)]
        struct Key<'a> {
            /// Counts up when the same need comes to mean another picture.
            version: u8,
            issuer: Option<&'a Issuer>,
            need: CodeNeed,
        }
        let mut need = need.clone();
        // What has no influence on the picture must not have one on its name.
        need.line_color = need.line_color.filter(|_| !need.auto_color);
        let issuer = self.issuers.get(&need.app);
        if issuer.is_some() {
            need.app.clear();
        }
        // Plain strings, numbers and booleans: writing them cannot fail.
        blake3::hash(&serde_json::to_vec(&Key { version: 1, issuer, need }).unwrap_or_default())
    }

    async fn find(&self, key: blake3::Hash, need: &CodeNeed, patience: Patience) -> Result<CodePicture> {
        if let Some(bytes) = self.memory.get(&key) {
            return Ok(CodePicture { bytes, origin: Origin::Memory, num_used: None });
        }
        let path = path(key);
        let stored = self.blobs.get(&path).await.unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), message = error.message(), "the store of codes cannot be read");
            None
        });
        let damaged = stored.is_some();
        // A file that was cut short from outside is fetched anew.
        if let Some(bytes) = stored.filter(|bytes| picture::complete(bytes).is_ok()) {
            // The store's buffer may be many times as large as what was read into it.
            let bytes = Bytes::copy_from_slice(&bytes);
            self.memory.insert(key, bytes.clone());
            return Ok(CodePicture { bytes, origin: Origin::Store, num_used: None });
        }
        let fetched = self.wechat.fetch(need, patience).await?;
        let bytes = fetched.bytes.clone();
        // Another process may have kept it meanwhile: the first one stays.
        let kept = if damaged {
            self.blobs.put(&path, bytes).await
        } else {
            self.blobs.put_if_absent(&path, bytes).await.map(drop)
        };
        if let Err(error) = kept {
            tracing::warn!(code = error.code(), message = error.message(), "a code cannot be stored");
        }
        self.memory.insert(key, fetched.bytes.clone());
        Ok(CodePicture { bytes: fetched.bytes, origin: Origin::WeChat, num_used: fetched.num_used })
    }
}

/// Where the code of a key is kept.
fn path(key: blake3::Hash) -> String {
    let hex = key.to_hex();
    format!("codes/{}/{hex}", &hex[..2])
}

/// Work that takes milliseconds, where no connection waits for it.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let task = tokio::task::spawn_blocking(work);
    task.await.map_err(|e| Error::new(Kind::Internal, "internal", "drawing the code panicked").source(e))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use futures_util::future::join_all;

    use super::*;
    use crate::{
        config::Loaded,
        wechat::{
            client::TokenOrigin,
            emulator::{Emulator, Options, SAMPLE_SECRET},
        },
    };
    use haibao_core::{sample::SAMPLE_APPID, scene::Scene};

    fn settings(base_url: &str, data: &Path) -> super::super::Config {
        let loaded = Loaded::read(None, [], [("data", data.display().to_string())]).expect("settings");
        let mut settings = loaded.settings;
        let app = AppConfig { appid: SAMPLE_APPID.into(), secret: SAMPLE_SECRET.into(), token: TokenOrigin::Stable };
        settings.emulate(base_url, app);
        settings.service()
    }

    fn need(scene: &str) -> CodeNeed {
        CodeNeed::unlimited("default", "pages/a", Scene::Text(scene.to_owned()))
    }

    #[tokio::test]
    async fn a_thousand_callers_for_one_new_code_make_one_token_call_and_one_code_call() {
        let (wechat, data) =
            (Emulator::start(Options::default()).expect("an emulator"), tempfile::tempdir().expect("a folder"));
        let coder = Coder::new(&settings(&wechat.url(), data.path())).expect("a coder");
        let all = join_all((0..1000).map(|_| coder.code(need("id=1"), Patience::Wait))).await;
        let pictures: Vec<Bytes> = all.into_iter().map(|result| result.expect("a code").1.bytes).collect();
        assert!(pictures.iter().all(|picture| picture == &pictures[0]));
        let image = image::load_from_memory(&pictures[0]).expect("a picture").to_rgba8();
        assert_eq!(haibao_core::sample::decode(&image).expect("a code").scene, "id=1");
        let counters = wechat.counters();
        assert_eq!((counters.token_calls, counters.code_calls), (1, 1));
    }

    #[test]
    fn a_code_is_named_by_all_that_shapes_it_and_by_nothing_else() {
        let data = tempfile::tempdir().expect("a folder");
        let key = |base: &str, need: &CodeNeed| Coder::new(&settings(base, data.path())).expect("a coder").0.key(need);
        let (wechat, other) = ("https://api.weixin.qq.com", "http://127.0.0.1:1");
        let one = need("id=1");
        assert_eq!(key(wechat, &one), key("https://api2.weixin.qq.com", &one), "a fail-over host answers for the same");
        let mut all = vec![key(wechat, &one), key(other, &one), key(wechat, &need("id=2"))];
        let Opens::Unlimited { page, scene, .. } = one.opens.clone() else { unreachable!() };
        let opens = |page: &str, scene: &Scene, check_path| Opens::Unlimited {
            page: page.into(),
            scene: scene.clone(),
            check_path,
        };
        for shaped in [
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
            all.push(key(wechat, &shaped));
        }
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        let auto = CodeNeed { auto_color: true, ..one.clone() };
        let ignored = CodeNeed { line_color: Some([9, 9, 9]), ..auto.clone() };
        assert_eq!(key(wechat, &auto), key(wechat, &ignored), "WeChat ignores line_color beside auto_color");
    }
}
