//! Postgres: what several processes share.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};
use tokio::time::timeout;
use url::Url;

use super::{Db, migrator, sql};
use haibao_core::error::{Error, Kind, Result};

/// Most connections of one process. Links come from memory or in groups of 256; the rest is short statements.
const CONNECTIONS: u32 = 8;
/// How long a statement waits for a connection, and the server for its first one.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the migrations may take, with the wait for another process that runs them.
const MIGRATE: Duration = Duration::from_secs(60);
/// The table of the migrations that ran. Not the library's own name: the queue of jobs keeps its own there.
const MIGRATIONS: &str = "haibao_migrations";
/// Parameters that a URL may have: the library would log others with their values.
const PARAMETERS: [&str; 13] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Reads a URL `postgres://user:password@host:port/database?parameter=value`. What it leaves out comes from `PGPASSWORD`
/// and the other variables of libpq, or from `.pgpass`.
///
/// # Errors
/// `setting_invalid`; the URL is not repeated.
pub(super) fn options(url: &SecretString) -> Result<PgConnectOptions> {
    let invalid = |why: &str| {
        Error::new(Kind::Invalid, "setting_invalid", format!("`store` {why}"))
            .hint("leave it empty for a file in the data folder, or write postgres://user:password@host:5432/database")
            .pointer("/store")
    };
    let parsed = Url::parse(url.expose_secret().trim()).map_err(|e| invalid(&format!("is no URL: {e}")))?;
    if !matches!(parsed.scheme(), "postgres" | "postgresql") {
        return Err(invalid("is of an unknown kind"));
    }
    let known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    if let Some((name, _)) = parsed.query_pairs().find(|(name, _)| !known(name)) {
        return Err(invalid(&format!("has an unknown parameter {name:?}")));
    }
    // The cause could quote a value.
    let options =
        PgConnectOptions::from_str(parsed.as_str()).map_err(|_| invalid("has a parameter that cannot be read"))?;
    if !matches!(options.get_ssl_mode(), PgSslMode::Disable) {
        readable(&parsed)?;
    }
    let options = if options.get_application_name().is_some() { options } else { options.application_name("haibao") };
    Ok(options.disable_statement_logging())
}

/// Files that the connection will need, from the URL or libpq's variables: one that cannot be read never passes.
fn readable(url: &Url) -> Result<()> {
    for (name, variable) in [("sslrootcert", "PGSSLROOTCERT"), ("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY")] {
        let given = url.query_pairs().filter(|(given, _)| given == name).last().map(|(_, path)| path.into_owned());
        let Some(path) = given.or_else(|| std::env::var(variable).ok()) else { continue };
        // The library takes a certificate or a key in the place of a path, too.
        if path.trim_start().starts_with("-----BEGIN") {
            continue;
        }
        if let Err(error) = std::fs::read(&path) {
            let message = format!("{name} of `store` names {path}, which cannot be read: {error}");
            return Err(Error::new(Kind::Invalid, "setting_invalid", message)
                .hint(format!("put the file {path} there, or name another with {name}= or {variable}"))
                .pointer("/store"));
        }
    }
    Ok(())
}

/// Connects, and makes or brings up the tables.
pub(super) async fn open(options: &PgConnectOptions) -> Result<Db> {
    let server = format!("{}:{}", options.get_host(), options.get_port());
    let message = |why: &str| format!("cannot use the database at {server}: {why}");
    let unusable = |why: String| {
        Error::new(Kind::Internal, "store_unusable", message(&why))
            .hint("the setting `store` names a Postgres database, and a user who may make tables in it")
    };
    let away = |why: &str| {
        Error::new(Kind::Busy, "store_busy", message(why))
            .hint("try again; check that the server runs and can be reached")
    };
    // The pool would try until its time is over, also where nobody listens.
    match timeout(CONNECT, options.connect()).await {
        Ok(Ok(first)) => drop(first.close().await),
        // Starting up, shutting down, and too many connections pass; a wrong password stays.
        Ok(Err(e)) => {
            let code = e.as_database_error().and_then(|e| e.code()).unwrap_or_default();
            let stays = code.len() == 5 && !["57P", "53"].iter().any(|class| code.starts_with(class));
            return Err(if stays { unusable(e.to_string()) } else { away(&e.to_string()) });
        }
        Err(_) => return Err(away("it does not answer")),
    }
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(CONNECT);
    let pool = pool.connect_lazy_with(options.clone());
    let mut migrator = migrator(sql::POSTGRES);
    migrator.dangerous_set_table_name(MIGRATIONS);
    match timeout(MIGRATE, migrator.run(&pool)).await {
        Ok(done) => done.map_err(|e| unusable(e.to_string()))?,
        Err(_) => return Err(away("another process holds the lock of its tables")),
    }
    Ok(Db::Postgres(pool))
}
