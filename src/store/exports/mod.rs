//! Exports and their chunks: what is asked for, how far it is, who is at it.
//!
//! Every change of state is one statement that says what it expects, so that several processes may try the same at the
//! same time and one of them succeeds. A chunk whose record is written is done, for good.

mod chunks;
mod record;
mod sql;
#[cfg(test)]
mod tests;

pub use chunks::{Claim, Progress, Result as ChunkResult};
pub use record::{Asked, Checked, Export, Finished, State};
use serde_json::Value;

use super::{Param, Row, Store};
use haibao_core::error::Result;

/// An upload that began so long ago is given up, ms: an hour. A request for it may take ten minutes.
const LONGEST_UPLOAD: i64 = 3_600_000;

/// All exports of a store, as one process sees them.
#[derive(Debug, Clone)]
pub struct Exports {
    store: Store,
    /// This process: what it takes is its own for as long as it lives.
    instance: String,
    /// How long an instance lives that is not seen, ms.
    lease: i64,
}

impl Exports {
    /// The exports of a store, for a process with this name. Nothing is read or made yet.
    pub fn new(store: Store, instance: String, lease: std::time::Duration) -> Self {
        Self { store, instance, lease: i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 2) }
    }

    /// The process's name.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Adds an export whose sheet is about to arrive, unless `most` are at work. Answers whether it did.
    ///
    /// # Errors
    /// Those of the store, as all of these functions.
    pub async fn add(&self, id: &str, expires_at: i64, most: i64) -> Result<bool> {
        let now = now();
        self.beat().await?;
        let values: [Param<'_>; 9] = [
            id.into(),
            "".into(),
            "{}".into(),
            "".into(),
            now.into(),
            expires_at.into(),
            None::<&str>.into(),
            self.instance.as_str().into(),
            most.into(),
        ];
        let mut tx = self.store.db().await?.begin().await?;
        tx.run(sql::LOCK_ROOM, &[]).await?;
        let added = tx.run(sql::ADD_EXPORT, &values).await? == 1;
        tx.commit().await?;
        Ok(added)
    }

    /// How many exports are at work.
    pub async fn active(&self) -> Result<i64> {
        let Some(db) = self.store.existing().await? else { return Ok(0) };
        db.one(sql::COUNT_ACTIVE, &[]).await?.map_or(Ok(0), |row| row.get("n"))
    }

    /// The sheet has arrived.
    pub async fn uploaded(&self, id: &str, asked: &Asked) -> Result<bool> {
        let options = asked.options.to_string();
        let values: [Param<'_>; 6] = [
            id.into(),
            asked.sheet.as_str().into(),
            asked.template.as_str().into(),
            options.as_str().into(),
            asked.expires_at.into(),
            asked.webhook.as_deref().into(),
        ];
        self.changes(sql::UPLOADED, &values).await
    }

    /// An export by its id; none when there is none, or its sheet is still on its way.
    pub async fn get(&self, id: &str) -> Result<Option<Export>> {
        let Some(db) = self.store.existing().await? else { return Ok(None) };
        let row = db.one(sql::EXPORT, &[id.into()]).await?;
        let export = row.as_ref().map(Export::read).transpose()?;
        Ok(export.filter(|export| export.state != State::Uploading))
    }

    /// The latest exports.
    pub async fn latest(&self, most: i64) -> Result<Vec<Export>> {
        self.list(sql::LATEST, &[most.into()]).await
    }

    /// Exports in a state, the oldest first.
    pub async fn in_state(&self, state: State, most: i64) -> Result<Vec<Export>> {
        self.list(sql::IN_STATE, &[state.name().into(), most.into()]).await
    }

    /// Takes a step of an export for this process: how often it was taken before, and now. None when it is not to be
    /// done: done already, another process's, or the task is an old one.
    pub async fn claim(&self, id: &str, state: State, generation: i64) -> Result<Option<i64>> {
        let values: [Param<'_>; 5] = [
            id.into(),
            state.name().into(),
            generation.into(),
            self.instance.as_str().into(),
            self.seen_since().into(),
        ];
        self.returns(sql::CLAIM_STEP, &values, |row| row.get("attempts")).await
    }

    /// Gives a step back, as if it had not been taken when it is `forgiven`; and notes what it waits for.
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

    /// A new generation for a step whose task is lost; none when somebody else did it.
    pub async fn renew(&self, id: &str, state: State, generation: i64) -> Result<Option<i64>> {
        let values: [Param<'_>; 4] = [id.into(), state.name().into(), generation.into(), self.seen_since().into()];
        self.returns(sql::RENEW_STEP, &values, |row| row.get("generation")).await
    }

    /// The check is over: the export runs, and has its chunks. Answers its new generation; none, and nothing is changed,
    /// when this generation of the check is no longer this process's.
    pub async fn checked(&self, id: &str, generation: i64, chunks: i64, checked: &Checked) -> Result<Option<i64>> {
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
        // Together: the chunks of a check that does not count would be drawn as well.
        tx.run(sql::ADD_CHUNKS, &[id.into(), chunks.into()]).await?;
        tx.commit().await?;
        Ok(Some(next))
    }

    /// Goes on to the end when all chunks are done: the generation of that step, for the one who did it.
    pub async fn all_done(&self, id: &str) -> Result<Option<i64>> {
        self.returns(sql::ALL_DONE, &[id.into()], |row| row.get("generation")).await
    }

    /// Goes back from the last step to drawing these chunks, whose files are lost. Answers whether this generation of the
    /// step was still this process's; nothing is changed otherwise.
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

    /// The archive is there. Answers whether this generation of the last step was still this process's.
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

    /// There will be no archive. Answers whether this generation of the step was still this process's.
    pub async fn fail(
        &self,
        id: &str,
        generation: i64,
        reason: &Value,
        expires_at: i64,
        checked: &Checked,
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

    /// Pauses what runs, and keeps it at least until then, ms; answers whether it ran.
    pub async fn pause(&self, id: &str, reason: Option<&Value>, until: i64) -> Result<bool> {
        let reason = reason.map(ToString::to_string);
        self.changes(sql::PAUSE, &[id.into(), reason.as_deref().into(), until.into()]).await
    }

    /// Pauses an export at its last step, when this generation of it is this process's: whether it was. Kept and resumed as
    /// by [`Exports::pause`]; then it comes back to that step.
    pub async fn pause_step(&self, id: &str, generation: i64, reason: &Value, until: i64) -> Result<bool> {
        let reason = reason.to_string();
        let values: [Param<'_>; 5] =
            [id.into(), self.instance.as_str().into(), generation.into(), reason.as_str().into(), until.into()];
        self.changes(sql::PAUSE_STEP, &values).await
    }

    /// Lets what is paused run again, with new tasks for its chunks; answers whether it was paused.
    pub async fn resume(&self, id: &str) -> Result<bool> {
        // First the chunks: a process that dies in between leaves the export paused.
        self.changes(sql::REQUEUE, &[id.into(), self.seen_since().into()]).await?;
        self.changes(sql::RESUME, &[id.into()]).await
    }

    /// Ends an export, whose files go. Answers whether it was not that already.
    pub async fn cancel(&self, id: &str) -> Result<bool> {
        self.changes(sql::CANCEL, &[id.into(), now().into()]).await
    }

    /// Ends an export whose time is over, and whose files go. Answers whether it is.
    pub async fn expire(&self, id: &str) -> Result<bool> {
        self.changes(sql::EXPIRE, &[id.into(), now().into()]).await
    }

    /// Exports whose time is over.
    pub async fn expiring(&self, most: i64) -> Result<Vec<String>> {
        self.ids(sql::EXPIRING, &[now().into(), most.into()]).await
    }

    /// Exports that nobody asks for any more: those that expired `kept` ms ago, cancelled ones, uploads that broke off.
    pub async fn removable(&self, kept: i64, most: i64) -> Result<Vec<String>> {
        let (seen, now) = (self.seen_since(), now());
        let values = [(now - kept).into(), seen.into(), seen.into(), most.into(), (now - LONGEST_UPLOAD).into()];
        self.ids(sql::REMOVABLE, &values).await
    }

    /// Exports that are done and whose chunks are still there.
    pub async fn unclean(&self, most: i64) -> Result<Vec<String>> {
        self.ids(sql::UNCLEAN, &[most.into()]).await
    }

    /// Removes the chunks of an export.
    pub async fn remove_chunks(&self, id: &str) -> Result<()> {
        self.changes(sql::REMOVE_CHUNKS, &[id.into()]).await.map(drop)
    }

    /// Removes an export with its chunks.
    pub async fn remove(&self, id: &str) -> Result<()> {
        self.remove_chunks(id).await?;
        self.changes(sql::REMOVE_EXPORT, &[id.into()]).await.map(drop)
    }

    /// Webhooks that are due.
    pub async fn webhooks(&self, most: i64) -> Result<Vec<Export>> {
        self.list(sql::WEBHOOKS_DUE, &[now().into(), most.into()]).await
    }

    /// Takes the attempt with this number, from 0; the next one is due at that time, ms.
    pub async fn claim_webhook(&self, id: &str, attempt: i64, due: i64) -> Result<bool> {
        self.changes(sql::CLAIM_WEBHOOK, &[id.into(), attempt.into(), due.into()]).await
    }

    /// Ends a webhook.
    pub async fn webhook_ended(&self, id: &str, sent: bool) -> Result<bool> {
        let state = if sent { "sent" } else { "failed" };
        self.changes(sql::WEBHOOK_ENDED, &[id.into(), state.into()]).await
    }

    /// Says that this process lives.
    pub async fn beat(&self) -> Result<()> {
        self.changes(sql::BEAT, &[self.instance.as_str().into(), now().into()]).await.map(drop)
    }

    /// Says that it goes: all that it holds is free at once, as if it had not been taken.
    pub async fn leave(&self) -> Result<()> {
        self.changes(sql::RELEASE_ALL, &[self.instance.as_str().into()]).await?;
        self.changes(sql::RELEASE_STEPS, &[self.instance.as_str().into()]).await?;
        self.changes(sql::LEAVE, &[self.instance.as_str().into()]).await.map(drop)
    }

    /// Forgets processes that died long ago, and those that seem to live in the future.
    pub async fn forget(&self) -> Result<()> {
        let (before, after) = (self.lease.saturating_mul(100), self.lease);
        let values = [now().saturating_sub(before).into(), now().saturating_add(after).into()];
        self.changes(sql::FORGET, &values).await.map(drop)
    }

    /// The processes that live.
    pub async fn living(&self) -> Result<Vec<String>> {
        self.ids(sql::LIVING, &[self.seen_since().into()]).await
    }

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

    /// Whether a statement changes anything.
    async fn changes(&self, sql: &'static str, values: &[Param<'_>]) -> Result<bool> {
        Ok(self.store.db().await?.run(sql, values).await? > 0)
    }

    /// The row that a statement answers which also writes.
    async fn returns<T>(
        &self,
        sql: &'static str,
        values: &[Param<'_>],
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut tx = self.store.db().await?.begin().await?;
        let read = tx.one(sql, values).await?.as_ref().map(read).transpose()?;
        tx.commit().await?;
        Ok(read)
    }
}

/// Now, ms since 1970-01-01 UTC.
pub fn now() -> i64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    i64::try_from(passed).unwrap_or(i64::MAX)
}
