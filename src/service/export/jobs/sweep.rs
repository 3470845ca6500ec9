//! Sweeper: re-enqueues lost tasks and deletes expired exports. Every instance sweeps; conditional updates in the store
//! ensure that concurrent sweeps do not repeat a step.

use super::{ExportJobs, Task, files, finish};
use crate::store::exports::ExportState;
use haibao_core::error::Result;

/// Maximum number of exports per category and sweep.
const BATCH: i64 = 100;
/// Time that an expired export stays visible, in ms. One day.
const EXPIRED_RETENTION: i64 = 86_400_000;

/// Runs one sweep.
///
/// # Errors
/// Errors of the store. The next sweep continues the work.
pub(super) async fn run(exports: &ExportJobs) -> Result<()> {
    let records = &exports.records;
    // Without exports there is nothing to do. These queries do not create the database.
    if records.latest(1, None).await?.is_empty() && records.removable(0, 1).await?.is_empty() {
        return Ok(());
    }
    // Send a heartbeat first. After the machine was suspended, this process must not consider its own work lost.
    records.beat().await?;
    records.forget().await?;
    lost_steps(exports).await?;
    for export in records.in_state(ExportState::Running, BATCH).await? {
        lost_chunks(exports, &export.id).await?;
    }
    for export in records.webhooks(BATCH).await? {
        exports.queue.push(Task::Webhook { id: export.id, attempt: export.webhook_attempts }, None).await?;
    }
    for id in records.unclean(BATCH).await? {
        finish::clean(exports, &id).await?;
    }
    for id in records.expiring(BATCH).await? {
        if records.expire(&id).await? {
            exports.blobs.remove_all(&files::path(&id, "")).await?;
        }
    }
    for id in records.removable(EXPIRED_RETENTION, BATCH).await? {
        exports.blobs.remove_all(&files::path(&id, "")).await?;
        records.remove(&id).await?;
    }
    exports.queue.prune(&records.living().await?).await
}

/// Re-enqueues steps that have no task, or whose worker has died.
async fn lost_steps(exports: &ExportJobs) -> Result<()> {
    for state in [ExportState::Checking, ExportState::Finishing] {
        let waiting = exports.records.in_state(state, BATCH).await?;
        if waiting.is_empty() {
            continue;
        }
        let live = exports.queue.live(&exports.records.living().await?).await?;
        for export in waiting {
            let task = |generation| match state {
                ExportState::Checking => Task::Prepare { id: export.id.clone(), generation },
                _ => Task::Finish { id: export.id.clone(), generation },
            };
            if live.contains(&task(export.generation).key()) {
                continue;
            }
            if let Some(generation) = exports.records.renew(&export.id, state, export.generation).await? {
                tracing::info!(export = export.id, state = state.name(), generation, "re-enqueueing a lost task");
                exports.queue.push(task(generation), None).await?;
            }
        }
    }
    Ok(())
}

/// Re-enqueues chunks that have no task, or whose worker has died. Then enqueues the next tasks, in case a worker died
/// before doing so.
async fn lost_chunks(exports: &ExportJobs, id: &str) -> Result<()> {
    let waiting = exports.records.unheld(id).await?;
    if !waiting.is_empty() {
        let live = exports.queue.live(&exports.records.living().await?).await?;
        for (n, generation) in waiting {
            let task = |generation| Task::Chunk { id: id.to_owned(), generation, n };
            if live.contains(&task(generation).key()) {
                continue;
            }
            if let Some(generation) = exports.records.renew_chunk(id, n, generation).await? {
                tracing::info!(export = id, chunk = n, generation, "re-enqueueing a lost task");
                exports.queue.push(task(generation), None).await?;
            }
        }
    }
    exports.advance(id).await
}
