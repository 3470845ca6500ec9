//! Database access: each statement is written once and runs on SQLite and Postgres.

use std::{future::Future, time::Duration};

use sqlx::Row as _;
use tokio::time::timeout;

use super::engines::{Db, DbRow, Tx, on_engine};
use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Message, Result, Retry};

/// Statement timeout. Needed because a connection that is cut off reports no error.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// A statement parameter, created with `into()`. `None` is NULL.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Param<'a> {
    Integer(Option<i64>),
    Text(Option<&'a str>),
    Bytes(&'a [u8]),
}

/// Builds a query with bound parameters. A macro, because the query types of the two engines differ.
macro_rules! query {
    ($sql:ident, $values:ident) => {
        $values.iter().fold(sqlx::query::<Engine>($sql), |query, value| match *value {
            Param::Integer(value) => query.bind(value),
            Param::Text(value) => query.bind(value),
            Param::Bytes(value) => query.bind(value),
        })
    };
}

impl Db {
    /// Returns the first row of a read-only query.
    ///
    /// # Errors
    /// `store_busy` ([`ErrorKind::Busy`]) if the database is locked or unreachable; a retry may succeed. `store_conflict` if
    /// a unique constraint is violated. `store_failed` otherwise.
    pub(crate) async fn one(&self, sql: &'static str, values: &[Param<'_>]) -> Result<Option<DbRow>> {
        on_engine!(self, Db { readers, .. } => {
            Ok(with_timeout(query!(sql, values).fetch_optional(readers)).await?.map(DbRow::from))
        })
    }

    /// Returns all rows of a read-only query. The statement itself must limit their number.
    ///
    /// # Errors
    /// As [`Db::one`].
    pub(crate) async fn all(&self, sql: &'static str, values: &[Param<'_>]) -> Result<Vec<DbRow>> {
        on_engine!(self, Db { readers, .. } => {
            let rows = with_timeout(query!(sql, values).fetch_all(readers)).await?;
            Ok(rows.into_iter().map(DbRow::from).collect())
        })
    }

    /// Runs a write statement and returns the number of changed rows. The change is durable when this returns.
    ///
    /// # Errors
    /// As [`Db::one`].
    pub(crate) async fn run(&self, sql: &'static str, values: &[Param<'_>]) -> Result<u64> {
        on_engine!(self, Db { writer, .. } => {
            Ok(with_timeout(query!(sql, values).execute(writer)).await?.rows_affected())
        })
    }

    /// Returns the first row of a write statement with `RETURNING`. The change is durable when this returns.
    ///
    /// # Errors
    /// As [`Db::one`].
    pub(crate) async fn write_one(&self, sql: &'static str, values: &[Param<'_>]) -> Result<Option<DbRow>> {
        on_engine!(self, Db { writer, .. } => {
            Ok(with_timeout(query!(sql, values).fetch_optional(writer)).await?.map(DbRow::from))
        })
    }

    /// Closes all connections after their statements, readers first: the last connection of a SQLite file writes its WAL back
    /// and removes it, unless it is read-only or another process uses the file.
    pub(super) async fn close(&self) {
        on_engine!(self, Db { writer, readers } => {
            readers.close().await;
            writer.close().await;
        });
    }

    /// Begins a write transaction. Postgres locks rows as they are written: write them in key order, otherwise two
    /// processes may deadlock and one of them fails with `store_busy`.
    ///
    /// # Errors
    /// As [`Db::one`].
    pub(crate) async fn begin(&self) -> Result<Tx> {
        with_timeout(self.begin_unbounded()).await
    }
}

impl Tx {
    /// Returns the first row of any statement, including write statements with `RETURNING`.
    ///
    /// # Errors
    /// As [`Db::one`]. On Postgres the transaction is aborted after an error.
    pub(crate) async fn one(&mut self, sql: &'static str, values: &[Param<'_>]) -> Result<Option<DbRow>> {
        on_engine!(self, Tx(tx) => {
            Ok(with_timeout(query!(sql, values).fetch_optional(&mut **tx)).await?.map(DbRow::from))
        })
    }

    /// Runs a statement and returns the number of changed rows.
    ///
    /// # Errors
    /// As [`Tx::one`].
    pub(crate) async fn run(&mut self, sql: &'static str, values: &[Param<'_>]) -> Result<u64> {
        on_engine!(self, Tx(tx) => Ok(with_timeout(query!(sql, values).execute(&mut **tx)).await?.rows_affected()))
    }

    /// Commits the transaction. Its changes are durable when this returns.
    ///
    /// # Errors
    /// As [`Db::one`]. If the connection breaks during the commit, the changes may have been committed nevertheless.
    pub(crate) async fn commit(self) -> Result<()> {
        on_engine!(self, Tx(tx) => with_timeout(tx.commit()).await)
    }
}

/// Types of columns. A column that may be NULL is read as an `Option`.
pub(crate) trait Column: Sized {
    /// Reads a column by name.
    fn read(row: &DbRow, name: &'static str) -> sqlx::Result<Self>;
}

macro_rules! columns {
    ($($type:ty),*) => {
        $(impl Column for $type {
            fn read(row: &DbRow, name: &'static str) -> sqlx::Result<Self> {
                on_engine!(row, DbRow(row) => row.try_get(name))
            }
        })*
    };
}
columns!(i64, String, Vec<u8>, Option<i64>, Option<String>);

impl DbRow {
    /// Reads a column by name.
    ///
    /// # Errors
    /// `store_failed` if the column does not exist or has another type.
    pub(crate) fn get<T: Column>(&self, name: &'static str) -> Result<T> {
        T::read(self, name).map_err(failed)
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

async fn with_timeout<T>(work: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match timeout(STATEMENT_TIMEOUT, work).await {
        Ok(done) => done.map_err(failed),
        Err(_) => Err(unavailable(words::no_response())),
    }
}

/// Whether a statement failed because a unique value is already taken.
pub(super) fn is_conflict(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<sqlx::Error>());
    cause.and_then(sqlx::Error::as_database_error).is_some_and(|error| error.is_unique_violation())
}

/// Maps a failed statement to an error.
pub(super) fn failed(error: sqlx::Error) -> Error {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, Protocol};
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned();
    // Transient Postgres error classes: connection, transaction rollback, resources, shutdown
    // (https://www.postgresql.org/docs/current/errcodes-appendix.html).
    let is_transient =
        code.len() == 5 && ["08", "40", "53", "55P03", "57P"].iter().any(|class| code.starts_with(class));
    match &error {
        // SQLITE_BUSY (https://www.sqlite.org/rescode.html).
        Database(_) if code == "5" => Error::of(ErrorKind::Busy, words::database_locked()).domain(Domain::Store),
        Database(e) if e.is_unique_violation() => Error::of(ErrorKind::Internal, words::store_conflict())
            .domain(Domain::Store)
            .retry(Retry::Yes)
            .source(error),
        Database(_) if is_transient => unavailable(causes::database(&error)).source(error),
        Io(_) | PoolTimedOut | PoolClosed | Protocol(_) => unavailable(causes::database(&error)).source(error),
        _ => Error::of(ErrorKind::Internal, words::store_failed(causes::database(&error)))
            .domain(Domain::Store)
            .source(error),
    }
}

fn unavailable(why: Message) -> Error {
    Error::of(ErrorKind::Busy, words::database_unavailable(why)).domain(Domain::Store)
}
