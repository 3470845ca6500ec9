//! The log, on standard error, and the export of traces.

use tracing_subscriber::{Layer, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::{otlp, report};
use crate::{
    config::{LogFormat, Settings},
    log_filter,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Starts logging, and exporting traces if the setting `otlp` has a URL. The remaining traces are sent when the returned value
/// is dropped.
///
/// # Errors
/// `setting_invalid` for a log filter or a URL that is not valid, `feature_missing` for `otlp` in a binary without it.
pub(super) fn start(settings: &Settings) -> Result<Option<otlp::Traces>> {
    let filter = log_filter::parse(&settings.log);
    let filter = filter.map_err(|e| Error::of(ErrorKind::Malformed, *e).domain(Domain::Settings).pointer("/log"))?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.log_format {
        LogFormat::Human => lines.with_ansi(report::colours()).with_filter(filter).boxed(),
        // One flat object: the fields of the event, then the spans with the id of the request.
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_filter(filter).boxed(),
    };
    let traces = match settings.otlp.as_str() {
        "" => None,
        url => Some(otlp::Traces::to(url)?),
    };
    let spans = traces.as_ref().map(otlp::Traces::layer);
    tracing_subscriber::registry().with(lines).with(spans).init();
    Ok(traces)
}
