//! Export pipeline: renders rows to posters concurrently. Shared by `haibao export` and the service.
//!
//! ```text
//! chunks of rows -> plan, fetch codes (a few chunks ahead) -> render (on all drawing threads) -> outcomes in row order
//! ```
//!
//! Codes are prefetched, so rendering does not wait for WeChat. Memory use does not depend on the number of rows: only a
//! few finished posters are buffered. Outcomes are in row order, so completed rows always form a prefix.

mod estimate;
pub mod jobs;
pub mod local;
pub mod mapping;
mod opened;
pub mod pictures;
pub mod preview;
mod row;
mod tries;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;

pub use estimate::{Estimate, estimate};
pub use opened::{Source, open};
pub use row::{RowResult, Spec};
pub use tries::{is_fatal, pause};

use super::{App, call::Call};
use crate::export::{Record, SheetRow};
use haibao_core::error::{Error, Result};

/// Number of chunks for which codes are fetched ahead of rendering.
const PREFETCH_CHUNKS: usize = 2;
/// Posters in flight in addition to one per drawing thread, so that no thread runs idle.
const EXTRA_POSTERS: usize = 4;

/// Posters and record of a rendered chunk.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Result of each row.
    pub record: Record,
    /// File names and contents, in the order of `record.done`.
    pub posters: Vec<(String, Bytes)>,
}

/// Renders one chunk.
///
/// # Errors
/// As [`posters`].
pub async fn draw(app: &Arc<App>, spec: &Arc<Spec>, chunk: u64, rows: Vec<SheetRow>) -> Result<Drawn> {
    let mut drawn = Drawn { record: Record { chunk, done: Vec::new(), failed: Vec::new() }, posters: Vec::new() };
    let mut outcomes = std::pin::pin!(posters(app, spec, std::iter::once(rows)));
    while let Some(outcome) = outcomes.try_next().await? {
        match outcome {
            RowResult::Done { done, bytes, .. } => {
                drawn.posters.push((done.file.clone(), bytes));
                drawn.record.done.push(done);
            }
            RowResult::Failed(failure) => drawn.record.failed.push(failure),
        }
    }
    Ok(drawn)
}

/// Renders chunks and yields the outcome of each row in order.
///
/// Transient errors are retried a few times, and quota pauses of up to five minutes are waited for. A row that still
/// fails yields [`RowResult::Failed`].
///
/// # Cancel safety
/// Dropping the stream aborts its tasks.
///
/// # Errors
/// Errors that would affect every other row too ([`is_fatal`]), such as an exhausted daily quota, an app rejected by
/// WeChat, or short links that cannot be stored. Outcomes yielded before remain valid, and the same chunks can be
/// rendered again later.
pub fn posters<I>(app: &Arc<App>, spec: &Arc<Spec>, chunks: I) -> impl Stream<Item = Result<RowResult>> + use<I>
where
    I: Iterator<Item = Vec<SheetRow>>,
{
    let concurrency = app.pool.workers() + EXTRA_POSTERS;
    let (coding, drawing) = ((Arc::clone(app), Arc::clone(spec)), (Arc::clone(app), Arc::clone(spec)));
    stream::iter(chunks)
        .map(move |rows| {
            let (app, spec) = (Arc::clone(&coding.0), Arc::clone(&coding.1));
            Spawned::start(async move { row::prepare(&app, &spec, rows).await })
        })
        .buffered(PREFETCH_CHUNKS)
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
        .buffered(concurrency)
}

/// Task that runs without being polled, and is aborted when this is dropped.
struct Spawned<T>(JoinHandle<Result<T>>);

impl<T: Send + 'static> Spawned<T> {
    fn start(future: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self(tokio::spawn(Call::current().scope(future)))
    }
}

impl<T> Future for Spawned<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|joined| joined.unwrap_or_else(|e| Err(Error::internal("rendering the poster panicked").source(e))))
    }
}

impl<T> Drop for Spawned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
pub(crate) mod tests;
