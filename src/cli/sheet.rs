//! Reads the sheets that commands take.

use std::path::Path;

use super::render;
use crate::words;
use haibao_core::error::{Error, Result};
use haibao_sheet::{Limits, Sheet, SheetFormat, names_file};

/// Maximum size of a sheet, bytes.
const MAX_BYTES: u64 = 256 << 20;

/// The bytes of a sheet; `-` is standard input.
///
/// # Errors
/// `file_unreadable`, `file_too_large`.
pub(super) fn load(path: &Path) -> Result<Vec<u8>> {
    render::read(path, MAX_BYTES)
}

/// Reads a sheet whose header is its first row.
///
/// # Errors
/// `file_unreadable`, `file_too_large`; those of [`Sheet::read`], whose messages start with the file's name.
pub(super) fn read(path: &Path) -> Result<Sheet> {
    let bytes = load(path)?;
    let name = path.display().to_string();
    SheetFormat::of(&name, &bytes)
        .and_then(|format| Sheet::read(&bytes, format, &Limits::default()))
        .map_err(|error| named(error, path))
}

/// Adds the file's name to the message of an error, unless it has the name already.
pub(super) fn named(error: Error, path: &Path) -> Error {
    if names_file(&error) {
        return error;
    }
    error.within(|message| words::of_file(path.display(), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_file_once() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("s7.yaml", "title: a\nprice: 1\n"), ("a.csv", "")] {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            let error = read(&path).expect_err(name);
            assert_eq!(error.message().matches(name).count(), 1, "{error}");
        }
    }
}
