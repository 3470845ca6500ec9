//! Active exports: how many there are, and adding one if there is room.

use super::{ExportStore, now, sql};
use crate::store::{DbRow, Param};
use haibao_core::error::Result;

/// Number of active exports: uploading, checking, running, finishing or paused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Active {
    /// Of all owners.
    pub all: i64,
    /// Of one owner.
    pub own: i64,
}

impl ExportStore {
    /// Adds an export of an owner in state `uploading`, if there is room beside the active ones. Returns whether it was added.
    ///
    /// # Errors
    /// `store_unusable`, `store_failed` or `store_busy`, like all functions here.
    pub async fn add(
        &self,
        id: &str,
        expires_at: i64,
        owner: Option<&str>,
        has_room: impl Fn(Active) -> bool + Send,
    ) -> Result<bool> {
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
            owner.into(),
        ];
        let mut tx = self.store.db().await?.begin().await?;
        tx.run(sql::LOCK_ROOM, &[]).await?;
        let active =
            tx.one(sql::COUNT_ACTIVE, &[owner.into()]).await?.as_ref().map_or(Ok(Active::default()), active)?;
        if !has_room(active) {
            return Ok(false);
        }
        tx.run(sql::ADD_EXPORT, &values).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Number of active exports, and of those of an owner.
    pub async fn active(&self, owner: Option<&str>) -> Result<Active> {
        let Some(db) = self.store.existing().await? else { return Ok(Active::default()) };
        db.one(sql::COUNT_ACTIVE, &[owner.into()]).await?.as_ref().map_or(Ok(Active::default()), active)
    }

    /// Opens the database and reads from it.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn check(&self) -> Result<()> {
        self.store.db().await?.one(sql::COUNT_ACTIVE, &[None::<&str>.into()]).await.map(drop)
    }

    /// Number of exports in each state that has any.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn by_state(&self) -> Result<Vec<(String, i64)>> {
        let Some(db) = self.store.existing().await? else { return Ok(Vec::new()) };
        let rows = db.all(sql::COUNT_BY_STATE, &[]).await?;
        rows.iter().map(|row| Ok((row.get("state")?, row.get("n")?))).collect()
    }
}

fn active(row: &DbRow) -> Result<Active> {
    Ok(Active { all: row.get("n")?, own: row.get("own")? })
}
