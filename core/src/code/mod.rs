//! Code specifications and their validation before a code is requested.

pub mod barcode;
mod env_version;
mod eyes;
pub mod picture;
pub mod qr;
mod request;
mod style;

pub use env_version::EnvVersion;
pub use request::{CodeFields, CodeKind, SceneRequest};
use serde::Serialize;
pub use style::CodeStyle;

use crate::{
    error::Finding,
    scene::{SCANCODE_TIME, Scene},
    words,
    words::quote,
};

/// Width of a code allowed by WeChat, px (`getwxacodeunlimit`, parameter `width`).
pub const WIDTH: std::ops::RangeInclusive<u32> = 280..=1280;
/// Default width of a code at WeChat, px.
pub const DEFAULT_WIDTH: u32 = 430;
/// Maximum path length of `getwxacode`, characters.
pub const MAX_LIMITED_PATH: usize = 1024;
/// Maximum path length of `createwxaqrcode`, characters.
pub const MAX_SQUARE_PATH: usize = 128;

/// Specification of a code: everything that determines its picture. Equal values always give the same picture.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CodeNeed {
    /// Name of the app in the configuration; empty for a plain QR code.
    pub app: String,
    /// Kind and target.
    pub opens: Opens,
    /// Width in px, 280 to 1280.
    pub width: u32,
    /// Version of the mini-program to open. Square codes and plain QR codes always open the published version.
    pub env_version: EnvVersion,
    /// Whether WeChat chooses the colour of the rays. Round codes only.
    pub auto_color: bool,
    /// RGB colour of the rays, or of the modules of a plain QR code. Not for square codes.
    pub line_color: Option<[u8; 3]>,
    /// Whether the background is transparent. Not for square codes.
    pub is_hyaline: bool,
}

/// Kind of a code and what it opens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Opens {
    /// A round code from `getwxacodeunlimit`, without a limit on the number of codes.
    Unlimited {
        /// Page without leading `/` and without a query; empty for the home page.
        page: String,
        /// Payload for the page.
        scene: Scene,
        /// Whether WeChat checks that the page is published.
        check_path: bool,
    },
    /// A round code from `getwxacode`. At most 100 000 per app, shared with square codes.
    Limited {
        /// Path with query, at most 1024 characters.
        path: String,
    },
    /// A square code from `createwxaqrcode`. At most 100 000 per app, shared with limited codes.
    Square {
        /// Path with query, at most 128 characters.
        path: String,
    },
    /// A plain QR code, drawn by haibao.
    Qr {
        /// Content, such as a URL.
        text: String,
    },
}

impl Opens {
    /// Name of the kind in requests and layouts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unlimited { .. } => "unlimited",
            Self::Limited { .. } => "limited",
            Self::Square { .. } => "square",
            Self::Qr { .. } => "qr",
        }
    }
}

impl CodeNeed {
    /// An unlimited code with the default width and style, whose page WeChat checks.
    pub fn unlimited(app: impl Into<String>, page: impl Into<String>, scene: Scene) -> Self {
        Self::new(app, Opens::Unlimited { page: page.into(), scene, check_path: true })
    }

    /// A code with the default width and style.
    pub fn new(app: impl Into<String>, opens: Opens) -> Self {
        Self {
            app: app.into(),
            opens,
            width: DEFAULT_WIDTH,
            env_version: EnvVersion::default(),
            auto_color: false,
            line_color: None,
            is_hyaline: false,
        }
    }

    /// What the picture depends on, as JSON, for keys of stored codes: with `app` in place of the app's name.
    pub fn picture_json(&self, app: &str) -> String {
        #[derive(Serialize)]
        struct Picture<'a> {
            app: &'a str,
            opens: &'a Opens,
            width: u32,
            env_version: EnvVersion,
            auto_color: bool,
            line_color: Option<[u8; 3]>,
            is_hyaline: bool,
        }
        let Self { app: _, opens, width, env_version, auto_color, line_color, is_hyaline } = self;
        let picture = Picture {
            app,
            opens,
            width: *width,
            env_version: *env_version,
            auto_color: *auto_color,
            // It has no effect with `auto_color`.
            line_color: line_color.filter(|_| !auto_color),
            is_hyaline: *is_hyaline,
        };
        // Only strings, numbers and booleans, which always serialise.
        serde_json::to_string(&picture).unwrap_or_default()
    }

    /// Page and scene of an unlimited code; `None` for other kinds.
    pub fn page_and_scene(&self) -> Option<(&str, &Scene)> {
        match &self.opens {
            Opens::Unlimited { page, scene, .. } => Some((page, scene)),
            _ => None,
        }
    }
}

/// Validates a page; the pointer of findings is `/page`. WeChat rejects a leading `/` or a query with errcode 41030,
/// and the reserved name `scancode_time` with 85096.
pub fn check_page(page: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(rest) = page.strip_prefix('/') {
        findings.push(words::page_slash(quote(page), quote(rest)));
    }
    if page.contains(['?', '#']) {
        findings.push(words::page_query(quote(page)));
    }
    if page.contains(SCANCODE_TIME) {
        findings.push(words::page_reserved(quote(page), SCANCODE_TIME));
    }
    if page.chars().any(|c| c.is_control() || c.is_whitespace()) {
        findings.push(words::page_character(quote(page)));
    }
    findings.into_iter().map(|finding| finding.pointer("/page")).collect()
}

/// Validates the path of a limited or square code; the pointer of findings is `/path`. WeChat rejects a path that is
/// empty or longer than `max_length` characters with errcode 40159, and the reserved name `scancode_time` with 85096.
pub fn check_path(path: &str, max_length: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    let length = path.chars().count();
    if length == 0 {
        findings.push(words::path_empty());
    }
    if length > max_length {
        findings.push(words::path_too_long(length, max_length));
    }
    if path.contains(SCANCODE_TIME) {
        findings.push(words::path_reserved(quote(path), SCANCODE_TIME));
    }
    if path.chars().any(|c| c.is_control() || c.is_whitespace()) {
        findings.push(words::path_character(quote(path)));
    }
    findings.into_iter().map(|finding| finding.pointer("/path")).collect()
}
