//! Replaces `postgres.rs` in a binary without the feature `cluster`. Test builds with the feature compile it too, for its
//! tests.

use secrecy::SecretString;

use super::Db;
use crate::server_url::STORE;
use haibao_core::error::Result;

/// A server. Without the feature there is none.
#[derive(Debug)]
pub(crate) enum PostgresServer {}

impl PostgresServer {
    pub(super) fn new(url: &SecretString) -> Result<Self> {
        STORE.parse(url).and_then(|_| Err(STORE.missing()))
    }

    #[allow(clippy::unused_async, reason = "the signature of the real one")]
    pub(super) async fn open(&self) -> Result<Db> {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::PostgresServer;
    use crate::server_url::testing::assert_refused;

    #[test]
    fn a_server_is_refused_with_the_command_that_builds_the_feature() {
        assert_refused(
            "store",
            ["postgres://me:hush@host/db", "postgresql://me:hush@host/db", " postgres:hush"],
            "mysql://hush",
            |url| PostgresServer::new(url).map(drop),
        );
    }
}
