//! A code: all that shapes its picture, and what is checked before anybody is asked for it.

pub mod barcode;
mod env_version;
mod look;
pub mod picture;
pub mod qr;
mod request;

pub use env_version::EnvVersion;
pub use look::Look;
pub use request::{CodeFields, Kind, SceneRequest};
use serde::Serialize;

use crate::{error::Finding, scene::Scene, template::violation::quote};

/// WeChat's least and greatest width of a code in px (`getwxacodeunlimit`, parameter `width`).
pub const WIDTH: std::ops::RangeInclusive<u32> = 280..=1280;
/// WeChat's width of a code in px when none is asked for.
pub const DEFAULT_WIDTH: u32 = 430;
/// Most characters of `getwxacode`'s path.
pub const MAX_LIMITED_PATH: usize = 1024;
/// Most characters of `createwxaqrcode`'s path.
pub const MAX_SQUARE_PATH: usize = 128;

/// A code: all that shapes its picture. Two that are equal are the same picture, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct CodeNeed {
    /// Name of the app in the settings; empty for a plain QR code.
    pub app: String,
    /// What it opens.
    pub opens: Opens,
    /// Width in px, 280 to 1280.
    pub width: u32,
    /// Which version of the mini-program. WeChat's square codes and plain QR codes open the published one.
    pub env_version: EnvVersion,
    /// Colour of the rays chosen by WeChat. Round codes only.
    pub auto_color: bool,
    /// Colour of the rays, or of a plain QR code's modules.
    pub line_color: Option<[u8; 3]>,
    /// Transparent background. Round codes and plain QR codes.
    pub is_hyaline: bool,
}

/// What a code opens, by its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Opens {
    /// A round code from `getwxacodeunlimit`, of which there may be any number.
    Unlimited {
        /// Page without leading `/` and without a query; empty for the home page.
        page: String,
        /// What the page is told.
        scene: Scene,
        /// Whether WeChat checks that the page is published.
        check_path: bool,
    },
    /// A round code from `getwxacode`: 100 000 in all, shared with square ones.
    Limited {
        /// Path with query, at most 1024 characters.
        path: String,
    },
    /// A square code from `createwxaqrcode`: 100 000 in all, shared with limited ones.
    Square {
        /// Path with query, at most 128 characters.
        path: String,
    },
    /// A plain QR code, drawn here.
    Qr {
        /// What it says, such as a URL.
        text: String,
    },
}

impl Opens {
    /// The kind's name, as requests and layouts write it.
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
    /// A round code without limit, of WeChat's default width and look.
    pub fn unlimited(app: impl Into<String>, page: impl Into<String>, scene: Scene) -> Self {
        Self::new(app, Opens::Unlimited { page: page.into(), scene, check_path: true })
    }

    /// A code of WeChat's default width and look.
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

    /// Page and scene of an unlimited code.
    pub fn page_and_scene(&self) -> Option<(&str, &Scene)> {
        match &self.opens {
            Opens::Unlimited { page, scene, .. } => Some((page, scene)),
            _ => None,
        }
    }
}

/// What is wrong with a page, pointer `/code/page`: WeChat refuses a leading `/` and a query with errcode 41030, and
/// keeps `scancode_time` for itself (85096).
pub fn check_page(page: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |code, message: String, hint: String| {
        findings.push(Finding::error(code, message).pointer("/code/page").hint(hint));
    };
    if let Some(rest) = page.strip_prefix('/') {
        let hint = format!("write {}", quote(rest));
        add("page_slash", format!("the page {} must not begin with /", quote(page)), hint);
    }
    if page.contains(['?', '#']) {
        let hint = "put what the page needs into the scene".to_owned();
        add("page_query", format!("the page {} must not have a query", quote(page)), hint);
    }
    if page.contains("scancode_time") {
        let hint = "WeChat keeps this name for itself".to_owned();
        add("page_reserved", format!("the page {} must not contain scancode_time", quote(page)), hint);
    }
    if page.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let hint = "write it as in app.json, such as \"pages/index/index\"".to_owned();
        add("page_character", format!("the page {} must not hold spaces", quote(page)), hint);
    }
    findings
}

/// What is wrong with the path of a limited or square code of at most `most` characters, pointer `/code/path`: WeChat
/// refuses an empty or longer one with errcode 40159, and keeps `scancode_time` for itself (85096).
pub fn check_path(path: &str, most: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |code, message: String, hint: &str| {
        findings.push(Finding::error(code, message).pointer("/code/path").hint(hint));
    };
    let length = path.chars().count();
    if length == 0 {
        add("path_empty", "the path is empty".to_owned(), "write it with its query: \"pages/detail/detail?id=1\"");
    }
    if length > most {
        let message = format!("the path has {length} characters, at most {most} are allowed");
        add("path_too_long", message, "pass a short id, and let the page look up the rest");
    }
    if path.contains("scancode_time") {
        let message = format!("the path {} must not contain scancode_time", quote(path));
        add("path_reserved", message, "WeChat keeps this name for itself");
    }
    if path.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let message = format!("the path {} must not hold spaces", quote(path));
        add("path_character", message, "write values of the query as encodeURIComponent does");
    }
    findings
}
