//! Life of an export, as requests and workers change it: reserved, started, paused, resumed, cancelled.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    super::super::call::Call,
    ExportJobs, ExportStatus, MAX_EXPIRES_IN, MAX_REPORTED_FAILURES, UploadPlace, WINDOW,
    files::{NOTICES, path},
    is_id, new_id,
    options::ExportOptions,
    queue::Task,
};
use crate::{
    net::fair::leaves_room,
    store::exports::{Active, Export, ExportProgress, ExportRequest, ExportState, now},
    words,
};
use haibao_core::error::{Error, ErrorKind, Message, Result, Retry};

/// Interval at which running work looks whether its export was cancelled by another process.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

impl ExportJobs {
    /// Reserves an export for a sheet about to be uploaded, and returns its id.
    ///
    /// # Errors
    /// `exports_full` (429) if [`Config::max_concurrent`](super::Config::max_concurrent) exports are active, or so many of the
    /// current [`Call`]'s caller that it would not leave room to others; errors of the store.
    pub async fn open(&self) -> Result<String> {
        let id = new_id()?;
        let expires_at = now() + self.lifetime(&ExportOptions::default());
        let call = Call::current();
        let owner = call.owner();
        let refused = Mutex::new(None);
        let has_room = |active| {
            let room = self.check_room(owner, active);
            let is_free = room.is_ok();
            *refused.lock().unwrap_or_else(PoisonError::into_inner) = room.err();
            is_free
        };
        if self.records.add(&id, expires_at, owner, has_room).await? {
            return Ok(id);
        }
        let refused = refused.into_inner().unwrap_or_else(PoisonError::into_inner);
        Err(refused.unwrap_or_else(|| Error::internal("an export was not added although there is room")))
    }

    /// Reserves room for an export of the current [`Call`]'s caller while its sheet is uploaded. Stores nothing: the record is
    /// added by [`Self::open`].
    ///
    /// # Errors
    /// As [`Self::open`]; uploads to this process count as active exports.
    pub async fn reserve(&self) -> Result<UploadPlace> {
        let call = Call::current();
        let Active { all, own } = self.records.active(call.owner()).await?;
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let uploading = uploads.get(&call.caller).copied().unwrap_or_default();
        let active = Active { all: all + uploads.values().sum::<i64>(), own: own + uploading };
        self.check_room(call.owner(), active)?;
        uploads.insert(Arc::clone(&call.caller), uploading + 1);
        Ok(UploadPlace { uploads: Arc::clone(&self.uploads), caller: Arc::clone(&call.caller) })
    }

    /// Whether there is room for another export beside the active ones. One key leaves a part of the places to others.
    fn check_room(&self, owner: Option<&str>, active: Active) -> Result<()> {
        let max = self.config.max_concurrent;
        let free = u64::try_from(i64::from(max) - active.all).unwrap_or_default();
        let own = u64::try_from(active.own).unwrap_or_default();
        let finding = match owner {
            _ if free == 0 => words::exports_full(max),
            Some(_) if !leaves_room(own, 1, free) => words::exports_share(own, max),
            _ => return Ok(()),
        };
        Err(Error::of(ErrorKind::Limited, finding).retry(Retry::After(Duration::from_secs(30))))
    }

    /// Starts an export after its sheet has been uploaded. It belongs to the current [`Call`]'s caller.
    ///
    /// # Errors
    /// `export_lost` (503) if the reservation has expired; errors of the store.
    pub async fn begin(&self, id: &str, options: &ExportOptions, sheet: &str, webhook: Option<String>) -> Result<()> {
        let asked = ExportRequest {
            template: options.template.clone(),
            options: json!(options),
            sheet: sheet.to_owned(),
            expires_at: now() + self.lifetime(options),
            webhook,
            owner: Call::current().owner().map(str::to_owned),
        };
        if !self.records.uploaded(id, &asked).await? {
            return Err(Error::of(ErrorKind::Busy, words::export_lost()));
        }
        // If this fails, the sweeper enqueues the task later.
        if let Err(error) = self.queue.push(Task::Prepare { id: id.to_owned(), generation: 0 }, None).await {
            tracing::warn!(error = error.message(), "failed to enqueue a task; the sweeper will retry");
        }
        Ok(())
    }

    /// Removes an export whose upload was aborted.
    pub async fn abandon(&self, id: &str) {
        let removed = self.blobs.remove_all(&path(id, "")).await;
        if let Err(error) = removed.and(self.records.remove(id).await) {
            tracing::warn!(error = error.message(), "failed to remove an aborted upload; the sweeper will retry");
        }
    }

    /// Returns an export and its progress.
    ///
    /// # Errors
    /// `export_unknown` (404); errors of the store.
    pub async fn get(&self, id: &str) -> Result<ExportStatus> {
        let export = if is_id(id) { self.records.get(id).await? } else { None };
        let mut export = export.ok_or_else(|| Error::of(ErrorKind::NotFound, words::export_unknown()))?;
        if matches!(export.state, ExportState::Checking | ExportState::Running | ExportState::Finishing) {
            export.reason = self.write_error.lock().unwrap_or_else(PoisonError::into_inner).clone().or(export.reason);
        }
        let progress = match export.state {
            ExportState::Running | ExportState::Paused | ExportState::Finishing => self.records.progress(id).await?,
            _ => ExportProgress { done: export.done, failed: export.failed, ..ExportProgress::default() },
        };
        Ok(ExportStatus { export, progress })
    }

    /// Returns how the sheet of an export is read: findings, once it has been checked.
    ///
    /// # Errors
    /// Errors of the blob store.
    pub async fn notices(&self, id: &str) -> Result<Vec<Value>> {
        let bytes = self.blobs.get(&path(id, NOTICES)).await?;
        // Written by the check.
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
    }

    /// Returns the first failures of an export: those of the check, then those of rendering.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn failures(&self, export: &Export) -> Result<Vec<Value>> {
        let mut all = export.failures.clone();
        if matches!(export.state, ExportState::Running | ExportState::Paused | ExportState::Finishing) {
            all.extend(self.records.chunk_failures(&export.id, MAX_REPORTED_FAILURES.saturating_sub(all.len())).await?);
        }
        Ok(all)
    }

    /// Pauses a running export. Chunks in flight are finished.
    ///
    /// # Errors
    /// `export_state` (409) if it is not running; `export_unknown` (404); errors of the store.
    pub async fn pause(&self, id: &str) -> Result<()> {
        let seen = self.get(id).await?;
        if seen.export.state == ExportState::Paused || self.pause_for(id, None).await? {
            return Ok(());
        }
        Err(wrong_state(words::action_paused(), &seen.export))
    }

    /// Pauses a running export, with a reason unless it is a user's request. Returns whether the export was running. A
    /// paused export is kept for [`MAX_EXPIRES_IN`], because its own retention starts only at its end.
    pub(super) async fn pause_for(&self, id: &str, reason: Option<&Value>) -> Result<bool> {
        self.records.pause(id, reason, Self::paused_until()).await
    }

    pub(super) fn paused_until() -> i64 {
        now() + i64::try_from(MAX_EXPIRES_IN * 1000).unwrap_or(i64::MAX / 2)
    }

    /// Resumes a paused export.
    ///
    /// # Errors
    /// `export_state` (409) if it is neither paused nor running; `export_unknown` (404); errors of the store.
    pub async fn resume(&self, id: &str) -> Result<()> {
        let seen = self.get(id).await?;
        if seen.export.state == ExportState::Running {
            return Ok(());
        }
        if seen.export.state != ExportState::Paused || !self.records.resume(id).await? {
            return Err(wrong_state(words::action_resumed(), &seen.export));
        }
        self.advance(id).await
    }

    /// Cancels an export and removes its files. Workers of this process stop at once, those of others within a second.
    ///
    /// # Errors
    /// `export_unknown` (404); errors of the store.
    pub async fn cancel(&self, id: &str) -> Result<()> {
        let export = self.get(id).await?.export;
        if self.records.cancel(id).await? && !export.state.is_over() {
            tracing::info!(export = id, "export cancelled");
        }
        self.cancelled.notify_waiters();
        let removed = self.blobs.remove_all(&path(id, "")).await;
        // Nothing works on a finished export. The sweeper removes the record of another one once all its workers have stopped.
        if matches!(export.state, ExportState::Done | ExportState::Failed) {
            removed?;
            self.records.remove(id).await?;
        } else if let Err(error) = removed {
            // A worker was writing. The sweeper removes what is left with the record.
            tracing::debug!(export = id, error = error.message(), "files of a cancelled export remain");
        }
        Ok(())
    }

    /// Whether an export has been cancelled, has expired or is gone: what is left of it to do is no longer needed.
    pub(super) async fn has_ended(&self, id: &str) -> Result<bool> {
        let export = self.records.get(id).await?;
        Ok(export.is_none_or(|export| matches!(export.state, ExportState::Cancelled | ExportState::Expired)))
    }

    /// Runs a part of an export's work until the export is cancelled or has expired; `None` then.
    ///
    /// # Errors
    /// Errors of the work.
    pub(super) async fn unless_ended<T>(&self, id: &str, work: impl Future<Output = Result<T>>) -> Result<Option<T>> {
        let ended = async {
            loop {
                // Before the state is read, so that no cancellation is missed.
                let mut cancelled = std::pin::pin!(self.cancelled.notified());
                cancelled.as_mut().enable();
                // While the store is unavailable, the work itself decides what happens.
                if self.has_ended(id).await.unwrap_or_default() {
                    return;
                }
                tokio::select! {
                    () = cancelled => {}
                    () = tokio::time::sleep(LOOK_INTERVAL) => {}
                }
            }
        };
        let work = Box::pin(work);
        tokio::select! {
            biased;
            () = ended => Ok(None),
            done = work => match done {
                // Its files were removed while it used them.
                Err(error) if self.has_ended(id).await.unwrap_or_default() => {
                    tracing::debug!(export = id, code = error.code(), "the export has ended meanwhile");
                    Ok(None)
                }
                done => done.map(Some),
            },
        }
    }

    /// Cleans up after a step whose result was rejected.
    ///
    /// If the export was cancelled or has expired, this removes the files that the step has written since. Otherwise this
    /// process was considered dead and another one has taken the step over; the files then belong to that process.
    pub(super) async fn abandon_step(&self, id: &str) -> Result<()> {
        if self.has_ended(id).await? {
            return self.blobs.remove_all(&path(id, "")).await;
        }
        tracing::info!(export = id, "another process has taken over a step");
        Ok(())
    }

    /// Enqueues tasks for the next chunks, or for the final step if all chunks are complete.
    pub(super) async fn advance(&self, id: &str) -> Result<()> {
        for (n, generation) in self.records.queue(id, WINDOW).await? {
            self.queue.push(Task::Chunk { id: id.to_owned(), generation, n }, None).await?;
        }
        if let Some(generation) = self.records.all_done(id).await? {
            self.queue.push(Task::Finish { id: id.to_owned(), generation }, None).await?;
        }
        Ok(())
    }

    /// Retention of an export after its end, in ms.
    pub(super) fn lifetime(&self, options: &ExportOptions) -> i64 {
        let seconds = options.expires_in.unwrap_or(self.config.expires_seconds).min(MAX_EXPIRES_IN);
        i64::try_from(seconds * 1000).unwrap_or(i64::MAX / 2)
    }
}

fn wrong_state(action: Message, export: &Export) -> Error {
    Error::of(ErrorKind::Conflict, words::export_state(export.state.name(), action))
}
