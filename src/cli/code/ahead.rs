//! Prefetches many codes: within the quota, with progress, and resumable without repeated calls to WeChat.

use std::{fs, path::Path};

use futures_util::{StreamExt, stream};

use super::{print, report, rows::CodeRow};
use crate::{
    cli::{output::replace, progress::Progress},
    config::Settings,
    service::{
        CodePicture, CodeService, Origin,
        export::{is_fatal, pause},
    },
    wechat::client::WaitPolicy,
};
use haibao_core::{
    code::picture,
    error::{Domain, Error, ErrorKind, Result},
};

/// Maximum number of concurrent fetches.
const CONCURRENCY: usize = 16;
/// Maximum number of failures printed; the others are only counted.
const MAX_REPORTED: usize = 20;

/// Results of all rows.
#[derive(Debug, Default)]
struct Tally {
    fetched: usize,
    known: usize,
    failed: Vec<(u64, Error)>,
    num_used: Option<u32>,
}

/// Fetches the code of every row into the folder. A code that is already stored costs no call, so repeating an
/// interrupted run resumes it.
///
/// # Errors
/// `output_folder`; `codes_failed` if rows failed; the first error that would fail every other row too.
pub(super) async fn fetch(settings: &Settings, rows: Vec<CodeRow>, folder: &Path) -> Result<()> {
    let created = fs::create_dir_all(folder);
    created.map_err(|e| {
        Error::new(ErrorKind::Invalid, "output_folder", format!("cannot create the folder {}: {e}", folder.display()))
    })?;
    let coder = CodeService::new(&settings.service())?;
    let total = rows.len();
    let mut progress = Progress::start(total, 0);
    let mut tally = Tally::default();
    let mut work = stream::iter(rows)
        .map(|row| {
            let coder = &coder;
            async move {
                let result = one(coder, &row, folder).await;
                (row.line, result)
            }
        })
        .buffer_unordered(CONCURRENCY);
    let mut fatal = None;
    while let Some((line, result)) = work.next().await {
        match result {
            Ok(picture) => {
                tally.num_used = tally.num_used.max(picture.num_used);
                match picture.origin {
                    Origin::WeChat | Origin::Drawn => tally.fetched += 1,
                    Origin::Memory | Origin::Store => tally.known += 1,
                }
            }
            // Every later row would fail the same way.
            Err(error) if is_fatal(&error) => {
                fatal = Some(error);
                break;
            }
            Err(error) => tally.failed.push((line, error)),
        }
        progress.at(tally.fetched + tally.known + tally.failed.len(), tally.failed.len());
    }
    drop(work);
    progress.end();
    let done = tally.fetched + tally.known;
    print(&format!(
        "{done} of {total} codes in {} ({} fetched, {} known)\n",
        folder.display(),
        tally.fetched,
        tally.known
    ))?;
    if let Some(used) = tally.num_used {
        report::say(&format!("{used} of the app's 100000 limited codes are used\n"));
    }
    if let Some(error) = fatal {
        let hint = error.hint_text().unwrap_or("wait").to_owned();
        return Err(
            error.hint(format!("{hint}; run the same command again to resume: fetched codes are not requested again"))
        );
    }
    if tally.failed.is_empty() {
        return Ok(());
    }
    for (line, error) in tally.failed.iter().take(MAX_REPORTED) {
        report::say(&format!("row {line}: {} ({})\n", error.message(), error.code()));
    }
    let message = format!("{} of {total} codes failed", tally.failed.len());
    Err(Error::new(ErrorKind::Upstream, "codes_failed", message)
        .hint("run the same command again to retry the failed rows"))
}

/// Fetches the code of one row and writes its file.
async fn one(coder: &CodeService, row: &CodeRow, folder: &Path) -> Result<CodePicture> {
    let picture = loop {
        match coder.code(row.need.clone(), WaitPolicy::Wait).await {
            Ok((_, picture)) => break picture,
            Err(error) => match pause(&error) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            },
        }
    };
    let extension = picture::complete(&picture.bytes).map_or("bin", picture::Form::extension);
    let path = folder.join(format!("{}.{extension}", row.name));
    // Leave an identical file alone, to keep its modification time.
    if fs::read(&path).is_ok_and(|existing| existing == picture.bytes) {
        return Ok(picture);
    }
    replace(&path, &picture.bytes).map_err(|e| {
        Error::new(ErrorKind::Internal, "output_failed", format!("cannot write {}: {e}", path.display()))
            .domain(Domain::Output)
            .hint("check that the disk has room")
    })?;
    Ok(picture)
}
