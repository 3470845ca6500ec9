//! Writes a file of a template: as a whole, never outside of its folder, and only over the content that the writer has seen.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    sync::PoisonError,
};

use bytes::Bytes;

use super::{
    Catalog, TemplateFiles, built_in,
    files::{LAYOUT, MAX_BYTES, total_bytes},
    of_error,
    source::file_hash,
};
use crate::{causes, metrics, words};
use haibao_core::{
    error::{Domain, Error, ErrorKind, Finding, Result},
    template,
};

/// The artwork that can be written. Layouts may name another file.
const ARTWORK: &str = "artwork.svg";
/// The schema of layout.json, which editors find beside the templates.
const SCHEMA: &str = "layout.schema.json";
/// Maximum length of a file's name, bytes.
const MAX_NAME: usize = 100;
/// Begins the names of files that are being written. Hidden files do not belong to a template.
const PREFIX: &str = ".haibao-";

/// What a writer has seen of the file that it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing: the file must be a new one.
    Nothing,
    /// That there is no such file.
    Absence,
    /// One of the contents with these hashes, see [`file_hash`].
    Contents(Vec<String>),
}

/// What a write has done.
#[derive(Debug)]
pub enum Outcome {
    /// The file was written.
    Written {
        /// Hash of its content.
        hash: String,
        /// What is wrong with the template now, or noteworthy about it.
        findings: Vec<Finding>,
    },
    /// Nothing: the file has another content than the writer has seen, with this hash. `None`: it does not exist.
    Changed(Option<String>),
    /// Nothing: the file exists, and the writer does not say what it has seen of it.
    Unseen,
}

/// Whether a file of a template may be written: `layout.json`, `artwork.svg`, `samples/NAME.json` or `assets/NAME`. Paths come from
/// requests.
fn is_writable(path: &str) -> bool {
    let is_name = |name: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        (1..=MAX_NAME).contains(&name.len())
            && name.bytes().all(is_plain)
            && !name.starts_with('.')
            && !name.ends_with('.')
    };
    match path.split_once('/') {
        None => [LAYOUT, ARTWORK].contains(&path),
        Some(("samples", name)) => name.ends_with(".json") && is_name(name),
        Some(("assets", name)) => is_name(name),
        Some(_) => false,
    }
}

impl Catalog {
    /// Writes a file of a template and reads the template again. A template that it breaks keeps its version in use. A built-in
    /// template gets a folder with all of its files first, which takes precedence over it from then on.
    ///
    /// It must run on the catalog's blocking thread.
    ///
    /// # Errors
    /// `template_unknown`; `studio_path` for a file that may not be written; `body_too_large` if the template would exceed its
    /// size; `disk_failed` with the system's reason.
    pub(in crate::service) fn write_file(&self, id: &str, path: &str, bytes: &Bytes, seen: &Seen) -> Result<Outcome> {
        let has_folder = self.has_folder(id)?;
        let root = self.folder.join(id);
        if !is_writable(path) {
            let shown: String = path.chars().take(MAX_NAME).collect();
            return Err(Error::of(ErrorKind::Invalid, words::studio_path(words::quote(&shown))));
        }
        if has_folder && is_blocked(&root, path) {
            return Err(Error::of(ErrorKind::Invalid, words::studio_path_elsewhere(words::quote(path))));
        }
        let failed = |error: io::Error| {
            let finding = words::template_unwritten(format!("{id}/{path}"), causes::io(&error));
            Error::of(ErrorKind::Internal, finding).domain(Domain::Disk).source(error)
        };
        let mut files = if has_folder { TemplateFiles::new() } else { built_in(id) };
        let current = if has_folder { content(&root, path).map_err(failed)? } else { files.get(path).cloned() };
        match (seen, current.as_deref().map(file_hash)) {
            (Seen::Contents(hashes), Some(hash)) if hashes.contains(&hash) => {}
            (Seen::Nothing | Seen::Absence, None) => {}
            (Seen::Nothing, Some(_)) => return Ok(Outcome::Unseen),
            (_, other) => return Ok(Outcome::Changed(other)),
        }
        let others = match has_folder {
            true => total_bytes(&root).map_err(failed)?,
            false => files.values().map(|file| file.len() as u64).sum(),
        };
        let replaced = current.map_or(0, |current| current.len() as u64);
        if others.saturating_sub(replaced) + bytes.len() as u64 > MAX_BYTES {
            return Err(Error::of(ErrorKind::TooLarge, words::template_full(MAX_BYTES)));
        }
        if has_folder {
            replace(&root, path, bytes).map_err(failed)?;
        } else {
            files.insert(path.to_owned(), bytes.clone());
            create(&self.folder, id, &files).map_err(failed)?;
            // It can be watched now.
            self.listeners.wake();
        }
        let turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = self.load(id);
        drop(turn);
        metrics::template_reload(loaded.is_err());
        let findings = loaded.map_or_else(|error| of_error(&error), |template| template.all_warnings());
        Ok(Outcome::Written { hash: file_hash(bytes), findings })
    }
}

impl Catalog {
    /// Creates the folder of a new template with these files, and the schema for editors beside it. It is complete or absent, and
    /// overwrites none. A built-in template of this name gives way to it.
    ///
    /// It must run on the catalog's blocking thread.
    ///
    /// # Errors
    /// `template_exists` if there is such a folder; `disk_failed` with the system's reason.
    pub(in crate::service) fn create_folder(&self, id: &str, files: &TemplateFiles) -> Result<Vec<Finding>> {
        let root = self.folder.join(id);
        if root.exists() {
            return Err(Error::of(ErrorKind::Conflict, words::template_exists(root.display())));
        }
        let failed = |error: io::Error| {
            let finding = words::template_unwritten(root.display(), causes::io(&error));
            Error::of(ErrorKind::Internal, finding).domain(Domain::Disk).source(error)
        };
        create(&self.folder, id, files).map_err(failed)?;
        let schema = self.folder.join(SCHEMA);
        if !schema.exists() {
            let text = serde_json::to_string_pretty(&template::schema());
            let text = text.map_err(|e| Error::internal("the schema cannot be serialised").source(e))?;
            replace(&self.folder, SCHEMA, format!("{text}\n").as_bytes()).map_err(failed)?;
        }
        // It can be watched now.
        self.listeners.wake();
        let turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = self.load(id);
        drop(turn);
        Ok(loaded.map_or_else(|error| of_error(&error), |template| template.all_warnings()))
    }
}

/// The content of a file of a folder. `None` if there is none.
fn content(root: &Path, path: &str) -> io::Result<Option<Bytes>> {
    let file = root.join(path);
    match file.parent() {
        Some(folder) if folder.exists() => check_inside(root, folder)?,
        _ => return Ok(None),
    }
    match fs::read(&file) {
        Ok(content) => Ok(Some(content.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a path cannot be a file of a template's folder: a symbolic link leads out of it, or something else is in its place.
fn is_blocked(root: &Path, path: &str) -> bool {
    let file = root.join(path);
    let folder = file.parent().unwrap_or(root);
    // A link whose target does not exist is there, too.
    let is_there = fs::symlink_metadata(folder).is_ok();
    file.is_dir() || is_there && (!folder.is_dir() || check_inside(root, folder).is_err())
}

/// Fails if a folder is outside of another one, which symbolic links can lead out of.
fn check_inside(root: &Path, folder: &Path) -> io::Result<()> {
    if fs::canonicalize(folder)?.starts_with(fs::canonicalize(root)?) {
        return Ok(());
    }
    Err(io::ErrorKind::PermissionDenied.into())
}

/// Replaces a file, or creates it: other programs see either content as a whole.
fn replace(root: &Path, path: &str, content: &[u8]) -> io::Result<()> {
    let file = root.join(path);
    let folder = file.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    check_inside(root, folder)?;
    let mut temporary = hidden(0o666).tempfile_in(folder)?;
    temporary.write_all(content)?;
    if let Ok(known) = fs::metadata(&file) {
        temporary.as_file().set_permissions(known.permissions())?;
    }
    temporary.as_file().sync_data()?;
    temporary.persist(&file).map_err(|error| error.error)?;
    Ok(())
}

/// Creates the folder of a template with all of its files, as a whole.
fn create(folder: &Path, id: &str, files: &TemplateFiles) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let temporary = hidden(0o777).tempdir_in(folder)?;
    for (path, content) in files {
        let file = temporary.path().join(path);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(file, content)?;
    }
    fs::rename(temporary.path(), folder.join(id))?;
    // Under its name, it is not temporary.
    let _ = temporary.keep();
    Ok(())
}

/// Makes hidden temporary files and folders with a mode, of which the process's mask takes its part, as of every other file.
fn hidden(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(outcome: Result<Outcome>) -> String {
        match outcome {
            Ok(Outcome::Written { hash, findings }) => {
                assert!(findings.is_empty(), "{findings:?}");
                hash
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_files_of_a_template_can_be_written() {
        for path in ["layout.json", "artwork.svg", "samples/usual.json", "assets/a_B-1.jpg", "assets/a"] {
            assert!(is_writable(path), "{path}");
        }
        let long = format!("assets/{}", "a".repeat(MAX_NAME + 1));
        for path in [
            "",
            "/",
            ".",
            "..",
            "/etc/passwd",
            "../my/layout.json",
            "assets/../layout.json",
            "assets/..",
            "assets/.",
            "assets//a",
            "assets/a/b",
            "assets/",
            "assets/.htaccess",
            "assets/a.",
            "assets\\a",
            "assets/a\\b",
            "assets/a b",
            "assets/a\0",
            "assets/图.png",
            "assets/a%2fb",
            "samples/usual",
            "samples/.json",
            "samples/a.json/b",
            "layout.json/",
            "LAYOUT.JSON",
            "fonts/a.ttf",
            "artwork.svgz",
            "assets",
            "samples",
            long.as_str(),
        ] {
            assert!(!is_writable(path), "{path:?}");
        }
    }

    #[test]
    fn a_file_is_replaced_only_by_who_has_seen_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let catalog = Catalog::new(folder.path().join("templates"), crate::service::fonts::embedded());
        let own = folder.path().join("templates/product-share");
        let write = |path: &str, content: &str, seen: Seen| {
            catalog.write_file("product-share", path, &Bytes::copy_from_slice(content.as_bytes()), &seen)
        };
        let sample = built_in("product-share").remove("samples/usual.json").expect("a sample");
        let text = std::str::from_utf8(&sample).expect("UTF-8").to_owned() + "\n";
        // Nothing is written before the first change of a built-in template.
        let unseen = write("samples/usual.json", &text, Seen::Nothing).expect("no error");
        assert!(matches!(unseen, Outcome::Unseen) && !own.exists(), "{unseen:?}");
        let first = file_hash(&sample);
        let second = written(write("samples/usual.json", &text, Seen::Contents(vec![first.clone()])));
        assert_eq!(fs::read_to_string(own.join("samples/usual.json")).expect("a file"), text);
        assert!(own.join("artwork.svg").is_file() && catalog.has_folder("product-share").expect("it exists"));
        for (path, seen, expected) in [
            ("samples/usual.json", Seen::Contents(vec![first]), Some(second.clone())),
            ("samples/usual.json", Seen::Absence, Some(second.clone())),
            ("samples/other.json", Seen::Contents(vec![second.clone()]), None),
        ] {
            let outcome = write(path, &text, seen).expect("no error");
            assert!(matches!(&outcome, Outcome::Changed(current) if *current == expected), "{path}: {outcome:?}");
        }
        written(write("samples/other.json", &text, Seen::Absence));
        let names =
            fs::read_dir(own.join("samples")).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        assert!(names.into_iter().all(|name| !name.to_string_lossy().starts_with('.')), "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out_of_the_folder() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let catalog = Catalog::new(folder.path().join("templates"), crate::service::fonts::embedded());
        let own = folder.path().join("templates/my");
        for (path, bytes) in haibao_core::template::scaffold("my").expect("a name") {
            let path = own.join(path);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
        let outside = folder.path().join("outside");
        fs::create_dir(&outside).expect("a folder");
        let _ = fs::remove_dir_all(own.join("assets"));
        symlink(&outside, own.join("assets")).expect("a link");
        let content = Bytes::from_static(b"x");
        let error = catalog.write_file("my", "assets/a.txt", &content, &Seen::Absence).expect_err("it is outside");
        assert_eq!((error.code(), fs::read_dir(&outside).expect("a folder").count()), ("studio_path", 0));
        // Neither are links to nothing, and files or folders in the place of the other.
        let others: [&dyn Fn(&Path); 3] = [
            &|at: &Path| symlink(folder.path().join("nothing"), at).expect("a link"),
            &|at: &Path| fs::write(at, "x").expect("a file"),
            &|at: &Path| fs::create_dir_all(at.join("a.txt")).expect("a folder"),
        ];
        for make in others {
            let at = own.join("assets");
            fs::remove_file(&at).or_else(|_| fs::remove_dir_all(&at)).expect("removed");
            make(&at);
            let error = catalog.write_file("my", "assets/a.txt", &content, &Seen::Absence).expect_err("no file");
            assert_eq!(error.code(), "studio_path");
        }
        fs::remove_dir_all(own.join("assets")).expect("removed");
        symlink(&outside, own.join("assets")).expect("a link");
        // A link that is the file itself is replaced, not what it leads to.
        fs::remove_file(own.join("assets")).expect("removed");
        fs::create_dir(own.join("assets")).expect("a folder");
        fs::write(outside.join("target"), "old").expect("a file");
        symlink(outside.join("target"), own.join("assets/a.txt")).expect("a link");
        let seen = Seen::Contents(vec![file_hash(b"old")]);
        written(catalog.write_file("my", "assets/a.txt", &content, &seen));
        assert_eq!(fs::read_to_string(outside.join("target")).expect("a file"), "old");
        // New files have the mode of other files, replaced ones keep theirs.
        let layout = own.join("layout.json");
        fs::set_permissions(&layout, fs::Permissions::from_mode(0o640)).expect("a mode");
        let text = Bytes::from(fs::read(&layout).expect("a file"));
        written(catalog.write_file("my", "layout.json", &text, &Seen::Contents(vec![file_hash(&text)])));
        assert_eq!(fs::metadata(&layout).expect("a file").permissions().mode() & 0o777, 0o640);
    }
}
