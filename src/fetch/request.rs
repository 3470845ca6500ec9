//! HTTP requests for assets: follows redirects hop by hop, checks each hop and limits the body.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use reqwest::{
    Client, Response, StatusCode,
    header::{HeaderMap, LOCATION},
};
use url::Url;

use super::{
    attempt::Attempt,
    avatar::is_placeholder,
    config::Config,
    freshness::Freshness,
    guard::{self, Guard, Reach, shown},
    resolver::{NotPublic, PublicResolver},
    validators::Validators,
};
use crate::{
    causes,
    net::{
        growing::{Expected, Growing, Memory},
        hosts::Hosts,
        transport,
    },
    words,
};
use haibao_core::{
    asset::unsupported::{self, Markup},
    error::{Error, ErrorKind, Message, Result, Retry},
};

/// What a host responds with.
pub(super) enum Received {
    Picture(Body),
    /// The known picture has not changed. With new validators, if the host gave any.
    Unchanged(Freshness, Option<Validators>),
}

/// A received body.
pub(super) struct Body {
    pub bytes: Bytes,
    /// How long it may be cached. It is not kept if it occupies the reserve of the memory.
    pub freshness: Freshness,
    pub validators: Option<Validators>,
    /// Whether it occupies the reserve of the memory.
    pub is_reserve: bool,
}

/// A picture that was received earlier.
#[derive(Clone, Copy)]
pub(super) struct KnownPicture<'a> {
    pub validators: &'a Validators,
    /// How long it was allowed to be cached.
    pub life: Duration,
}

/// Sends the requests.
pub(super) struct Requester {
    /// Connects to public addresses only.
    public: Client,
    /// Connects to any address. `None` if the settings allow no private endpoint.
    any: Option<Client>,
    max_bytes: usize,
    max_redirects: u32,
    /// Limit of a picture's time in the cache.
    max_age: Duration,
    hosts: Hosts,
    /// Memory of all assets, cached and in flight.
    memory: Memory,
}

impl Requester {
    /// `evict` frees bytes of the cache, which holds a part of the memory.
    pub fn new(
        config: &Config,
        resolver: &PublicResolver,
        evict: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Self> {
        Ok(Self {
            public: transport::client(|builder| builder.dns_resolver(resolver.clone()))?,
            any: match config.allow_private.is_empty() {
                true => None,
                false => Some(transport::client(|builder| builder)?),
            },
            max_bytes: config.max_bytes,
            max_redirects: config.max_redirects,
            max_age: Duration::from_secs(config.cache_seconds),
            hosts: Hosts::new(config.max_per_host),
            memory: Memory::new(config.memory_bytes, config.max_bytes as u64).with_cache(evict),
        })
    }

    /// Fetches the body at `url`, following redirects, or learns that the known picture has not changed.
    pub async fn get(
        &self,
        guard: &Guard,
        url: &Url,
        known: Option<KnownPicture<'_>>,
        mut attempt: Attempt<'_>,
    ) -> Result<Received> {
        let mut hop = url.clone();
        let mut freshness = Freshness { life: self.max_age, may_keep: true };
        for _ in 0..=self.max_redirects {
            attempt.enter(&self.hosts, hop.host_str().unwrap_or_default(), &self.memory).await?;
            let conditions = known.map(|known| known.validators.conditions(&hop)).unwrap_or_default();
            let known = known.filter(|_| !conditions.is_empty());
            let response = attempt.of_host(self.send(guard, &hop, conditions)).await??;
            let (headers, now) = (response.headers(), SystemTime::now());
            if let Some(known) = known.filter(|_| response.status() == StatusCode::NOT_MODIFIED) {
                check_placeholder(&hop, headers)?;
                let freshness = Freshness::of_confirmed(headers, freshness, known.life, now);
                // New ones replace those that were sent (RFC 9111, section 4.3.4).
                return Ok(Received::Unchanged(freshness, Validators::of(&hop, headers)));
            }
            // A redirect that may not be kept changes its target.
            freshness = Freshness::of(headers, freshness, now);
            match redirect_target(guard, &hop, &response)? {
                Some(next) => hop = next,
                None if response.status() == StatusCode::OK => {
                    return self.read(&hop, response, freshness, attempt).await.map(Received::Picture);
                }
                None => return Err(bad_status(&hop, response.status())),
            }
        }
        Err(Error::of(ErrorKind::Upstream, words::asset_redirects(shown(url), self.max_redirects)))
    }

    /// POSTs a body to `url` and returns the response status. The caller sets the timeout.
    pub async fn post(&self, guard: &Guard, url: &Url, headers: &[(&'static str, String)], body: Bytes) -> Result<u16> {
        let _place = self.hosts.enter(url.host_str().unwrap_or_default(), &Arc::default()).await;
        let request = self.client(guard, url)?.post(url.clone()).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        Ok(request.send().await.map_err(|e| send_error(url, &e))?.status().as_u16())
    }

    async fn send(&self, guard: &Guard, hop: &Url, headers: HeaderMap) -> Result<Response> {
        let request = self.client(guard, hop)?.get(hop.clone()).headers(headers);
        request.send().await.map_err(|e| send_error(hop, &e))
    }

    /// The client with the least access that the rules allow for a hop.
    fn client(&self, guard: &Guard, hop: &Url) -> Result<&Client> {
        Ok(match (guard.check(hop)?, &self.any) {
            (Reach::Allowed, Some(any)) => any,
            _ => &self.public,
        })
    }

    async fn read(&self, hop: &Url, response: Response, freshness: Freshness, attempt: Attempt<'_>) -> Result<Body> {
        check_placeholder(hop, response.headers())?;
        let body = self.body(hop, response, freshness, attempt).await?;
        match not_a_picture(&body.bytes) {
            None => Ok(body),
            Some(what) => Err(Error::of(ErrorKind::Upstream, words::asset_not_a_picture(what, shown(hop)))),
        }
    }
}

impl Requester {
    /// Reads a body within the memory of all assets, which is taken as the data arrives: a large Content-Length alone takes
    /// nothing.
    async fn body(
        &self,
        hop: &Url,
        mut response: Response,
        freshness: Freshness,
        mut attempt: Attempt<'_>,
    ) -> Result<Body> {
        let validators = Validators::of(hop, response.headers()).filter(|_| freshness.may_keep);
        let declared = response.content_length();
        if declared.is_some_and(|length| length > self.max_bytes as u64) {
            return Err(too_large(hop, declared, self.max_bytes));
        }
        let most = declared.and_then(|length| usize::try_from(length).ok()).unwrap_or(self.max_bytes);
        let expected = declared.map_or(Expected::AtMost(most as u64), Expected::Exactly);
        let mut bytes = Vec::new();
        let broken = |e: reqwest::Error| unreachable(hop, words::ended_early(causes::request(&e)));
        while let Some(chunk) = attempt.of_host(response.chunk()).await?.map_err(broken)? {
            let length = bytes.len() + chunk.len();
            if length > self.max_bytes {
                return Err(too_large(hop, None, self.max_bytes));
            }
            attempt.grow(&self.memory, length as u64, expected).await?;
            if length > bytes.capacity() {
                let capacity = (2 * bytes.capacity()).min(most).max(length);
                bytes.reserve_exact(capacity - bytes.len());
            }
            bytes.extend_from_slice(&chunk);
        }
        bytes.shrink_to_fit();
        let held = attempt.settle(&self.memory, bytes.len() as u64);
        let is_reserve = held.is_reserve();
        let freshness = if is_reserve { Freshness { life: Duration::ZERO, may_keep: false } } else { freshness };
        let validators = validators.filter(|_| !is_reserve);
        Ok(Body { bytes: hold(bytes.into(), held), freshness, validators, is_reserve })
    }

    /// Memory of all assets, cached and in flight.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }
}

/// Bytes that give back their memory with the last reference to them.
pub(super) fn hold(bytes: Bytes, memory: Growing) -> Bytes {
    Bytes::from_owner(Held { bytes, _memory: memory })
}

struct Held {
    bytes: Bytes,
    _memory: Growing,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn send_error(hop: &Url, error: &reqwest::Error) -> Error {
    if transport::find_cause::<NotPublic>(error).is_some() {
        return guard::not_public(hop);
    }
    unreachable(hop, causes::request(error))
}

/// The target of a redirect; `None` for other responses.
fn redirect_target(guard: &Guard, hop: &Url, response: &Response) -> Result<Option<Url>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = response.headers().get(LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let target = location.map(|text| guard.target(hop, text)).transpose()?.flatten();
    target.map(Some).ok_or_else(|| {
        Error::of(ErrorKind::Upstream, words::asset_redirect_lost(shown(hop), response.status().as_u16()))
    })
}

/// Describes a body that is obviously not a picture. No supported picture format starts with `<`.
fn not_a_picture(bytes: &[u8]) -> Option<Message> {
    match unsupported::markup(bytes) {
        _ if bytes.is_empty() => Some(words::got_nothing()),
        Some(Markup::Svg) => Some(words::got_svg()),
        Some(Markup::WebPage) => Some(words::got_web_page()),
        None => None,
    }
}

fn bad_status(hop: &Url, status: StatusCode) -> Error {
    let code = status.as_u16();
    let (retry, hint) = match code {
        401 | 403 => (Retry::No, words::status_login()),
        404 | 410 => (Retry::No, words::status_missing()),
        408 | 425 | 429 => (Retry::Yes, words::status_busy()),
        500.. => (Retry::Yes, words::status_internal()),
        _ => (Retry::No, words::status_other()),
    };
    let reason = status.canonical_reason().map(|r| format!(" {r}")).unwrap_or_default();
    Error::of(ErrorKind::Upstream, words::asset_status(shown(hop), format!("{code}{reason}"))).hint(hint).retry(retry)
}

/// Fails for the placeholder of an expired avatar.
fn check_placeholder(hop: &Url, headers: &HeaderMap) -> Result<()> {
    if !is_placeholder(hop.host_str().unwrap_or_default(), headers) {
        return Ok(());
    }
    Err(Error::of(ErrorKind::Upstream, words::asset_placeholder(shown(hop))))
}

fn unreachable(hop: &Url, why: Message) -> Error {
    Error::of(ErrorKind::Upstream, words::asset_unreachable(shown(hop), why)).retry(Retry::Yes)
}

fn too_large(hop: &Url, declared: Option<u64>, max: usize) -> Error {
    Error::of(
        ErrorKind::TooLarge,
        match declared {
            Some(bytes) => words::asset_too_large(shown(hop), bytes, max),
            None => words::asset_larger(shown(hop), max),
        },
    )
}
