//! Cargo features that a setting may need.

use haibao_core::error::{Error, ErrorKind};

/// The error for a setting whose value needs a cargo feature that this binary does not have.
#[cfg_attr(all(feature = "cluster", feature = "otlp"), allow(dead_code, reason = "everything is built in"))]
pub(crate) fn missing(setting: &str, feature: &str) -> Error {
    let message = format!("`{setting}` needs the feature `{feature}`, which this binary was built without");
    Error::new(ErrorKind::Invalid, "feature_missing", message)
        .hint(format!("build it with cargo build --release --features {feature}, or leave `{setting}` empty"))
        .pointer(format!("/{setting}"))
}

#[cfg(all(test, not(feature = "cluster")))]
mod tests {
    use crate::{blob::Blobs, store::Store};

    #[test]
    fn settings_that_need_the_feature_are_rejected_with_the_command_that_builds_it() {
        let store = Store::new(&"postgres://me:hush@host/db".into(), "data").expect_err("no Postgres");
        let blobs = Blobs::new(&"s3://key:hush@bucket".into(), "data").expect_err("no buckets");
        for (error, setting) in [(store, "store"), (blobs, "blobs")] {
            assert_eq!(error.code(), "feature_missing");
            assert!(error.message().contains(setting) && !format!("{error:?}").contains("hush"), "{error:?}");
            assert!(error.hint_text().is_some_and(|hint| hint.contains("--features cluster")), "{error:?}");
        }
    }
}
