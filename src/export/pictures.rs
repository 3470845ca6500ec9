//! Pictures that belong to a sheet: files beside it, named in its cells, and pictures in its cells.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use haibao_core::{error::Message, template::suggest::nearest};

/// Maximum number of names that a misspelt one is compared with.
const MAX_COMPARED: usize = 5000;
/// Extensions of files that may be pictures, in lower case.
pub const EXTENSIONS: [&str; 9] = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "heic", "tif", "tiff"];

/// The source of each picture: `asset:HASH` or an address, or why there is none.
#[derive(Debug, Clone, Default)]
pub struct Gallery {
    /// Whether files were given beside the sheet.
    pub has_files: bool,
    /// By the text of cells.
    pub files: HashMap<String, Result<String, Message>>,
    /// By row number and column. Also addresses that cells link to.
    pub cells: BTreeMap<(u64, usize), Result<String, Message>>,
}

impl Gallery {
    /// Source of the picture in a cell.
    pub fn cell(&self, row: u64, column: usize) -> Option<&str> {
        self.cells.get(&(row, column))?.as_deref().ok()
    }

    /// Whether a file has the name that is in a cell.
    pub fn has(&self, text: &str) -> bool {
        matches!(self.files.get(text.trim()), Some(Ok(_)))
    }

    /// Why a cell has no picture.
    pub fn fault(&self, row: u64, column: usize, text: &str) -> Option<&Message> {
        let fault = self.cells.get(&(row, column)).or_else(|| self.files.get(text.trim()));
        fault?.as_ref().err()
    }

    /// Replaces the names of files by the sources of their pictures, also in lists.
    pub fn resolve(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(Ok(source)) = self.files.get(text.trim()) {
                    text.clone_from(source);
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|value| self.resolve(value)),
            _ => {}
        }
    }
}

/// Files by the names that cells may have for them: with or without folder and extension, in any case.
#[derive(Debug, Default)]
pub struct FileIndex {
    /// Positions of files by key. The keys of the forms differ by their first character.
    keys: HashMap<String, Vec<usize>>,
    /// Files of other kinds, which may be meant, too.
    others: HashMap<String, usize>,
    /// Paths of the files.
    paths: Vec<String>,
}

/// What a name in a cell leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match<'i> {
    /// A file, by its position.
    One(usize),
    /// Several files, of which two are named.
    Several(&'i str, &'i str),
    /// No file.
    None,
}

impl FileIndex {
    /// Indexes files by their paths in the folder or archive. Hidden files and those of other kinds are left out.
    pub fn new(paths: impl IntoIterator<Item = String>) -> Self {
        let mut index = Self::default();
        for path in paths {
            let position = index.paths.len();
            let plain = plain(&path);
            let is_hidden = plain.split('/').any(|step| step.starts_with('.') || step == "__macosx");
            let is_picture = plain.rsplit_once('.').is_some_and(|(_, end)| EXTENSIONS.contains(&end));
            if !is_hidden && is_picture {
                for key in keys(&plain) {
                    index.keys.entry(key).or_default().push(position);
                }
            } else if !is_hidden {
                let base = plain.rsplit('/').next().unwrap_or(&plain);
                let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
                for key in [base, stem] {
                    index.others.entry(key.to_owned()).or_insert(position);
                }
            }
            // Positions are those of the caller.
            index.paths.push(path);
        }
        index
    }

    /// The path of a file.
    pub fn path(&self, at: usize) -> &str {
        self.paths.get(at).map_or("", String::as_str)
    }

    /// Finds the file of a name: the whole path first, then the name of the file, each with its extension first.
    pub fn find(&self, name: &str) -> Match<'_> {
        let path = |at: usize| self.path(at);
        for key in keys(&plain(name)) {
            match self.keys.get(&key).map(Vec::as_slice) {
                None | Some([]) => {}
                Some([one]) => return Match::One(*one),
                Some([one, two, ..]) => return Match::Several(path(*one), path(*two)),
            }
        }
        Match::None
    }

    /// A file of this name that is no picture in a known format.
    pub fn other(&self, name: &str) -> Option<&str> {
        let plain = plain(name);
        let at = self.others.get(plain.rsplit('/').next().unwrap_or(&plain))?;
        self.paths.get(*at).map(String::as_str)
    }

    /// The name most like one that was not found.
    pub fn near(&self, name: &str) -> Option<&str> {
        // Extensions are alike without saying anything.
        let base = |path: &str| stem(path.rsplit('/').next().unwrap_or(path)).to_owned();
        let names = self.paths.iter().map(|path| (base(&plain(path)), path.as_str()));
        let names: Vec<_> = names.take(MAX_COMPARED).collect();
        let near = nearest(&base(&plain(name)), names.iter().map(|(base, _)| base.as_str()))?;
        names.iter().find(|(base, _)| base == near).map(|(_, path)| *path)
    }
}

/// The keys of a path: whole or only its last step, with and without the extension.
fn keys(path: &str) -> Vec<String> {
    let base = path.rsplit('/').next().unwrap_or(path);
    vec![format!("1{path}"), format!("2{}", stem(path)), format!("3{base}"), format!("4{}", stem(base))]
}

/// A name without the extension of a picture.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, end)) if EXTENSIONS.contains(&end) && !stem.is_empty() => stem,
        _ => name,
    }
}

/// A path in lower case with slashes, composed characters and plain steps.
fn plain(path: &str) -> String {
    let path: String = path.trim().nfc().flat_map(char::to_lowercase).collect();
    let path = path.replace('\\', "/");
    path.trim_start_matches("./").trim_start_matches('/').to_owned()
}

/// Whether the text of a cell may be the name of a file: it is no address.
pub fn is_file_name(text: &str) -> bool {
    let text = text.trim();
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    !text.is_empty() && text.len() <= 1000 && !matches!(scheme.as_deref(), Some("http" | "https" | "data" | "asset"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_without_case_extension_and_folder() {
        let paths = [
            "photos/花瓶.JPG",
            "photos/Cup.png",
            "a/x.png",
            "b/x.jpg",
            ".hidden.png",
            "__MACOSX/._Cup.png",
            "notes.txt",
        ];
        let index = FileIndex::new(paths.map(str::to_owned));
        for (name, expected) in [
            ("花瓶.JPG", Match::One(0)),
            ("花瓶.jpg", Match::One(0)),
            ("花瓶", Match::One(0)),
            ("花瓶.png", Match::One(0)),
            (" photos\\花瓶 ", Match::One(0)),
            ("CUP", Match::One(1)),
            ("x.png", Match::One(2)),
            ("x.jpg", Match::One(3)),
            ("x", Match::Several("a/x.png", "b/x.jpg")),
            ("b/x", Match::One(3)),
            ("notes.txt", Match::None),
            ("hidden", Match::None),
            ("杯子", Match::None),
        ] {
            assert_eq!(index.find(name), expected, "{name}");
        }
        assert_eq!(index.other("Notes.TXT"), Some("notes.txt"));
        assert_eq!((index.other("notes"), index.other("hidden"), index.other("花瓶")), (Some("notes.txt"), None, None));
        assert_eq!(index.near("Cap.png"), Some("photos/Cup.png"));
        assert_eq!(index.near("没有.jpg"), None, "only the extension is alike");
        let decomposed = FileIndex::new(["cafe\u{301}.png".to_owned()]);
        assert_eq!(decomposed.find("café"), Match::One(0));
    }

    #[test]
    fn addresses_are_no_names_of_files() {
        assert!(is_file_name("花瓶.jpg") && is_file_name("C:\\x.png"));
        assert!(!is_file_name("https://a.cn/b.png") && !is_file_name("data:image/png;base64,AA") && !is_file_name(" "));
    }
}
