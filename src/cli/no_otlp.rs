//! Stands in for `otlp` in a binary without that feature.

use tracing_subscriber::{Layer, layer::Identity, registry::LookupSpan};

use crate::feature;
use haibao_core::error::Result;

/// Export of traces. Without the feature there is none.
#[derive(Debug)]
pub(super) enum Traces {}

impl Traces {
    pub(super) fn to(_url: &str) -> Result<Self> {
        Err(feature::missing("otlp", "otlp"))
    }

    pub(super) fn layer<S: tracing::Subscriber + for<'s> LookupSpan<'s>>(&self) -> impl Layer<S> + use<S> {
        match *self {}
        #[allow(unreachable_code, reason = "states the type")]
        Identity::new()
    }
}
