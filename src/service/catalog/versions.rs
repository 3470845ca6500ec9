//! Versions of templates in the blob store, for requests that pin one: `name@version`.
//!
//! `templates/NAME/VERSION.zip` has the files, and `templates/NAME/VERSION.seen` the time at which an instance last used the
//! version without a pin, or signed a link that pins it. A version is removed [`Config::keep_seconds`] after its last use, and
//! later by what a link that was signed then may live longer: the grid of expiry times, and the time since the last record of
//! its use.

use std::{
    collections::HashMap,
    io::{Cursor, Read, Write},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{Catalog, Config, TemplateFiles, blocking, is_name, version};
use crate::{blob::Blobs, fetch::cache, words};
use haibao_core::{
    error::{Domain, Error, ErrorKind, Result},
    paint::cache::Usage,
    template::Template,
};

/// Prefix of all keys.
const PREFIX: &str = "templates/";
/// Maximum number of versions listed.
const MAX_LISTED: usize = 50;
/// Digits of a version's name.
const DIGITS: usize = 16;
/// Interval at which the use of versions is recorded. Two records are less than two intervals apart, also if one is late.
pub(super) const RECORD_INTERVAL: Duration = Duration::from_secs(3600);

/// Versions of templates other than the current ones.
pub struct Versions {
    blobs: Blobs,
    /// Time after the last record of a version's use until it is removed.
    keep: Duration,
    /// Pinned templates by `name@version`.
    pinned: Cache<String, Pinned, Weight>,
    /// When links to versions that are not in use were last recorded, by `name@version`.
    renewed: Mutex<HashMap<String, Instant>>,
}

/// A template with the size of its files.
#[derive(Clone)]
struct Pinned(Arc<Template>, u64);

#[derive(Clone)]
struct Weight;

impl Weighter<String, Pinned> for Weight {
    fn weight(&self, _: &String, pinned: &Pinned) -> u64 {
        pinned.1
    }
}

impl Versions {
    /// The versions in a blob store. Expiry times of signed links are rounded up to `grid`.
    pub fn new(blobs: Blobs, config: Config, grid: Duration) -> Self {
        let keep = Duration::from_secs(config.keep_seconds).saturating_add(grid).saturating_add(2 * RECORD_INTERVAL);
        Self { blobs, keep, pinned: cache::new(config.pinned_bytes, Weight), renewed: Mutex::default() }
    }

    /// Lookups and size of the cache of versions other than the current ones.
    pub fn cache_usage(&self) -> Usage {
        cache::usage("templates", &self.pinned)
    }

    /// The template `name@version`.
    ///
    /// # Errors
    /// `template_unknown`; `template_version_unknown` if the version never existed or has been removed; errors of the
    /// blob store.
    pub async fn get(&self, catalog: &Arc<Catalog>, name: &str, wanted: &str) -> Result<Arc<Template>> {
        let current = catalog.find(name).await;
        // A pin outlives its template: the current one may be broken or gone.
        if let Some(current) = current.as_ref().ok().filter(|current| version(current) == wanted) {
            return Ok(Arc::clone(current));
        }
        let pin = format!("{name}@{wanted}");
        if let Some(Pinned(template, _)) = self.pinned.get(&pin) {
            return Ok(template);
        }
        let is_version = wanted.len() == DIGITS && wanted.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let stored = match is_name(name) && is_version {
            true => self.blobs.get(&archive_key(name, wanted)).await?,
            false => None,
        };
        let Some(stored) = stored else {
            return Err(current.map_or_else(|error| error, |current| unknown(name, wanted, &version(&current))));
        };
        let size = stored.len() as u64;
        let name = name.to_owned();
        let template = blocking(catalog, &name, move |catalog, name| catalog.compile(name, unpack(&stored)?)).await?;
        if version(&template) != wanted {
            return Err(Error::of(ErrorKind::Internal, words::template_files_damaged(format!("{pin:?}")))
                .domain(Domain::StoredFile));
        }
        let template = Arc::new(template);
        self.pinned.insert(pin, Pinned(Arc::clone(&template), size));
        Ok(template)
    }

    /// Keeps the version `name@version` for the life of a link that is signed now.
    ///
    /// # Errors
    /// As [`Versions::get`]; also for a version that this process still has in memory, but that has been removed.
    pub async fn renew(&self, catalog: &Arc<Catalog>, name: &str, wanted: &str) -> Result<()> {
        let current = catalog.find(name).await;
        // Its use is recorded anyway.
        if current.as_ref().is_ok_and(|current| version(current) == wanted) {
            return Ok(());
        }
        let pin = format!("{name}@{wanted}");
        // The time for which a version is kept includes such an interval.
        let is_recent = |renewed: &Instant| renewed.elapsed() < RECORD_INTERVAL;
        if self.renewed.lock().unwrap_or_else(PoisonError::into_inner).get(&pin).is_some_and(is_recent) {
            return Ok(());
        }
        let key = archive_key(name, wanted);
        let is_stored = async || Ok::<_, Error>(self.blobs.size(&key).await?.is_some());
        if is_stored().await? {
            self.seen(name, wanted).await?;
            // A sweep that had begun may have removed it.
            if is_stored().await? {
                let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
                renewed.retain(|_, renewed| is_recent(renewed));
                renewed.insert(pin, Instant::now());
                return Ok(());
            }
        }
        self.pinned.remove(&pin);
        Err(current.map_or_else(|error| error, |current| unknown(name, wanted, &version(&current))))
    }

    /// Stores the files of a version that is in use.
    ///
    /// # Errors
    /// Errors of the blob store.
    pub(super) async fn keep(
        &self,
        catalog: &Arc<Catalog>,
        name: &str,
        wanted: &str,
        files: &TemplateFiles,
    ) -> Result<()> {
        let key = archive_key(name, wanted);
        if self.blobs.size(&key).await?.is_none() {
            // The contents are shared, and may have megabytes.
            let files = files.clone();
            let packed = blocking(catalog, name, move |_, _| pack(&files)).await?;
            self.blobs.put_if_absent(&key, packed).await?;
        }
        self.seen(name, wanted).await
    }

    /// Records that a version is in use now.
    ///
    /// # Errors
    /// Errors of the blob store.
    pub(super) async fn seen(&self, name: &str, wanted: &str) -> Result<()> {
        self.blobs.put(&format!("{PREFIX}{name}/{wanted}.seen"), Bytes::from(now().as_secs().to_string())).await
    }

    /// The versions of a template that are stored, each with the time of the last record of its use, the latest first.
    ///
    /// # Errors
    /// Errors of the blob store.
    pub async fn stored(&self, name: &str) -> Result<Vec<(String, SystemTime)>> {
        let prefix = format!("{PREFIX}{name}/");
        let mut all = Vec::new();
        for entry in self.blobs.entries(&prefix).await? {
            let version = entry.key.strip_prefix(&prefix).and_then(|file| file.strip_suffix(".seen"));
            all.extend(version.map(|version| (version.to_owned(), entry.modified)));
        }
        all.sort_by(|(_, one), (_, other)| other.cmp(one));
        all.truncate(MAX_LISTED);
        Ok(all)
    }

    /// Removes the versions that were last in use too long ago.
    ///
    /// # Errors
    /// Errors of the blob store.
    pub(super) async fn sweep(&self) -> Result<usize> {
        let mut removed = 0;
        for key in self.blobs.list(PREFIX).await? {
            let Some(base) = key.strip_suffix(".seen") else { continue };
            let seen = self.blobs.get(&key).await?.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
            // A damaged record counts as seen long ago; an instance that uses the version writes it again.
            if now().saturating_sub(Duration::from_secs(seen.unwrap_or(0))) > self.keep {
                // The record last: without it, the archive would stay.
                self.blobs.remove(&format!("{base}.zip")).await?;
                self.blobs.remove(&key).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

impl std::fmt::Debug for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Versions").field("blobs", &self.blobs).finish_non_exhaustive()
    }
}

fn archive_key(name: &str, version: &str) -> String {
    format!("{PREFIX}{name}/{version}.zip")
}

fn unknown(name: &str, wanted: &str, current: &str) -> Error {
    let shown: String = wanted.chars().take(60).collect();
    let finding = words::template_version_unknown(format!("{name:?}"), format!("{shown:?}"), current);
    Error::of(ErrorKind::NotFound, finding)
}

/// Packs files, the same files always to the same bytes.
fn pack(files: &TemplateFiles) -> Result<Bytes> {
    let failed = |e: std::io::Error| Error::internal("a template cannot be packed").source(e);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options).map_err(|e| failed(e.into()))?;
        zip.write_all(bytes).map_err(failed)?;
    }
    Ok(zip.finish().map_err(|e| failed(e.into()))?.into_inner().into())
}

fn unpack(packed: &Bytes) -> Result<TemplateFiles> {
    let damaged = |e: std::io::Error| {
        let error = Error::of(ErrorKind::Internal, words::template_damaged());
        error.domain(Domain::StoredFile).source(e)
    };
    let mut zip = ZipArchive::new(Cursor::new(packed)).map_err(|e| damaged(e.into()))?;
    let mut files = TemplateFiles::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).map_err(|e| damaged(e.into()))?;
        let name = file.name().map_err(|e| damaged(e.into()))?.into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(damaged)?;
        files.insert(name, bytes.into());
    }
    Ok(files)
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::testing::Storage;

    /// A link pins a version that was replaced long ago: it is kept for the whole life of the link.
    #[tokio::test]
    async fn a_version_outlives_every_link_that_pins_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let catalog = Arc::new(Catalog::new(folder.path(), crate::service::fonts::embedded()));
        let (storage, config) = (Storage::folder(), Config { keep_seconds: 1000, ..Config::default() });
        let versions = Versions::new(storage.blobs(), config, Duration::ZERO);
        let (name, old) = ("product-share", "0123456789abcdef");
        let stored =
            async |end: &str| versions.blobs.get(&format!("{PREFIX}{name}/{old}.{end}")).await.expect("a disk");
        let put = async |end: &str, content: String| {
            versions.blobs.put(&format!("{PREFIX}{name}/{old}.{end}"), content.into()).await.expect("a disk");
        };
        let replaced = now().as_secs() - versions.keep.as_secs() + 60;
        put("zip", "files".to_owned()).await;
        put("seen", replaced.to_string()).await;
        versions.renew(&catalog, name, old).await.expect("it is stored");
        let seen = stored("seen").await.and_then(|text| std::str::from_utf8(&text).ok()?.parse::<u64>().ok());
        assert!(seen.is_some_and(|seen| seen >= replaced + 900), "{seen:?}, replaced at {replaced}");
        // Once per interval: links are signed often.
        put("seen", replaced.to_string()).await;
        versions.renew(&catalog, name, old).await.expect("it is stored");
        assert_eq!(stored("seen").await.as_deref(), Some(replaced.to_string().as_bytes()));
        // The version in use is recorded by its instance.
        let current = version(&catalog.find(name).await.expect("a template"));
        versions.renew(&catalog, name, &current).await.expect("it is in use");
        assert_eq!(versions.blobs.size(&format!("{PREFIX}{name}/{current}.seen")).await.expect("a disk"), None);
        // Another process may have removed it.
        let other = Versions::new(storage.blobs(), config, Duration::ZERO);
        other.blobs.remove(&archive_key(name, old)).await.expect("a disk");
        let error = other.renew(&catalog, name, old).await.expect_err("it is gone");
        assert_eq!(error.code(), "template_version_unknown");
    }

    /// A link is signed just before the version is replaced, and the last record of its use is an interval old.
    #[tokio::test]
    async fn a_version_outlives_every_link_that_was_signed_while_it_was_in_use() {
        const GRID: u64 = 86_400;
        let (storage, interval) = (Storage::folder(), RECORD_INTERVAL.as_secs());
        let config = Config { keep_seconds: 1000, ..Config::default() };
        let versions = Versions::new(storage.blobs(), config, Duration::from_secs(GRID));
        let longest = interval + config.keep_seconds + GRID;
        for (age, is_kept) in [(0, true), (longest, true), (longest + interval + 60, false)] {
            for (end, content) in [("zip", "files".to_owned()), ("seen", (now().as_secs() - age).to_string())] {
                versions.blobs.put(&format!("{PREFIX}my/{age}.{end}"), content.into()).await.expect("a disk");
            }
            versions.sweep().await.expect("a disk");
            for end in ["zip", "seen"] {
                let size = versions.blobs.size(&format!("{PREFIX}my/{age}.{end}")).await.expect("a disk");
                assert_eq!(size.is_some(), is_kept, "last record {age} s ago: {end}");
            }
        }
    }
}
