//! Replaces `url.rs` in a binary without the feature `cluster`. Test builds with the feature compile it too, for its tests.

use opendal::Operator;
use secrecy::SecretString;

use crate::server_url::BLOBS;
use haibao_core::error::Result;

pub(super) fn storage(url: &SecretString) -> Result<(Operator, String)> {
    BLOBS.parse(url).and_then(|_| Err(BLOBS.missing()))
}

#[cfg(test)]
mod tests {
    use super::storage;
    use crate::server_url::testing::assert_refused;

    #[test]
    fn a_bucket_is_refused_with_the_command_that_builds_the_feature() {
        assert_refused(
            "blobs",
            ["s3://key:hush@bucket", "oss://key:hush@bucket", "cos://key:hush@bucket"],
            "gs://hush:hush@bucket",
            |url| storage(url).map(drop),
        );
    }
}
