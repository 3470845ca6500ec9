//! Traces of requests for an OpenTelemetry collector, over OTLP/HTTP.

use std::{fmt, pin::Pin, time::Duration};

use bytes::Bytes;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};
use url::Url;

use crate::{net::transport, words};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Timeout of one request to the collector.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Time to send the remaining spans when the process ends.
const FLUSH: Duration = Duration::from_secs(2);
/// Maximum response of a collector, bytes. Its content is ignored.
const MAX_RESPONSE_BYTES: usize = 64 << 10;

/// Export of traces. Sends the remaining ones when it is dropped.
#[derive(Debug)]
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Exports to the OTLP/HTTP endpoint at `url`, such as `http://127.0.0.1:4318/v1/traces`. Spans are sent in batches by a thread
    /// of their own; if the collector does not answer, they are dropped. The variables `OTEL_TRACES_SAMPLER`,
    /// `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_BSP_*` apply
    /// (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>).
    pub(super) fn to(url: &str) -> Result<Self> {
        let is_http = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_http {
            let finding = words::otlp_url().within(|said| words::setting_said("`otlp`", said).words().clone());
            return Err(Error::of(ErrorKind::Malformed, finding).domain(Domain::Settings).pointer("/otlp"));
        }
        let failed = |cause: &dyn fmt::Display| Error::internal(format!("traces cannot be exported: {cause}"));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new()?)
            .with_endpoint(url)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(TIMEOUT)
            .build()
            .map_err(|e| failed(&e))?;
        let resource = Resource::builder().with_service_name("haibao").build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// The layer that turns our spans into those of the trace. Log events are not part of it.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'s> LookupSpan<'s>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("haibao"))
            .with_location(false)
            .with_threads(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("haibao")))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// HTTP client of the exporter. Its thread is not part of the service's runtime, so the client has one of its own.
struct Collector {
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Collector {
    fn new() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Error::internal("cannot start the runtime of the traces").source(e))?;
        Ok(Self { client: transport::client(|client| client.timeout(TIMEOUT))?, runtime })
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = self.client.execute(request.try_into()?).await.map_err(|e| transport::cause(&e))?;
        let mut answer = Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            headers.clone_from(response.headers());
        }
        let body = transport::body(response, MAX_RESPONSE_BYTES).await.map_err(|e| format!("{e:?}"))?;
        Ok(answer.body(body)?)
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

impl HttpClient for Collector {
    // As `async_trait` declares it.
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async { self.runtime.block_on(self.send(request)) })
    }
}
