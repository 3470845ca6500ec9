//! Prefetches many codes: within the quota, with progress, and resumable without repeated calls to WeChat.

use std::{fs, path::Path};

use futures_util::{StreamExt, stream};

use super::{report, rows::CodeRow};
use crate::{
    causes,
    cli::{output::replace, progress::Progress, runtime::close},
    config::Settings,
    service::{
        CodeOrigin, CodePicture, CodeService,
        export::{is_fatal, pause},
    },
    wechat::client::WaitPolicy,
    words,
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
    created.map_err(|e| Error::of(ErrorKind::Invalid, words::folder_uncreated(folder.display(), causes::io(&e))))?;
    let codes = CodeService::new(&settings.service())?;
    let total = rows.len();
    let mut progress = Progress::start(total, 0);
    let mut tally = Tally::default();
    let mut work = stream::iter(rows)
        .map(|row| {
            let codes = &codes;
            async move {
                let result = one(codes, &row, folder).await;
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
                    CodeOrigin::WeChat | CodeOrigin::Drawn => tally.fetched += 1,
                    CodeOrigin::Memory | CodeOrigin::Store => tally.known += 1,
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
    close(codes.close()).await;
    progress.end();
    let done = tally.fetched + tally.known;
    report::print(&words::codes_done(done, total, folder.display(), tally.fetched, tally.known))?;
    if let Some(used) = tally.num_used {
        report::tell(&words::limited_used(used));
    }
    if let Some(error) = fatal {
        let hint = error.words().own_hint().unwrap_or_else(words::wait);
        return Err(error.hint(words::run_again_to_resume(hint)));
    }
    if tally.failed.is_empty() {
        return Ok(());
    }
    for (line, error) in tally.failed.iter().take(MAX_REPORTED) {
        report::tell(&words::row_said(*line, error.words().clone(), error.code()));
    }
    Err(Error::of(ErrorKind::Upstream, words::codes_failed(tally.failed.len(), total)))
}

/// Fetches the code of one row and writes its file.
async fn one(codes: &CodeService, row: &CodeRow, folder: &Path) -> Result<CodePicture> {
    let picture = loop {
        match codes.code(row.need.clone(), WaitPolicy::Wait).await {
            Ok((_, picture)) => break picture,
            Err(error) => match pause(&error) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            },
        }
    };
    let extension = picture::complete(&picture.asset.bytes).map_or("bin", picture::CodeFormat::extension);
    let path = folder.join(format!("{}.{extension}", row.name));
    // Leave an identical file alone, to keep its modification time.
    if fs::read(&path).is_ok_and(|existing| existing == picture.asset.bytes) {
        return Ok(picture);
    }
    replace(&path, &picture.asset.bytes[..]).map_err(|e| {
        Error::of(ErrorKind::Internal, words::output_failed(path.display(), causes::io(&e)))
            .domain(Domain::Output)
            .hint(words::check_the_disk())
    })?;
    Ok(picture)
}
