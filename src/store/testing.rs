//! The engines that tests run on: SQLite always, Postgres when `HAIBAO_TEST_POSTGRES` names a server. `tests/run` starts
//! one and sets it, so that nothing is left out there.

use std::{
    io::{self, Write},
    sync::Once,
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use tempfile::TempDir;

use super::Store;

/// URL of a database in which tests may make schemas.
const SERVER: &str = "HAIBAO_TEST_POSTGRES";

/// An empty database of its own for one test; each [`Engine::store`] is another process's.
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    pub(crate) folder: TempDir,
    url: SecretString,
}

impl Engine {
    pub(crate) fn sqlite() -> Self {
        Self { name: "SQLite", folder: tempfile::tempdir().unwrap(), url: "".into() }
    }

    /// A schema of its own; none without a server, which is said once.
    pub(crate) async fn postgres() -> Option<Self> {
        static SAID: Once = Once::new();
        let Ok(server) = std::env::var(SERVER) else {
            // Not by `eprintln!`, which is not shown when a test passes.
            SAID.call_once(|| writeln!(io::stderr(), "{SERVER} is not set: the tests leave Postgres out").unwrap());
            return None;
        };
        let schema = format!("test_{:016x}", getrandom::u64().unwrap());
        let options: PgConnectOptions = server.parse().expect("HAIBAO_TEST_POSTGRES is a URL");
        let mut connection = options.connect().await.expect("HAIBAO_TEST_POSTGRES answers");
        connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        connection.close().await.unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options[search_path]={schema}").into();
        Some(Self { name: "Postgres", folder: tempfile::tempdir().unwrap(), url })
    }

    /// All that there are.
    pub(crate) async fn all() -> Vec<Self> {
        let mut all = vec![Self::sqlite()];
        all.extend(Self::postgres().await);
        all
    }

    /// The same database by way of another port of this machine.
    pub(crate) fn store_by(&self, port: u16) -> Store {
        let mut url = url::Url::parse(self.url.expose_secret()).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(port)).unwrap();
        Store::new(&url.as_str().into(), "").unwrap()
    }

    /// `host:port` of the server.
    pub(crate) fn server(&self) -> String {
        let url = url::Url::parse(self.url.expose_secret()).unwrap();
        format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432))
    }

    pub(crate) fn store(&self) -> Store {
        Store::new(&self.url, self.folder.path().join("data")).unwrap()
    }
}
