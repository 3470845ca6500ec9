//! One asset by HTTP: hop by hop, each hop checked, the body bounded.

use bytes::Bytes;
use reqwest::{Client, Response, StatusCode, header::LOCATION};
use url::Url;

use super::{
    config::Config,
    guard::{self, Guard, Reach, shown},
    resolver::{NotPublic, Resolver},
};
use crate::net::transport::{self, BodyError};
use haibao_core::error::{Error, Kind, Result, Retry};

/// Makes the requests.
pub(super) struct Requester {
    /// Reaches public addresses only.
    public: Client,
    /// Reaches every address; there when the settings allow one.
    any: Option<Client>,
    max_bytes: usize,
    max_redirects: u32,
}

impl Requester {
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Self {
            public: transport::client(|builder| builder.dns_resolver(Resolver))?,
            any: match config.allow_private.is_empty() {
                true => None,
                false => Some(transport::client(|builder| builder)?),
            },
            max_bytes: config.max_bytes,
            max_redirects: config.max_redirects,
        })
    }

    /// Fetches the body behind `url`. The caller bounds the time.
    pub async fn get(&self, guard: &Guard, url: &Url) -> Result<Bytes> {
        let mut hop = url.clone();
        for _ in 0..=self.max_redirects {
            let response = self.send(guard, &hop).await?;
            match target(&hop, &response)? {
                Some(next) => hop = next,
                None if response.status() == StatusCode::OK => return self.read(&hop, response).await,
                None => return Err(bad_status(&hop, response.status())),
            }
        }
        let message = format!("{} redirects more than {} times", shown(url), self.max_redirects);
        Err(Error::new(Kind::Upstream, "asset_redirects", message)
            .hint("give the URL at which the picture itself lies"))
    }

    /// Sends a body to `url`: the status of the answer. The caller bounds the time.
    pub async fn post(&self, guard: &Guard, url: &Url, headers: &[(&'static str, String)], body: Bytes) -> Result<u16> {
        let request = self.client(guard, url)?.post(url.clone()).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        Ok(request.send().await.map_err(|e| not_sent(url, &e))?.status().as_u16())
    }

    async fn send(&self, guard: &Guard, hop: &Url) -> Result<Response> {
        self.client(guard, hop)?.get(hop.clone()).send().await.map_err(|e| not_sent(hop, &e))
    }

    /// The client that reaches no more than it may.
    fn client(&self, guard: &Guard, hop: &Url) -> Result<&Client> {
        Ok(match (guard.check(hop)?, &self.any) {
            (Reach::Allowed, Some(any)) => any,
            _ => &self.public,
        })
    }

    async fn read(&self, hop: &Url, response: Response) -> Result<Bytes> {
        let bytes = transport::body(response, self.max_bytes).await.map_err(|e| match e {
            BodyError::TooLarge { declared } => too_large(hop, declared, self.max_bytes),
            BodyError::Broken(why) => unreachable(hop, &format!("the answer broke off: {why}")),
        })?;
        match not_a_picture(&bytes) {
            None => Ok(bytes),
            Some(what) => {
                let message = format!("the URL answered {what}, not a picture: {}", shown(hop));
                Err(Error::new(Kind::Upstream, "asset_not_a_picture", message)
                    .hint("open the URL in a private window: it must show a JPEG, PNG, WebP or GIF without a login"))
            }
        }
    }
}

fn not_sent(hop: &Url, error: &reqwest::Error) -> Error {
    match transport::find_cause::<NotPublic>(error) {
        Some(why) => guard::private(hop, &why.to_string()),
        None => unreachable(hop, &transport::cause(error)),
    }
}

/// Where a redirect leads; nothing for other answers.
fn target(hop: &Url, response: &Response) -> Result<Option<Url>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = response.headers().get(LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    match location.map(|text| hop.join(text)) {
        Some(Ok(mut next)) => {
            next.set_fragment(None);
            Ok(Some(next))
        }
        _ => {
            let message = format!("{} redirects to nowhere (status {})", shown(hop), response.status().as_u16());
            Err(Error::new(Kind::Upstream, "asset_redirects", message)
                .hint("give the URL at which the picture itself lies"))
        }
    }
}

/// Says what a body is when it is plainly no picture. No format that haibao reads begins with `<`.
fn not_a_picture(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match text {
        _ if bytes.is_empty() => Some("nothing (an empty body)"),
        [b'<', ..] if text[..text.len().min(1000)].windows(4).any(|w| w == b"<svg") => Some("an SVG drawing"),
        [b'<', ..] => Some("a web page"),
        _ => None,
    }
}

fn bad_status(hop: &Url, status: StatusCode) -> Error {
    let code = status.as_u16();
    let (retry, hint) = match code {
        401 | 403 => (Retry::No, "the host wants a login or a signature: check that a signed URL has not expired"),
        404 | 410 => (Retry::No, "there is no such file: check the URL"),
        408 | 425 | 429 => (Retry::Yes, "the host is busy or limits requests: try again later"),
        500.. => (Retry::Yes, "the host has a problem: try again later"),
        _ => (Retry::No, "the URL must answer a plain GET with status 200 and the picture"),
    };
    let reason = status.canonical_reason().map(|r| format!(" {r}")).unwrap_or_default();
    let message = format!("{} answered with status {code}{reason}", shown(hop));
    Error::new(Kind::Upstream, "asset_status", message).hint(hint).retry(retry)
}

fn unreachable(hop: &Url, why: &str) -> Error {
    let message = format!("{} cannot be read: {why}", shown(hop));
    Error::new(Kind::Upstream, "asset_unreachable", message)
        .hint("check the URL, and that this machine reaches its host")
        .retry(Retry::Yes)
}

fn too_large(hop: &Url, declared: Option<u64>, max: usize) -> Error {
    let message = match declared {
        Some(bytes) => format!("{} has {bytes} bytes, the limit is {max}", shown(hop)),
        None => format!("{} has more than {max} bytes, the limit", shown(hop)),
    };
    Error::new(Kind::TooLarge, "asset_too_large", message).hint("use a smaller picture, or raise assets.max_bytes")
}
