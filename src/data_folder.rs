//! Folders of persistent data: their files belong to the process's user alone, and their disk must have room.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::LazyLock,
};

use crate::{
    causes,
    net::lane::{Lane, Work},
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Free space that a folder must have, bytes: a poster and its records.
const ROOM: usize = 1 << 20;
/// Written at once by [`check`], bytes.
const BLOCK: usize = 64 << 10;

/// Creates a folder, and those that it is in, with mode 0700. Existing ones keep their modes.
pub(crate) fn create(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// As [`create`], and makes a new folder's entry durable, which is otherwise lost in a crash with all files in it.
pub(crate) fn create_durably(folder: &Path) -> io::Result<()> {
    let is_known = folder.exists();
    create(folder)?;
    #[cfg(unix)]
    if !is_known && !folder.as_os_str().is_empty() {
        File::open(folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// Opens a file for writing. Creates it with mode 0600 if it is missing.
pub(crate) fn open_file(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// The mode of a folder that other users may enter or read.
#[cfg(unix)]
pub(crate) fn open_mode(folder: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(folder).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Creates a folder if it is missing, and checks that files can be written to it: an unnamed one of 1 MiB is, and removed.
///
/// # Errors
/// `store_failed` with the system's reason.
pub(crate) async fn check(folder: &Path) -> Result<()> {
    static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::DataFolder));
    let at = folder.to_owned();
    let tried = LANE.run(move || create(&at).and_then(|()| probe(&at))).await?;
    tried.map_err(|error| unwritable(folder, error))
}

fn unwritable(folder: &Path, error: io::Error) -> Error {
    let finding = words::folder_failed(folder.display(), words::blob_written(), causes::io(&error));
    Error::of(ErrorKind::Internal, finding).domain(Domain::Store).source(error)
}

/// Whether an error of [`check`] is that of a disk without room, on which everything can be read.
pub(crate) fn is_full(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
}

fn probe(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut file = tempfile::tempfile_in(folder)?;
    // Not synced: the file systems in use reserve the space while they write.
    for _ in 0..ROOM / BLOCK {
        file.write_all(&[0; BLOCK])?;
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it exists").permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn new_folders_and_files_are_private_and_existing_ones_keep_their_modes() {
        let root = tempfile::tempdir().expect("a folder");
        let (outer, inner) = (root.path().join("a"), root.path().join("a/b"));
        create(&inner).expect("created");
        open_file(&inner.join("file")).expect("created");
        assert_eq!([&outer, &inner, &inner.join("file")].map(|path| mode(path)), [0o700, 0o700, 0o600]);
        assert_eq!(open_mode(&inner), None);
        let shared = fs::Permissions::from_mode(0o750);
        fs::set_permissions(&inner, shared).expect("set");
        create(&inner).expect("it exists");
        assert_eq!((mode(&inner), open_mode(&inner)), (0o750, Some(0o750)));
        check(&inner).await.expect("writable");
        assert_eq!(fs::read_dir(&inner).expect("a folder").count(), 1, "the check leaves nothing");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_an_error_with_the_reason() {
        let root = tempfile::tempdir().expect("a folder");
        let file = root.path().join("data");
        fs::write(&file, "a file").expect("written");
        let error = check(&file.join("blobs")).await.expect_err("in a file");
        assert_eq!((error.code(), error.is_from(Domain::Store)), ("store_failed", true));
        assert!(error.message().contains("data/blobs cannot be written: "), "{error}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("`data`")) && !is_full(&error));
        assert!(is_full(&unwritable(&file, io::ErrorKind::StorageFull.into())));
    }
}
