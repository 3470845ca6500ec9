//! Database engines for tests: always SQLite, and Postgres with the feature `cluster` if `HAIBAO_TEST_POSTGRES` is set.
//! `tests/run` starts a server and sets it, so no test is skipped there.

#[cfg(feature = "cluster")]
mod postgres;

use secrecy::SecretString;
use tempfile::TempDir;

use super::Store;

/// Isolated empty database for one test. Each call of [`TestDatabase::store`] opens it as a separate process would.
pub(crate) struct TestDatabase {
    pub(crate) name: &'static str,
    pub(crate) folder: TempDir,
    url: SecretString,
}

impl TestDatabase {
    pub(crate) fn sqlite() -> Self {
        Self { name: "SQLite", folder: tempfile::tempdir().unwrap(), url: "".into() }
    }

    /// All available engines.
    pub(crate) async fn all() -> Vec<Self> {
        #[cfg(feature = "cluster")]
        let servers = Self::postgres().await;
        #[cfg(not(feature = "cluster"))]
        let servers = None;
        std::iter::once(Self::sqlite()).chain(servers).collect()
    }

    pub(crate) fn store(&self) -> Store {
        Store::new(&self.url, self.folder.path().join("data")).unwrap()
    }
}
