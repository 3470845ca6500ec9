//! Begins write transactions of SQLite.

use sqlx::{Sqlite, SqlitePool, Transaction};

/// Takes SQLite's write lock immediately: a transaction that starts with a read fails instead of waiting for the lock.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Begins a transaction. On a full disk SQLite rolls back a transaction automatically
/// (<https://www.sqlite.org/lang_transaction.html>). sqlx does not notice and rejects every later transaction on that
/// connection, so the connection is closed and replaced.
pub(super) async fn begin(writer: &SqlitePool) -> sqlx::Result<Transaction<'static, Sqlite>> {
    match writer.begin_with(BEGIN).await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with(BEGIN).await
        }
        begun => begun,
    }
}
