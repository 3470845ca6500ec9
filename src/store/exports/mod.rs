//! Exports and their chunks: request, progress and current holder.
//!
//! Every state change is one conditional statement (compare and swap), so if several processes attempt it concurrently,
//! exactly one succeeds. A chunk is finished once its result is stored; the first result wins.
//!
//! # Terms
//! An instance is a process with a heartbeat. It holds the steps and chunks that it claimed; if it is not seen for the
//! duration of the lease, it counts as dead and others may claim them. A generation is a fencing token: it identifies
//! the task that may work on a step or chunk, and tasks of earlier generations do nothing.

mod active;
mod chunks;
mod record;
mod sql;
#[cfg(test)]
mod tests;

pub use active::Active;
pub use chunks::{ChunkResult, Claim, ExportProgress};
pub use record::{CheckResult, Export, ExportRequest, ExportState, Finished};
use serde_json::Value;

use super::{DbRow, Param, Store};
use haibao_core::error::Result;

/// Age from which an unfinished upload counts as abandoned, ms: one hour. The upload request times out after ten
/// minutes.
const LONGEST_UPLOAD: i64 = 3_600_000;

/// All exports of a store, accessed as one instance.
#[derive(Debug, Clone)]
pub struct ExportStore {
    store: Store,
    /// Id of this instance.
    instance: String,
    /// How long an instance counts as live after its last heartbeat, ms.
    lease: i64,
}

impl ExportStore {
    /// The exports of a store, accessed as an instance with this id. The store is not opened yet.
    pub fn new(store: Store, instance: String, lease: std::time::Duration) -> Self {
        Self { store, instance, lease: i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 2) }
    }

    /// Id of this instance.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Database that has the records.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Ends the upload and starts the check. `false` if the export is not uploading.
    pub async fn uploaded(&self, id: &str, asked: &ExportRequest) -> Result<bool> {
        let options = asked.options.to_string();
        let values: [Param<'_>; 7] = [
            id.into(),
            asked.sheet.as_str().into(),
            asked.template.as_str().into(),
            options.as_str().into(),
            asked.expires_at.into(),
            asked.webhook.as_deref().into(),
            asked.owner.as_deref().into(),
        ];
        self.changes(sql::UPLOADED, &values).await
    }

    /// An export by id. `None` if it does not exist or is still uploading.
    pub async fn get(&self, id: &str) -> Result<Option<Export>> {
        let Some(db) = self.store.existing().await? else { return Ok(None) };
        let row = db.one(sql::EXPORT, &[id.into()]).await?;
        let export = row.as_ref().map(Export::read).transpose()?;
        Ok(export.filter(|export| export.state != ExportState::Uploading))
    }

    /// The newest exports of an owner, or of all, newest first. Without those that are cancelled.
    pub async fn latest(&self, limit: i64, owner: Option<&str>) -> Result<Vec<Export>> {
        self.list(sql::LATEST, &[limit.into(), owner.into()]).await
    }

    /// Exports in a state, oldest first.
    pub async fn in_state(&self, state: ExportState, limit: i64) -> Result<Vec<Export>> {
        self.list(sql::IN_STATE, &[state.name().into(), limit.into()]).await
    }

    /// Claims a step (checking or finishing) for this process and returns the number of attempts, including this one.
    /// `None` if the export is in another state, another live process holds the step, or the generation is outdated.
    pub async fn claim(&self, id: &str, state: ExportState, generation: i64) -> Result<Option<i64>> {
        let values: [Param<'_>; 5] = [
            id.into(),
            state.name().into(),
            generation.into(),
            self.instance.as_str().into(),
            self.seen_since().into(),
        ];
        self.returns(sql::CLAIM_STEP, &values, |row| row.get("attempts")).await
    }

    /// Releases a step and stores the reason for the wait. With `forgiven`, the attempt is not counted.
    pub async fn release(&self, id: &str, generation: i64, forgiven: bool, reason: Option<&Value>) -> Result<bool> {
        let reason = reason.map(ToString::to_string);
        let values: [Param<'_>; 5] = [
            id.into(),
            self.instance.as_str().into(),
            generation.into(),
            i64::from(forgiven).into(),
            reason.as_deref().into(),
        ];
        self.changes(sql::RELEASE_STEP, &values).await
    }

    /// Advances the generation of a step whose task was lost, and returns it. `None` if another process did so first.
    pub async fn renew(&self, id: &str, state: ExportState, generation: i64) -> Result<Option<i64>> {
        let values: [Param<'_>; 4] = [id.into(), state.name().into(), generation.into(), self.seen_since().into()];
        self.returns(sql::RENEW_STEP, &values, |row| row.get("generation")).await
    }

    /// Ends the check: creates the chunks and sets the export running. Returns the new generation; `None`, without any
    /// change, if this process no longer holds this generation of the check.
    pub async fn checked(&self, id: &str, generation: i64, chunks: i64, checked: &CheckResult) -> Result<Option<i64>> {
        let failures = Value::from(checked.failures.clone()).to_string();
        let values: [Param<'_>; 8] = [
            id.into(),
            self.instance.as_str().into(),
            generation.into(),
            now().into(),
            checked.total.into(),
            checked.bad.into(),
            checked.new_codes.into(),
            failures.as_str().into(),
        ];
        let mut tx = self.store.db().await?.begin().await?;
        let Some(row) = tx.one(sql::CHECKED, &values).await? else { return Ok(None) };
        let next = row.get("generation")?;
        // In one transaction: otherwise chunks of an outdated check could be drawn.
        tx.run(sql::ADD_CHUNKS, &[id.into(), chunks.into()]).await?;
        tx.commit().await?;
        Ok(Some(next))
    }

    /// Moves the export to finishing if all chunks are finished. Returns the generation of that step to one caller
    /// only.
    pub async fn all_done(&self, id: &str) -> Result<Option<i64>> {
        self.returns(sql::ALL_DONE, &[id.into()], |row| row.get("generation")).await
    }

    /// Moves the export from finishing back to running, to redraw chunks whose files are lost. Returns whether this
    /// process still held this generation of the step; nothing is changed otherwise.
    pub async fn reopen(&self, id: &str, generation: i64, chunks: &[i64]) -> Result<bool> {
        let mut tx = self.store.db().await?.begin().await?;
        let values = [id.into(), self.instance.as_str().into(), generation.into()];
        if tx.run(sql::REOPEN, &values).await? == 0 {
            return Ok(false);
        }
        for chunk in chunks {
            tx.run(sql::REOPEN_CHUNK, &[id.into(), (*chunk).into()]).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Marks the export as done. Returns whether this process still held this generation of the step.
    pub async fn finished(&self, id: &str, generation: i64, finished: &Finished) -> Result<bool> {
        let failures = Value::from(finished.failures.clone()).to_string();
        let values: [Param<'_>; 10] = [
            id.into(),
            self.instance.as_str().into(),
            now().into(),
            finished.expires_at.into(),
            finished.done.into(),
            finished.failed.into(),
            failures.as_str().into(),
            finished.bytes.into(),
            finished.hash.as_str().into(),
            generation.into(),
        ];
        self.changes(sql::FINISHED, &values).await
    }

    /// Marks the export as failed. Returns whether this process still held this generation of the step.
    pub async fn fail(
        &self,
        id: &str,
        generation: i64,
        reason: &Value,
        expires_at: i64,
        checked: &CheckResult,
    ) -> Result<bool> {
        let (reason, failures) = (reason.to_string(), Value::from(checked.failures.clone()).to_string());
        let values: [Param<'_>; 9] = [
            id.into(),
            now().into(),
            expires_at.into(),
            reason.as_str().into(),
            checked.total.into(),
            checked.bad.into(),
            failures.as_str().into(),
            self.instance.as_str().into(),
            generation.into(),
        ];
        self.changes(sql::FAILED, &values).await
    }

    /// Pauses a running export and extends its expiry to at least `until`, ms. Returns whether it was running.
    pub async fn pause(&self, id: &str, reason: Option<&Value>, until: i64) -> Result<bool> {
        let reason = reason.map(ToString::to_string);
        self.changes(sql::PAUSE, &[id.into(), reason.as_deref().into(), until.into()]).await
    }

    /// Pauses a finishing export and extends its expiry as [`ExportStore::pause`]. Returns whether this process still held
    /// this generation of the step. After [`ExportStore::resume`] the export returns to finishing.
    pub async fn pause_step(&self, id: &str, generation: i64, reason: &Value, until: i64) -> Result<bool> {
        let reason = reason.to_string();
        let values: [Param<'_>; 5] =
            [id.into(), self.instance.as_str().into(), generation.into(), reason.as_str().into(), until.into()];
        self.changes(sql::PAUSE_STEP, &values).await
    }

    /// Resumes a paused export with new tasks for its chunks. Returns whether it was paused.
    pub async fn resume(&self, id: &str) -> Result<bool> {
        // Chunks first: if the process dies in between, the export stays paused and can be resumed again.
        self.changes(sql::REQUEUE, &[id.into(), self.seen_since().into()]).await?;
        self.changes(sql::RESUME, &[id.into()]).await
    }

    /// Cancels an export. Its files are removed later. Returns `false` if it was cancelled already or is uploading.
    pub async fn cancel(&self, id: &str) -> Result<bool> {
        self.changes(sql::CANCEL, &[id.into(), now().into()]).await
    }

    /// Expires an export that is due. Its files are removed later. Returns whether it was due.
    pub async fn expire(&self, id: &str) -> Result<bool> {
        self.changes(sql::EXPIRE, &[id.into(), now().into()]).await
    }

    /// Exports that are due to expire.
    pub async fn expiring(&self, limit: i64) -> Result<Vec<String>> {
        self.ids(sql::EXPIRING, &[now().into(), limit.into()]).await
    }

    /// Exports that can be deleted: expired at least `kept` ms ago, cancelled, or abandoned during upload.
    pub async fn removable(&self, kept: i64, limit: i64) -> Result<Vec<String>> {
        let (seen, now) = (self.seen_since(), now());
        let values = [(now - kept).into(), seen.into(), seen.into(), limit.into(), (now - LONGEST_UPLOAD).into()];
        self.ids(sql::REMOVABLE, &values).await
    }

    /// Finished exports whose chunks have not been removed.
    pub async fn unclean(&self, limit: i64) -> Result<Vec<String>> {
        self.ids(sql::UNCLEAN, &[limit.into()]).await
    }

    /// Deletes the chunks of an export.
    pub async fn remove_chunks(&self, id: &str) -> Result<()> {
        self.changes(sql::REMOVE_CHUNKS, &[id.into()]).await.map(drop)
    }

    /// Deletes an export and its chunks.
    pub async fn remove(&self, id: &str) -> Result<()> {
        self.remove_chunks(id).await?;
        self.changes(sql::REMOVE_EXPORT, &[id.into()]).await.map(drop)
    }

    /// Exports with a webhook that is due.
    pub async fn webhooks(&self, limit: i64) -> Result<Vec<Export>> {
        self.list(sql::WEBHOOKS_DUE, &[now().into(), limit.into()]).await
    }

    /// Claims a webhook attempt by its index, from 0, and schedules the next one for `due`, ms. `false` if it was
    /// claimed.
    pub async fn claim_webhook(&self, id: &str, attempt: i64, due: i64) -> Result<bool> {
        self.changes(sql::CLAIM_WEBHOOK, &[id.into(), attempt.into(), due.into()]).await
    }

    /// Marks a webhook as sent or failed.
    pub async fn webhook_ended(&self, id: &str, sent: bool) -> Result<bool> {
        let state = if sent { "sent" } else { "failed" };
        self.changes(sql::WEBHOOK_ENDED, &[id.into(), state.into()]).await
    }

    /// Writes the heartbeat of this instance.
    pub async fn beat(&self) -> Result<()> {
        self.changes(sql::BEAT, &[self.instance.as_str().into(), now().into()]).await.map(drop)
    }

    /// Removes this instance and releases everything it holds, without counting the attempts.
    pub async fn leave(&self) -> Result<()> {
        self.changes(sql::RELEASE_ALL, &[self.instance.as_str().into()]).await?;
        self.changes(sql::RELEASE_STEPS, &[self.instance.as_str().into()]).await?;
        self.changes(sql::LEAVE, &[self.instance.as_str().into()]).await.map(drop)
    }

    /// Deletes instances that died long ago, and those with a heartbeat in the future (clock set back).
    pub async fn forget(&self) -> Result<()> {
        let (before, after) = (self.lease.saturating_mul(100), self.lease);
        let values = [now().saturating_sub(before).into(), now().saturating_add(after).into()];
        self.changes(sql::FORGET, &values).await.map(drop)
    }

    /// Ids of the live instances.
    pub async fn living(&self) -> Result<Vec<String>> {
        self.ids(sql::LIVING, &[self.seen_since().into()]).await
    }

    /// Instances with a later heartbeat are live, ms.
    fn seen_since(&self) -> i64 {
        now().saturating_sub(self.lease)
    }

    async fn ids(&self, sql: &'static str, values: &[Param<'_>]) -> Result<Vec<String>> {
        let Some(db) = self.store.existing().await? else { return Ok(Vec::new()) };
        db.all(sql, values).await?.iter().map(|row| row.get("id")).collect()
    }

    async fn list(&self, sql: &'static str, values: &[Param<'_>]) -> Result<Vec<Export>> {
        let Some(db) = self.store.existing().await? else { return Ok(Vec::new()) };
        db.all(sql, values).await?.iter().map(Export::read).collect()
    }

    /// Runs a statement and returns whether it changed any row.
    async fn changes(&self, sql: &'static str, values: &[Param<'_>]) -> Result<bool> {
        Ok(self.store.db().await?.run(sql, values).await? > 0)
    }

    /// Runs a write statement with `RETURNING` and reads its first row.
    async fn returns<T>(
        &self,
        sql: &'static str,
        values: &[Param<'_>],
        read: impl Fn(&DbRow) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut tx = self.store.db().await?.begin().await?;
        let read = tx.one(sql, values).await?.as_ref().map(read).transpose()?;
        tx.commit().await?;
        Ok(read)
    }
}

/// Current time, ms since 1970-01-01 UTC.
pub fn now() -> i64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    i64::try_from(passed).unwrap_or(i64::MAX)
}
