//! Shared HTTP client setup: TLS, no proxy, no automatic redirects, bounded bodies, error causes without URLs.

use std::sync::Once;

use bytes::Bytes;
use reqwest::{Client, ClientBuilder, Response, redirect::Policy};

use super::resolver::Resolver;
use crate::{causes, words};
use haibao_core::error::{Error, ErrorKind, Message, Result};

/// User-Agent header of all outgoing requests.
pub(crate) const USER_AGENT: &str = concat!("haibao/", env!("CARGO_PKG_VERSION"));

/// Builds an HTTP client: verifies certificates against the system's roots, ignores proxy variables, does not follow
/// redirects, retry or send a Referer.
///
/// On a system without root certificates the client is still built, because plain http needs none; every https request
/// fails then.
///
/// # Errors
/// `http_client` if the client cannot be created.
pub(crate) fn client(configure: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Client> {
    static RING: Once = Once::new();
    RING.call_once(|| {
        // Err means that the embedding program has already installed a provider, which is used instead.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let builder = || {
        configure(
            Client::builder()
                .user_agent(USER_AGENT)
                .dns_resolver(Resolver::default())
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
        .map_err(|e| Error::of(ErrorKind::Internal, words::http_client(causes::request(&e))))
}

/// Error of reading a response body.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The body exceeds the limit. `declared` is set if Content-Length exceeds it; the body is not read then.
    TooLarge {
        /// Content-Length in bytes.
        declared: Option<u64>,
    },
    /// The connection broke; contains the cause.
    Broken(Message),
}

/// Reads a body of at most `max` bytes. Memory grows with the received data, not with the declared Content-Length.
pub(crate) async fn body(mut response: Response, max: usize) -> Result<Bytes, BodyError> {
    let declared = response.content_length();
    if declared.is_some_and(|length| length > max as u64) {
        return Err(BodyError::TooLarge { declared });
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| BodyError::Broken(causes::request(&e)))? {
        if bytes.len() + chunk.len() > max {
            return Err(BodyError::TooLarge { declared: None });
        }
        bytes.extend_from_slice(&chunk);
    }
    // Caches weigh the length, so spare capacity would be unaccounted memory.
    bytes.shrink_to_fit();
    Ok(bytes.into())
}

/// The innermost cause of a failed request. Omits reqwest's own message because it contains the URL, which may hold a
/// signature or a token.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut deepest: Option<&dyn std::error::Error> = None;
    let mut next = std::error::Error::source(error);
    while let Some(inner) = next {
        deepest = Some(inner);
        next = inner.source();
    }
    match deepest {
        Some(inner) => inner.to_string(),
        None if error.is_timeout() => "the request timed out".to_owned(),
        None => "the request could not be sent".to_owned(),
    }
}

/// Finds an error of type `E` in the source chain.
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
