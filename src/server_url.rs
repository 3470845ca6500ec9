//! Settings that name a shared server by URL, `store` and `blobs`: their schemes, and the feature that they need.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Message, Result};

/// The setting `store`: a database.
pub(crate) const STORE: ServerUrl =
    ServerUrl { setting: "store", schemes: &["postgres", "postgresql"], hint: words::store_form };
/// The setting `blobs`: a bucket.
pub(crate) const BLOBS: ServerUrl =
    ServerUrl { setting: "blobs", schemes: &["s3", "oss", "cos"], hint: words::blobs_form };

/// A setting that is empty or the URL of a server.
pub(crate) struct ServerUrl {
    setting: &'static str,
    /// Supported schemes. All of them need the feature `cluster`.
    schemes: &'static [&'static str],
    hint: fn() -> Message,
}

impl ServerUrl {
    /// Parses the URL and checks its scheme.
    ///
    /// # Errors
    /// `setting_invalid`. The message does not contain the URL, which may hold a secret.
    pub(crate) fn parse(&self, value: &SecretString) -> Result<Url> {
        let url =
            Url::parse(value.expose_secret().trim()).map_err(|e| self.invalid(words::url_is_not(causes::url(e))))?;
        if self.schemes.contains(&url.scheme()) {
            return Ok(url);
        }
        let supported: Vec<String> = self.schemes.iter().map(|scheme| format!("{scheme}://")).collect();
        Err(self.invalid(words::url_scheme_unknown(supported.join(", "))))
    }

    /// The error for a value that cannot be used, for this reason.
    pub(crate) fn invalid(&self, why: Message) -> Error {
        Error::of(ErrorKind::Invalid, words::server_url(self.setting, why))
            .domain(Domain::Settings)
            .hint((self.hint)())
            .pointer(format!("/{}", self.setting))
    }

    /// The error for a URL of a supported scheme in a binary without the feature `cluster`.
    #[allow(dead_code, reason = "a binary with the feature uses it in tests only")]
    pub(crate) fn missing(&self) -> Error {
        Error::of(ErrorKind::Invalid, words::feature_missing(self.setting, "cluster"))
            .domain(Domain::Settings)
            .pointer(format!("/{}", self.setting))
    }
}

/// Shared by the tests of the modules that refuse servers without the feature `cluster`.
#[cfg(test)]
pub(crate) mod testing {
    use haibao_core::error::{Domain, Result};
    use secrecy::SecretString;

    /// Asserts that `open` refuses the URLs `known` of a setting for the missing feature, and `unknown` for its scheme.
    /// No error contains a secret.
    pub(crate) fn assert_refused<const N: usize>(
        setting: &str,
        known: [&str; N],
        unknown: &str,
        open: impl Fn(&SecretString) -> Result<()>,
    ) {
        let refused = |url: &str| {
            let error = open(&url.into()).expect_err(url);
            assert!(error.is_from(Domain::Settings) && error.message().contains(setting), "{error:?}");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
            error
        };
        for url in known {
            let error = refused(url);
            assert_eq!(error.code(), "feature_missing");
            assert!(error.hint_text().is_some_and(|hint| hint.contains("--features cluster")), "{error:?}");
        }
        let error = refused(unknown);
        assert!(error.code() == "setting_invalid" && !format!("{error:?}").contains("cluster"), "{error:?}");
    }
}

#[cfg(test)]
mod tests {
    use crate::{blob::Blobs, store::Store};
    use haibao_core::error::{Domain, Error};

    fn errors(store: &str, blobs: &str) -> [Error; 2] {
        [Store::new(&store.into(), "data").map(drop), Blobs::new(&blobs.into(), "data").map(drop)]
            .map(|created| created.expect_err("rejected"))
    }

    #[test]
    fn supported_schemes_are_named_with_and_without_the_feature() {
        for [store, blobs] in [["ftp://hush:hush@host/db", "gs://hush:hush@bucket"], ["mysql://hush", "file:///hush"]] {
            for (error, schemes) in
                errors(store, blobs).iter().zip(["postgres://, postgresql://", "s3://, oss://, cos://"])
            {
                assert_eq!(error.code(), "setting_invalid");
                assert!(error.is_from(Domain::Settings) && error.message().ends_with(schemes), "{error:?}");
                assert!(
                    !format!("{error:?}").contains("hush") && !format!("{error:?}").contains("cluster"),
                    "{error:?}"
                );
            }
        }
        for error in errors("hush", "hush") {
            assert!(error.code() == "setting_invalid" && error.message().contains("not a URL"), "{error:?}");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
    }
}
