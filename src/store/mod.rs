//! What is kept for ever: short links. In one SQLite file in the data folder, or in a Postgres database that several
//! processes share.
//!
//! [`Store`] opens it when it is first needed; [`Links`] is what the service talks to. A link is on the disk before
//! [`Links::put`] returns, so a code that was printed resolves after any crash.
//!
//! Both engines run the same statements (`sql` says how a table is added), by way of `Db` and `Tx`.

mod db;
pub mod exports;
mod id;
mod links;
mod postgres;
mod scans;
mod shared;
mod sql;
mod sqlite;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) use db::{CONFLICT, Db, Param, Row, Tx};
pub use id::is_valid as is_valid_id;
pub use links::{Config, Link, Links, Options, Put};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::PgConnectOptions,
};
use tokio::sync::OnceCell;

use haibao_core::error::Result;

/// The database. Nothing is made, and nobody asked, before something is to be kept. Cheap to clone; clones share the
/// connections.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    place: Place,
    opened: OnceCell<Db>,
}

/// Where it is.
enum Place {
    /// A folder with a file.
    Folder(PathBuf),
    /// A server.
    Postgres(Box<PgConnectOptions>),
}

impl Store {
    /// As the setting `store` says: a Postgres database by its URL; when it is empty, the file of the data folder.
    ///
    /// # Errors
    /// `setting_invalid` for anything else.
    pub fn new(url: &SecretString, folder: impl Into<PathBuf>) -> Result<Self> {
        if url.expose_secret().trim().is_empty() {
            return Ok(Self::open(folder));
        }
        Ok(Self::at(Place::Postgres(Box::new(postgres::options(url)?))))
    }

    /// The store of a data folder, which need not be there. Nothing is read or made yet.
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        Self::at(Place::Folder(folder.into()))
    }

    fn at(place: Place) -> Self {
        Self(Arc::new(Inner { place, opened: OnceCell::new() }))
    }

    /// The data folder; none when the store is a server.
    pub fn folder(&self) -> Option<&Path> {
        match &self.0.place {
            Place::Folder(folder) => Some(folder),
            Place::Postgres(_) => None,
        }
    }

    /// How the server is reached; none when the store is a file.
    pub(crate) fn postgres(&self) -> Option<&PgConnectOptions> {
        match &self.0.place {
            Place::Folder(_) => None,
            Place::Postgres(options) => Some(options),
        }
    }

    /// The database, made when it is not there.
    ///
    /// # Errors
    /// `store_unusable` with the system's or the database's reason.
    pub(crate) async fn db(&self) -> Result<&Db> {
        let open = async || match &self.0.place {
            Place::Folder(folder) => sqlite::open(folder).await,
            Place::Postgres(options) => postgres::open(options).await,
        };
        self.0.opened.get_or_try_init(open).await
    }

    /// The database, if there is one: a look makes no file.
    ///
    /// # Errors
    /// As [`Store::db`].
    pub(crate) async fn existing(&self) -> Result<Option<&Db>> {
        match &self.0.place {
            Place::Folder(folder) if !self.0.opened.initialized() && !folder.join(sqlite::FILE).exists() => Ok(None),
            _ => self.db().await.map(Some),
        }
    }
}

impl fmt::Debug for Store {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.place {
            Place::Folder(folder) => f.debug_tuple("Store").field(folder).finish(),
            Place::Postgres(options) => f.debug_tuple("Store").field(&options.get_host()).finish(),
        }
    }
}

fn migrator(all: &[sql::Migration]) -> Migrator {
    let migration = |&(version, what, statements): &sql::Migration| {
        Migration::new(version, what.into(), MigrationType::Simple, statements.into_sql_str(), false)
    };
    Migrator::with_migrations(all.iter().map(migration).collect())
}
