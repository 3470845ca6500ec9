//! Fetches many codes ahead of time: within the quota, with progress, and again without asking WeChat twice.

use std::{fs, path::Path};

use futures_util::{StreamExt, stream};

use super::{print, report, rows::Row};
use crate::{
    cli::{output::replace, progress::Progress},
    config::Settings,
    service::{
        CodePicture, Coder, Origin,
        export::{is_fatal, pause},
    },
    wechat::client::Patience,
};
use haibao_core::{
    code::picture,
    error::{Error, Kind, Result},
};

/// Codes that are asked for at the same time.
const AT_ONCE: usize = 16;
/// Failures that are told; the rest is counted.
const MAX_TOLD: usize = 20;

/// What became of the rows.
#[derive(Debug, Default)]
struct Tally {
    fetched: usize,
    known: usize,
    failed: Vec<(u64, Error)>,
    num_used: Option<u32>,
}

/// Fetches every row into the folder. A row whose code is in the store already costs no call, so a run that was
/// interrupted goes on where it stopped.
///
/// # Errors
/// `codes_failed` when rows failed; the error that ended the run early (WeChat's quota is used up for hours).
pub(super) async fn fetch(settings: &Settings, rows: Vec<Row>, folder: &Path) -> Result<()> {
    let made = fs::create_dir_all(folder);
    made.map_err(|e| {
        Error::new(Kind::Invalid, "output_folder", format!("the folder {} cannot be made: {e}", folder.display()))
    })?;
    let coder = Coder::new(&settings.service())?;
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
        .buffer_unordered(AT_ONCE);
    let mut ended = None;
    while let Some((line, result)) = work.next().await {
        match result {
            Ok(picture) => {
                tally.num_used = tally.num_used.max(picture.num_used);
                match picture.origin {
                    Origin::WeChat | Origin::Drawn => tally.fetched += 1,
                    Origin::Memory | Origin::Store => tally.known += 1,
                }
            }
            // Everybody after it would hear the same.
            Err(error) if is_fatal(&error) => {
                ended = Some(error);
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
    if let Some(error) = ended {
        let hint = error.hint_text().unwrap_or("wait").to_owned();
        return Err(error.hint(format!("{hint}; run the same command again: what is done is not asked for again")));
    }
    if tally.failed.is_empty() {
        return Ok(());
    }
    for (line, error) in tally.failed.iter().take(MAX_TOLD) {
        report::say(&format!("row {line}: {} ({})\n", error.message(), error.code()));
    }
    let message = format!("{} of {total} codes failed", tally.failed.len());
    Err(Error::new(Kind::Upstream, "codes_failed", message).hint("run the same command again for those that failed"))
}

/// One row: the code, and its file.
async fn one(coder: &Coder, row: &Row, folder: &Path) -> Result<CodePicture> {
    let picture = loop {
        match coder.code(row.need.clone(), Patience::Wait).await {
            Ok((_, picture)) => break picture,
            Err(error) => match pause(&error) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            },
        }
    };
    let ending = picture::complete(&picture.bytes).map_or("bin", picture::Form::extension);
    let path = folder.join(format!("{}.{ending}", row.name));
    // What is there already is not touched: its time says when it was made.
    if fs::read(&path).is_ok_and(|there| there == picture.bytes) {
        return Ok(picture);
    }
    replace(&path, &picture.bytes).map_err(|e| {
        Error::new(Kind::Internal, "output_failed", format!("cannot write {}: {e}", path.display()))
            .hint("check that the disk has room")
    })?;
    Ok(picture)
}
