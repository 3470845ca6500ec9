//! The fonts of the process: the embedded ones and those of a folder.

use std::{
    fs,
    path::Path,
    sync::{Arc, OnceLock},
};

use crate::{causes, words};
use haibao_core::{
    error::{Domain, Error, ErrorKind, Result},
    text::FontSet,
};

/// The default font folder, which may be missing.
const DEFAULT_FOLDER: &str = "fonts";

/// The embedded fonts alone, loaded once per process.
///
/// # Panics
/// Never: a test loads the embedded files.
pub fn embedded() -> Arc<FontSet> {
    static SET: OnceLock<Arc<FontSet>> = OnceLock::new();
    #[expect(clippy::expect_used, reason = "the files are part of the binary and a test loads them")]
    let load = || Arc::new(FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("the embedded fonts can be loaded"));
    Arc::clone(SET.get_or_init(load))
}

/// The embedded fonts and those of a folder; an empty name is no folder.
///
/// # Errors
/// `fonts_unreadable` if the folder or a file cannot be read; `font_invalid` names every file that is not a font.
pub fn load(folder: &str) -> Result<Arc<FontSet>> {
    if folder.is_empty() || (folder == DEFAULT_FOLDER && !Path::new(folder).exists()) {
        return Ok(embedded());
    }
    let bad = |e: std::io::Error| {
        Error::of(ErrorKind::Invalid, words::fonts_unreadable(format!("{folder:?}"), causes::io(&e)))
            .domain(Domain::Settings)
    };
    let mut own = Vec::new();
    for entry in fs::read_dir(folder).map_err(bad)? {
        let path = entry.map_err(bad)?.path();
        let is_font = |e: &str| ["ttf", "otf", "ttc"].contains(&e.to_ascii_lowercase().as_str());
        if path.extension().and_then(|e| e.to_str()).is_some_and(is_font) {
            let name = path.file_name().map(Path::new).map_or_else(String::new, |n| n.display().to_string());
            let bytes = fs::read(&path).map_err(bad)?;
            // The folder may be this repository's: loading an embedded font again costs memory and changes nothing.
            if !haibao_fonts::FONTS.iter().any(|(_, embedded)| *embedded == bytes) {
                own.push((name, bytes));
            }
        }
    }
    // A folder's order depends on the file system; the font set's version must not.
    own.sort();
    if own.is_empty() {
        return Ok(embedded());
    }
    FontSet::new(haibao_fonts::FONTS, own).map(Arc::new)
}
