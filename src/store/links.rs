//! Short links: parameters that do not fit into a scene, under an id that does.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use quick_cache::{Weighter, sync::Cache};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use super::{
    Param, Row, Store, id,
    scans::Scans,
    sql,
    writer::{Entry, Writer, hash},
};
use crate::fetch::cache;
use haibao_core::{
    error::{Error, Kind, Result},
    scene::{self, MAX_PAYLOAD, Scene},
};

/// Settings of short links (`[scenes]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Memory for links that may be asked for again, bytes; 0: none. Default 4 MiB.
    pub cache_bytes: u64,
    /// How long those who ask may keep an answer without asking again, s. Default 86 400, a day.
    pub max_age_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { cache_bytes: 4 << 20, max_age_seconds: 86_400 }
    }
}

/// How a link is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Seconds from now after which the link is gone; for ever by default.
    pub expires_in: Option<u32>,
    /// Count how often it is asked for.
    pub count_scans: bool,
}

/// A short link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// 12 characters of `0-9 A-Z a-z`.
    pub id: String,
    /// The parameters as canonical JSON, an object.
    pub payload: Arc<str>,
    /// When it is gone, s since 1970-01-01 UTC; none: never.
    pub expires_at: Option<i64>,
    /// How often it was asked for; none when nobody counts.
    pub scans: Option<u64>,
}

/// A link that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// The link.
    pub link: Link,
    /// Whether it is new. Else these parameters had it already.
    pub created: bool,
}

impl Link {
    pub(super) fn read(row: &Row) -> Result<Self> {
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
        // Only [`scene::payload`] makes payloads: they are objects.
        serde_json::from_str(&self.payload).unwrap_or_default()
    }

    fn has_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether it lives as long as is wanted, and counts when that is.
    fn serves(&self, expires_at: Option<i64>, count_scans: bool) -> bool {
        let lives = self.expires_at.is_none_or(|own| expires_at.is_some_and(|wanted| wanted <= own));
        lives && (self.scans.is_some() || !count_scans)
    }
}

/// What comes from outside: the time and chance.
#[derive(Clone)]
pub(super) struct Edge {
    /// Seconds since 1970-01-01 UTC.
    pub(super) now: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// A new id.
    pub(super) id: Arc<dyn Fn() -> Result<String> + Send + Sync>,
}

impl Edge {
    fn system() -> Self {
        let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { now: Arc::new(move || seconds().cast_signed()), id: Arc::new(id::generate) }
    }
}

/// All short links. One for the process.
pub struct Links {
    store: Store,
    config: Config,
    edge: Edge,
    writer: OnceCell<Writer>,
    scans: Arc<Scans>,
    /// Links whose scans nobody counts: nothing about them changes but an expiry, which is only ever put off.
    cache: Cache<String, Link, Weight>,
}

#[derive(Clone)]
struct Weight;

impl Weighter<String, Link> for Weight {
    fn weight(&self, id: &String, link: &Link) -> u64 {
        // Both ids, the payload, and the entry with its counters.
        (2 * id.len() + link.payload.len() + 160) as u64
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Links {
    /// The links of a store. Nothing is read or made yet.
    pub fn new(store: Store, config: Config) -> Self {
        Self::with(store, config, Edge::system())
    }

    pub(super) fn with(store: Store, config: Config, edge: Edge) -> Self {
        let cache = cache::new(config.cache_bytes, Weight);
        Self { store, config, edge, writer: OnceCell::new(), scans: Arc::default(), cache }
    }

    /// The text that a code carries: the scene itself, or `s=ID` with a link that is kept for ever. The link is on the
    /// disk when this returns.
    ///
    /// # Errors
    /// Those of [`Links::put`].
    pub async fn text(&self, scene: &Scene) -> Result<String> {
        match scene {
            Scene::Text(text) => Ok(text.clone()),
            Scene::Link(payload) => Ok(scene::short(&self.put(payload, Options::default()).await?.link.id)),
        }
    }

    /// The link of parameters, as [`scene::payload`] writes them: the one that they have, or a new one. It is on the
    /// disk when this returns.
    ///
    /// A link that is asked for again with a later expiry, or with none, lives as much longer; it is never shortened. It
    /// counts its scans from the first time that this is asked for.
    ///
    /// # Errors
    /// `scene_too_large` over [`MAX_PAYLOAD`] bytes; `store_unusable`, `store_failed`, `store_busy`.
    pub async fn put(&self, payload: &str, options: Options) -> Result<Put> {
        if payload.len() > MAX_PAYLOAD {
            let message = format!("{} bytes are too many for a short link, at most {MAX_PAYLOAD}", payload.len());
            return Err(Error::new(Kind::Invalid, "scene_too_large", message));
        }
        let expires_at = options.expires_in.map(|seconds| (self.edge.now)().saturating_add(seconds.into()));
        // What others can read has been synced: both engines publish a commit to readers after that.
        if let Some(link) = self.find(sql::LINK_BY_HASH, hash(payload)[..].into()).await?
            && link.serves(expires_at, options.count_scans)
        {
            return Ok(Put { link, created: false });
        }
        let entry = Entry::new(payload, expires_at, options.count_scans);
        let put = self.writer().await?.put(entry).await?;
        self.cache.remove(&put.link.id);
        Ok(put)
    }

    /// A link by its id. A cached one costs a microsecond, another one a query.
    ///
    /// # Errors
    /// `scene_unknown`, `scene_expired` ([`Kind::NotFound`]); `store_unusable`, `store_failed`, `store_busy`.
    pub async fn get(&self, id: &str) -> Result<Link> {
        if !id::is_valid(id) {
            return Err(unknown().hint(format!("an id has {} characters of 0-9 A-Z a-z", id::LENGTH)));
        }
        let now = (self.edge.now)();
        // One that has expired here may have been put off by another process.
        if let Some(link) = self.cache.get(id).filter(|link| !link.has_expired(now)) {
            return Ok(link);
        }
        let mut link = self.find(sql::LINK_BY_ID, id.into()).await?.ok_or_else(unknown)?;
        if link.has_expired(now) {
            return Err(Error::new(Kind::NotFound, "scene_expired", "this short link has expired")
                .hint("ask for the same parameters again: the id stays the same, so the code works again"));
        }
        match &mut link.scans {
            Some(scans) => *scans += self.scans.waiting(id).unsigned_abs(),
            None => self.cache.insert(id.to_owned(), link.clone()),
        }
        Ok(link)
    }

    /// A link by its id, counted when its scans are.
    ///
    /// # Errors
    /// Those of [`Links::get`].
    pub async fn scan(&self, id: &str) -> Result<Link> {
        let mut link = self.get(id).await?;
        if let Some(scans) = &mut link.scans {
            self.writer().await?;
            self.scans.count(id);
            *scans += 1;
        }
        Ok(link)
    }

    /// For how many seconds an answer about a link may be kept: never beyond its expiry. None when its scans are counted.
    pub fn max_age(&self, link: &Link) -> Option<u64> {
        let left = |at: i64| u64::try_from(at.saturating_sub((self.edge.now)())).unwrap_or_default();
        let most = self.config.max_age_seconds;
        link.scans.is_none().then(|| link.expires_at.map_or(most, |at| most.min(left(at))))
    }

    /// Writes what is counted so far. Call it before the process ends.
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
    Error::new(Kind::NotFound, "scene_unknown", "there is no such short link")
}
