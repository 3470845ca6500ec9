//! Requests to the three code endpoints, validated before they are sent.
//!
//! - [getwxacodeunlimit](https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html)
//! - [getwxacode](https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getQRCode.html)
//! - [createwxaqrcode](https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/createQRCode.html)

use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use serde::Serialize;

use crate::words;
use haibao_core::{
    code::{self, CodeNeed, EnvVersion, MAX_LIMITED_PATH, MAX_SQUARE_PATH, Opens, WIDTH},
    error::{Error, Message, Result},
    scene::{self, Scene},
};

/// Endpoint that takes an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Unlimited,
    Limited,
    Square,
    TextCheck,
}

impl Endpoint {
    /// Path below the base URL.
    pub fn path(self) -> &'static str {
        match self {
            Self::Unlimited => "wxa/getwxacodeunlimit",
            Self::Limited => "wxa/getwxacode",
            Self::Square => "cgi-bin/wxaapp/createwxaqrcode",
            Self::TextCheck => "wxa/msg_sec_check",
        }
    }

    /// What to do when the quota of the endpoint is used up.
    pub fn used_up(self) -> Message {
        match self {
            Self::TextCheck => words::quota_resets(),
            Self::Unlimited | Self::Limited | Self::Square => words::code_quota_resets(),
        }
    }

    /// What the quota per minute counts, and the setting that limits it.
    pub fn quota(self) -> (Message, &'static str) {
        match self {
            Self::TextCheck => (words::text_checks(), "wechat.text_checks_per_minute"),
            Self::Unlimited | Self::Limited | Self::Square => (words::codes(), "wechat.per_minute"),
        }
    }
}

/// A validated call, ready to be sent.
#[derive(Debug)]
pub(super) struct ApiCall {
    pub endpoint: Endpoint,
    /// JSON. WeChat reads the raw text of the scene, so its characters are not escaped: `&`, not `\u0026`.
    pub body: Bytes,
    /// Whether a request was sent whose response has not arrived, or not whole.
    pub is_unanswered: AtomicBool,
}

impl ApiCall {
    /// A call that is not sent yet.
    pub fn new(endpoint: Endpoint, body: Bytes) -> Self {
        Self { endpoint, body, is_unanswered: AtomicBool::new(false) }
    }
}

#[derive(Serialize)]
struct UnlimitedBody<'a> {
    scene: &'a str,
    /// Omitted if empty; the code then opens the home page.
    #[serde(skip_serializing_if = "str::is_empty")]
    page: &'a str,
    check_path: bool,
    #[serde(flatten)]
    style: RoundStyle,
}

#[derive(Serialize)]
struct LimitedBody<'a> {
    path: &'a str,
    #[serde(flatten)]
    style: RoundStyle,
}

#[derive(Serialize)]
struct SquareBody<'a> {
    path: &'a str,
    width: u32,
}

/// Style of both round codes.
#[derive(Serialize)]
struct RoundStyle {
    env_version: EnvVersion,
    width: u32,
    auto_color: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_color: Option<LineColor>,
    is_hyaline: bool,
}

#[derive(Serialize)]
struct LineColor {
    r: u8,
    g: u8,
    b: u8,
}

impl From<&CodeNeed> for RoundStyle {
    fn from(need: &CodeNeed) -> Self {
        Self {
            env_version: need.env_version,
            width: need.width,
            auto_color: need.auto_color,
            // WeChat ignores line_color if auto_color is set.
            line_color: need.line_color.filter(|_| !need.auto_color).map(|[r, g, b]| LineColor { r, g, b }),
            is_hyaline: need.is_hyaline,
        }
    }
}

/// Builds the request for a code.
///
/// # Errors
/// `code_invalid` with everything that WeChat would refuse, or the finding's own code if there is only one; `internal`
/// for a scene that must first become a short link, and for a plain QR code, which WeChat does not generate.
pub(super) fn request(need: &CodeNeed) -> Result<ApiCall> {
    let mut findings = Vec::new();
    if !WIDTH.contains(&need.width) {
        let finding = words::code_width(need.width, WIDTH.start(), WIDTH.end());
        findings.push(finding.pointer("/width"));
    }
    let (endpoint, body) = match &need.opens {
        Opens::Unlimited { page, scene: Scene::Text(scene), check_path } => {
            findings.extend(code::check_page(page));
            findings.extend(scene::findings(scene::check(scene).err()));
            let body = UnlimitedBody { scene, page, check_path: *check_path, style: need.into() };
            (Endpoint::Unlimited, json(&body)?)
        }
        Opens::Limited { path } => {
            findings.extend(code::check_path(path, MAX_LIMITED_PATH));
            (Endpoint::Limited, json(&LimitedBody { path, style: need.into() })?)
        }
        Opens::Square { path } => {
            findings.extend(code::check_path(path, MAX_SQUARE_PATH));
            (Endpoint::Square, json(&SquareBody { path, width: need.width })?)
        }
        Opens::Unlimited { scene: Scene::Long(_), .. } => {
            return Err(Error::internal("the scene must become a short link before the code is requested"));
        }
        Opens::Qr { .. } => {
            return Err(Error::internal("plain QR codes are not fetched from WeChat"));
        }
    };
    if findings.is_empty() {
        Ok(ApiCall::new(endpoint, body))
    } else {
        Err(haibao_core::error::invalid("code_invalid", findings))
    }
}

/// Serialises to JSON without HTML escapes.
pub(super) fn json(value: &impl Serialize) -> Result<Bytes> {
    serde_json::to_vec(value)
        .map(Bytes::from)
        .map_err(|_| Error::internal("the request to WeChat cannot be serialised as JSON"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use haibao_core::error::{ErrorKind, Finding};

    pub fn need(scene: &str) -> CodeNeed {
        CodeNeed::unlimited("default", "pages/detail/detail", Scene::Text(scene.to_owned()))
    }

    fn text(need: &CodeNeed) -> String {
        String::from_utf8(request(need).expect("a request").body.to_vec()).expect("UTF-8")
    }

    #[test]
    fn every_parameter_is_sent_with_its_json_type() {
        let (page, scene) = ("pages/detail/detail".to_owned(), Scene::Text("id=1&type=a".to_owned()));
        let unlimited = CodeNeed {
            opens: Opens::Unlimited { page, scene, check_path: false },
            env_version: EnvVersion::Trial,
            line_color: Some([1, 2, 255]),
            is_hyaline: true,
            ..need("")
        };
        let style = r#""env_version":"trial","width":430,"auto_color":false,"line_color":{"r":1,"g":2,"b":255},"is_hyaline":true}"#;
        let target = r#"{"scene":"id=1&type=a","page":"pages/detail/detail","check_path":false,"#;
        assert_eq!(text(&unlimited), format!("{target}{style}"));
        let limited = CodeNeed { opens: Opens::Limited { path: "pages/a/a?id=1&b=c".to_owned() }, ..unlimited };
        assert_eq!(text(&limited), format!(r#"{{"path":"pages/a/a?id=1&b=c",{style}"#));
        assert_eq!(request(&limited).expect("a request").endpoint, Endpoint::Limited);
        let square = CodeNeed { opens: Opens::Square { path: "pages/a/a?id=1".to_owned() }, width: 280, ..limited };
        assert_eq!(text(&square), r#"{"path":"pages/a/a?id=1","width":280}"#);
        assert_eq!(request(&square).expect("a request").endpoint, Endpoint::Square);
    }

    #[test]
    fn empty_page_and_overridden_line_color_are_omitted() {
        let text = text(&CodeNeed {
            auto_color: true,
            line_color: Some([0; 3]),
            ..CodeNeed::unlimited("default", "", Scene::Text("a".to_owned()))
        });
        assert!(!text.contains("page"), "{text}");
        assert!(!text.contains("line_color"), "{text}");
        assert!(text.contains(r#""auto_color":true"#), "{text}");
    }

    #[test]
    fn legal_scene_characters_are_not_escaped() {
        let scene = "!#$&'()*+,/:;=?@-._~azAZ09";
        assert!(text(&need(scene)).contains(&format!("\"{scene}\"")), "{}", text(&need(scene)));
    }

    #[test]
    fn all_invalid_fields_are_reported_together() {
        let findings = |opens, width| {
            let error = request(&CodeNeed { width, ..CodeNeed::new("default", opens) }).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Invalid);
            let at = |f: &Finding| format!("{} {}", f.code, f.pointer.as_deref().unwrap_or_default());
            error.all_findings().iter().map(at).collect::<Vec<_>>()
        };
        let unlimited = |page: &str, scene: &str| Opens::Unlimited {
            page: page.to_owned(),
            scene: Scene::Text(scene.to_owned()),
            check_path: true,
        };
        assert_eq!(
            findings(unlimited("/a?scancode_time", "商"), 279),
            [
                "code_width /width",
                "page_slash /page",
                "page_query /page",
                "page_reserved /page",
                "scene_character /scene"
            ]
        );
        assert_eq!(findings(unlimited("a", ""), 1281), ["code_width /width", "scene_empty /scene"]);
        assert_eq!(findings(Opens::Limited { path: "x".repeat(1025) }, 430), ["path_too_long /path"]);
        assert_eq!(findings(Opens::Square { path: "x".repeat(129) }, 430), ["path_too_long /path"]);
        assert_eq!(findings(Opens::Square { path: String::new() }, 430), ["path_empty /path"]);
        for opens in [
            Opens::Qr { text: "https://example.com".to_owned() },
            Opens::Unlimited { page: String::new(), scene: Scene::Long("{}".to_owned()), check_path: true },
        ] {
            let error = request(&CodeNeed::new("default", opens)).expect_err("not a WeChat code");
            assert_eq!((error.kind(), error.code()), (ErrorKind::Internal, "internal"));
        }
    }
}
