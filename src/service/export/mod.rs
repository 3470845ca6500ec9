//! Exports: rows become posters, many at once. What `haibao export` and the service share.
//!
//! ```text
//! chunks of rows -> plans, codes (a few chunks ahead) -> posters (as many at once as threads draw) -> in the rows' order
//! ```
//!
//! Codes are asked for ahead of the drawing, so that it never waits for WeChat; of finished posters only a few are in
//! memory, however many rows there are. The order is that of the rows: what is done is always all up to a row.

mod estimate;
pub mod jobs;
pub mod local;
mod row;
mod tries;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;

pub use estimate::{Estimate, estimate};
pub use tries::{is_fatal, pause};

use super::App;
use crate::export::{Done, Failure, Record, Row};
use haibao_core::{
    encode::Format,
    error::{Error, Kind, Result},
    template::Template,
};

/// Chunks whose codes are fetched while an earlier one is drawn.
const AHEAD: usize = 2;
/// Posters that wait for a drawing thread or for being taken, so that no thread waits for work.
const SPARE: usize = 4;

/// What is the same for every row.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The template; the whole export stays with this version.
    pub template: Arc<Template>,
    /// The files' format.
    pub format: Format,
    /// Output px per px of the canvas, 1 to 3.
    pub scale: f32,
    /// A poster with findings is a failure.
    pub strict: bool,
}

/// What became of a row.
#[derive(Debug)]
pub enum Outcome {
    /// A poster.
    Done {
        /// Its line of the manifest.
        done: Done,
        /// The file.
        bytes: Bytes,
        /// Time that a thread spent on drawing it.
        drawing: Duration,
    },
    /// None.
    Failed(Failure),
}

/// A chunk's posters, and its record.
#[derive(Debug)]
pub struct Drawn {
    /// What became of each row.
    pub record: Record,
    /// The files by name, in the order of `record.done`.
    pub posters: Vec<(String, Bytes)>,
}

/// Draws one chunk.
///
/// # Errors
/// As [`posters`].
pub async fn draw(app: &Arc<App>, spec: &Arc<Spec>, chunk: u64, rows: Vec<Row>) -> Result<Drawn> {
    let mut drawn = Drawn { record: Record { chunk, done: Vec::new(), failed: Vec::new() }, posters: Vec::new() };
    let mut outcomes = std::pin::pin!(posters(app, spec, std::iter::once(rows)));
    while let Some(outcome) = outcomes.try_next().await? {
        match outcome {
            Outcome::Done { done, bytes, .. } => {
                drawn.posters.push((done.file.clone(), bytes));
                drawn.record.done.push(done);
            }
            Outcome::Failed(failure) => drawn.record.failed.push(failure),
        }
    }
    Ok(drawn)
}

/// Draws chunk after chunk; answers each row in its order. A row that cannot be drawn is an [`Outcome::Failed`]: what
/// may pass is tried again before, a few times, and WeChat's pauses of up to five minutes are waited for.
///
/// Dropping the stream ends its work.
///
/// # Errors
/// What every other row would meet too ([`is_fatal`]): the quota of a day is used up, WeChat refuses the app, short links
/// cannot be stored. Rows before it were answered; the same chunks may be drawn again later.
pub fn posters<I>(app: &Arc<App>, spec: &Arc<Spec>, chunks: I) -> impl Stream<Item = Result<Outcome>> + use<I>
where
    I: Iterator<Item = Vec<Row>>,
{
    let at_once = app.pool.workers() + SPARE;
    let (coding, drawing) = ((Arc::clone(app), Arc::clone(spec)), (Arc::clone(app), Arc::clone(spec)));
    stream::iter(chunks)
        .map(move |rows| {
            let (app, spec) = (Arc::clone(&coding.0), Arc::clone(&coding.1));
            Spawned::start(async move { row::prepare(&app, &spec, rows).await })
        })
        .buffered(AHEAD)
        .flat_map(|chunk| {
            let rows = match chunk {
                Ok(rows) => rows.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            };
            stream::iter(rows)
        })
        .map(move |prepared| {
            let (app, spec) = (Arc::clone(&drawing.0), Arc::clone(&drawing.1));
            Spawned::start(async move { row::draw(&app, &spec, prepared?).await })
        })
        .buffered(at_once)
}

/// A task of its own, so that it goes on while nobody looks at it; it ends when this is dropped.
struct Spawned<T>(JoinHandle<Result<T>>);

impl<T: Send + 'static> Spawned<T> {
    fn start(future: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }
}

impl<T> Future for Spawned<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|joined| {
            joined
                .unwrap_or_else(|e| Err(Error::new(Kind::Internal, "internal", "making the poster panicked").source(e)))
        })
    }
}

impl<T> Drop for Spawned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
pub(crate) mod tests;
