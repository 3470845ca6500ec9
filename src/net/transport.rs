//! What every outgoing request shares: TLS, no proxy, no redirect, bounded bodies, causes without URLs.

use std::sync::Once;

use bytes::Bytes;
use reqwest::{Client, ClientBuilder, Response, redirect::Policy};

use haibao_core::error::{Error, Kind, Result};

/// How haibao names itself to other servers.
pub(crate) const USER_AGENT: &str = concat!("haibao/", env!("CARGO_PKG_VERSION"));

/// Builds an HTTP client: certificates checked against the system's roots, nothing taken from the environment, no
/// redirect followed by itself, no Referer.
///
/// On a system without root certificates the client is still built, as plain http needs none; every https request
/// fails then.
pub(crate) fn client(configure: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Client> {
    static RING: Once = Once::new();
    RING.call_once(|| {
        // Err means that the program around this library has installed a provider already: that one serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let builder = || {
        configure(
            Client::builder()
                .user_agent(USER_AGENT)
                .no_proxy()
                .referer(false)
                .redirect(Policy::none())
                .retry(reqwest::retry::never()),
        )
    };
    builder()
        .build()
        .or_else(|first| {
            tracing::warn!(cause = cause(&first), "no root certificates: https requests will fail");
            builder().tls_certs_only([]).build()
        })
        .map_err(|e| Error::new(Kind::Internal, "http_client", format!("no HTTP client can be built: {}", cause(&e))))
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// More bytes than allowed; `declared` when Content-Length said so and nothing was read.
    TooLarge {
        /// Content-Length in bytes.
        declared: Option<u64>,
    },
    /// The connection broke.
    Broken(String),
}

/// Reads a body of at most `max` bytes. Memory grows with what has arrived, not with what Content-Length promises.
pub(crate) async fn body(mut response: Response, max: usize) -> Result<Bytes, BodyError> {
    let declared = response.content_length();
    if declared.is_some_and(|length| length > max as u64) {
        return Err(BodyError::TooLarge { declared });
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| BodyError::Broken(cause(&e)))? {
        if bytes.len() + chunk.len() > max {
            return Err(BodyError::TooLarge { declared: None });
        }
        bytes.extend_from_slice(&chunk);
    }
    // Caches weigh the length: spare capacity would be held unseen.
    bytes.shrink_to_fit();
    Ok(bytes.into())
}

/// The innermost cause of a failed request. reqwest's own text is left out, as it names the URL, which may be signed
/// or carry a token.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut deepest: Option<&dyn std::error::Error> = None;
    let mut next = std::error::Error::source(error);
    while let Some(inner) = next {
        deepest = Some(inner);
        next = inner.source();
    }
    match deepest {
        Some(inner) => inner.to_string(),
        None if error.is_timeout() => "it took too long".to_owned(),
        None => "the request could not be sent".to_owned(),
    }
}

/// Finds an error of type `E` among the causes.
pub(crate) fn find_cause<E: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut next = std::error::Error::source(error);
    while let Some(inner) = next {
        if let Some(found) = inner.downcast_ref::<E>() {
            return Some(found);
        }
        next = inner.source();
    }
    None
}

/// Milliseconds since `start`, for log lines.
pub(crate) fn ms_since(start: tokio::time::Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}
