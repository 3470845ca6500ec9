//! Stores the pictures that a sheet needs: files of a folder or an archive beside it, and pictures in its cells. Posters name
//! them as uploads, so that rows and their retries need no more than the sheet.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{Cursor, Read, Seek},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use bytes::Bytes;

use super::crop::{crop, crop_bytes};
use crate::{
    causes,
    export::{
        outline::Wanted,
        pictures::{FileIndex, Gallery, Match},
    },
    net::{
        hashing,
        lane::{Lane, Work},
    },
    service::{
        App,
        keep::PictureFormat,
        pool::{Kind, Need},
    },
    words,
};
use haibao_core::{
    error::{Argument, Error, ErrorKind, Message, Result},
    paint::picture::decoded_bytes,
    words::quote,
};
use haibao_sheet::{CellPicture, Crop, MAX_PICTURE, directory::DirectoryBounds};

/// Maximum number of files in a folder or an archive of pictures.
pub const MAX_FILES: usize = 100_000;
/// Maximum size of the list of files in an archive, bytes.
const MAX_DIRECTORY: u64 = 32 << 20;
/// Maximum depth of folders.
const MAX_DEPTH: usize = 8;

/// Threads that read pictures.
static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::Pictures));

/// Files beside a sheet.
pub enum PictureFiles {
    /// Files of a folder, opened when needed.
    Folder(Vec<PathBuf>, FileIndex),
    /// Entries of a ZIP archive, unpacked when needed.
    Archive(zip::ZipArchive<File>, FileIndex),
}

impl PictureFiles {
    /// Lists a folder, or opens a ZIP archive.
    ///
    /// # Errors
    /// `pictures_unreadable`, `pictures_too_many`.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            let file = File::open(path).map_err(|error| unreadable(path.display(), causes::io(&error)))?;
            return Self::archive(file);
        }
        let mut paths = Vec::new();
        list(path, 0, &mut paths).map_err(|error| unreadable(path.display(), causes::io(&error)))?;
        check_count(paths.len())?;
        // The order of a folder depends on the file system.
        paths.sort();
        let names = paths.iter().map(|file| file.strip_prefix(path).unwrap_or(file).to_string_lossy().into_owned());
        let index = FileIndex::new(names);
        Ok(Self::Folder(paths, index))
    }

    /// As [`PictureFiles::archive`], on a thread for such work.
    ///
    /// # Errors
    /// As [`PictureFiles::archive`].
    pub async fn opened(file: File) -> Result<Self> {
        LANE.run(move || Self::archive(file)).await?
    }

    /// Opens a ZIP archive.
    ///
    /// # Errors
    /// `pictures_unreadable`, `pictures_too_many`.
    pub fn archive(mut file: File) -> Result<Self> {
        let found = file.rewind().and_then(|()| DirectoryBounds::read(&file));
        let found = found.map_err(|error| unreadable(words::the_archive(), causes::io(&error)))?;
        check_count(usize::try_from(found.members).unwrap_or(usize::MAX))?;
        if found.bytes > MAX_DIRECTORY {
            return Err(unreadable(words::the_archive(), words::zip_directory_large()));
        }
        let archive =
            zip::ZipArchive::new(file).map_err(|error| unreadable(words::the_archive(), causes::zip(&error)))?;
        let index = FileIndex::new(archive.file_names_raw().map(decoded));
        Ok(Self::Archive(archive, index))
    }

    fn index(&self) -> &FileIndex {
        match self {
            Self::Folder(_, index) | Self::Archive(_, index) => index,
        }
    }

    /// Reads a file, at most `max_bytes` and one more.
    fn read(&mut self, at: usize, max_bytes: u64) -> Result<Vec<u8>, Message> {
        match self {
            Self::Folder(paths, _) => match paths.get(at).map(File::open) {
                Some(Ok(file)) => bounded(file, max_bytes),
                Some(Err(error)) => Err(words::picture_unread(causes::io(&error))),
                None => Err(words::picture_gone()),
            },
            Self::Archive(archive, _) => member(archive, at, max_bytes),
        }
    }
}

/// Names in archives that Chinese versions of Windows make are GBK, without saying so.
fn decoded(name: &[u8]) -> String {
    match str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(name).0.into_owned(),
    }
}

fn check_count(count: usize) -> Result<()> {
    if count <= MAX_FILES {
        return Ok(());
    }
    Err(Error::of(ErrorKind::TooLarge, words::pictures_too_many(count, MAX_FILES)))
}

fn unreadable(name: impl Into<Argument>, reason: Message) -> Error {
    Error::of(ErrorKind::Invalid, words::pictures_unreadable(name, reason))
}

/// Collects the files of a folder and of those below it. Links are not followed.
fn list(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < MAX_DEPTH {
            list(&entry.path(), depth + 1, paths)?;
        } else if kind.is_file() && paths.len() <= MAX_FILES {
            paths.push(entry.path());
        }
    }
    Ok(())
}

/// Reads a member of an archive. The size that it declares is not trusted.
fn member<R: Read + Seek>(archive: &mut zip::ZipArchive<R>, at: usize, max_bytes: u64) -> Result<Vec<u8>, Message> {
    match archive.by_index(at) {
        Ok(file) => bounded(file, max_bytes),
        Err(error) => Err(words::picture_unread_archive(causes::zip(&error))),
    }
}

fn bounded(file: impl Read, max_bytes: u64) -> Result<Vec<u8>, Message> {
    let mut bytes = Vec::new();
    match file.take(max_bytes + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 <= max_bytes => Ok(bytes),
        Ok(_) => Err(words::picture_bytes(max_bytes)),
        Err(error) => Err(words::picture_unread(causes::unpacking(&error))),
    }
}

/// Stores the pictures that a sheet needs. What cannot be read is a fault of its cells.
///
/// # Errors
/// `pictures_too_large` beyond the room for uploads; errors of the store.
pub async fn gather(app: &App, sheet: &Bytes, wanted: Wanted, files: Option<PictureFiles>) -> Result<Gallery> {
    let mut store = Store { app, left: app.uploads.max_bytes() / 10 * 9 };
    let mut gallery = Gallery { has_files: files.is_some(), ..Gallery::default() };
    let max_bytes = (app.max_asset_bytes as u64).min(MAX_PICTURE);
    if let Some(mut files) = files {
        for name in wanted.files {
            let found = match files.index().find(&name) {
                Match::One(at) => Ok(at),
                Match::Several(one, two) => Err(words::picture_several(quote(one), quote(two))),
                Match::None => Err(match (files.index().other(&name), files.index().near(&name)) {
                    (Some(other), _) => words::picture_other_kind(quote(other)),
                    (_, Some(near)) => words::picture_none().with_hint(words::did_you_mean_path(quote(near))),
                    _ => words::picture_none(),
                }),
            };
            let file = found.as_ref().ok().map(|at| quote(files.index().path(*at)));
            let read = match found {
                Ok(at) => {
                    let read;
                    (files, read) = blocking(files, move |files| files.read(at, max_bytes)).await?;
                    read
                }
                Err(fault) => Err(fault),
            };
            let format = |what: Message| words::picture_file_format(file.clone().unwrap_or_default(), what);
            let source = store.put(read.and_then(|bytes| checked(bytes, format))).await?;
            gallery.files.insert(name, source);
        }
    }
    let mut known = HashMap::<CellPicture, Result<String, Message>>::new();
    // Several cells may show one picture.
    let mut book = if wanted.cells.is_empty() { None } else { zip::ZipArchive::new(Cursor::new(sheet.clone())).ok() };
    for (cell, picture) in wanted.cells {
        let source = match known.get(&picture) {
            Some(source) => source.clone(),
            None => {
                let lacking = || Err(words::picture_cell_missing());
                let read;
                let name = picture.part.clone();
                (book, read) = blocking(book, move |book| match book.as_mut() {
                    Some(book) => position(book, &name).map_or_else(lacking, |at| member(book, at, max_bytes)),
                    None => lacking(),
                })
                .await?;
                let read = match (read.and_then(|bytes| checked(bytes, words::picture_cell_format)), picture.crop) {
                    (Ok(bytes), Some(Crop::Sides(sides))) => cropped(app, bytes, sides, max_bytes).await?,
                    (read, _) => read,
                };
                let source = store.put(read).await?;
                known.insert(picture, source.clone());
                source
            }
        };
        gallery.cells.insert(cell, source);
    }
    Ok(gallery)
}

/// A picture of at most `max_bytes` without what the sheet cuts away, in sRGB, or why there is none.
///
/// # Errors
/// `busy` and the others of the pool of threads.
async fn cropped(app: &App, bytes: Vec<u8>, sides: [u32; 4], max_bytes: u64) -> Result<Result<Vec<u8>, Message>> {
    // The memory of a sheet is reserved meanwhile: a job that waited for more than that leaves might never start.
    let memory = crop_bytes(decoded_bytes(&bytes), max_bytes);
    let need = Need { memory, ..Need::of(Kind::Other) }.waiting_for(app.pool.beside_reserved());
    app.pool.run(need, move |_| Ok(crop(&bytes, sides, max_bytes))).await
}

/// The content of a picture, or a fault that says what it is instead.
fn checked(bytes: Vec<u8>, fault: impl FnOnce(Message) -> Message) -> Result<Vec<u8>, Message> {
    match PictureFormat::kind(&bytes) {
        Ok(_) => Ok(bytes),
        Err(what) => Err(fault(what)),
    }
}

/// Position of a part. Some programs write other cases in names than in relationships.
fn position<R: Read + Seek>(book: &zip::ZipArchive<R>, part: &str) -> Option<usize> {
    let is_part = |name: &[u8]| name.eq_ignore_ascii_case(part.as_bytes());
    book.index_for_name(part).or_else(|| book.file_names_raw().position(is_part))
}

/// Reads on a blocking thread.
async fn blocking<S: Send + 'static, T: Send + 'static>(
    mut state: S,
    read: impl FnOnce(&mut S) -> T + Send + 'static,
) -> Result<(S, T)> {
    LANE.run(move || {
        let read = read(&mut state);
        (state, read)
    })
    .await
}

/// Room for pictures.
struct Store<'a> {
    app: &'a App,
    /// Bytes that may still be stored: beyond the bound of the uploads, the first pictures would be removed.
    left: u64,
}

impl Store<'_> {
    /// Stores a picture, and returns its source or why it is none.
    async fn put(&mut self, read: Result<Vec<u8>, Message>) -> Result<Result<String, Message>> {
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(fault) => return Ok(Err(fault)),
        };
        let rest = self.left.checked_sub(bytes.len() as u64);
        self.left = rest.ok_or_else(|| Error::of(ErrorKind::TooLarge, words::pictures_too_large()))?;
        match self.app.uploads.put(hashing::asset(bytes).await?).await {
            Ok(upload) => Ok(Ok(format!("asset:{}", upload.hash))),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(Err(error.words().clone())),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_pictures_are_named() {
        let fault = |bytes: &[u8]| {
            checked(bytes.to_vec(), |what| words::picture_file_format(quote("空.jpg"), what)).expect_err("a fault")
        };
        assert_eq!(fault(b"").text(), "\"空.jpg\" is empty");
        let heic = fault(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
        assert_eq!(heic.text(), "\"空.jpg\" is a HEIC picture");
        assert_eq!(heic.hint_text().as_deref(), Some("save it as JPEG or PNG"));
        assert!(checked(b"GIF89a".to_vec(), words::picture_cell_format).is_ok());
    }
}
