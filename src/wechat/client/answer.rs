//! Tells an answer that can be used from a refusal and from what is neither.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use reqwest::StatusCode;
use serde::Deserialize;

use crate::wechat::errcode::{self, explain};
use haibao_core::error::{Error, Kind, Result, Retry};

/// What was answered: neither empty, nor a web page, nor a refusal. It is JSON or a picture, as the caller must find out.
pub(super) struct Answer {
    pub bytes: Bytes,
    /// `Num-Used`: how many of the app's 100 000 limited and square codes are used.
    pub num_used: Option<u32>,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Party {
    /// WeChat's API, or what `base_url` names.
    WeChat,
    /// The user's own token server.
    TokenServer,
}

/// Why there is no answer that could be used.
#[derive(Debug)]
pub(super) struct Failure {
    pub error: Error,
    pub class: Class,
}

/// What may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The host cannot be reached, is too slow or broken: another host, or the same in a moment.
    Host,
    /// errcode -1: the same call in a moment.
    Busy,
    /// The same call with another token.
    StaleToken,
    /// errcode 45011: a pause of all calls.
    TooOften,
    /// errcode 45009: a longer pause of this endpoint.
    UsedUp,
    /// It was understood and refused: nothing, but a change of what is asked or of the settings.
    Refused,
    /// An answer without sense, or no time left.
    Broken,
}

/// The form of WeChat's refusals. Everything else in the body is ignored.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl Failure {
    pub fn new(class: Class, error: Error) -> Self {
        Self { error, class }
    }
}

impl Party {
    fn name(self) -> &'static str {
        match self {
            Self::WeChat => "WeChat",
            Self::TokenServer => "the app's token server",
        }
    }

    /// Where to look.
    fn setting(self) -> &'static str {
        match self {
            Self::WeChat => "wechat.base_url leads to WeChat's API",
            Self::TokenServer => "the url of the app's token leads to the token server",
        }
    }

    fn error(self, kind: Kind, codes: [&'static str; 2], what: &str) -> Error {
        let [wechat, server] = codes;
        let code = if self == Self::WeChat { wechat } else { server };
        Error::new(kind, code, format!("{} {what}", self.name()))
    }

    /// It did not answer in time.
    pub fn late(self) -> Error {
        self.error(Kind::Deadline, ["wechat_timeout", "token_server_timeout"], "did not answer in time")
            .hint("try again; raise wechat.timeout_ms if it happens often")
    }

    /// It answered what makes no sense.
    pub fn nonsense(self, what: &str) -> Error {
        let hint = format!("try again; if it stays, check that {} and what stands in between", self.setting());
        self.error(Kind::Upstream, ["wechat_bad_answer", "token_server_bad_answer"], what).hint(hint).retry(Retry::Yes)
    }

    /// No connection, or one that broke.
    pub fn unreachable(self, why: &str) -> Error {
        let codes = ["wechat_unreachable", "token_server_unreachable"];
        let hint = format!("check the network, the root certificates of this machine and that {}", self.setting());
        self.error(Kind::Upstream, codes, &format!("cannot be reached: {why}")).hint(hint).retry(Retry::Yes)
    }

    fn bad_status(self, status: StatusCode, form: &str) -> Error {
        let what = format!("answered with status {} and {form}", status.as_u16());
        let error = self.error(Kind::Upstream, ["wechat_status", "token_server_status"], &what);
        match status.is_server_error() {
            true => {
                let hint = format!("{} or a proxy before it has a problem: try again later", self.name());
                error.hint(hint).retry(Retry::After(Duration::from_secs(1)))
            }
            false => error.hint(format!("check that {}, and what stands in between", self.setting())),
        }
    }

    /// Tells a usable body from the rest. Content types are not looked at: WeChat labels both wrongly.
    pub fn judge(self, status: StatusCode, body: Bytes) -> Result<Bytes, Failure> {
        let text = body.trim_ascii_start();
        if text.starts_with(b"{")
            && let Ok(Refusal { errcode, errmsg }) = serde_json::from_slice(text)
            && errcode != 0
        {
            return Err(refused(errcode, &errmsg));
        }
        let form = match text {
            [] => "an empty body",
            [b'<', ..] => "a web page",
            _ => "something else",
        };
        if status.is_server_error() {
            return Err(Failure::new(Class::Host, self.bad_status(status, form)));
        }
        if status != StatusCode::OK {
            return Err(Failure::new(Class::Refused, self.bad_status(status, form)));
        }
        match text {
            [] | [b'<', ..] => Err(Failure::new(Class::Broken, self.nonsense(&format!("answered {form}")))),
            _ => Ok(body),
        }
    }
}

/// Explains a refusal. Of `errmsg` only the address and the request id are passed on, in strict forms: the rest is not
/// documented, and could repeat what was sent.
fn refused(errcode: i64, errmsg: &str) -> Failure {
    tracing::debug!(errcode, "wechat refused");
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
        _ if entry.kind == errcode::Kind::Server => Class::Busy,
        45011 => Class::TooOften,
        45009 => Class::UsedUp,
        _ => Class::Refused,
    };
    let kind = if matches!(class, Class::TooOften | Class::UsedUp) { Kind::Limited } else { Kind::Upstream };
    let error = Error::new(kind, entry.kind.code(), message).hint(entry.fix_en).retry(entry.retry);
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
            Party::WeChat.judge(StatusCode::from_u16(status).expect("a status"), Bytes::from_static(body))
        };
        assert!(judge(200, b"\xff\xd8\xff").is_ok());
        assert!(judge(200, br#" {"errcode":0,"errmsg":"ok","access_token":"t"}"#).is_ok());
        for (status, body, code, class) in [
            (200, &br#"{"errcode":-1,"errmsg":"busy"}"#[..], "wechat_busy", Class::Busy),
            (500, br#"{"errcode":-1,"errmsg":"busy"}"#, "wechat_busy", Class::Busy),
            (200, br#"{"errcode":42001}"#, "wechat_token", Class::StaleToken),
            (200, br#"{"errcode":45009}"#, "wechat_quota", Class::UsedUp),
            (200, br#"{"errcode":45011}"#, "wechat_quota", Class::TooOften),
            (200, br#"{"errcode":45029}"#, "wechat_quota", Class::Refused),
            (200, br#"{"errcode":123456}"#, "wechat_errcode", Class::Refused),
            (502, b"<html>Bad Gateway", "wechat_status", Class::Host),
            (503, b"", "wechat_status", Class::Host),
            (404, b"\xff\xd8\xff", "wechat_status", Class::Refused),
            (302, b"", "wechat_status", Class::Refused),
            (200, b"<html>", "wechat_bad_answer", Class::Broken),
            (200, b"", "wechat_bad_answer", Class::Broken),
        ] {
            let failure = judge(status, body).expect_err("a failure");
            assert_eq!((failure.error.code(), failure.class), (code, class), "{status} {}", body.escape_ascii());
            assert!(failure.error.hint_text().is_some());
        }
        let ask = |status| Party::TokenServer.judge(status, Bytes::from_static(b"{}")).expect_err("a failure").error;
        let error = ask(StatusCode::FORBIDDEN);
        assert_eq!(error.code(), "token_server_status");
        assert_eq!(error.message(), "the app's token server answered with status 403 and something else");
    }
}
