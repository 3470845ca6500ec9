//! Engines of a database: SQLite and Postgres. `sqlite_only.rs` replaces this file in a binary without the feature `cluster`.

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction, postgres::PgRow, sqlite::SqliteRow};

use super::begin::begin;

/// An open database. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    /// A SQLite file.
    Sqlite {
        /// One connection, because SQLite allows one writer at a time.
        writer: SqlitePool,
        /// Read-only connections.
        readers: SqlitePool,
    },
    /// A Postgres server shared by several processes. Both pools are the same.
    Postgres { writer: PgPool, readers: PgPool },
}

/// A transaction, rolled back when dropped. Keep it short: on SQLite it blocks all other writers.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A result row.
#[derive(Debug)]
pub(crate) enum DbRow {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Evaluates an expression with the fields of a [`Db`], [`Tx`] or [`DbRow`]. In the expression, `Engine` is the type of
/// the engine.
macro_rules! on_engine {
    ($value:expr, $type:ident $fields:tt => $body:expr) => {
        match $value {
            $type::Sqlite $fields => {
                #[allow(dead_code, reason = "not every expression needs it")]
                type Engine = sqlx::Sqlite;
                $body
            }
            $type::Postgres $fields => {
                #[allow(dead_code, reason = "not every expression needs it")]
                type Engine = sqlx::Postgres;
                $body
            }
        }
    };
}
pub(super) use on_engine;

impl Db {
    /// Begins a write transaction, without a timeout.
    pub(super) async fn begin_unbounded(&self) -> sqlx::Result<Tx> {
        match self {
            Self::Sqlite { writer, .. } => begin(writer).await.map(Tx::Sqlite),
            Self::Postgres { writer, .. } => writer.begin().await.map(Tx::Postgres),
        }
    }
}

impl From<SqliteRow> for DbRow {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for DbRow {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}
