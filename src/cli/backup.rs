//! `haibao backup`: copies the data of a service on this machine, which may be running.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use secrecy::ExposeSecret;

use super::{output, report, runtime::block_on};
use crate::{
    blob::{FOLDER, PARTS},
    causes,
    config::Settings,
    data_folder,
    store::back_up,
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// New folder for the copy, which becomes the data folder of a service when it is needed
    #[arg(value_name = "DIR")]
    target: PathBuf,
}

pub(super) fn run(args: &Args, settings: &Settings) -> Result<()> {
    let is_set = |url: &secrecy::SecretString| !url.expose_secret().trim().is_empty();
    if is_set(&settings.store) {
        return Err(Error::of(ErrorKind::Invalid, words::backup_server()));
    }
    let (data, target) = (Path::new(&settings.data), &args.target);
    let failed = |e: io::Error| {
        let finding = words::folder_unwritable(target.display(), causes::io(&e));
        Error::of(ErrorKind::Internal, finding).domain(Domain::Output).source(e)
    };
    if target.symlink_metadata().is_ok() {
        return Err(Error::of(ErrorKind::Invalid, words::backup_exists(target.display())));
    }
    // Written to a temporary folder of mode 0700, then renamed: a backup is complete or absent.
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    data_folder::create(parent).map_err(failed)?;
    let draft = tempfile::Builder::new().prefix(".haibao-").tempdir_in(parent).map_err(failed)?;
    let staged = draft.path().join("backup");
    data_folder::create(&staged).map_err(failed)?;
    // The database comes first: it names no file that is added later. Files are immutable and appear complete. Tasks of exports
    // are not copied: the service creates them again.
    block_on(back_up(data, &staged))?;
    let mut files = 0;
    if is_set(&settings.blobs) {
        report::tell(&words::backup_bucket());
    } else {
        copy_all(&data.join(FOLDER), &staged.join(FOLDER), &mut files).map_err(|fault| match fault {
            Fault::Read(path, e) => {
                let finding = words::file_unreadable(path.display(), causes::io(&e));
                Error::of(ErrorKind::Internal, finding).domain(Domain::Store).source(e)
            }
            Fault::Write(e) => failed(e),
        })?;
    }
    fs::rename(&staged, target).map_err(failed)?;
    report::tell(&words::backup_done(files));
    output::print(&format!("{}\n", target.display()))
}

/// Why files are not copied.
enum Fault {
    /// This one cannot be read.
    Read(PathBuf, io::Error),
    /// The copy cannot be written.
    Write(io::Error),
}

/// Copies a folder's files, for this user alone. Those that are removed meanwhile are left out, and those that are being written.
fn copy_all(from: &Path, to: &Path, files: &mut usize) -> Result<(), Fault> {
    let Some(entries) = existing(from, fs::read_dir(from))? else { return Ok(()) };
    data_folder::create(to).map_err(Fault::Write)?;
    for entry in entries {
        let entry = entry.map_err(|e| Fault::Read(from.to_owned(), e))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == PARTS {
            continue;
        }
        let Some(kind) = existing(&path, entry.file_type())? else { continue };
        if kind.is_dir() {
            copy_all(&path, &target, files)?;
            continue;
        }
        let Some(source) = existing(&path, File::open(&path))? else { continue };
        let modified = source.metadata().and_then(|meta| meta.modified()).map_err(|e| Fault::Read(path.clone(), e))?;
        let mut copy = data_folder::open_file(&target).map_err(Fault::Write)?;
        copy_bytes((&path, source), &mut copy)?;
        // The service removes expired files by their age.
        copy.set_modified(modified).and_then(|()| copy.sync_all()).map_err(Fault::Write)?;
        *files += 1;
    }
    Ok(())
}

/// What is read at a path; `None` if it is missing.
fn existing<T>(path: &Path, read: io::Result<T>) -> Result<Option<T>, Fault> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::Read(path.to_owned(), error)),
    }
}

fn copy_bytes((path, mut from): (&Path, File), to: &mut File) -> Result<(), Fault> {
    let mut piece = vec![0; 1 << 18];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => to.write_all(&piece[..length]).map_err(Fault::Write)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Fault::Read(path.to_owned(), error)),
        }
    }
}
