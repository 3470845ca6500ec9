//! Storage backends of the queue: SQLite and Postgres. `sqlite_only.rs` replaces this file in a binary without the feature
//! `cluster`.

use std::path::Path;

use super::{postgres, sqlite};
use crate::store::Store;
use haibao_core::error::Result;

/// Storage backend of an open queue. All have the same fields, for [`on_engine`].
#[derive(Debug, Clone)]
pub(in super::super) enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// Evaluates an expression with the storage of an [`Engine`].
macro_rules! on_engine {
    ($engine:expr, $open:pat => $body:expr) => {
        match $engine {
            Engine::Sqlite($open) => $body,
            Engine::Postgres($open) => $body,
        }
    };
}
pub(in super::super) use on_engine;

/// Opens the queue of a store and creates its tables.
pub(super) async fn open(store: &Store) -> Result<Engine> {
    // Opening the store creates the folder, and waits for a database that is starting.
    store.db().await?;
    if let Some(server) = store.server() {
        return postgres::open(&server.0).await.map(Engine::Postgres);
    }
    sqlite::open(store.folder().unwrap_or(Path::new(""))).await.map(Engine::Sqlite)
}
