//! Follows the templates while the service runs: reloads edited ones, stores their versions and removes old versions.
//!
//! Folders are polled: a poll costs one `stat` per file, and works where file events do not arrive, such as network file systems and
//! mounted volumes. An edit of several files is taken as a whole: a folder is read once it has not changed for one interval, and again
//! if it changed meanwhile. Events of the system ([`Edits`]) bring the poll of a folder forward while the template has listeners.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    Catalog, Config, Stamp, TemplateFiles, Versions, blocking, edits::Edits, version, versions::RECORD_INTERVAL,
};
use crate::metrics;
use haibao_core::error::{Error, ErrorKind, Result};

/// Delay before a failed write to the blob store is repeated.
const RETRY_DELAY: Duration = Duration::from_secs(10);

/// State of the templates of one catalog between polls.
#[derive(Debug, Default)]
pub struct Followed {
    /// State of each folder at the last poll.
    last_seen: BTreeMap<String, Option<Stamp>>,
    /// Edits that the system reports.
    edits: Edits,
}

/// What a poll has found.
#[derive(Debug)]
pub(super) struct Change {
    id: String,
    /// Why the edited files cannot be used.
    error: Option<Error>,
    /// What happened without an error.
    outcome: &'static str,
}

impl Catalog {
    /// Whether [`follow`] has loaded every template once. Those that are not loaded yet are loaded on demand.
    pub fn is_loaded(&self) -> bool {
        self.is_loaded.load(Ordering::Acquire)
    }

    /// Reloads the templates whose folders have changed and are at rest. Loads every template that is not loaded.
    pub(super) fn poll(&self, followed: &mut Followed) -> Vec<Change> {
        followed.edits.watch(&self.folder, &self.listeners.ids());
        let mut changes = Vec::new();
        let known: Vec<String> = self.read().keys().cloned().collect();
        let ids: BTreeSet<String> = self.ids().into_iter().chain(known).collect();
        for id in ids {
            let stamp = self.stamp(&id);
            let is_at_rest = followed.last_seen.insert(id.clone(), stamp) == Some(stamp);
            let is_read = self.read().get(&id).is_some_and(|entry| entry.stamp == stamp);
            if is_at_rest && !is_read {
                changes.push(self.reload(id));
            }
        }
        let entries = self.read();
        followed.last_seen.retain(|id, stamp| stamp.is_some() || entries.contains_key(id));
        changes
    }

    /// Reloads the templates whose folders the system has reported as edited. Watches those of the templates that have listeners.
    fn poll_edited(&self, followed: &mut Followed) -> Vec<Change> {
        let mut changes = Vec::new();
        for id in followed.edits.take() {
            // A folder that is gone is left to the next poll: another one may be renamed to it.
            let Some(stamp) = self.stamp(&id) else { continue };
            followed.last_seen.insert(id.clone(), Some(stamp));
            let is_read = self.read().get(&id).is_some_and(|entry| entry.stamp == Some(stamp));
            if !is_read {
                changes.push(self.reload(id));
            }
        }
        // Afterwards: a folder that is watched from now on counts as edited once it is at rest.
        followed.edits.watch(&self.folder, &self.listeners.ids());
        changes
    }

    fn reload(&self, id: String) -> Change {
        let _turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let was_own = self.read().get(&id).is_some_and(|entry| entry.stamp.is_some());
        let mut error = self.load(&id).err();
        let is_own = self.read().get(&id).is_some_and(|entry| entry.stamp.is_some());
        let mut outcome = if was_own && !is_own {
            "the template was removed; the built-in one is used"
        } else {
            "the template was reloaded"
        };
        // Removed, and not built in.
        if error.as_ref().is_some_and(|error| error.kind() == ErrorKind::NotFound) {
            self.write().remove(&id);
            self.listeners.announce(&id);
            (error, outcome) = (None, "the template was removed");
        }
        Change { id, error, outcome }
    }

    /// Takes the files of versions that are not stored yet.
    fn unstored(&self) -> Vec<(String, String, TemplateFiles)> {
        let mut entries = self.write();
        let files = entries.iter_mut().filter_map(|(id, entry)| {
            let template = entry.template.as_ref()?;
            Some((id.clone(), version(template), entry.files.take()?))
        });
        files.collect()
    }

    fn put_back(&self, id: &str, wanted: &str, files: TemplateFiles) {
        if let Some(entry) = self.write().get_mut(id)
            && entry.template.as_ref().is_some_and(|template| version(template) == wanted)
        {
            entry.files = Some(files);
        }
    }

    /// Names and versions of the templates in use.
    fn in_use(&self) -> Vec<(String, String)> {
        let entries = self.read();
        entries.iter().filter_map(|(id, entry)| Some((id.clone(), version(entry.template.as_ref()?)))).collect()
    }
}

/// Loads every template, then follows the edits until it is dropped. `report` is called for every template that is broken
/// at the start.
pub async fn follow(
    catalog: Arc<Catalog>,
    versions: Arc<Versions>,
    config: Config,
    report: impl Fn(&Error) + Send + 'static,
) {
    let load = move |catalog: &Catalog, _: &str| {
        catalog.all().into_iter().filter_map(|(_, template)| template.err()).for_each(|error| report(&error));
        Ok(())
    };
    let loaded = blocking(&catalog, "", load).await;
    catalog.is_loaded.store(true, Ordering::Release);
    if loaded.is_err() {
        return;
    }
    let mut followed = Followed::default();
    let reported = followed.edits.reported();
    let is_reloading = config.reload_ms > 0;
    let mut next_sweep = Instant::now();
    let mut next_store = Instant::now();
    loop {
        if is_reloading {
            let Some(returned) = polled(&catalog, followed, Catalog::poll).await else { return };
            followed = returned;
        }
        if Instant::now() >= next_store && store(&catalog, &versions).await.is_err() {
            next_store = Instant::now() + RETRY_DELAY;
        }
        if Instant::now() >= next_sweep {
            next_sweep = Instant::now() + RECORD_INTERVAL;
            if let Err(error) = sweep(&catalog, &versions).await {
                tracing::warn!(code = error.code(), error = error.message(), "old template versions cannot be removed");
            }
        }
        let interval = if is_reloading { Duration::from_millis(config.reload_ms) } else { RETRY_DELAY };
        let next_poll = tokio::time::Instant::now() + interval;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(next_poll) => break,
                () = catalog.listeners.woken(), if is_reloading => {}
                () = reported.quiet(), if is_reloading => {}
            }
            let Some(returned) = polled(&catalog, followed, Catalog::poll_edited).await else { return };
            followed = returned;
        }
    }
}

/// Runs a poll on the catalog's blocking thread, and logs what it has found. `None` if it panics.
async fn polled(
    catalog: &Arc<Catalog>,
    mut followed: Followed,
    poll: fn(&Catalog, &mut Followed) -> Vec<Change>,
) -> Option<Followed> {
    let work = move |catalog: &Catalog, _: &str| {
        let changes = poll(catalog, &mut followed);
        Ok((followed, changes))
    };
    let (followed, changes) = blocking(catalog, "", work).await.ok()?;
    changes.iter().for_each(Change::log);
    Some(followed)
}

impl Change {
    fn log(&self) {
        metrics::template_reload(self.error.is_some());
        let id = &self.id;
        let Some(error) = &self.error else {
            tracing::info!(template = id, "{}", self.outcome);
            return;
        };
        let first = error.all_findings().first().and_then(|finding| finding.place.as_ref());
        let place = first.map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
        let (code, error) = (error.code(), error.message());
        tracing::error!(template = id, code, error, place, "the edited template is broken; the previous version stays");
    }
}

/// Stores new versions.
async fn store(catalog: &Arc<Catalog>, versions: &Versions) -> Result<()> {
    let mut result = Ok(());
    for (id, wanted, files) in catalog.unstored() {
        if let Err(error) = versions.keep(catalog, &id, &wanted, &files).await {
            tracing::warn!(template = id, code = error.code(), error = error.message(), "a version cannot be stored");
            catalog.put_back(&id, &wanted, files);
            result = Err(error);
        }
    }
    result
}

/// Records which versions are in use, then removes old ones.
async fn sweep(catalog: &Catalog, versions: &Versions) -> Result<()> {
    for (id, wanted) in catalog.in_use() {
        versions.seen(&id, &wanted).await?;
    }
    let removed = versions.sweep().await?;
    if removed > 0 {
        tracing::info!(removed, "old template versions were removed");
    }
    Ok(())
}
