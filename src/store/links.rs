//! Short links: store parameters that do not fit into a scene under an id that does.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use quick_cache::{Weighter, sync::Cache};
use serde::Deserialize;
use tokio::{sync::OnceCell, time::timeout};

use super::{
    Param, Store, id,
    link::{Edge, Link, Put},
    scans::Scans,
    sql,
    writer::{LinkWrite, Writer, hash},
};
use crate::{fetch::cache, words};
use haibao_core::{
    error::{Error, ErrorKind, Result},
    paint::cache::Usage,
    scene::{self, MAX_PAYLOAD, Scene},
};

/// How long a cached link is used without a query, s. Another process may have started to count its scans.
const FRESH: i64 = 5;
/// How long a lookup waits for the database if it has a cached link to fall back on.
const REFRESH_TIMEOUT: Duration = Duration::from_millis(500);

/// Settings of short links (`[scenes]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Capacity of the in-memory link cache, bytes; 0 disables it. Default 4 MiB.
    pub cache_bytes: u64,
    /// Maximum `max-age` of responses about links, s. Scans that HTTP caches answer are not counted, should the link be counted
    /// from now on: the default, 60, is short.
    pub max_age_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { cache_bytes: 4 << 20, max_age_seconds: 60 }
    }
}

/// Options of a new short link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkOptions {
    /// Lifetime from now, s. `None`, the default: no expiry.
    pub expires_in: Option<u32>,
    /// Whether to count scans.
    pub count_scans: bool,
}

impl Edge {
    fn system() -> Self {
        let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { now: Arc::new(move || seconds().cast_signed()), id: Arc::new(id::generate) }
    }
}

/// Short links of a store. Create one per process.
pub struct Links {
    store: Store,
    config: Config,
    edge: Edge,
    writer: OnceCell<Writer>,
    scans: Arc<Scans>,
    /// Links without scan counts.
    cache: Cache<String, Cached, Weight>,
}

/// A link as it was read at a time, s since 1970-01-01 UTC.
#[derive(Clone)]
struct Cached {
    link: Link,
    read_at: i64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<String, Cached> for Weight {
    fn weight(&self, id: &String, cached: &Cached) -> u64 {
        // Two copies of the id, the payload and the entry's overhead.
        (2 * id.len() + cached.link.payload.len() + 168) as u64
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Links {
    /// The short links of a store. The store is not opened yet.
    pub fn new(store: Store, config: Config) -> Self {
        Self::with(store, config, Edge::system())
    }

    pub(super) fn with(store: Store, config: Config, edge: Edge) -> Self {
        let cache = cache::new(config.cache_bytes, Weight);
        Self { store, config, edge, writer: OnceCell::new(), scans: Arc::default(), cache }
    }

    /// Lookups and size of the cache.
    pub fn cache_usage(&self) -> Usage {
        cache::usage("links", &self.cache)
    }

    /// The text for a code: the scene itself, or `s=ID` of a short link without expiry. The link is durable when this
    /// returns.
    ///
    /// # Errors
    /// As [`Links::put`].
    pub async fn text(&self, scene: &Scene) -> Result<String> {
        self.text_by(None, scene).await
    }

    /// As [`Links::text`]. A link that is created belongs to `owner`.
    ///
    /// # Errors
    /// As [`Links::put`].
    pub async fn text_by(&self, owner: Option<&str>, scene: &Scene) -> Result<String> {
        match scene {
            Scene::Text(text) => Ok(text.clone()),
            Scene::Long(payload) => {
                let put = self.put_by(owner, payload, LinkOptions::default()).await?;
                Ok(scene::short(&put.link.id))
            }
        }
    }

    /// Returns the link of a payload (see [`scene::payload`]) and creates it if it does not exist. The link is durable
    /// when this returns.
    ///
    /// Requesting an existing link with a later expiry, or none, extends its lifetime; it is never shortened. Scans are
    /// counted from the first request with [`LinkOptions::count_scans`].
    ///
    /// # Errors
    /// `scene_too_large` if the payload exceeds [`MAX_PAYLOAD`] bytes; `store_unusable`, `store_failed`, `store_busy`.
    pub async fn put(&self, payload: &str, options: LinkOptions) -> Result<Put> {
        self.put_by(None, payload, options).await
    }

    /// As [`Links::put`]. A link that is created belongs to `owner`.
    ///
    /// # Errors
    /// As [`Links::put`].
    pub async fn put_by(&self, owner: Option<&str>, payload: &str, options: LinkOptions) -> Result<Put> {
        if payload.len() > MAX_PAYLOAD {
            let message = words::link_too_large(payload.len(), MAX_PAYLOAD);
            return Err(Error::of(ErrorKind::Invalid, message));
        }
        let expires_at = options.expires_in.map(|seconds| (self.edge.now)().saturating_add(seconds.into()));
        // A row that can be read is durable: both engines sync a commit before readers see it.
        if let Some(link) = self.find(sql::LINK_BY_HASH, hash(payload)[..].into()).await?
            && link.satisfies(expires_at, options.count_scans)
        {
            return Ok(Put { link, created: false });
        }
        let entry = LinkWrite::new(payload, expires_at, options.count_scans, owner);
        let put = self.writer().await?.put(entry).await?;
        self.cache.remove(&put.link.id);
        Ok(put)
    }

    /// Looks up a link by id. About 1 µs if it was read within the last 5 s, one query otherwise. While the database is
    /// unavailable, links in memory are returned nevertheless.
    ///
    /// # Errors
    /// `scene_unknown` or `scene_expired` ([`ErrorKind::NotFound`]); `store_unusable`, `store_failed`, `store_busy`.
    pub async fn get(&self, id: &str) -> Result<Link> {
        if !id::is_valid(id) {
            return Err(unknown().hint(words::link_id_form(id::LENGTH)));
        }
        let now = (self.edge.now)();
        // Another process may have extended an expired cached link, so those are looked up again.
        let cached = self.cache.get(id).filter(|cached| !cached.link.has_expired(now));
        let find = self.find(sql::LINK_BY_ID, id.into());
        let found = match cached {
            Some(cached) if (cached.read_at..cached.read_at.saturating_add(FRESH)).contains(&now) => {
                return Ok(cached.link);
            }
            Some(cached) => match timeout(REFRESH_TIMEOUT, find).await {
                Ok(Ok(found)) => found,
                Ok(Err(_)) | Err(_) => Some(cached.link),
            },
            None => find.await?,
        };
        let mut link = found.ok_or_else(unknown)?;
        if link.has_expired(now) {
            return Err(Error::of(ErrorKind::Gone, words::scene_expired()));
        }
        match &mut link.scans {
            Some(scans) => {
                self.cache.remove(id);
                *scans += self.scans.pending(id).unsigned_abs();
            }
            None => self.cache.insert(id.to_owned(), Cached { link: link.clone(), read_at: now }),
        }
        Ok(link)
    }

    /// The newest links of an owner, or of all, newest first. Expired ones are included.
    ///
    /// # Errors
    /// `store_unusable`, `store_failed`, `store_busy`.
    pub async fn latest(&self, limit: i64, owner: Option<&str>) -> Result<Vec<Link>> {
        let Some(db) = self.store.existing().await? else { return Ok(Vec::new()) };
        let rows = match owner {
            Some(owner) => db.all(sql::LINKS_OF, &[limit.into(), owner.into()]).await?,
            None => db.all(sql::LATEST_LINKS, &[limit.into()]).await?,
        };
        let mut links = rows.iter().map(Link::read).collect::<Result<Vec<_>>>()?;
        for link in &mut links {
            if let Some(scans) = &mut link.scans {
                *scans += self.scans.pending(&link.id).unsigned_abs();
            }
        }
        Ok(links)
    }

    /// As [`Links::get`], and counts a scan if the link counts them.
    ///
    /// # Errors
    /// As [`Links::get`].
    pub async fn scan(&self, id: &str) -> Result<Link> {
        let mut link = self.get(id).await?;
        if let Some(scans) = &mut link.scans {
            self.writer().await?;
            self.scans.count(id);
            *scans += 1;
        }
        Ok(link)
    }

    /// How long a response about a link may be cached, s; never beyond its expiry. `None` if its scans are counted.
    pub fn max_age(&self, link: &Link) -> Option<u64> {
        // Less the second that has begun.
        let left = |at: i64| u64::try_from(at.saturating_sub((self.edge.now)()).saturating_sub(1)).unwrap_or_default();
        let max_age = self.config.max_age_seconds;
        link.scans.is_none().then(|| link.expires_at.map_or(max_age, |at| max_age.min(left(at))))
    }

    /// Writes pending scan counts. Call it before the process exits.
    pub async fn flush(&self) {
        if let Some(writer) = self.writer.get() {
            writer.flush().await;
        }
    }

    async fn writer(&self) -> Result<&Writer> {
        let start = async || {
            let db = self.store.db().await?.clone();
            Ok(Writer::start(db, Arc::clone(&self.scans), self.edge.clone()))
        };
        self.writer.get_or_try_init(start).await
    }

    async fn find(&self, statement: &'static str, key: Param<'_>) -> Result<Option<Link>> {
        let Some(db) = self.store.existing().await? else { return Ok(None) };
        db.one(statement, &[key]).await?.as_ref().map(Link::read).transpose()
    }
}

fn unknown() -> Error {
    Error::of(ErrorKind::NotFound, words::scene_unknown())
}
