//! Replacement for `url` in a binary without the feature `cluster`.

use opendal::Operator;
use secrecy::SecretString;

use crate::feature;
use haibao_core::error::Result;

pub(super) fn storage(url: &SecretString) -> Result<(Operator, String)> {
    Err(feature::missing("blobs", url, &["s3", "oss", "cos"]))
}
