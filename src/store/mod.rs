//! What is kept for ever: short links, in one SQLite file in the data folder.
//!
//! [`Store`] opens the file when it is first needed; [`Links`] is what the service talks to. A link is on the disk
//! (WAL, `synchronous=FULL`) before [`Links::put`] returns, so a code that was printed resolves after any crash.

mod id;
mod links;
mod scans;
mod sql;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

pub use id::is_valid as is_valid_id;
pub use links::{Config, Link, Links, Options, Put};
use sqlx::{
    ConnectOptions, SqlSafeStr, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::OnceCell;

use crate::error::{Error, Kind, Result};

/// The file in the data folder.
const FILE: &str = "haibao.db";
/// Connections that read. A lookup takes tens of microseconds, and most are answered from memory.
const READERS: u32 = 4;
/// How long a statement waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// How often migrations are tried: a second process that starts at the same moment may be in the middle of them.
const MIGRATION_ATTEMPTS: u32 = 5;

/// A data folder. Nothing is made in it before something is to be kept.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    opened: OnceCell<Db>,
}

/// The open file.
#[derive(Debug)]
struct Db {
    /// One connection: SQLite has one writer at a time.
    writer: SqlitePool,
    /// Connections that cannot write.
    readers: SqlitePool,
}

impl Store {
    /// The store of a data folder, which need not be there. Nothing is read or made yet.
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), opened: OnceCell::new() }
    }

    /// The file, made when it is not there.
    ///
    /// # Errors
    /// `store_unusable` with the system's or SQLite's reason.
    async fn db(&self) -> Result<&Db> {
        self.opened.get_or_try_init(|| Db::open(&self.folder)).await
    }

    /// The file, if there is one.
    ///
    /// # Errors
    /// As [`Store::db`].
    async fn existing(&self) -> Result<Option<&Db>> {
        if self.opened.initialized() || self.folder.join(FILE).exists() {
            return self.db().await.map(Some);
        }
        Ok(None)
    }
}

impl Db {
    async fn open(folder: &Path) -> Result<Self> {
        let file = folder.join(FILE);
        let unusable = |why: String| {
            Error::new(Kind::Internal, "store_unusable", format!("cannot open {}: {why}", file.display()))
                .hint("the setting `data` names a folder that this process may write to, on a disk with room")
        };
        prepare(folder, &file).map_err(|e| unusable(e.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .disable_statement_logging();
        // Connections stay open: they cost nothing, and a scan waits for the next one.
        let pool = |connections| {
            let pool = SqlitePoolOptions::new().max_connections(connections);
            pool.idle_timeout(None).max_lifetime(None).test_before_acquire(false)
        };
        let writer = pool(1).connect_with(options.clone()).await.map_err(|e| unusable(e.to_string()))?;
        migrate(&writer).await.map_err(|e| unusable(e.to_string()))?;
        let readers = pool(READERS).connect_lazy_with(options.read_only(true));
        Ok(Self { writer, readers })
    }
}

/// Makes folder and file for the process's user alone; those that are there keep their rights. SQLite gives its other
/// files the rights of this one.
fn prepare(folder: &Path, file: &Path) -> io::Result<()> {
    if !folder.as_os_str().is_empty() && !folder.exists() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        // SQLite syncs the folder of its files; that the folder itself is there is ours to sync.
        #[cfg(unix)]
        fs::File::open(folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?.sync_all()?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.sync_all()
}

async fn migrate(writer: &SqlitePool) -> Result<(), sqlx::migrate::MigrateError> {
    let all = sql::MIGRATIONS.iter().map(|(version, what, statements)| {
        Migration::new(*version, (*what).into(), MigrationType::Simple, statements.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(all.collect());
    let mut attempt = 1;
    loop {
        match migrator.run(writer).await {
            Err(_) if attempt < MIGRATION_ATTEMPTS => attempt += 1,
            result => return result,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A statement that failed.
fn failed(error: sqlx::Error) -> Error {
    // SQLite's primary code of SQLITE_BUSY (https://www.sqlite.org/rescode.html).
    let busy = error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "5");
    if busy {
        Error::new(Kind::Busy, "store_busy", "the data folder's file is locked by another process")
            .hint("try again; let no other program keep it open for long")
    } else {
        Error::new(Kind::Internal, "store_failed", format!("the data folder's file cannot be used: {error}"))
            .hint("check that its disk has room; the log says more")
            .source(error)
    }
}
