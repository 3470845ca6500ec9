//! Postgres for tests.

use std::{
    io::{self, Write},
    sync::Once,
};

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, postgres::PgConnectOptions};

use super::{super::Store, TestDatabase};

/// Environment variable with the URL of a database in which tests may create schemas.
const SERVER: &str = "HAIBAO_TEST_POSTGRES";

impl TestDatabase {
    /// A unique schema. Without a server, prints a notice once and returns `None`.
    pub(crate) async fn postgres() -> Option<Self> {
        static NOTICE: Once = Once::new();
        let Ok(server) = std::env::var(SERVER) else {
            // Not `eprintln!`: its output is captured and hidden for passing tests.
            NOTICE.call_once(|| writeln!(io::stderr(), "{SERVER} is not set: Postgres tests are skipped").unwrap());
            return None;
        };
        let schema = format!("test_{:016x}", getrandom::u64().unwrap());
        let options: PgConnectOptions = server.parse().expect("HAIBAO_TEST_POSTGRES is a URL");
        let mut connection = options.connect().await.expect("HAIBAO_TEST_POSTGRES is reachable");
        connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        connection.close().await.unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options[search_path]={schema}").into();
        Some(Self { name: "Postgres", folder: tempfile::tempdir().unwrap(), url })
    }

    /// The same database through another local port, such as a proxy's.
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
}
