//! SQLite: one file in the data folder. Nothing is lost in a crash (WAL, `synchronous=FULL`).

use std::{fs, io, path::Path, time::Duration};

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Db, migrator, sql};
use haibao_core::error::{Error, Kind, Result};

/// The file in the data folder.
pub(super) const FILE: &str = "haibao.db";
/// Connections that read. A lookup takes tens of microseconds, and most are answered from memory.
const READERS: u32 = 4;
/// How long a statement waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// How often opening the file is tried, with a pause of 50 ms: a second process that starts at the same moment may be
/// about to switch it to WAL, for which SQLite does not wait, or in the middle of the migrations.
const ATTEMPTS: u32 = 20;

/// Opens the file, which is made when it is not there.
pub(super) async fn open(folder: &Path) -> Result<Db> {
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
    let mut attempt = 1;
    let writer = loop {
        match connect(pool(1), &options).await {
            Ok(writer) => break writer,
            Err(why) if attempt == ATTEMPTS => return Err(unusable(why)),
            Err(_) => attempt += 1,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let readers = pool(READERS).connect_lazy_with(options.read_only(true));
    Ok(Db::Sqlite { writer, readers })
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

/// The connection that writes, with the tables made or brought up; else why not.
async fn connect(pool: SqlitePoolOptions, options: &SqliteConnectOptions) -> Result<SqlitePool, String> {
    let writer = pool.connect_with(options.clone()).await.map_err(|e| e.to_string())?;
    migrator(sql::SQLITE).run(&writer).await.map_err(|e| e.to_string())?;
    Ok(writer)
}
