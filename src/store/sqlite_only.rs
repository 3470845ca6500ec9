//! Replaces `engines.rs` in a binary without the feature `cluster`: SQLite is the only engine.

use sqlx::{Sqlite, SqlitePool, Transaction, sqlite::SqliteRow};

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
}

/// A transaction, rolled back when dropped. Keep it short: it blocks all other writers.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
}

/// A result row.
#[derive(Debug)]
pub(crate) enum DbRow {
    Sqlite(SqliteRow),
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
        }
    };
}
pub(super) use on_engine;

impl Db {
    /// Begins a write transaction, without a timeout.
    pub(super) async fn begin_unbounded(&self) -> sqlx::Result<Tx> {
        let Self::Sqlite { writer, .. } = self;
        begin(writer).await.map(Tx::Sqlite)
    }
}

impl From<SqliteRow> for DbRow {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}
