//! The keys in memory, read from the store at intervals.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{Caller, Rate, Scope, Scopes, limits::Limiter};
use crate::{
    store::keys::{KeyRecord, KeyStore},
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Interval at which keys are read again. A revoked key works for at most this time.
pub(super) const REFRESH: Duration = Duration::from_secs(2);
/// Minimum time between two reads on behalf of requests with an unknown key.
const EARLY_REFRESH: Duration = Duration::from_millis(250);
/// Maximum time that a request waits for the keys to be read.
const READ_TIMEOUT: Duration = Duration::from_secs(6);
/// How long keys stay in use while the store is unreachable.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// A valid key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) hash: blake3::Hash,
    pub(super) caller: Caller,
}

/// Valid keys by id.
pub(super) type ById = Arc<HashMap<String, Key>>;

/// Reads the keys.
pub(super) struct KeyReader {
    pub(super) store: KeyStore,
    /// The keys and when they were read. `None` until they were.
    known: RwLock<Option<(Instant, ById)>>,
    /// Held while the keys are read. The last failure.
    reading: tokio::sync::Mutex<Option<(Instant, Error)>>,
    /// Whether a key is required: there has been one, or [`KeyReader::close`] was called.
    closed: AtomicBool,
    is_polling: AtomicBool,
    /// The task that reads the keys at intervals.
    polling: Mutex<Option<JoinHandle<()>>>,
}

impl KeyReader {
    pub(super) fn new(store: KeyStore) -> Arc<Self> {
        Arc::new(Self {
            store,
            known: RwLock::default(),
            reading: tokio::sync::Mutex::default(),
            closed: AtomicBool::new(false),
            is_polling: AtomicBool::new(false),
            polling: Mutex::default(),
        })
    }

    /// Requires a key from now on, even if all keys are deleted.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Ends the reading at intervals, before the store is closed.
    pub(super) async fn stop(&self) {
        let task = self.polling.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
            let _ = task.await;
        }
    }

    /// Whether a key is required, as far as the keys have been read.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// A key by id, if `is_right` holds for it. Otherwise reads the keys, because it may be new. A wrong secret takes as long
    /// as an unknown id, so that the time does not tell which ids exist.
    pub(super) async fn by_id(self: &Arc<Self>, id: &str, is_right: impl Fn(&Key) -> bool) -> Result<Option<Key>> {
        let find = |known: &ById| known.get(id).filter(|key| is_right(key)).cloned();
        if let Some(key) = find(&self.known().await?) {
            return Ok(Some(key));
        }
        if let Some((read_at, _)) = self.latest() {
            sleep(EARLY_REFRESH.saturating_sub(read_at.elapsed())).await;
        }
        self.read(EARLY_REFRESH).await?;
        Ok(find(&self.known().await?))
    }

    /// The valid keys. Read on first use, then at intervals in the background.
    pub(super) async fn known(self: &Arc<Self>) -> Result<ById> {
        if let Some((_, by_id)) = self.latest() {
            return Ok(by_id);
        }
        self.read(Duration::ZERO).await?;
        self.latest().map(|(_, by_id)| by_id).ok_or_else(unavailable)
    }

    fn latest(&self) -> Option<(Instant, ById)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone().filter(|(read_at, _)| read_at.elapsed() < MAX_AGE)
    }

    /// Reads the keys, unless they were read or could not be read within `age`. One task at a time.
    async fn read(self: &Arc<Self>, age: Duration) -> Result<()> {
        let asked = Instant::now();
        let mut failed = timeout(READ_TIMEOUT, self.reading.lock()).await.map_err(|_| unavailable())?;
        // Another request may have read them while this one waited.
        let fresh = |at: Instant| at >= asked || at.elapsed() < age;
        if self.latest().is_some_and(|(read_at, _)| fresh(read_at)) {
            return Ok(());
        }
        match &*failed {
            Some((at, error)) if fresh(*at) || at.elapsed() < REFRESH => return Err(error.clone()),
            _ => {}
        }
        let read = timeout(READ_TIMEOUT, self.store.all()).await.unwrap_or_else(|_| Err(unavailable()));
        match read {
            Ok(all) => {
                *failed = None;
                self.set(&all);
                self.poll();
                Ok(())
            }
            Err(error) => {
                if failed.is_none() {
                    tracing::warn!(code = error.code(), error = error.message(), "the keys cannot be read");
                }
                *failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    fn set(&self, all: &[KeyRecord]) {
        if !all.is_empty() {
            self.close();
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.take().map(|(_, by_id)| by_id).unwrap_or_default();
        let key = |record: &KeyRecord| {
            let rate = Rate { per_minute: record.per_minute, burst: record.burst };
            // The limiter is kept, otherwise every read would allow another burst.
            let limiter = before.get(&record.id).map(|key| key.caller.limiter()).filter(|one| one.rate == rate);
            let limiter = limiter.cloned().unwrap_or_else(|| Arc::new(Limiter::new(rate)));
            // Scopes of a later version are ignored.
            let scopes: Scopes = record.scopes.split(',').filter_map(Scope::of).collect();
            let caller = Caller::of_key(record.name.as_str().into(), scopes, limiter);
            (record.id.clone(), Key { hash: blake3::Hash::from_bytes(record.hash), caller })
        };
        let valid = all.iter().filter(|record| record.revoked_at.is_none());
        *known = Some((Instant::now(), Arc::new(valid.map(key).collect())));
    }

    /// Starts the task that reads the keys again, once. It ends when this is dropped, or at [`KeyReader::stop`].
    fn poll(self: &Arc<Self>) {
        if self.is_polling.swap(true, Ordering::Relaxed) {
            return;
        }
        let weak: Weak<Self> = Arc::downgrade(self);
        let task = tokio::spawn(async move {
            loop {
                sleep(REFRESH).await;
                let Some(inner) = weak.upgrade() else { return };
                // Failures are logged, and the keys stay in use for a while.
                let _ = inner.read(Duration::ZERO).await;
            }
        });
        *self.polling.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }
}

fn unavailable() -> Error {
    Error::of(ErrorKind::Busy, words::keys_unreadable()).domain(Domain::Store)
}
