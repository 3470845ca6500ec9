//! Database: short links, exports, API keys and shared quota state, in a SQLite file in the data folder or in a Postgres
//! database shared by several processes.
//!
//! [`Store`] opens the database lazily. [`Links`] is the interface to short links: a link is durable before
//! [`Links::put`] returns, so printed codes resolve after a crash.
//!
//! Both engines run the same statements through `Db` and `Tx`; the module `sql` explains how to add a table.

mod backup;
mod begin;
mod db;
#[cfg_attr(not(feature = "cluster"), path = "sqlite_only.rs")]
mod engines;
pub mod exports;
mod id;
pub mod keys;
mod link;
mod links;
mod migrate;
#[cfg(all(test, feature = "cluster"))]
#[allow(dead_code, reason = "only its tests use it in this build")]
mod no_postgres;
#[cfg_attr(not(feature = "cluster"), path = "no_postgres.rs")]
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

pub use backup::back_up;
pub(crate) use db::Param;
pub(crate) use engines::{Db, DbRow, Tx};
pub(crate) use id::generate as generate_id;
pub use id::is_valid as is_valid_id;
pub use link::{Link, Put};
pub use links::{Config, LinkOptions, Links};
use postgres::PostgresServer;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use crate::data_folder;
use haibao_core::error::Result;

/// Database handle. Opened lazily; created by the first write. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    place: Place,
    opened: OnceCell<Db>,
    /// Identity of the SQLite file that was opened.
    #[cfg(unix)]
    file: std::sync::OnceLock<(u64, u64)>,
}

/// Location of the database.
enum Place {
    /// Data folder with a SQLite file.
    Folder(PathBuf),
    Server(Box<PostgresServer>),
}

impl Store {
    /// Creates the store from the setting `store`: a Postgres URL, or empty for a SQLite file in the data folder
    /// `folder`.
    ///
    /// # Errors
    /// `setting_invalid` if the URL cannot be used; `feature_missing` if it names Postgres and this binary has none.
    pub fn new(url: &SecretString, folder: impl Into<PathBuf>) -> Result<Self> {
        if url.expose_secret().trim().is_empty() {
            return Ok(Self::open(folder));
        }
        Ok(Self::at(Place::Server(Box::new(PostgresServer::new(url)?))))
    }

    /// The SQLite store of a data folder. Neither needs to exist; nothing is opened yet.
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        Self::at(Place::Folder(folder.into()))
    }

    fn at(place: Place) -> Self {
        Self(Arc::new(Inner {
            place,
            opened: OnceCell::new(),
            #[cfg(unix)]
            file: std::sync::OnceLock::new(),
        }))
    }

    /// The data folder. `None` for Postgres.
    pub fn folder(&self) -> Option<&Path> {
        match &self.0.place {
            Place::Folder(folder) => Some(folder),
            Place::Server(_) => None,
        }
    }

    /// The server. `None` for SQLite.
    #[cfg(feature = "cluster")]
    pub(crate) fn server(&self) -> Option<&PostgresServer> {
        match &self.0.place {
            Place::Folder(_) => None,
            Place::Server(server) => Some(server),
        }
    }

    /// The database; opens it on first use and creates it if it is missing.
    ///
    /// # Errors
    /// `store_unusable` with the reason of the system or the database; `store_busy` if the server is unavailable.
    pub(crate) async fn db(&self) -> Result<&Db> {
        let open = async || match &self.0.place {
            Place::Folder(folder) => {
                let db = sqlite::open(folder).await?;
                #[cfg(unix)]
                if let Some(file) = sqlite::identity(folder) {
                    let _ = self.0.file.set(file);
                }
                Ok(db)
            }
            Place::Server(server) => server.open().await,
        };
        self.0.opened.get_or_try_init(open).await
    }

    /// Checks that records can be written and stay: creates the SQLite file, writes to its folder, and compares the file with the one
    /// that was opened. A server is not asked.
    ///
    /// # Errors
    /// `store_failed`, `store_unusable` with the reason of the system.
    pub(crate) async fn check_writable(&self) -> Result<()> {
        match &self.0.place {
            Place::Folder(folder) => {
                data_folder::check(folder).await?;
                self.db().await?;
                #[cfg(unix)]
                if let Some(opened) = self.0.file.get() {
                    sqlite::check_identity(folder, *opened)?;
                }
                Ok(())
            }
            Place::Server(_) => Ok(()),
        }
    }

    /// Closes the database after the statements in progress; later ones fail. A SQLite store is then a single file, unless
    /// another process uses it.
    pub(crate) async fn close(&self) {
        if let Some(db) = self.0.opened.get() {
            db.close().await;
        }
    }

    /// The database if it exists. Read operations do not create the file.
    ///
    /// # Errors
    /// As [`Store::db`].
    pub(crate) async fn existing(&self) -> Result<Option<&Db>> {
        match &self.0.place {
            // A folder that cannot be entered may have a file with keys.
            Place::Folder(folder) if !self.0.opened.initialized() && !sqlite::exists(folder)? => Ok(None),
            _ => self.db().await.map(Some),
        }
    }
}

impl fmt::Debug for Store {
    /// Omits the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.place {
            Place::Folder(folder) => f.debug_tuple("Store").field(folder).finish(),
            Place::Server(server) => f.debug_tuple("Store").field(server).finish(),
        }
    }
}
