//! Files of templates: of a folder, and of the built-in ones.

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use rust_embed::RustEmbed;

use crate::{causes, words};
use haibao_core::error::{Error, ErrorKind};

/// Maximum total size of one template, bytes.
pub(super) const MAX_BYTES: u64 = 64 << 20;
/// Maximum nesting of folders.
const MAX_DEPTH: usize = 8;
/// The file that makes a folder a template.
pub(super) const LAYOUT: &str = "layout.json";

/// Files of a template by relative path.
pub(super) type TemplateFiles = BTreeMap<String, Bytes>;

/// The built-in templates: all files of the folder, so it holds nothing else but the schema for editors.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct BuiltIn;

/// Names of the built-in templates.
pub(super) fn built_in_ids() -> impl Iterator<Item = String> {
    BuiltIn::iter().filter_map(|path| path.strip_suffix("/layout.json").map(str::to_owned))
}

/// Whether a name is valid. Names come from requests and become paths.
pub(super) fn is_name(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Files of a built-in template; empty if there is none of this name.
pub(super) fn built_in(id: &str) -> TemplateFiles {
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

/// A file of the built-in templates, by its path below all of them.
pub(in crate::service) fn built_in_file(path: &str) -> Option<Bytes> {
    let (id, name) = path.split_once('/')?;
    built_in(id).remove(name)
}

/// Files of a folder by relative path.
///
/// # Errors
/// Errors of the system, and a folder that is too large or nested too deeply.
pub(super) fn read_folder(root: &Path) -> io::Result<TemplateFiles> {
    let (mut files, mut room) = (TemplateFiles::new(), MAX_BYTES);
    walk(root, "", MAX_DEPTH, &mut |name, path, meta| {
        room = room.checked_sub(meta.len()).ok_or_else(too_large)?;
        files.insert(name, Bytes::from(fs::read(path)?));
        Ok(())
    })?;
    Ok(files)
}

/// Total size of the files of a folder, bytes.
///
/// # Errors
/// As [`read_folder`], except for files that are too large.
pub(super) fn total_bytes(root: &Path) -> io::Result<u64> {
    let mut total = 0;
    walk(root, "", MAX_DEPTH, &mut |_, _, meta| {
        total += meta.len();
        Ok(())
    })?;
    Ok(total)
}

fn too_large() -> io::Error {
    io::Error::other(format!("more than {MAX_BYTES} bytes or {MAX_DEPTH} folders deep"))
}

/// Visits all files of a folder with their relative path, except hidden files of editors and operating systems.
fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    visit: &mut impl FnMut(String, &Path, &fs::Metadata) -> io::Result<()>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(own) = entry.file_name().to_str().filter(|n| !n.starts_with('.')).map(str::to_owned) else {
            continue;
        };
        let (name, path) = (format!("{prefix}{own}"), entry.path());
        let meta = fs::metadata(&path)?;
        if meta.is_dir() {
            let depth = depth.checked_sub(1).ok_or_else(too_large)?;
            walk(&path, &format!("{name}/"), depth, visit)?;
        } else if meta.is_file() {
            visit(name, &path, &meta)?;
        }
    }
    Ok(())
}

pub(super) fn unreadable(id: &str, error: &io::Error) -> Error {
    Error::of(ErrorKind::Invalid, words::template_unreadable(format!("{id:?}"), causes::io(error)))
}

/// Time within which an edit may leave the times of files as they are: the resolution of file systems.
const RESOLUTION: Duration = Duration::from_secs(2);

/// Identifies the state of a folder by the names, sizes and times of its files, without reading them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    hash: blake3::Hash,
    /// Time of the latest edit, since 1970-01-01 UTC.
    edited: Duration,
}

impl Stamp {
    /// The stamp of a template's folder. `None` if the folder is not a template: without layout.json it is one only if it was one
    /// before (`is_known`) and still has files.
    pub fn of(root: &Path, is_known: bool) -> Option<Self> {
        let has_layout = root.join(LAYOUT).is_file();
        if !has_layout && !is_known {
            return None;
        }
        let mut all = Vec::new();
        // An unreadable folder has the stamp of what could be read; reading it reports the error.
        let _ = walk(root, "", MAX_DEPTH, &mut |name, _, meta| {
            let since = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(UNIX_EPOCH);
            all.push((name, meta.len(), since.unwrap_or_default()));
            Ok(())
        });
        if !has_layout && all.is_empty() {
            return None;
        }
        all.sort();
        let edited = all.iter().map(|(_, _, modified)| *modified).max().unwrap_or_default();
        let mut hash = blake3::Hasher::new();
        for (name, length, modified) in all {
            hash.update(name.as_bytes())
                .update(&[0])
                .update(&length.to_le_bytes())
                .update(&modified.as_nanos().to_le_bytes());
        }
        Some(Self { hash: hash.finalize(), edited })
    }

    /// Whether every later edit changes the stamp.
    pub fn is_at_rest(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        now.checked_sub(self.edited).is_some_and(|age| age > RESOLUTION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_templates_is_embedded() {
        let folders: Vec<_> = built_in_ids().map(|id| format!("{id}/")).collect();
        let is_template = |path: &str| folders.iter().any(|folder| path.starts_with(folder.as_str()));
        let others: Vec<_> = BuiltIn::iter().filter(|path| !is_template(path)).collect();
        assert_eq!(others, ["layout.schema.json"]);
    }
}
