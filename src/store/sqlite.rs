//! SQLite: one file in the data folder. Commits survive crashes (WAL, `synchronous=FULL`).

use std::{io, path::Path, time::Duration};

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Db, migrate::migrator, sql};
use crate::{causes, data_folder, words};
use haibao_core::error::{Domain, Error, ErrorKind, Message, Result};

/// Name of the database file in the data folder.
pub(super) const FILE: &str = "haibao.db";
/// Read-only connections. Few suffice: a lookup takes tens of microseconds, and most are served from the cache.
const READERS: u32 = 4;
/// How long a statement waits for another process's write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum attempts to open the file, 50 ms apart. Another process that starts at the same time may be switching the
/// file to WAL, for which SQLite does not wait, or running the migrations.
const MAX_ATTEMPTS: u32 = 20;

/// Whether a folder has the file.
///
/// # Errors
/// `store_unusable` if the system does not tell.
pub(super) fn exists(folder: &Path) -> Result<bool> {
    let file = folder.join(FILE);
    file.try_exists().map_err(|e| unusable(&file, causes::io(&e)))
}

pub(super) fn unusable(file: &Path, why: Message) -> Error {
    Error::of(ErrorKind::Internal, words::sqlite_unusable(file.display(), why)).domain(Domain::Store)
}

/// Checks that the file is still the one that was opened: what is written to one that was removed is lost.
///
/// # Errors
/// `store_failed`.
#[cfg(unix)]
pub(super) fn check_identity(folder: &Path, opened: (u64, u64)) -> Result<()> {
    let file = folder.join(FILE);
    match identity(folder) {
        Some(now) if now == opened => Ok(()),
        _ => Err(Error::of(ErrorKind::Internal, words::store_replaced(file.display())).domain(Domain::Store)),
    }
}

/// Device and number of the file.
#[cfg(unix)]
pub(super) fn identity(folder: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder.join(FILE)).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Opens the file and creates it if it is missing.
pub(super) async fn open(folder: &Path) -> Result<Db> {
    let file = folder.join(FILE);
    prepare(folder, &file).map_err(|e| unusable(&file, causes::io(&e)))?;
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    // Connections stay open: idle ones are cheap, and opening one would delay a lookup.
    let pool = |connections| {
        let pool = SqlitePoolOptions::new().max_connections(connections);
        pool.idle_timeout(None).max_lifetime(None).test_before_acquire(false)
    };
    let mut attempt = 1;
    let writer = loop {
        match connect(pool(1), &options).await {
            Ok(writer) => break writer,
            Err(why) if attempt == MAX_ATTEMPTS => return Err(unusable(&file, why)),
            Err(_) => attempt += 1,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let readers = pool(READERS).connect_lazy_with(options.read_only(true));
    Ok(Db::Sqlite { writer, readers })
}

/// Creates the folder and the file, accessible only to the process's user. Existing ones keep their permissions. SQLite
/// creates its other files with the permissions of this one.
fn prepare(folder: &Path, file: &Path) -> io::Result<()> {
    data_folder::create_durably(folder)?;
    data_folder::open_file(file)?.sync_all()
}

/// Opens the write connection and runs the migrations. The error is the reason for messages.
async fn connect(pool: SqlitePoolOptions, options: &SqliteConnectOptions) -> Result<SqlitePool, Message> {
    let writer = pool.connect_with(options.clone()).await.map_err(|e| causes::database(&e))?;
    migrator(sql::SQLITE).run(&writer).await.map_err(|e| causes::any(&e))?;
    Ok(writer)
}
