//! Template catalog: the built-in templates and those of a folder, which override built-in ones of the same name.
//!
//! Templates are loaded on first use and cached. Errors are not cached: a broken template works as soon as it is fixed, and
//! does not affect the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use bytes::Bytes;
use rust_embed::RustEmbed;

use haibao_core::{
    error::{Error, ErrorKind, Result},
    render::compile,
    template::{Template, source::nearest},
    text::FontSet,
};

/// Maximum total size of one template, bytes.
const MAX_BYTES: u64 = 64 << 20;
/// Maximum nesting of folders.
const MAX_DEPTH: usize = 8;
/// The file that makes a folder a template.
const LAYOUT: &str = "layout.json";

/// The built-in templates. Folders without layout.json are not templates.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct BuiltIn;

/// Templates by name. Shared by all threads.
#[derive(Debug)]
pub struct Catalog {
    folder: PathBuf,
    fonts: Arc<FontSet>,
    loaded: RwLock<BTreeMap<String, Arc<Template>>>,
    loading: Mutex<()>,
}

impl Catalog {
    /// A catalog of the built-in templates and those in `folder`, which may be missing.
    pub fn new(folder: impl Into<PathBuf>, fonts: Arc<FontSet>) -> Self {
        Self { folder: folder.into(), fonts, loaded: RwLock::default(), loading: Mutex::default() }
    }

    /// Names of all templates, sorted, including broken ones.
    pub fn ids(&self) -> BTreeSet<String> {
        let built_in = BuiltIn::iter().filter_map(|path| path.strip_suffix("/layout.json").map(str::to_owned));
        let own = fs::read_dir(&self.folder).into_iter().flatten().filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            self.is_own(&name).then_some(name)
        });
        built_in.chain(own).collect()
    }

    /// The template with this name.
    ///
    /// # Errors
    /// `template_unknown` with the closest name; `template_invalid` with all errors; `template_unreadable` if a file cannot be
    /// read.
    pub fn get(&self, id: &str) -> Result<Arc<Template>> {
        if let Some(known) = self.known(id) {
            return Ok(known);
        }
        // Load one template at a time, so that concurrent requests for a new one load it once.
        let _turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.known(id) {
            return Ok(known);
        }
        let template = Arc::new(self.load(id)?);
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        loaded.insert(id.to_owned(), Arc::clone(&template));
        Ok(template)
    }

    /// The template with this name, if it is loaded.
    pub fn known(&self, id: &str) -> Option<Arc<Template>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// All templates by name; broken ones with their error.
    pub fn all(&self) -> Vec<(String, Result<Arc<Template>>)> {
        let load = |id: String| {
            let template = self.get(&id);
            (id, template)
        };
        self.ids().into_iter().map(load).collect()
    }

    fn load(&self, id: &str) -> Result<Template> {
        let files = if self.is_own(id) {
            read_folder(&self.folder.join(id)).map_err(|e| unreadable(id, &e))?
        } else {
            built_in(id)
        };
        if files.is_empty() {
            return Err(self.unknown(id));
        }
        compile(id, files, &self.fonts).map_err(|e| within(id, e))
    }

    fn is_own(&self, id: &str) -> bool {
        is_name(id) && self.folder.join(id).join(LAYOUT).is_file()
    }

    fn unknown(&self, id: &str) -> Error {
        let ids = self.ids();
        let shown: String = id.chars().take(60).collect();
        let error = Error::new(ErrorKind::NotFound, "template_unknown", format!("there is no template {shown:?}"));
        match nearest(id, ids.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean {near:?}?")),
            None => error.hint(format!("available: {}", ids.into_iter().collect::<Vec<_>>().join(", "))),
        }
    }
}

/// Whether a name is valid. Names come from requests and become paths.
fn is_name(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn built_in(id: &str) -> BTreeMap<String, Bytes> {
    let prefix = format!("{id}/");
    let file = |path: std::borrow::Cow<'static, str>| {
        let name = path.strip_prefix(&prefix)?.to_owned();
        let bytes = match BuiltIn::get(&path)?.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some((name, bytes))
    };
    BuiltIn::iter().filter_map(file).collect()
}

fn read_folder(root: &Path) -> std::io::Result<BTreeMap<String, Bytes>> {
    fn walk(
        folder: &Path,
        name: &str,
        depth: usize,
        room: &mut u64,
        files: &mut BTreeMap<String, Bytes>,
    ) -> std::io::Result<()> {
        let too_large = || std::io::Error::other(format!("more than {MAX_BYTES} bytes or {MAX_DEPTH} folders deep"));
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            // Skip hidden files of editors and operating systems.
            let Some(own) = entry.file_name().to_str().filter(|n| !n.starts_with('.')).map(str::to_owned) else {
                continue;
            };
            let path = format!("{name}{own}");
            let meta = fs::metadata(entry.path())?;
            if meta.is_dir() {
                let depth = depth.checked_sub(1).ok_or_else(too_large)?;
                walk(&entry.path(), &format!("{path}/"), depth, room, files)?;
            } else if meta.is_file() {
                *room = room.checked_sub(meta.len()).ok_or_else(too_large)?;
                files.insert(path, Bytes::from(fs::read(entry.path())?));
            }
        }
        Ok(())
    }
    let mut files = BTreeMap::new();
    walk(root, "", MAX_DEPTH, &mut { MAX_BYTES }, &mut files)?;
    Ok(files)
}

fn unreadable(id: &str, error: &std::io::Error) -> Error {
    Error::new(
        ErrorKind::Invalid,
        "template_unreadable",
        format!("the files of template {id:?} cannot be read: {error}"),
    )
}

/// Wraps an error of a template's files, adding the template's name.
fn within(id: &str, error: Error) -> Error {
    let hint = error.hint_text().map(str::to_owned);
    let findings =
        if error.all_findings().is_empty() { vec![error.as_finding()] } else { error.all_findings().to_vec() };
    let count = findings.len();
    let message = match &findings[..] {
        [one] => format!("template {id:?} is broken: {}", one.message),
        _ => format!("template {id:?} is broken in {count} places"),
    };
    let error = Error::new(ErrorKind::Invalid, "template_invalid", message).with_findings(findings);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, id: &str) {
        for (path, bytes) in haibao_core::template::scaffold(id).expect("a name") {
            let path = folder.join(id).join(path);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
    }

    #[test]
    fn a_folder_template_overrides_the_built_in_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let built_in = Catalog::new(folder.path().join("none"), crate::service::fonts::embedded());
        assert!(built_in.ids().contains("product-share"), "{:?}", built_in.ids());
        assert!(!built_in.ids().contains("art"), "the sources of pictures are not a template");
        write(folder.path(), "product-share");
        let own = Catalog::new(folder.path(), crate::service::fonts::embedded());
        assert_eq!(own.ids(), built_in.ids());
        let version = |catalog: &Catalog| catalog.get("product-share").expect("a template").version;
        assert_ne!(version(&own), version(&built_in));
    }

    #[test]
    fn a_broken_template_works_as_soon_as_it_is_fixed() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "mine");
        let layout = folder.path().join("mine/layout.json");
        let good = fs::read_to_string(&layout).expect("a file");
        fs::write(&layout, good.replace("\"title\"", "\"titel\"")).expect("a file");
        let catalog = Catalog::new(folder.path(), crate::service::fonts::embedded());
        let error = catalog.get("mine").expect_err("it is broken");
        assert_eq!(error.code(), "template_invalid");
        assert!(error.message().contains("\"mine\""), "{error}");
        fs::write(&layout, good).expect("a file");
        let template = catalog.get("mine").expect("it is repaired");
        assert!(template.slot("code").is_some(), "its slots are measured");
    }

    #[test]
    fn names_cannot_escape_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "outside");
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).expect("a folder");
        let catalog = Catalog::new(&inside, crate::service::fonts::embedded());
        for name in ["../outside", "..", "", ".", "product-share/", "product-share/../group-buy", "/etc", "a\0b"] {
            let error = catalog.get(name).expect_err(name);
            assert_eq!(error.code(), "template_unknown", "{name:?}");
        }
    }
}
