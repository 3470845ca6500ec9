//! Output to files and to standard output. Files are replaced atomically.

use std::{
    io::{self, IsTerminal, Read, Write, stdout},
    path::{Path, PathBuf},
};

use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Message, Result};

/// Destination of a command's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Output {
    /// A file, replaced atomically.
    File(PathBuf),
    /// Standard output.
    Stdout,
}

impl From<PathBuf> for Output {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdout } else { Self::File(path) }
    }
}

impl Output {
    /// Checks the destination, so that a command fails before it does any work.
    ///
    /// # Errors
    /// `output_folder` if the file's folder is missing or the path is a folder; `output_terminal` if binary data would go to
    /// a terminal.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Stdout if stdout().is_terminal() => Err(Error::of(ErrorKind::Invalid, words::output_terminal())),
            Self::Stdout => Ok(()),
            Self::File(path) => {
                let folder = folder(path);
                if folder.is_dir() && !path.is_dir() {
                    return Ok(());
                }
                let finding = match path.is_dir() {
                    true => words::output_is_folder(path.display()),
                    false => words::output_folder(folder.display()),
                };
                Err(Error::of(ErrorKind::Invalid, finding))
            }
        }
    }

    /// Checks the destination as [`Output::check`], and that the name of a file does not say another format than one of these
    /// extensions.
    ///
    /// # Errors
    /// Those of [`Output::check`]; `output_format`.
    pub(super) fn check_for(&self, written: &[&str]) -> Result<()> {
        self.check()?;
        match self {
            Self::Stdout => Ok(()),
            Self::File(path) => check_name(path, written),
        }
    }

    /// Writes all bytes. A file is replaced atomically, without a sync to disk.
    ///
    /// # Errors
    /// Errors of [`Output::check`]; `output_failed` with the system's reason.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<()> {
        self.check()?;
        match self {
            Self::Stdout => to_stdout(bytes),
            Self::File(path) => replace(path, bytes).map_err(|e| failed(Message::verbatim(path.display()), &e)),
        }
    }
}

/// Replaces a file by all of a reader, as [`Output::write`].
///
/// # Errors
/// As [`Output::write`].
pub(super) fn copy(path: &Path, from: impl Read) -> Result<()> {
    Output::File(path.to_owned()).check()?;
    replace(path, from).map_err(|e| failed(Message::verbatim(path.display()), &e))
}

/// Extensions of files that others write: pictures, tables, archives.
const FORMATS: [&str; 34] = [
    "png", "apng", "jpg", "jpeg", "jfif", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif", "ico", "jxl",
    "jp2", "qoi", "tga", "svg", "psd", "pdf", "xlsx", "xlsm", "xls", "xlsb", "et", "ods", "csv", "tsv", "zip", "rar",
    "7z", "tar", "gz",
];

/// Refuses a name whose extension says another format than one of these: a PNG in `x.jpg` would mislead other programs. Unknown
/// extensions say nothing.
///
/// # Errors
/// `output_format`.
pub(super) fn check_name(path: &Path, written: &[&str]) -> Result<()> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    if written.contains(&extension.as_str()) || !FORMATS.contains(&extension.as_str()) {
        return Ok(());
    }
    let own = written.first().copied().unwrap_or_default();
    let finding = words::output_format(path.display(), own.to_uppercase(), path.with_extension(own).display());
    Err(Error::of(ErrorKind::Invalid, finding))
}

/// Prints text to standard output.
///
/// # Errors
/// `output_failed`. A closed pipe is no error.
pub(super) fn print(text: &str) -> Result<()> {
    to_stdout(text.as_bytes())
}

fn to_stdout(bytes: &[u8]) -> Result<()> {
    let mut out = stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // The reader has seen enough, such as `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(failed(words::standard_output(), &error)),
        Ok(()) => Ok(()),
    }
}

fn failed(name: Message, error: &io::Error) -> Error {
    Error::of(ErrorKind::Internal, words::output_failed(name, causes::io(error))).domain(Domain::Output)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes to a temporary file in the same folder, then renames it: readers see the old content or the new, never a part.
pub(super) fn replace(path: &Path, mut from: impl Read) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".haibao-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The mode of ordinary new files; the umask applies.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder(path))?;
    io::copy(&mut from, &mut file)?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_without_leftovers() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.png");
        std::fs::write(&path, "the old, longer content").expect("a file");
        Output::from(path.clone()).write(b"new").expect("written");
        assert_eq!(std::fs::read(&path).expect("a file"), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn names_of_other_formats_are_refused() {
        for name in ["a.png", "a.PNG", "a", "a.bin", "a.b/c", "-", "a.jpg.png"] {
            assert!(check_name(Path::new(name), &["png"]).is_ok(), "{name}");
        }
        for (name, hint) in [("a.jpg", "a.png"), ("b/a.WEBP", "b/a.png"), ("a.pdf", "a.png")] {
            let error = check_name(Path::new(name), &["png"]).expect_err(name);
            assert_eq!(error.code(), "output_format", "{name}");
            assert!(error.hint_text().is_some_and(|text| text.contains(hint)), "{error:?}");
        }
        assert!(check_name(Path::new("a.jpeg"), &["png", "jpg", "jpeg"]).is_ok());
        let folder = tempfile::tempdir().expect("a folder");
        let output = Output::from(folder.path().join("a.gif"));
        assert_eq!(output.check_for(&["png"]).expect_err("another format").code(), "output_format");
    }

    #[test]
    fn a_missing_folder_and_a_folder_as_target_are_rejected() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = Output::from(folder.path().join("no/a.png")).check().expect_err("no such folder");
        assert!(missing.message().contains("no does not exist"), "{missing}");
        let taken = Output::from(folder.path().to_owned()).check().expect_err("a folder is there");
        assert!(taken.message().ends_with("is a folder"), "{taken}");
    }
}
