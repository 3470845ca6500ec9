//! Draws the rows and writes posters as they are finished; a signal stops it cleanly.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use tokio::sync::mpsc;

use super::{before::Reasons, report};
use crate::{
    cli::{progress::Progress, serve::Stop},
    export::{CHUNK, SheetRow},
    service::{
        App,
        export::{
            RowResult, Spec,
            local::{ExportTarget, Fingerprint, LocalExport},
            posters,
            spool::SpooledRows,
        },
    },
    words,
};
use haibao_core::error::{Error, ErrorKind, Message, Result};

/// A run that has drawn all rows; [`LocalExport::finish`] is still to be called.
pub(super) struct DrawnRun {
    pub work: LocalExport,
    /// Why rows of this run could not be drawn, to be printed.
    pub reasons: Reasons,
    /// Posters of this run.
    drawn: usize,
    took: Duration,
    drawing: Duration,
    workers: usize,
}

impl DrawnRun {
    /// One line: number of posters, elapsed time, and the share of the threads' time spent drawing.
    pub fn summary(&self) -> Message {
        let (drawn, took) = (self.drawn, self.took.as_secs_f64());
        let share = 100.0 * self.drawing.as_secs_f64() / (took * self.workers as f64);
        words::drawn(drawn, format!("{took:.1}"), format!("{share:.0}"), self.workers)
    }
}

/// Opens the output and prints how many rows an earlier run has finished.
pub(super) fn open(
    target: &ExportTarget,
    fingerprint: &Fingerprint,
    total: usize,
    resume: bool,
) -> Result<LocalExport> {
    let work = LocalExport::open(target.clone(), fingerprint, total, resume)?;
    match work.done() {
        0 if resume => report::tell(&words::nothing_done()),
        0 => {}
        done => report::tell(&words::resuming(done, total)),
    }
    Ok(work)
}

/// Draws all rows that are not done.
///
/// # Errors
/// `export_stopped` after a signal; errors that would fail every row; `output_failed`. Output written so far is kept.
pub(super) async fn run(app: &Arc<App>, spec: Arc<Spec>, mut rows: SpooledRows, work: LocalExport) -> Result<DrawnRun> {
    let (total, before) = (rows.total(), work.summary());
    let is_stopped = Arc::new(AtomicBool::new(false));
    let mut halt = std::pin::pin!(signals(Arc::clone(&is_stopped))?);
    rows.leave_out(work.done())?;
    let chunks = std::iter::from_fn({
        let is_stopped = Arc::clone(&is_stopped);
        move || {
            let limit = if is_stopped.load(Ordering::Relaxed) { 0 } else { CHUNK };
            let chunk: Result<Vec<SheetRow>> = rows.by_ref().take(limit).collect();
            Some(chunk).filter(|chunk| !matches!(chunk, Ok(rows) if rows.is_empty()))
        }
    });
    let mut progress = Progress::start(total, work.done());
    let (mut done, mut failed, start) = (work.done(), before.failed, Instant::now());
    let (mut drawing, mut reasons) = (Duration::ZERO, Reasons::default());
    // A separate writer thread: drawing continues while the disk is slow, until `CHUNK` posters are waiting.
    let (sender, receiver) = mpsc::channel(CHUNK);
    let writer = tokio::task::spawn_blocking(move || write(work, receiver));
    let mut outcomes = std::pin::pin!(posters(app, &spec, chunks));
    let mut fatal = None;
    loop {
        let next = tokio::select! {
            next = outcomes.try_next() => next,
            () = &mut halt => break,
        };
        let outcome = match next {
            Ok(Some(outcome)) => outcome,
            Ok(None) => break,
            Err(error) => {
                fatal = Some(error);
                break;
            }
        };
        match &outcome {
            RowResult::Done { drawing: took, .. } => drawing += *took,
            RowResult::Failed(failure) => {
                failed += 1;
                reasons.add(failure);
            }
        }
        // The writer has failed; it returns the reason.
        if sender.send(outcome).await.is_err() {
            break;
        }
        done += 1;
        progress.at(done, failed);
    }
    drop(sender);
    let written = writer.await.map_err(|e| Error::internal("writing panicked").source(e));
    progress.end();
    let work = written??;
    if let Some(error) = fatal {
        let hint = match error.words().own_hint() {
            Some(hint) => words::and_then(hint, words::resume()),
            None => words::resume(),
        };
        return Err(error.hint(hint));
    }
    if work.done() < total {
        return Err(Error::of(ErrorKind::Internal, words::export_stopped(work.done(), total)));
    }
    let drawn = work.summary().posters - before.posters;
    Ok(DrawnRun { work, reasons, drawn, took: start.elapsed(), drawing, workers: app.pool.workers() })
}

fn write(mut work: LocalExport, mut receiver: mpsc::Receiver<RowResult>) -> Result<LocalExport> {
    while let Some(outcome) = receiver.blocking_recv() {
        work.add(outcome)?;
    }
    Ok(work)
}

/// The first signal sets the flag, and chunks in progress are finished. The future resolves at the second signal.
fn signals(is_stopped: Arc<AtomicBool>) -> Result<impl Future<Output = ()>> {
    let stop = Stop::listen()?;
    Ok(async move {
        stop.clone().requested().await;
        is_stopped.store(true, Ordering::Relaxed);
        report::tell(&words::stopping());
        stop.repeated().await;
    })
}
