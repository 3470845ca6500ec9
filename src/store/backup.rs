//! Copies the SQLite file while services use it.

use std::{io, path::Path, time::Duration};

use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

use super::sqlite::{FILE, unusable};
use crate::{causes, data_folder, words};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// How long a statement waits for the lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Copies the database of a data folder to another folder, which exists and has none. The copy has one consistent state, in a single
/// file for this user alone; services go on reading and writing meanwhile.
///
/// # Errors
/// `backup_empty` if there is no database; `store_unusable` with the reason of the database; an error of output if the copy cannot be
/// written.
pub async fn back_up(data: &Path, to: &Path) -> Result<()> {
    let (from, copy) = (data.join(FILE), to.join(FILE));
    if !super::sqlite::exists(data)? {
        return Err(Error::of(ErrorKind::NotFound, words::backup_empty(from.display())));
    }
    // SQLite writes into an empty file, which keeps its mode.
    let created = data_folder::open_file(&copy).map_err(|e| unwritable(to, e))?;
    let name = copy.to_str().ok_or_else(|| unusable(&copy, words::path_undecodable()))?;
    let copied = async {
        let mut database = open(&from, BUSY_TIMEOUT).await?;
        sqlx::query("VACUUM INTO ?1").bind(name).execute(&mut database).await?;
        database.close().await
    };
    copied.await.map_err(|e: sqlx::Error| unusable(&from, causes::database(&e)))?;
    let checked = async {
        let mut database = open(&copy, BUSY_TIMEOUT).await?;
        let verdict: String = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut database).await?.try_get(0)?;
        database.close().await?;
        Ok(verdict)
    };
    match checked.await.map_err(|e: sqlx::Error| unusable(&copy, causes::database(&e)))?.as_str() {
        "ok" => created.sync_all().map_err(|e| unwritable(to, e)),
        fault => Err(unusable(&copy, words::database_said(fault))),
    }
}

fn unwritable(folder: &Path, error: io::Error) -> Error {
    let finding = words::folder_unwritable(folder.display(), causes::io(&error));
    Error::of(ErrorKind::Internal, finding).domain(Domain::Output).source(error)
}

async fn open(file: &Path, busy: Duration) -> sqlx::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(busy);
    options.disable_statement_logging().connect().await
}
