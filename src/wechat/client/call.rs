//! One call of WeChat's API: bounded in time and size, retried when WeChat is busy, its refusals explained.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use reqwest::{Client, StatusCode, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use crate::{
    error::{Error, Kind, Result, Retry},
    fetch::transport::{self, BodyError},
    wechat::errcode::{self, explain},
};

/// Pauses before the second and the third try.
const PAUSES: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(500)];

/// Speaks to one base URL.
pub(super) struct Caller {
    http: Client,
    /// Ends in `/`.
    base: Url,
}

/// One POST with a JSON body.
pub(super) struct Call<'a> {
    /// Path below the base URL, without leading `/`.
    pub endpoint: &'static str,
    /// Goes into the query string.
    pub token: Option<&'a SecretString>,
    /// JSON in UTF-8.
    pub body: Vec<u8>,
    /// Largest answer in bytes.
    pub max_bytes: usize,
    /// When the caller stops waiting.
    pub deadline: Instant,
}

/// Why a call has no answer that could be used.
#[derive(Debug)]
pub(super) struct Failure {
    pub error: Error,
    pub class: Class,
}

/// What may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The same call in a moment.
    Passing,
    /// The same call with another token.
    StaleToken,
    /// Nothing.
    Final,
}

/// The form of WeChat's refusals. Everything else in the body is ignored.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl Caller {
    pub fn new(base: Url) -> Result<Self> {
        Ok(Self { http: transport::client(|builder| builder)?, base })
    }

    /// Makes the call, at most three times when WeChat is busy or the connection breaks. The answer has status 200 and
    /// is neither empty, nor a web page, nor a refusal; it is JSON or a picture, as the caller must find out.
    pub async fn post(&self, call: &Call<'_>) -> Result<Bytes, Failure> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let start = Instant::now();
            let outcome = timeout_at(call.deadline, self.once(call)).await;
            let result = outcome.unwrap_or_else(|_| Err(Failure::fixed(late())));
            let ms = transport::ms_since(start);
            let failure = match result {
                Ok(body) => {
                    tracing::debug!(endpoint = call.endpoint, errcode = 0, ms, bytes = body.len(), "wechat answered");
                    return Ok(body);
                }
                Err(failure) => failure,
            };
            tracing::debug!(endpoint = call.endpoint, error = failure.error.code(), ms, "wechat call failed");
            match pauses.next() {
                Some(pause) if failure.class == Class::Passing && Instant::now() + pause < call.deadline => {
                    sleep(pause).await;
                }
                _ => return Err(failure),
            }
        }
    }

    async fn once(&self, call: &Call<'_>) -> Result<Bytes, Failure> {
        let url = self.base.join(call.endpoint).map_err(|_| {
            Failure::fixed(Error::new(Kind::Internal, "internal", "the endpoint does not follow the base URL"))
        })?;
        let mut request = self.http.post(url).header(CONTENT_TYPE, "application/json").body(call.body.clone());
        if let Some(token) = call.token {
            request = request.query(&[("access_token", token.expose_secret())]);
        }
        let response = request.send().await.map_err(|e| Failure::passing(unreachable(&transport::cause(&e))))?;
        let status = response.status();
        let body = transport::body(response, call.max_bytes).await.map_err(|e| match e {
            BodyError::TooLarge { declared } => {
                let size = declared.map_or("too many".to_owned(), |bytes| bytes.to_string());
                let limit = call.max_bytes;
                Failure::fixed(bad_answer(&format!("answered {size} bytes, the limit is {limit}")))
            }
            BodyError::Broken(why) => Failure::passing(unreachable(&format!("the answer broke off: {why}"))),
        })?;
        judge(call.endpoint, status, body)
    }
}

/// Tells a usable body from a refusal and from what is neither. Content types are not looked at: WeChat labels both
/// wrongly.
fn judge(endpoint: &str, status: StatusCode, body: Bytes) -> Result<Bytes, Failure> {
    let text = body.trim_ascii_start();
    if text.starts_with(b"{")
        && let Ok(Refusal { errcode, errmsg }) = serde_json::from_slice(text)
        && errcode != 0
    {
        tracing::debug!(endpoint, errcode, "wechat refused");
        return Err(refused(errcode, &errmsg));
    }
    let form = match text {
        [] => "an empty body",
        [b'<', ..] => "a web page",
        _ => "something else",
    };
    if status.is_server_error() {
        return Err(Failure::passing(bad_status(status, form).retry(Retry::After(Duration::from_secs(1)))));
    }
    if status != StatusCode::OK {
        return Err(Failure::fixed(bad_status(status, form)));
    }
    match text {
        [] | [b'<', ..] => Err(Failure::fixed(bad_answer(&format!("answered {form}")))),
        _ => Ok(body),
    }
}

impl Failure {
    pub fn fixed(error: Error) -> Self {
        Self { error, class: Class::Final }
    }

    fn passing(error: Error) -> Self {
        Self { error, class: Class::Passing }
    }
}

/// Explains a refusal. Of `errmsg` only the address and the request id are passed on, in strict forms: the rest is not
/// documented, and could repeat what was sent.
fn refused(errcode: i64, errmsg: &str) -> Failure {
    let entry = explain(errcode);
    let mut message = format!("WeChat answered errcode {errcode}: {}", entry.meaning_en);
    if entry.kind == errcode::Kind::Ip
        && let Some(ip) = address(errmsg)
    {
        message.push_str(&format!(" (this server is {ip})"));
    }
    if let Some(rid) = request_id(errmsg) {
        message.push_str(&format!(" (rid {rid})"));
    }
    let class = match errcode {
        _ if errcode::is_stale_token(errcode) => Class::StaleToken,
        _ if entry.kind == errcode::Kind::Server => Class::Passing,
        _ => Class::Final,
    };
    let error = Error::new(Kind::Upstream, entry.kind.code(), message).hint(entry.fix_en).retry(entry.retry);
    Failure { error, class }
}

/// The first IP address in a text.
fn address(errmsg: &str) -> Option<IpAddr> {
    errmsg.split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':')).find_map(|word| word.parse().ok())
}

/// `rid: 8hex-8hex-8hex`, by which WeChat's support finds a call.
fn request_id(errmsg: &str) -> Option<&str> {
    let (_, rest) = errmsg.split_once("rid:")?;
    let id = rest.trim_start().split(|c: char| !(c.is_ascii_hexdigit() || c == '-')).next()?;
    (id.split('-').count() == 3 && id.split('-').all(|part| part.len() == 8)).then_some(id)
}

/// WeChat did not answer in time.
pub(super) fn late() -> Error {
    Error::new(Kind::Deadline, "wechat_timeout", "WeChat did not answer in time")
        .hint("try again; raise wechat.timeout_ms if it happens often")
}

/// An answer that makes no sense.
pub(super) fn bad_answer(what: &str) -> Error {
    Error::new(Kind::Upstream, "wechat_bad_answer", format!("WeChat {what}"))
        .hint("try again; if it stays, check that wechat.base_url leads to WeChat and what stands in between")
        .retry(Retry::Yes)
}

fn bad_status(status: StatusCode, form: &str) -> Error {
    let message = format!("WeChat answered with status {} and {form}", status.as_u16());
    let hint = match status.is_server_error() {
        true => "WeChat or a proxy before it has a problem: try again later",
        false => "check that wechat.base_url leads to WeChat's API, and what stands in between",
    };
    Error::new(Kind::Upstream, "wechat_status", message).hint(hint)
}

fn unreachable(why: &str) -> Error {
    Error::new(Kind::Upstream, "wechat_unreachable", format!("WeChat cannot be reached: {why}"))
        .hint("check the network, the root certificates of this machine and wechat.base_url")
        .retry(Retry::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strict_forms_of_errmsg_are_passed_on() {
        let errmsg = "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 6641a0b1-0a1b2c3d-4e5f6071";
        let error = refused(40164, errmsg).error;
        assert!(error.message().contains("(this server is 1.2.3.4)"), "{error}");
        assert!(error.message().ends_with("(rid 6641a0b1-0a1b2c3d-4e5f6071)"), "{error}");
        for errmsg in ["rid: top-secret", "rid: deadbeef", "access_token=ACCESS", "secret is 1.2.3.4", ""] {
            let message = refused(40013, errmsg).error.message().to_owned();
            assert_eq!(message, "WeChat answered errcode 40013: the appid is wrong", "{errmsg}");
        }
    }

    #[test]
    fn bodies_are_judged_by_their_bytes() {
        let judge = |status: u16, body: &'static [u8]| {
            judge("x", StatusCode::from_u16(status).expect("a status"), Bytes::from_static(body))
        };
        assert!(judge(200, b"\xff\xd8\xff").is_ok());
        assert!(judge(200, br#" {"errcode":0,"errmsg":"ok","access_token":"t"}"#).is_ok());
        for (status, body, code, class) in [
            (200, &br#"{"errcode":-1,"errmsg":"busy"}"#[..], "wechat_busy", Class::Passing),
            (500, br#"{"errcode":-1,"errmsg":"busy"}"#, "wechat_busy", Class::Passing),
            (200, br#"{"errcode":42001}"#, "wechat_token", Class::StaleToken),
            (200, br#"{"errcode":45009}"#, "wechat_quota", Class::Final),
            (200, br#"{"errcode":123456}"#, "wechat_errcode", Class::Final),
            (502, b"<html>Bad Gateway", "wechat_status", Class::Passing),
            (503, b"", "wechat_status", Class::Passing),
            (404, b"\xff\xd8\xff", "wechat_status", Class::Final),
            (302, b"", "wechat_status", Class::Final),
            (200, b"<html>", "wechat_bad_answer", Class::Final),
            (200, b"", "wechat_bad_answer", Class::Final),
        ] {
            let failure = judge(status, body).expect_err("a failure");
            assert_eq!((failure.error.code(), failure.class), (code, class), "{status} {}", body.escape_ascii());
            assert!(failure.error.hint_text().is_some());
        }
    }
}
