//! Template catalog: the built-in templates and those of a folder, which override built-in ones of the same name.
//!
//! Templates are loaded on first use and cached. An error is cached until a file changes: a broken template works as soon as it
//! is fixed, and does not affect the others. While [`follow`] runs, edited templates are replaced atomically: a broken edit keeps the
//! previous version in use.

mod all;
mod edits;
mod files;
mod follow;
mod listeners;
mod source;
#[cfg(test)]
mod tests;
mod versions;
mod write;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicBool},
};

use bytes::Bytes;
pub(super) use files::built_in_file;
use files::{LAYOUT, Stamp, TemplateFiles, built_in, built_in_ids, is_name, read_folder, unreadable};
pub use follow::follow;
use listeners::Listeners;
use serde::Deserialize;
pub use source::{Source, file_hash};
use tokio::sync::watch;
pub use versions::Versions;
pub use write::{Outcome, Seen};

use crate::{
    net::lane::{Lane, Work},
    words,
};
use haibao_core::{
    error::{Error, ErrorKind, Finding, Result},
    render::compile,
    template::{Template, suggest::nearest},
    text::FontSet,
};

/// Settings of reloads and versions (`[catalog]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Interval of checks for edited templates, ms. 0: templates are not reloaded. Default: 1000.
    pub reload_ms: u64,
    /// Time for which a replaced version of a template can still be used, s: at least the longest life of a link. The grid of
    /// expiry times and the interval of records are added to it. Default: 30 days.
    pub keep_seconds: u64,
    /// Cache size for templates that requests pin to another version than the current one, bytes. Default: 16 MiB.
    pub pinned_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { reload_ms: 1000, keep_seconds: 30 * 86_400, pinned_bytes: 16 << 20 }
    }
}

/// Templates by name. Shared by all threads.
#[derive(Debug)]
pub struct Catalog {
    folder: PathBuf,
    fonts: Arc<FontSet>,
    entries: RwLock<BTreeMap<String, Entry>>,
    loading: Mutex<()>,
    /// Whether all templates have been loaded once, by [`follow`].
    is_loaded: AtomicBool,
    /// One thread reads, so that concurrent requests for a new template occupy no other. It also writes, so that writers do not
    /// overtake each other between the check of a file and its replacement.
    lane: Lane,
    listeners: Listeners,
}

/// What is known of a template.
#[derive(Debug, Default)]
struct Entry {
    /// The version in use. `None` if there was none that works.
    template: Option<Arc<Template>>,
    /// Its files, until they are stored as a version.
    files: Option<TemplateFiles>,
    /// State of the folder that was read last. `None`: the built-in template.
    stamp: Option<Stamp>,
    /// Why the files that were read last cannot be used.
    broken: Option<Error>,
    /// Whether `broken` holds as long as the stamp is the same.
    is_lasting: bool,
}

impl Entry {
    /// What listeners receive: the files that were read, the version in use, and what is wrong.
    fn state(&self) -> (Option<Stamp>, Option<blake3::Hash>, Vec<Finding>) {
        let version = self.template.as_ref().map(|template| template.version);
        (self.stamp, version, self.broken.as_ref().map(of_error).unwrap_or_default())
    }
}

impl Catalog {
    /// A catalog of the built-in templates and those in `folder`, which may be missing.
    pub fn new(folder: impl Into<PathBuf>, fonts: Arc<FontSet>) -> Self {
        Self {
            folder: folder.into(),
            fonts,
            entries: RwLock::default(),
            loading: Mutex::default(),
            is_loaded: AtomicBool::default(),
            lane: Lane::of(Work::Templates),
            listeners: Listeners::default(),
        }
    }

    /// A catalog of the built-in templates that all tests share, so that each template is compiled once.
    #[cfg(test)]
    pub(crate) fn of_built_in() -> &'static Self {
        static SHARED: std::sync::OnceLock<Catalog> = std::sync::OnceLock::new();
        SHARED.get_or_init(|| Self::new("", crate::service::fonts::embedded()))
    }

    /// The fonts that all templates share.
    pub fn fonts(&self) -> &Arc<FontSet> {
        &self.fonts
    }

    /// Names of all templates, sorted, including broken ones.
    pub fn ids(&self) -> BTreeSet<String> {
        let own = fs::read_dir(&self.folder).into_iter().flatten().filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            self.is_own(&name).then_some(name)
        });
        // One whose layout.json is missing is broken, and its previous version is in use.
        let known = self.read().iter().filter_map(|(id, entry)| entry.stamp.map(|_| id.clone())).collect::<Vec<_>>();
        built_in_ids().chain(own).chain(known).collect()
    }

    /// The template with this name. Loads it on the catalog's blocking thread if it is not cached.
    ///
    /// # Errors
    /// As [`Catalog::get`].
    pub async fn find(self: &Arc<Self>, id: &str) -> Result<Arc<Template>> {
        match self.known(id) {
            Some(known) => Ok(known),
            None => blocking(self, id, Self::get).await,
        }
    }

    /// The template with this name. Reads files if it is not cached.
    ///
    /// # Errors
    /// `template_unknown` with the closest name; `template_invalid` with all errors; `template_unreadable` if a file cannot be
    /// read.
    pub fn get(&self, id: &str) -> Result<Arc<Template>> {
        if let Some(known) = self.known(id) {
            return Ok(known);
        }
        if let Some(error) = self.known_error(id) {
            return Err(error);
        }
        // One caller loads at a time, so that concurrent requests for a new template load it once.
        let _turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        self.known_or_loaded(id)
    }

    /// As [`Catalog::get`], for the caller whose turn it is.
    fn known_or_loaded(&self, id: &str) -> Result<Arc<Template>> {
        if let Some(known) = self.known(id) {
            return Ok(known);
        }
        self.known_error(id).map_or_else(|| self.load(id), Err)
    }

    /// The template with this name, if it is loaded.
    pub fn known(&self, id: &str) -> Option<Arc<Template>> {
        self.read().get(id)?.template.clone()
    }

    /// Why a template without a usable version is broken, if its files are those that were read last.
    fn known_error(&self, id: &str) -> Option<Error> {
        let stamp = self.stamp(id)?;
        let entries = self.read();
        let entry = entries.get(id)?;
        let is_same = entry.template.is_none() && entry.is_lasting && entry.stamp == Some(stamp);
        entry.broken.clone().filter(|_| is_same)
    }

    /// Templates whose files cannot be used, with the error. Their previous versions may still be in use.
    pub fn broken(&self) -> BTreeMap<String, Error> {
        self.read().iter().filter_map(|(id, entry)| Some((id.clone(), entry.broken.clone()?))).collect()
    }

    /// As [`Catalog::broken`], of one template.
    pub fn broken_edit(&self, id: &str) -> Option<Error> {
        self.read().get(id)?.broken.clone()
    }

    /// Listens to changes of a template until the result is dropped. While [`follow`] runs, edits are read within a fraction of a
    /// second for those who listen.
    pub fn listen(&self, id: &str) -> watch::Receiver<()> {
        self.listeners.listen(id)
    }

    /// Number of templates in use.
    pub fn usable(&self) -> usize {
        self.read().values().filter(|entry| entry.template.is_some()).count()
    }

    /// Compiles files as those of a template, without recording it.
    ///
    /// # Errors
    /// `template_invalid` with all errors.
    pub(super) fn compile(&self, id: &str, files: TemplateFiles) -> Result<Template> {
        compile(id, files, &self.fonts).map_err(|e| within(id, e))
    }

    /// The folder of the templates.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files of a template whose folder has this stamp, or of a built-in one; empty if there is none of this name.
    fn read_files(&self, id: &str, stamp: Option<Stamp>) -> Result<TemplateFiles> {
        if stamp.is_some() {
            return read_folder(&self.folder.join(id)).map_err(|e| unreadable(id, &e));
        }
        Ok(built_in(id))
    }

    /// Reads, compiles and records a template. If it is broken, its previous version stays in use.
    fn load(&self, id: &str) -> Result<Arc<Template>> {
        let stamp = self.stamp(id);
        let files = self.read_files(id, stamp);
        if files.as_ref().is_ok_and(TemplateFiles::is_empty) {
            return Err(self.unknown(id));
        }
        // Another access to unreadable files may succeed without an edit.
        let is_lasting = files.is_ok() && stamp.is_some_and(|stamp| stamp.is_at_rest());
        let compiled = files.and_then(|files| Ok((self.compile(id, files.clone())?, files)));
        let mut entries = self.write();
        let entry = entries.entry(id.to_owned()).or_default();
        let before = entry.state();
        entry.stamp = stamp;
        let loaded = match compiled {
            Ok((template, files)) => {
                let template = Arc::new(template);
                *entry = Entry { template: Some(Arc::clone(&template)), files: Some(files), stamp, ..Entry::default() };
                Ok(template)
            }
            Err(error) => {
                entry.broken = Some(error.clone());
                entry.is_lasting = is_lasting;
                Err(error)
            }
        };
        // A broken template may be read again and again, also by its listeners.
        let is_new = entry.state() != before;
        drop(entries);
        if is_new {
            self.listeners.announce(id);
        }
        loaded
    }

    /// State of a template's folder. `None` if it has none.
    fn stamp(&self, id: &str) -> Option<Stamp> {
        let is_known = self.read().get(id).is_some_and(|entry| entry.stamp.is_some());
        is_name(id).then(|| Stamp::of(&self.folder.join(id), is_known)).flatten()
    }

    fn is_own(&self, id: &str) -> bool {
        is_name(id) && self.folder.join(id).join(LAYOUT).is_file()
    }

    fn unknown(&self, id: &str) -> Error {
        unknown(id, self.ids())
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Entry>> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The files of a template by relative path: of `folder`, or the built-in ones.
///
/// # Errors
/// `template_unknown`, `template_unreadable`.
pub fn source_files(folder: &Path, id: &str) -> Result<BTreeMap<String, Bytes>> {
    let own = folder.join(id);
    if is_name(id) && own.join(LAYOUT).is_file() {
        return read_folder(&own).map_err(|error| unreadable(id, &error));
    }
    match built_in(id) {
        files if files.contains_key(LAYOUT) => Ok(files),
        _ => Err(unknown(id, built_in_ids().collect())),
    }
}

/// The error of a name that no template has. `ids`: the names of all.
fn unknown(id: &str, ids: BTreeSet<String>) -> Error {
    let shown: String = id.chars().take(60).collect();
    let error = Error::of(ErrorKind::NotFound, words::template_unknown(format!("{shown:?}")));
    match nearest(id, ids.iter().map(String::as_str)) {
        Some(near) => error.hint(words::did_you_mean_quoted(format!("{near:?}"))),
        None => error.hint(words::available(ids.into_iter().collect::<Vec<_>>().join(", "))),
    }
}

/// Runs work on the catalog's blocking thread.
pub(super) async fn blocking<T: Send + 'static>(
    catalog: &Arc<Catalog>,
    id: &str,
    work: impl FnOnce(&Catalog, &str) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (shared, id) = (Arc::clone(catalog), id.to_owned());
    catalog.lane.run(move || work(&shared, &id)).await?
}

/// The name of a version: the first 16 hexadecimal digits of the template's hash.
pub fn version(template: &Template) -> String {
    template.version.to_hex().chars().take(16).collect()
}

/// The findings of an error of a template's files. One without any is a finding itself.
fn of_error(error: &Error) -> Vec<Finding> {
    match error.all_findings() {
        [] => vec![error.as_finding()],
        all => all.to_vec(),
    }
}

/// Wraps an error of a template's files, adding the template's name.
fn within(id: &str, error: Error) -> Error {
    let hint = error.words().own_hint();
    let findings = of_error(&error);
    let count = findings.len();
    let name = format!("{id:?}");
    let finding = match &findings[..] {
        [one] => words::template_invalid(name, one.words().clone()),
        all => words::template_broken(name, all[0].words().clone(), count - 1),
    };
    // A new layout.json beside the samples of the one before: each parameter would be a fault of its own.
    let is_of_sample = |one: &Finding| one.place.as_ref().is_some_and(|place| place.file.starts_with("samples/"));
    let hint = if count > 1 && findings.iter().all(is_of_sample) { Some(words::samples_unfit()) } else { hint };
    let error = Error::of(ErrorKind::Invalid, finding).with_findings(findings);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
