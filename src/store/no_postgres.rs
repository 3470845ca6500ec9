//! Replacement for `postgres` in a binary without the feature `cluster`.

use secrecy::SecretString;

use super::Db;
use crate::feature;
use haibao_core::error::Result;

/// A server. Without the feature there is none.
#[derive(Debug)]
pub(crate) enum Server {}

impl Server {
    pub(super) fn new(url: &SecretString) -> Result<Self> {
        Err(feature::missing("store", url, &["postgres", "postgresql"]))
    }

    #[allow(clippy::unused_async, reason = "the signature of the real one")]
    pub(super) async fn open(&self) -> Result<Db> {
        match *self {}
    }
}
