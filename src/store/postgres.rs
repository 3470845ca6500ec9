//! Postgres, for several processes that share one store.

use std::{fmt, str::FromStr, time::Duration};

use secrecy::SecretString;
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};
use tokio::time::timeout;
use url::Url;

use super::{Db, migrate::migrator, sql};
use crate::{causes, server_url::STORE, words};
use haibao_core::error::{Domain, Error, ErrorKind, Message, Result};

/// Connections per process. Few suffice: link reads are cached, link writes are batched, other statements are short.
const MAX_CONNECTIONS: u32 = 8;
/// Timeout of the first connection, and of acquiring a pooled one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout of the migrations, including the wait for another process that runs them.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(60);
/// Table of applied migrations. Not sqlx's default name, which the job queue uses.
const MIGRATIONS_TABLE: &str = "haibao_migrations";
/// Supported URL parameters. sqlx would log unknown parameters with their values.
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

/// A server, not yet connected.
pub(crate) struct PostgresServer(pub(crate) PgConnectOptions);

impl PostgresServer {
    /// Parses `postgres://user:password@host:port/database?parameter=value`. Missing parts come from libpq's environment
    /// variables, such as `PGPASSWORD`, or from `.pgpass`.
    ///
    /// # Errors
    /// `setting_invalid`. The message does not contain the URL, which may hold a password.
    pub(super) fn new(url: &SecretString) -> Result<Self> {
        options(url).map(Self)
    }

    /// Connects and runs the migrations.
    ///
    /// # Errors
    /// `store_unusable`; `store_busy` if the server is unavailable.
    pub(super) async fn open(&self) -> Result<Db> {
        open(&self.0).await
    }
}

impl fmt::Debug for PostgresServer {
    /// Only the host, because the options hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.get_host().fmt(f)
    }
}

fn options(url: &SecretString) -> Result<PgConnectOptions> {
    let parsed = STORE.parse(url)?;
    let known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    if let Some((name, _)) = parsed.query_pairs().find(|(name, _)| !known(name)) {
        return Err(STORE.invalid(words::unknown_parameter(format!("{name:?}"))));
    }
    // The cause may quote a value, so it is dropped.
    let options =
        PgConnectOptions::from_str(parsed.as_str()).map_err(|_| STORE.invalid(words::unreadable_parameter()))?;
    if !matches!(options.get_ssl_mode(), PgSslMode::Disable) {
        check_files(&parsed)?;
    }
    let options = if options.get_application_name().is_some() { options } else { options.application_name("haibao") };
    Ok(options.disable_statement_logging())
}

/// Checks that the TLS files named by the URL or libpq's variables are readable. An unreadable one is a permanent
/// error.
fn check_files(url: &Url) -> Result<()> {
    for (name, variable) in [("sslrootcert", "PGSSLROOTCERT"), ("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY")] {
        let given = url.query_pairs().filter(|(given, _)| given == name).last().map(|(_, path)| path.into_owned());
        let Some(path) = given.or_else(|| std::env::var(variable).ok()) else { continue };
        // sqlx also accepts inline PEM instead of a path.
        if path.trim_start().starts_with("-----BEGIN") {
            continue;
        }
        if let Err(error) = std::fs::read(&path) {
            return Err(Error::of(ErrorKind::Invalid, words::postgres_file(name, path, causes::io(&error), variable))
                .domain(Domain::Settings)
                .pointer("/store"));
        }
    }
    Ok(())
}

async fn open(options: &PgConnectOptions) -> Result<Db> {
    let server = format!("{}:{}", options.get_host(), options.get_port());

    let unusable =
        |why: Message| Error::of(ErrorKind::Internal, words::postgres_unusable(&server, why)).domain(Domain::Store);
    let unavailable =
        |why: Message| Error::of(ErrorKind::Busy, words::postgres_busy(&server, why)).domain(Domain::Store);
    // Connect once outside the pool, which would retry until its timeout even if the connection is refused.
    match timeout(CONNECT_TIMEOUT, options.connect()).await {
        Ok(Ok(first)) => drop(first.close().await),
        // Startup, shutdown and too many connections are transient. Others, such as a wrong password, are permanent.
        Ok(Err(e)) => {
            let code = e.as_database_error().and_then(|e| e.code()).unwrap_or_default();
            let is_permanent = code.len() == 5 && !["57P", "53"].iter().any(|class| code.starts_with(class));
            return Err(if is_permanent { unusable(causes::database(&e)) } else { unavailable(causes::database(&e)) });
        }
        Err(_) => return Err(unavailable(words::no_response())),
    }
    let pool = PgPoolOptions::new().max_connections(MAX_CONNECTIONS).acquire_timeout(CONNECT_TIMEOUT);
    let pool = pool.connect_lazy_with(options.clone());
    let mut migrator = migrator(sql::POSTGRES);
    migrator.dangerous_set_table_name(MIGRATIONS_TABLE);
    match timeout(MIGRATION_TIMEOUT, migrator.run(&pool)).await {
        Ok(done) => done.map_err(|e| unusable(causes::any(&e)))?,
        Err(_) => return Err(unavailable(words::migration_locked())),
    }
    Ok(Db::Postgres { writer: pool.clone(), readers: pool })
}
