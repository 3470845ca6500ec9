//! Replaces `otlp.rs` in a binary without that feature. Test builds with the feature compile it too, for its tests.

use tracing_subscriber::{Layer, layer::Identity, registry::LookupSpan};

use crate::words;
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Export of traces. Without the feature there is none.
#[derive(Debug)]
pub(super) enum Traces {}

impl Traces {
    pub(super) fn to(_url: &str) -> Result<Self> {
        Err(Error::of(ErrorKind::Invalid, words::feature_missing("otlp", "otlp"))
            .domain(Domain::Settings)
            .pointer("/otlp"))
    }

    pub(super) fn layer<S: tracing::Subscriber + for<'s> LookupSpan<'s>>(&self) -> impl Layer<S> + use<S> {
        match *self {}
        #[allow(unreachable_code, reason = "states the type")]
        Identity::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_rejected_with_the_command_that_builds_the_feature() {
        let error = Traces::to("http://127.0.0.1:4318/v1/traces").expect_err("not built in");
        assert_eq!(error.code(), "feature_missing");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("--features otlp")), "{error:?}");
    }
}
