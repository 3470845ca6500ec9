//! Where an export writes.

use std::path::{Path, PathBuf};

use crate::export::{failures, manifest};

/// Output of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportTarget {
    /// A ZIP file.
    Zip(PathBuf),
    /// A folder with one file per poster beside the manifest.
    Folder(PathBuf),
}

impl ExportTarget {
    /// A ZIP file if the extension is `zip` (ignoring case) and the path is no folder; otherwise a folder.
    pub fn of(path: PathBuf) -> Self {
        let is_zip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
        if is_zip && !path.is_dir() { Self::Zip(path) } else { Self::Folder(path) }
    }

    /// Path of the archive or folder.
    pub fn path(&self) -> &Path {
        match self {
            Self::Zip(path) | Self::Folder(path) => path,
        }
    }

    /// Path of the work folder, which exists while the export is unfinished.
    pub fn work(&self) -> PathBuf {
        match self {
            Self::Zip(path) => with_suffix(path, ".part"),
            Self::Folder(path) => path.join(".haibao-export"),
        }
    }

    /// Path of `failures.csv`: next to the archive, or in the folder.
    pub fn failures(&self) -> PathBuf {
        match self {
            Self::Zip(path) => path.with_extension(failures::NAME),
            Self::Folder(path) => path.join(failures::NAME),
        }
    }

    /// Path of `failures.xlsx`, beside [`Self::failures`].
    pub fn workbook(&self) -> PathBuf {
        self.failures().with_extension("xlsx")
    }

    /// Whether a folder has the posters of a finished export. An archive is replaced as a whole.
    pub fn has_posters(&self) -> bool {
        matches!(self, Self::Folder(path) if path.join(manifest::NAME).is_file()) && !self.work().exists()
    }

    /// Whether a file is one of the lists that an export to this place has written.
    pub fn has_list(&self, file: &Path) -> bool {
        let is_same = |list: PathBuf| matches!((list.canonicalize(), file.canonicalize()), (Ok(a), Ok(b)) if a == b);
        is_same(self.failures()) || is_same(self.workbook())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
