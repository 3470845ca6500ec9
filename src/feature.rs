//! Cargo features that a setting may need.

use haibao_core::error::{Domain, Error, ErrorKind};
use secrecy::{ExposeSecret, SecretString};

/// The error for a setting with a URL that needs the feature `cluster`, which this binary does not have. A URL of another
/// scheme than `schemes` needs a correction instead.
#[cfg_attr(feature = "cluster", allow(dead_code, reason = "everything is built in"))]
pub(crate) fn missing(setting: &str, url: &SecretString, schemes: &[&str]) -> Error {
    let scheme = url.expose_secret().trim().split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !scheme.is_some_and(|scheme| schemes.contains(&scheme.as_str())) {
        let message = format!("`{setting}` has an unknown scheme");
        return Error::new(ErrorKind::Invalid, "setting_invalid", message)
            .domain(Domain::Settings)
            .hint(format!("leave it empty, or use a URL with one of the schemes {}", schemes.join(", ")))
            .pointer(format!("/{setting}"));
    }
    let message = format!("`{setting}` needs the feature `cluster`, which this binary was built without");
    Error::new(ErrorKind::Invalid, "feature_missing", message)
        .domain(Domain::Settings)
        .hint(format!("build it with cargo build --release --features cluster, or leave `{setting}` empty"))
        .pointer(format!("/{setting}"))
}

#[cfg(all(test, not(feature = "cluster")))]
mod tests {
    use crate::{blob::Blobs, store::Store};
    use haibao_core::error::Domain;

    #[test]
    fn settings_that_need_the_feature_are_rejected_with_the_command_that_builds_it() {
        let store = Store::new(&"postgres://me:hush@host/db".into(), "data").expect_err("no Postgres");
        let blobs = Blobs::new(&"s3://key:hush@bucket".into(), "data").expect_err("no buckets");
        for (error, setting) in [(store, "store"), (blobs, "blobs")] {
            assert_eq!(error.code(), "feature_missing");
            assert!(error.is_from(Domain::Settings), "exit code 2: {error:?}");
            assert!(error.message().contains(setting) && !format!("{error:?}").contains("hush"), "{error:?}");
            assert!(error.hint_text().is_some_and(|hint| hint.contains("--features cluster")), "{error:?}");
        }
    }

    #[test]
    fn other_schemes_are_invalid_with_every_feature() {
        for url in ["ftp://me:hush@host/db", "hush", "s4://hush"] {
            let store = Store::new(&url.into(), "data").expect_err(url);
            let blobs = Blobs::new(&url.into(), "data").expect_err(url);
            for error in [store, blobs] {
                assert_eq!(error.code(), "setting_invalid", "{error:?}");
                assert!(!format!("{error:?}").contains("hush"), "{error:?}");
            }
        }
    }
}
