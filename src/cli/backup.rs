//! `haibao backup`: copies the data of a service on this machine, which may be running.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use secrecy::ExposeSecret;

use super::{output, report, runtime::block_on};
use crate::{
    blob::{FOLDER, PARTS},
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
        Error::of(ErrorKind::Internal, words::folder_unwritable(target.display(), e)).domain(Domain::Output)
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
        copy_all(&data.join(FOLDER), &staged.join(FOLDER), &mut files).map_err(failed)?;
    }
    fs::rename(&staged, target).map_err(failed)?;
    report::tell(&words::backup_done(files));
    output::print(&format!("{}\n", target.display()))
}

/// Copies a folder's files, for this user alone. Those that are removed meanwhile are left out, and those that are being written.
fn copy_all(from: &Path, to: &Path, files: &mut usize) -> io::Result<()> {
    let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let entries = match fs::read_dir(from) {
        Err(error) if missing(&error) => return Ok(()),
        entries => entries?,
    };
    data_folder::create(to)?;
    for entry in entries {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == PARTS {
            continue;
        }
        let kind = match entry.file_type() {
            Err(error) if missing(&error) => continue,
            kind => kind?,
        };
        if kind.is_dir() {
            copy_all(&path, &target, files)?;
            continue;
        }
        let mut source = match File::open(&path) {
            Err(error) if missing(&error) => continue,
            file => file?,
        };
        let mut copy = data_folder::open_file(&target)?;
        io::copy(&mut source, &mut copy)?;
        // The service removes expired files by their age.
        copy.set_modified(source.metadata()?.modified()?)?;
        copy.sync_all()?;
        *files += 1;
    }
    Ok(())
}
