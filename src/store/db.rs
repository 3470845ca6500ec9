//! The open database: each statement is written once and runs on either engine.

use std::{future::Future, time::Duration};

use sqlx::{
    Decode, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction, Type, postgres::PgRow, sqlite::SqliteRow,
};
use tokio::time::timeout;

use super::sql;
use haibao_core::error::{Error, Kind, Result, Retry};

/// Longest time for one statement: a database that is cut off says nothing at all.
const PATIENCE: Duration = Duration::from_secs(10);
/// The error's code when a unique value is another row's.
pub(crate) const CONFLICT: &str = "store_conflict";

/// The open database. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    /// A file.
    Sqlite {
        /// One connection: SQLite has one writer at a time.
        writer: SqlitePool,
        /// Connections that cannot write.
        readers: SqlitePool,
    },
    /// A server that several processes share.
    Postgres(PgPool),
}

/// A transaction; dropped, it is undone. On SQLite nobody else writes until it ends: keep it short.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A parameter of a statement; none is NULL. Made by `into()` from what it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Param<'a> {
    Integer(Option<i64>),
    Text(Option<&'a str>),
    Bytes(&'a [u8]),
}

/// One row of an answer.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A statement with its parameters. The same tokens make it for both engines, whose types differ.
macro_rules! query {
    ($engine:ty, $sql:ident, $values:ident) => {
        $values.iter().fold(sqlx::query::<$engine>($sql), |query, value| match *value {
            Param::Integer(value) => query.bind(value),
            Param::Text(value) => query.bind(value),
            Param::Bytes(value) => query.bind(value),
        })
    };
}

impl Db {
    /// The first row of a query that only reads.
    ///
    /// # Errors
    /// `store_busy` ([`Kind::Busy`]) when the database is locked or cannot be reached: trying again helps;
    /// `store_conflict` when a unique value is taken; `store_failed`.
    pub(crate) async fn one(&self, sql: &'static str, values: &[Param<'_>]) -> Result<Option<Row>> {
        match self {
            Self::Sqlite { readers, .. } => {
                Ok(within(query!(Sqlite, sql, values).fetch_optional(readers)).await?.map(Row::Sqlite))
            }
            Self::Postgres(pool) => {
                Ok(within(query!(Postgres, sql, values).fetch_optional(pool)).await?.map(Row::Postgres))
            }
        }
    }

    /// All rows of a query that only reads: it bounds their number itself.
    ///
    /// # Errors
    /// As [`Db::one`].
    #[allow(dead_code, reason = "lists of exports take it")]
    pub(crate) async fn all(&self, sql: &'static str, values: &[Param<'_>]) -> Result<Vec<Row>> {
        Ok(match self {
            Self::Sqlite { readers, .. } => {
                let rows = within(query!(Sqlite, sql, values).fetch_all(readers)).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(pool) => {
                let rows = within(query!(Postgres, sql, values).fetch_all(pool)).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Runs a statement that writes: how many rows it changed. It is durable when this returns.
    ///
    /// # Errors
    /// As [`Db::one`].
    pub(crate) async fn run(&self, sql: &'static str, values: &[Param<'_>]) -> Result<u64> {
        match self {
            Self::Sqlite { writer, .. } => {
                Ok(within(query!(Sqlite, sql, values).execute(writer)).await?.rows_affected())
            }
            Self::Postgres(pool) => Ok(within(query!(Postgres, sql, values).execute(pool)).await?.rows_affected()),
        }
    }

    /// The first row of one statement that writes and says `RETURNING`. It is durable when this returns.
    ///
    /// # Errors
    /// As [`Db::one`].
    pub(crate) async fn write_one(&self, sql: &'static str, values: &[Param<'_>]) -> Result<Option<Row>> {
        match self {
            Self::Sqlite { writer, .. } => {
                Ok(within(query!(Sqlite, sql, values).fetch_optional(writer)).await?.map(Row::Sqlite))
            }
            // A server's connections are all alike.
            Self::Postgres(_) => self.one(sql, values).await,
        }
    }

    /// Begins a transaction that writes. On Postgres rows are locked as they are touched: touch them in the order of
    /// their keys, or two processes wait for each other until one of them gets `store_busy`.
    ///
    /// # Errors
    /// As [`Db::one`].
    pub(crate) async fn begin(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { writer, .. } => within(begin(writer)).await.map(Tx::Sqlite),
            Self::Postgres(pool) => within(pool.begin()).await.map(Tx::Postgres),
        }
    }
}

impl Tx {
    /// The first row of any statement, also of one that writes and says `RETURNING`.
    ///
    /// # Errors
    /// As [`Db::one`]. On Postgres the transaction is of no use after an error.
    pub(crate) async fn one(&mut self, sql: &'static str, values: &[Param<'_>]) -> Result<Option<Row>> {
        match self {
            Self::Sqlite(tx) => {
                Ok(within(query!(Sqlite, sql, values).fetch_optional(&mut **tx)).await?.map(Row::Sqlite))
            }
            Self::Postgres(tx) => {
                Ok(within(query!(Postgres, sql, values).fetch_optional(&mut **tx)).await?.map(Row::Postgres))
            }
        }
    }

    /// Runs a statement: how many rows it changed.
    ///
    /// # Errors
    /// As [`Tx::one`].
    pub(crate) async fn run(&mut self, sql: &'static str, values: &[Param<'_>]) -> Result<u64> {
        match self {
            Self::Sqlite(tx) => Ok(within(query!(Sqlite, sql, values).execute(&mut **tx)).await?.rows_affected()),
            Self::Postgres(tx) => Ok(within(query!(Postgres, sql, values).execute(&mut **tx)).await?.rows_affected()),
        }
    }

    /// Ends the transaction; all of it is durable when this returns.
    ///
    /// # Errors
    /// As [`Db::one`]. When the database went away meanwhile, all of it may be there nevertheless.
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => within(tx.commit()).await,
            Self::Postgres(tx) => within(tx.commit()).await,
        }
    }
}

impl Row {
    /// A column by its name: `i64`, `String`, `Vec<u8>`, or an `Option` of them where it may be NULL.
    ///
    /// # Errors
    /// `store_failed` when there is none of the name, or it is of another type.
    pub(crate) fn get<T>(&self, name: &'static str) -> Result<T>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Postgres(row) => row.try_get(name),
        }
        .map_err(failed)
    }
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Param<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(value))
    }
}

impl<'a> From<Option<&'a str>> for Param<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

/// On a full disk SQLite ends a transaction by itself (<https://www.sqlite.org/lang_transaction.html>), which the library
/// does not see: it would refuse to begin another one on this connection for ever. Such a connection is closed.
async fn begin(writer: &SqlitePool) -> sqlx::Result<Transaction<'static, Sqlite>> {
    match writer.begin_with(sql::BEGIN).await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with(sql::BEGIN).await
        }
        begun => begun,
    }
}

async fn within<T>(work: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(failed),
        Err(_) => Err(away("it did not answer in time")),
    }
}

/// A statement that failed.
pub(super) fn failed(error: sqlx::Error) -> Error {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, Protocol};
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned();
    // Postgres' classes of errors that pass: connections, conflicts of transactions, resources, shutdown
    // (https://www.postgresql.org/docs/current/errcodes-appendix.html).
    let passes = code.len() == 5 && ["08", "40", "53", "55P03", "57P"].iter().any(|class| code.starts_with(class));
    match &error {
        // SQLite's primary code of SQLITE_BUSY (https://www.sqlite.org/rescode.html).
        Database(_) if code == "5" => {
            Error::new(Kind::Busy, "store_busy", "the data folder's file is locked by another process")
                .hint("try again; let no other program keep it open for long")
        }
        Database(e) if e.is_unique_violation() => {
            Error::new(Kind::Internal, CONFLICT, "the store has another row of this name").retry(Retry::Yes)
        }
        Database(_) if passes => away(&error.to_string()).source(error),
        Io(_) | PoolTimedOut | PoolClosed | Protocol(_) => away(&error.to_string()).source(error),
        _ => Error::new(Kind::Internal, "store_failed", format!("the store cannot be used: {error}"))
            .hint("check that its disk has room; the log says more")
            .source(error),
    }
}

fn away(why: &str) -> Error {
    Error::new(Kind::Busy, "store_busy", format!("the database cannot be used now: {why}"))
        .hint("try again; check that the database of the setting `store` runs and has room for connections")
}
