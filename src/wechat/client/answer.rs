//! Classifies responses: usable, refused by WeChat, or invalid.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use reqwest::StatusCode;
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    wechat::errcode::{self, explain},
    words,
};
use haibao_core::{
    code::picture,
    error::{Domain, Error, ErrorKind, Message, Result, Retry},
};

/// Response whose body is whole, and neither HTML nor an errcode. The caller must check that it is the expected JSON or
/// picture.
pub(super) struct Response {
    pub bytes: Bytes,
    /// Header `Num-Used`: limited and square codes used so far, of the app's 100 000.
    pub num_used: Option<u32>,
}

/// The server that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Party {
    /// The WeChat API at `base_url`.
    WeChat,
    /// The user's token server.
    TokenServer,
}

/// Why a call has no usable response.
#[derive(Debug)]
pub(super) struct CallFailure {
    pub error: Error,
    pub class: Class,
    /// WeChat's errcode, if it returned one.
    pub errcode: Option<i64>,
}

/// Which reaction may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The host is unreachable, too slow or failing: retry on another host, or on the same one after a delay.
    Host,
    /// The response with status 200 is empty or ends early: as [`Class::Host`], but the call may have had its effect.
    Cut,
    /// errcode -1: retry after a delay.
    Busy,
    /// The token is stale: retry with a new one.
    StaleToken,
    /// errcode 45011: pause all calls of the app.
    TooOften,
    /// errcode 45009: stop the endpoint for longer.
    UsedUp,
    /// Refused: no retry helps, only a different request or different settings.
    Refused,
    /// Invalid response, or no time left.
    Broken,
}

/// Body of WeChat's error responses. Other fields are ignored.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    errcode: i64,
    /// Only a text is read. Other values do not hide the errcode.
    #[serde(default)]
    errmsg: serde_json::Value,
}

impl CallFailure {
    pub fn new(class: Class, error: Error) -> Self {
        Self { error, class, errcode: None }
    }
}

impl Party {
    fn name(self) -> Message {
        match self {
            Self::WeChat => words::wechat(),
            Self::TokenServer => words::token_server(),
        }
    }

    /// What to check, for hints.
    fn setting(self) -> Message {
        match self {
            Self::WeChat => words::wechat_setting(),
            Self::TokenServer => words::token_server_setting(),
        }
    }

    fn error(self, kind: ErrorKind, codes: [&'static str; 2], what: Message) -> Error {
        let [wechat, server] = codes;
        let code = if self == Self::WeChat { wechat } else { server };
        Error::new(kind, code, words::party_did(self.name(), what))
    }

    /// Error for a response that did not arrive in time.
    pub fn timed_out(self) -> Error {
        self.error(ErrorKind::Deadline, ["wechat_timeout", "token_server_timeout"], words::answer_late())
            .hint(words::raise_timeout())
    }

    /// Error for an invalid response; `what` continues the sentence that starts with the party's name.
    pub fn bad_response(self, what: Message) -> Error {
        self.error(ErrorKind::Upstream, ["wechat_bad_answer", "token_server_bad_answer"], what)
            .hint(words::retry_and_check(self.setting()))
            .retry(Retry::Yes)
    }

    /// Error for a connection that failed or broke.
    pub fn unreachable(self, why: Message) -> Error {
        let codes = ["wechat_unreachable", "token_server_unreachable"];
        self.error(ErrorKind::Upstream, codes, words::answer_unreachable(why))
            .hint(words::check_network(self.setting()))
            .retry(Retry::Yes)
    }

    fn bad_status(self, status: StatusCode, form: Message) -> Error {
        let what = words::answer_status(status.as_u16(), form);
        let error = self.error(ErrorKind::Upstream, ["wechat_status", "token_server_status"], what);
        match status.is_server_error() {
            true => error.hint(words::party_is_failing(self.name())).retry(Retry::After(Duration::from_secs(1))),
            false => error.hint(words::check_setting(self.setting())),
        }
    }

    /// Checks status and body. `Content-Type` is ignored, since WeChat sets it wrongly for both pictures and errors.
    ///
    /// # Errors
    /// A [`CallFailure`] for an errcode, a status other than 200, a web page, and a body that is empty or ends early.
    pub fn judge(self, status: StatusCode, body: Bytes) -> Result<Bytes, CallFailure> {
        let body = readable(body);
        let text = body.trim_ascii_start();
        if text.starts_with(b"{")
            && let Ok(Refusal { errcode, errmsg }) = serde_json::from_slice(text)
            && errcode != 0
        {
            return Err(refused(errcode, errmsg.as_str().unwrap_or_default()));
        }
        let form = match text {
            [] => words::empty_body(),
            [b'<', ..] => words::got_web_page(),
            _ => words::unexpected_body(),
        };
        if status.is_server_error() {
            return Err(CallFailure::new(Class::Host, self.bad_status(status, form)));
        }
        if status != StatusCode::OK {
            return Err(CallFailure::new(Class::Refused, self.bad_status(status, form)));
        }
        let (class, what) = match text {
            [] => (Class::Cut, words::answer_returned(form)),
            [b'<', ..] => (Class::Broken, words::answer_returned(form)),
            _ => match cut_off(text) {
                Some(what) => (Class::Cut, what),
                None => return Ok(body),
            },
        };
        Err(CallFailure::new(class, self.bad_response(what)))
    }
}

/// What a body is that ends early, as a proxy sends it that has lost its connection to WeChat: a picture without its end marker, or
/// unfinished JSON.
fn cut_off(body: &[u8]) -> Option<Message> {
    match body {
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => picture::complete(body).err(),
        [b'{', ..] => {
            let is_unfinished = serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof());
            is_unfinished.then(|| words::answer_cut_off(body.len()))
        }
        _ => None,
    }
}

/// A body of JSON as parsers accept it: without a byte order mark, and with spaces in place of raw control characters and U+FFFD
/// in place of invalid UTF-8, which WeChat has sent in texts that it quotes. Other bodies are returned unchanged.
fn readable(body: Bytes) -> Bytes {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let body = if body.starts_with(BOM) { body.slice(BOM.len()..) } else { body };
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    if !body.trim_ascii_start().starts_with(b"{") || std::str::from_utf8(&body).is_ok_and(is_json) {
        return body;
    }
    let text = String::from_utf8_lossy(&body).replace(|c: char| c.is_ascii_control(), " ");
    if is_json(&text) { text.into() } else { body }
}

/// Builds the failure for an errcode. Only the IP address and the request id are copied from `errmsg`, in strict
/// formats: the rest is undocumented and could echo secrets from the request.
fn refused(errcode: i64, errmsg: &str) -> CallFailure {
    tracing::debug!(errcode, "wechat returned an errcode");
    let entry = explain(errcode);
    let meaning = Message::new(&entry.row, Vec::new());
    let mut message = words::wechat_returned(errcode, meaning.clone());
    if entry.category == errcode::Category::Ip
        && let Some(ip) = address(errmsg)
    {
        message = words::with_ip(message, ip);
    }
    if let Some(rid) = request_id(errmsg) {
        message = words::with_rid(message, rid);
    }
    let class = match errcode {
        _ if errcode::is_stale_token(errcode) => Class::StaleToken,
        _ if entry.category == errcode::Category::Server => Class::Busy,
        45011 => Class::TooOften,
        45009 => Class::UsedUp,
        _ => Class::Refused,
    };
    let kind = match class {
        Class::TooOften | Class::UsedUp => ErrorKind::Limited,
        // The openid is part of the caller's request.
        _ if entry.category == errcode::Category::Openid => ErrorKind::Invalid,
        _ => ErrorKind::Upstream,
    };
    let mut error = Error::new(kind, entry.category.code(), message.hint_of(meaning)).retry(entry.retry);
    use errcode::Category::{Account, Credential, Ip, Token};
    if matches!(entry.category, Token | Credential | Account | Ip) {
        error = error.domain(Domain::App);
    }
    CallFailure { error, class, errcode: Some(errcode) }
}

/// First IP address in a text.
fn address(errmsg: &str) -> Option<IpAddr> {
    errmsg.split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':')).find_map(|word| word.parse().ok())
}

/// Request id, `rid: ` and three groups of 8 hexadecimal digits; WeChat's support uses it to find a call.
fn request_id(errmsg: &str) -> Option<&str> {
    let (_, rest) = errmsg.split_once("rid:")?;
    let id = rest.trim_start().split(|c: char| !(c.is_ascii_hexdigit() || c == '-')).next()?;
    (id.split('-').count() == 3 && id.split('-').all(|part| part.len() == 8)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_address_and_request_id_are_copied_from_errmsg() {
        let errmsg = "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 6641a0b1-0a1b2c3d-4e5f6071";
        let error = refused(40164, errmsg).error;
        assert!(error.message().contains("(this server is 1.2.3.4)"), "{error}");
        assert!(error.message().ends_with("(rid 6641a0b1-0a1b2c3d-4e5f6071)"), "{error}");
        for errmsg in ["rid: top-secret", "rid: deadbeef", "access_token=ACCESS", "secret is 1.2.3.4", ""] {
            let message = refused(40013, errmsg).error.message().to_owned();
            assert_eq!(message, "WeChat returned errcode 40013: the appid is wrong", "{errmsg}");
        }
    }

    #[test]
    fn responses_are_classified_by_status_and_body() {
        let judge = |status: u16, body: &'static [u8]| {
            Party::WeChat.judge(StatusCode::from_u16(status).expect("a status"), Bytes::from_static(body))
        };
        assert!(judge(200, b"\xff\xd8\xff\xff\xd9").is_ok());
        assert!(judge(200, b"\x89PNG IEND").is_ok());
        assert!(judge(200, b"anything else").is_ok());
        assert!(judge(200, br#" {"errcode":0,"errmsg":"ok","access_token":"t"}"#).is_ok());
        for (status, body, code, class) in [
            (200, &br#"{"errcode":-1,"errmsg":"busy"}"#[..], "wechat_busy", Class::Busy),
            (500, br#"{"errcode":-1,"errmsg":"busy"}"#, "wechat_busy", Class::Busy),
            (200, br#"{"errcode":42001}"#, "wechat_token", Class::StaleToken),
            (200, br#"{"errcode":45009}"#, "wechat_quota", Class::UsedUp),
            (200, br#"{"errcode":45011}"#, "wechat_quota", Class::TooOften),
            (200, br#"{"errcode":45029}"#, "wechat_quota", Class::Refused),
            (200, br#"{"errcode":123456}"#, "wechat_errcode", Class::Refused),
            (200, b"\xef\xbb\xbf{\"errcode\":42001}", "wechat_token", Class::StaleToken),
            (
                200,
                b"\xef\xbb\xbf\r\n {\"errcode\":40001,\"errmsg\":\"a\nb\tc\x00d\"}",
                "wechat_token",
                Class::StaleToken,
            ),
            (200, b"{\"errmsg\":\"\xb0\xa1\x01\",\"errcode\":45009}", "wechat_quota", Class::UsedUp),
            (200, br#"{"errcode":-1,"errmsg":null}"#, "wechat_busy", Class::Busy),
            (200, b"\xef\xbb\xbf", "wechat_bad_answer", Class::Cut),
            (200, br#"{"errcode":42001,"errmsg":"inv"#, "wechat_bad_answer", Class::Cut),
            (200, b"\xef\xbb\xbf {\"access_token\":\"", "wechat_bad_answer", Class::Cut),
            (200, b"\xff\xd8\xff", "wechat_bad_answer", Class::Cut),
            (200, b"\x89PNG\r\n", "wechat_bad_answer", Class::Cut),
            (502, b"<html>Bad Gateway", "wechat_status", Class::Host),
            (503, b"", "wechat_status", Class::Host),
            (404, b"\xff\xd8\xff", "wechat_status", Class::Refused),
            (302, b"", "wechat_status", Class::Refused),
            (200, b"<html>", "wechat_bad_answer", Class::Broken),
            (200, b" \r\n", "wechat_bad_answer", Class::Cut),
            (200, b"", "wechat_bad_answer", Class::Cut),
        ] {
            let failure = judge(status, body).expect_err("a failure");
            assert_eq!((failure.error.code(), failure.class), (code, class), "{status} {}", body.escape_ascii());
            assert!(failure.error.hint_text().is_some());
        }
        let token = judge(200, b"\xef\xbb\xbf{\"access_token\":\"t\",\n\"note\":\"a\nb\"}").expect("a token");
        assert_eq!(token, r#"{"access_token":"t", "note":"a b"}"#);
        let ask = |status| Party::TokenServer.judge(status, Bytes::from_static(b"{}")).expect_err("a failure").error;
        let error = ask(StatusCode::FORBIDDEN);
        assert_eq!(error.code(), "token_server_status");
        assert_eq!(error.message(), "the app's token server answered with status 403 and an unexpected body");
    }
}
