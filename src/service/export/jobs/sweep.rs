//! What nobody does: tasks that were lost are made anew, what is over is removed. Every instance sweeps; what two of them
//! do at the same time, one of them does.

use super::{Exports, Task, files, finish};
use crate::store::exports::State;
use haibao_core::error::Result;

/// Exports of one kind that one sweep looks at.
const MOST: i64 = 100;
/// How long an export that has expired is still told of, ms: a day.
const KEPT: i64 = 86_400_000;

/// Looks at everything once.
///
/// # Errors
/// Those of the store; the next sweep goes on.
pub(super) async fn run(exports: &Exports) -> Result<()> {
    let records = &exports.records;
    // Before anybody worked, there is nothing: a look makes no file.
    if records.latest(1).await?.is_empty() && records.removable(0, 1).await?.is_empty() {
        return Ok(());
    }
    // After a sleep of the machine, say: what is this process's own is not lost because it was silent.
    records.beat().await?;
    records.forget().await?;
    lost_steps(exports).await?;
    for export in records.in_state(State::Running, MOST).await? {
        lost_chunks(exports, &export.id).await?;
    }
    for export in records.webhooks(MOST).await? {
        exports.queue.push(Task::Webhook { id: export.id, attempt: export.webhook_attempts }, None).await?;
    }
    for id in records.unclean(MOST).await? {
        finish::clean(exports, &id).await?;
    }
    for id in records.expiring(MOST).await? {
        if records.expire(&id).await? {
            exports.blobs.remove_all(&files::path(&id, "")).await?;
        }
    }
    for id in records.removable(KEPT, MOST).await? {
        exports.blobs.remove_all(&files::path(&id, "")).await?;
        records.remove(&id).await?;
    }
    exports.queue.prune(&records.living().await?).await
}

/// Steps that have no task, or whose worker died.
async fn lost_steps(exports: &Exports) -> Result<()> {
    for state in [State::Checking, State::Finishing] {
        let waiting = exports.records.in_state(state, MOST).await?;
        if waiting.is_empty() {
            continue;
        }
        let live = exports.queue.live(&exports.records.living().await?).await?;
        for export in waiting {
            let task = |generation| match state {
                State::Checking => Task::Prepare { id: export.id.clone(), generation },
                _ => Task::Finish { id: export.id.clone(), generation },
            };
            if live.contains(&task(export.generation).key()) {
                continue;
            }
            if let Some(generation) = exports.records.renew(&export.id, state, export.generation).await? {
                tracing::info!(export = export.id, state = state.name(), generation, "a lost task is made anew");
                exports.queue.push(task(generation), None).await?;
            }
        }
    }
    Ok(())
}

/// Chunks that have no task, or whose worker died; and what comes next, if nobody saw to that.
async fn lost_chunks(exports: &Exports, id: &str) -> Result<()> {
    let waiting = exports.records.unheld(id).await?;
    if !waiting.is_empty() {
        let live = exports.queue.live(&exports.records.living().await?).await?;
        for (n, generation) in waiting {
            let task = |generation| Task::Chunk { id: id.to_owned(), generation, n };
            if live.contains(&task(generation).key()) {
                continue;
            }
            if let Some(generation) = exports.records.renew_chunk(id, n, generation).await? {
                tracing::info!(export = id, chunk = n, generation, "a lost task is made anew");
                exports.queue.push(task(generation), None).await?;
            }
        }
    }
    exports.go_on(id).await
}
