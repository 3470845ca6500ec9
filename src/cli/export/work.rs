//! The work itself: rows are drawn, and written as they come; a signal ends it cleanly.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use tokio::sync::mpsc;

use super::report;
use crate::{
    cli::{progress::Progress, serve::Stop},
    export::{CHUNK, Row},
    service::{
        App,
        export::{
            Outcome, Spec,
            local::{Fingerprint, Target, Work},
            posters,
        },
    },
};
use haibao_core::error::{Error, Kind, Result};

/// What to do to go on.
const GO_ON: &str = "run the same command with --resume: what is done is not done again";

/// Work that is complete but for its end.
pub(super) struct Ran {
    pub work: Work,
    /// Posters of this run.
    drawn: usize,
    took: Duration,
    drawing: Duration,
    workers: usize,
}

impl Ran {
    /// How many posters in what time, and how much of the threads' time went into drawing.
    pub fn told(&self) -> String {
        let (drawn, took) = (self.drawn, self.took.as_secs_f64());
        let share = 100.0 * self.drawing.as_secs_f64() / (took * self.workers as f64);
        format!("{drawn} posters in {took:.1} s; {share:.0} % of the time of {} threads in drawing\n", self.workers)
    }
}

/// Opens the work, and says what is there already.
pub(super) fn open(target: &Target, fingerprint: &Fingerprint, total: usize, resume: bool) -> Result<Work> {
    let work = Work::open(target.clone(), fingerprint, total, resume)?;
    match work.done() {
        0 if resume => report::say("nothing is done yet: beginning with the first row\n"),
        0 => {}
        done => report::say(&format!("{done} of {total} rows are done: going on\n")),
    }
    Ok(work)
}

/// Draws all rows that are not done.
///
/// # Errors
/// `export_stopped` after a signal; what would fail every row; `output_failed`. What was written until then stays.
pub(super) async fn run(app: &Arc<App>, spec: Arc<Spec>, rows: Vec<Row>, work: Work) -> Result<Ran> {
    let (total, before) = (rows.len(), work.summary());
    let is_stopped = Arc::new(AtomicBool::new(false));
    let mut halt = std::pin::pin!(signals(Arc::clone(&is_stopped))?);
    let mut rows = rows.into_iter().skip(work.done());
    let chunks = std::iter::from_fn({
        let is_stopped = Arc::clone(&is_stopped);
        move || {
            let wanted = if is_stopped.load(Ordering::Relaxed) { 0 } else { CHUNK };
            let chunk: Vec<Row> = rows.by_ref().take(wanted).collect();
            (!chunk.is_empty()).then_some(chunk)
        }
    });
    let mut progress = Progress::start(total, work.done());
    let (mut done, mut failed, start) = (work.done(), before.failed, Instant::now());
    let mut drawing = Duration::ZERO;
    // A thread of its own: drawing goes on while the disk is slow, until as many posters wait as a chunk has.
    let (give, take) = mpsc::channel(CHUNK);
    let writer = tokio::task::spawn_blocking(move || write(work, take));
    let mut outcomes = std::pin::pin!(posters(app, &spec, chunks));
    let mut ended = None;
    loop {
        let next = tokio::select! {
            next = outcomes.try_next() => next,
            () = &mut halt => break,
        };
        let outcome = match next {
            Ok(Some(outcome)) => outcome,
            Ok(None) => break,
            Err(error) => {
                ended = Some(error);
                break;
            }
        };
        match &outcome {
            Outcome::Done { drawing: took, .. } => drawing += *took,
            Outcome::Failed(_) => failed += 1,
        }
        // It takes no more when it failed: it says why.
        if give.send(outcome).await.is_err() {
            break;
        }
        done += 1;
        progress.at(done, failed);
    }
    drop(give);
    let written = writer.await.map_err(|e| Error::new(Kind::Internal, "internal", "writing panicked").source(e));
    progress.end();
    let work = written??;
    if let Some(error) = ended {
        let hint = error.hint_text().map_or_else(String::new, |hint| format!("{hint}; "));
        return Err(error.hint(format!("{hint}{GO_ON}")));
    }
    if work.done() < total {
        let message = format!("stopped after {} of {total} rows", work.done());
        return Err(Error::new(Kind::Internal, "export_stopped", message).hint(GO_ON));
    }
    let drawn = work.summary().posters - before.posters;
    Ok(Ran { work, drawn, took: start.elapsed(), drawing, workers: app.pool.workers() })
}

fn write(mut work: Work, mut take: mpsc::Receiver<Outcome>) -> Result<Work> {
    while let Some(outcome) = take.blocking_recv() {
        work.add(outcome)?;
    }
    Ok(work)
}

/// The first signal sets the flag: chunks that are under way are finished. Ready after the second.
fn signals(is_stopped: Arc<AtomicBool>) -> Result<impl Future<Output = ()>> {
    let first = Stop::listen()?;
    Ok(async move {
        first.asked().await;
        is_stopped.store(true, Ordering::Relaxed);
        report::say("stopping after the rows in hand; once more to stop at once\n");
        match Stop::listen() {
            Ok(second) => second.asked().await,
            Err(_) => std::future::pending().await,
        }
    })
}
