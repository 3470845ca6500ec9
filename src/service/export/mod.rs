//! Export pipeline: renders rows to posters concurrently. Shared by `haibao export` and the service.
//!
//! ```text
//! chunks of rows -> plan, fetch codes (a few chunks ahead) -> render (on all drawing threads) -> outcomes in row order
//! ```
//!
//! Codes are prefetched, so rendering does not wait for WeChat. Memory use does not depend on the number of rows: only a
//! few finished posters are buffered. Outcomes are in row order, so completed rows always form a prefix.

pub mod bad;
mod crop;
mod drawn;
mod estimate;
pub mod jobs;
pub mod local;
pub mod mapping;
mod opened;
pub mod pictures;
pub mod preview;
pub mod retried;
mod row;
pub mod spool;
mod tries;
mod undrawn;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;

pub use drawn::DrawnChunk;
pub use estimate::{Estimate, estimate};
pub use opened::{SheetSource, open};
pub use row::{RowResult, Spec};
pub use tries::{is_fatal, pause};

use super::{App, call::Call};
use crate::export::SheetRow;
use haibao_core::error::{Error, Result};

/// Number of chunks for which codes are fetched ahead of rendering.
const PREFETCH_CHUNKS: usize = 2;
/// Posters in flight in addition to one per drawing thread, so that no thread runs idle.
const EXTRA_POSTERS: usize = 4;

/// Renders one chunk.
///
/// # Errors
/// As [`posters`]; [`Domain::Disk`](haibao_core::error::Domain::Disk) if there is no room for the posters.
pub async fn draw(app: &Arc<App>, spec: &Arc<Spec>, chunk: u64, rows: Vec<SheetRow>) -> Result<DrawnChunk> {
    let mut drawn = DrawnChunk::new(chunk)?;
    draw_more(app, spec, rows, &mut drawn).await?;
    drawn.sorted().await
}

/// Renders rows of a chunk and adds their results, each as soon as it is there: finished posters of the rows after a slow one would
/// occupy memory that it may need.
///
/// # Errors
/// As [`draw`].
pub async fn draw_more(app: &Arc<App>, spec: &Arc<Spec>, rows: Vec<SheetRow>, drawn: &mut DrawnChunk) -> Result<()> {
    let prepared = row::prepare(app, spec, rows).await?;
    let mut outcomes = stream::iter(prepared)
        .map(|prepared| {
            let (app, spec, members) = (Arc::clone(app), Arc::clone(spec), drawn.members());
            Spawned::start(async move {
                let (result, _held) = row::draw(&app, &spec, prepared).await?;
                match result {
                    RowResult::Done { done, bytes, .. } => members.write(done, bytes).await.map(Ok),
                    RowResult::Failed(failure) => Ok(Err(failure)),
                }
            })
        })
        .buffer_unordered(app.pool.workers() + EXTRA_POSTERS);
    let mut results = Vec::new();
    while let Some(result) = outcomes.try_next().await? {
        results.push(result);
    }
    drop(outcomes);
    results.into_iter().for_each(|result| drawn.add(result));
    Ok(())
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
/// rendered again later. The error of a chunk that cannot be read.
pub fn posters<I>(app: &Arc<App>, spec: &Arc<Spec>, chunks: I) -> impl Stream<Item = Result<RowResult>> + use<I>
where
    I: Iterator<Item = Result<Vec<SheetRow>>>,
{
    let concurrency = app.pool.workers() + EXTRA_POSTERS;
    let (coding, drawing) = ((Arc::clone(app), Arc::clone(spec)), (Arc::clone(app), Arc::clone(spec)));
    stream::iter(chunks)
        .map(move |rows| {
            let (app, spec) = (Arc::clone(&coding.0), Arc::clone(&coding.1));
            Spawned::start(async move { row::prepare(&app, &spec, rows?).await })
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
            // Posters that wait for the rows before them hold no memory that those may need.
            Spawned::start(async move { row::draw(&app, &spec, prepared?).await.map(|(result, _)| result) })
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
