//! Stands in for `url` in a binary without the feature `cluster`.

use opendal::Operator;
use secrecy::SecretString;

use crate::server_url::BLOBS;
use haibao_core::error::Result;

pub(super) fn storage(url: &SecretString) -> Result<(Operator, String)> {
    BLOBS.parse(url).and_then(|_| Err(BLOBS.missing()))
}
