//! Replaces `backends.rs` in a binary without the feature `cluster`: SQLite is the only backend.

use std::path::Path;

use super::sqlite;
use crate::store::Store;
use haibao_core::error::Result;

/// Storage backend of an open queue.
#[derive(Debug, Clone)]
pub(in super::super) enum Engine {
    Sqlite(sqlite::Sqlite),
}

/// Evaluates an expression with the storage of an [`Engine`].
macro_rules! on_engine {
    ($engine:expr, $open:pat => $body:expr) => {
        match $engine {
            Engine::Sqlite($open) => $body,
        }
    };
}
pub(in super::super) use on_engine;

/// Opens the queue of a store and creates its tables.
pub(super) async fn open(store: &Store) -> Result<Engine> {
    // Opening the store creates the folder.
    store.db().await?;
    sqlite::open(store.folder().unwrap_or(Path::new(""))).await.map(Engine::Sqlite)
}
