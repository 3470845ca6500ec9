//! Fields of a code request, as given over HTTP, on the command line and in the rows of a sheet, validated together.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    CodeNeed, DEFAULT_WIDTH, EnvVersion, MAX_LIMITED_PATH, MAX_SQUARE_PATH, Opens, WIDTH, check_page, check_path,
};
use crate::{
    error::Finding,
    scene::{self, Scene},
    style::Color,
    words,
};

/// The kinds of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// Round, any number of them, with page and scene.
    #[default]
    Unlimited,
    /// Round, 100 000 in all, with a path.
    Limited,
    /// Square, out of the same 100 000, with a path.
    Square,
    /// A plain QR code with a text.
    Qr,
}

impl CodeKind {
    /// Maximum length of the path, characters: 1024 for limited codes, 128 for square ones. `None` for kinds without a
    /// path.
    pub fn max_path_length(self) -> Option<usize> {
        match self {
            Self::Limited => Some(MAX_LIMITED_PATH),
            Self::Square => Some(MAX_SQUARE_PATH),
            Self::Unlimited | Self::Qr => None,
        }
    }
}

impl FromStr for CodeKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "unlimited" => Ok(Self::Unlimited),
            "limited" => Ok(Self::Limited),
            "square" => Ok(Self::Square),
            "qr" => Ok(Self::Qr),
            other => Err(format!("expected unlimited, limited, square or qr, got {other:?}")),
        }
    }
}

/// Scene of a request: a literal string or parameters.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SceneRequest {
    /// A literal scene: 1 to 32 legal characters.
    Text(String),
    /// Parameters that the page reads from the scene.
    Map(Map<String, Value>),
}

/// What the code opens and how it looks. Each given field overrides the template's.
// The doc comments are the descriptions of the API document.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeFields {
    /// Kind of the code. Each kind accepts its own fields: `unlimited` page and scene, `limited` and `square` a path,
    /// `qr` a text.
    pub kind: Option<CodeKind>,
    /// Name of a mini-program in the settings. Default: `default`.
    pub app: Option<String>,
    /// Page without a leading `/` and without a query. Empty: the home page.
    pub page: Option<String>,
    /// Data for the page: 1 to 32 legal characters, or parameters that are encoded as `k=v&k=v` or as a short link.
    pub scene: Option<SceneRequest>,
    /// Path with its query, of limited and square codes.
    pub path: Option<String>,
    /// Content of a plain QR code.
    pub text: Option<String>,
    /// Version of the mini-program that the code opens. Default: `release`.
    pub env_version: Option<EnvVersion>,
    /// Whether WeChat checks that the page is published. Default: true.
    pub check_path: Option<bool>,
    /// Whether WeChat chooses the colour of the rays. Default: false.
    pub auto_color: Option<bool>,
    /// Colour of the rays or modules; must be opaque.
    pub line_color: Option<Color>,
    /// Whether the background is transparent. Default: false.
    pub is_hyaline: Option<bool>,
}

impl CodeFields {
    /// Validates the fields of a code that no poster shows, and builds its specification. `width` is in px; default: 430.
    ///
    /// Each kind accepts a subset of the fields:
    ///
    /// - `page`, `scene`, `check_path`: unlimited;
    /// - `path`: limited and square;
    /// - `text`: qr;
    /// - `app`: all but qr;
    /// - `env_version`, `auto_color`: unlimited and limited;
    /// - `line_color`, `is_hyaline`: all but square.
    ///
    /// # Errors
    /// All findings at once, each with the field as its pointer (`/scene`, `/width`): missing fields, fields of another
    /// kind, and values that WeChat would reject, such as a width outside of 280 to 1280 px.
    pub fn need(self, width: Option<u32>) -> Result<CodeNeed, Vec<Finding>> {
        let kind = self.kind.unwrap_or_default();
        let mut findings = self.foreign(kind);
        let opens = match kind {
            CodeKind::Unlimited => {
                let page = self.page.unwrap_or_default();
                findings.extend(check_page(&page));
                let scene = match self.scene {
                    Some(SceneRequest::Text(text)) => scene::check(&text).map(|()| Scene::Text(text)),
                    Some(SceneRequest::Map(map)) => scene::encode(&map),
                    None => Ok(Scene::Text(String::new())),
                };
                if scene.as_ref().is_ok_and(|scene| *scene == Scene::Text(String::new())) {
                    findings.push(words::code_scene_missing().pointer("/scene"));
                }
                let scene = scene.unwrap_or_else(|error| {
                    findings.extend(scene::findings(Some(error)));
                    Scene::Text(String::new())
                });
                Opens::Unlimited { page, scene, check_path: self.check_path.unwrap_or(true) }
            }
            CodeKind::Limited | CodeKind::Square => {
                let path = self.path.unwrap_or_default();
                let max_length = if kind == CodeKind::Limited { MAX_LIMITED_PATH } else { MAX_SQUARE_PATH };
                findings.extend(check_path(&path, max_length));
                if kind == CodeKind::Limited { Opens::Limited { path } } else { Opens::Square { path } }
            }
            CodeKind::Qr => {
                let text = self.text.unwrap_or_default();
                if text.is_empty() {
                    findings.push(words::code_text_missing().pointer("/text"));
                }
                Opens::Qr { text }
            }
        };
        let width = width.unwrap_or(DEFAULT_WIDTH);
        if !WIDTH.contains(&width) {
            findings.push(words::width_invalid(width, WIDTH.start(), WIDTH.end()).pointer("/width"));
        }
        if let Some(color) = self.line_color.filter(|color| color.a != 255) {
            findings.push(words::line_color_transparent(color).pointer("/line_color"));
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let app = self.app.filter(|app| !app.is_empty()).unwrap_or_else(|| "default".to_owned());
        Ok(CodeNeed {
            app: if kind == CodeKind::Qr { String::new() } else { app },
            opens,
            width,
            env_version: self.env_version.unwrap_or_default(),
            auto_color: self.auto_color.unwrap_or(false),
            line_color: self.line_color.map(|color| [color.r, color.g, color.b]),
            is_hyaline: self.is_hyaline.unwrap_or(false),
        })
    }

    /// Findings for fields that this kind does not accept, with the field as their pointer.
    pub(crate) fn foreign(&self, kind: CodeKind) -> Vec<Finding> {
        kind.foreign([
            ("app", self.app.is_some()),
            ("page", self.page.is_some()),
            ("scene", self.scene.is_some()),
            ("check_path", self.check_path.is_some()),
            ("path", self.path.is_some()),
            ("text", self.text.is_some()),
            ("env_version", self.env_version.is_some()),
            ("auto_color", self.auto_color.is_some()),
            ("line_color", self.line_color.is_some()),
            ("is_hyaline", self.is_hyaline.is_some()),
        ])
    }
}

impl CodeKind {
    /// Whether codes of this kind are round mini-program codes.
    pub fn is_round(self) -> bool {
        matches!(self, Self::Unlimited | Self::Limited)
    }

    /// Whether a code of this kind has a field.
    fn accepts(self, field: &str) -> bool {
        match field {
            "page" | "scene" | "check_path" => self == Self::Unlimited,
            "path" => matches!(self, Self::Limited | Self::Square),
            "text" => self == Self::Qr,
            "app" => self != Self::Qr,
            "env_version" | "auto_color" => self.is_round(),
            "line_color" | "is_hyaline" => self != Self::Square,
            _ => true,
        }
    }

    /// Findings for fields that this kind does not accept, of `fields` by name and whether they are given. WeChat
    /// silently ignores some of them and opens the home page.
    pub(crate) fn foreign(self, fields: impl IntoIterator<Item = (&'static str, bool)>) -> Vec<Finding> {
        let hint = match self {
            CodeKind::Unlimited => words::fields_of_unlimited(),
            CodeKind::Limited => words::fields_of_limited(),
            CodeKind::Square => words::fields_of_square(),
            CodeKind::Qr => words::fields_of_qr(),
        };
        let name = format!("{self:?}").to_lowercase();
        let foreign = fields
            .into_iter()
            .filter(|(field, given)| *given && !self.accepts(field))
            .map(|(field, _)| words::field_unused(&name, field).pointer(format!("/{field}")).with_hint(hint.clone()));
        foreign.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(scene: &str) -> Option<SceneRequest> {
        Some(SceneRequest::Text(scene.to_owned()))
    }

    fn pointed(found: Vec<Finding>) -> Vec<(&'static str, String)> {
        found.into_iter().map(|f| (f.code, f.pointer.unwrap_or_default())).collect()
    }

    fn faults(fields: CodeFields) -> Vec<(&'static str, String)> {
        pointed(fields.need(None).expect_err("findings"))
    }

    #[test]
    fn each_kind_accepts_its_own_fields() {
        let unlimited = CodeFields { scene: text("id=1"), page: Some("pages/a".into()), ..CodeFields::default() };
        let need = unlimited.need(None).expect("a code");
        assert_eq!((need.app.as_str(), need.width, need.opens.kind()), ("default", 430, "unlimited"));
        let fields =
            |kind, path: &str| CodeFields { kind: Some(kind), path: Some(path.into()), ..CodeFields::default() };
        assert_eq!(fields(CodeKind::Limited, &"a".repeat(1024)).need(None).map(|n| n.opens.kind()), Ok("limited"));
        assert_eq!(fields(CodeKind::Square, "pages/a?id=1").need(None).map(|n| n.opens.kind()), Ok("square"));
        let qr = CodeFields { kind: Some(CodeKind::Qr), text: Some("https://a.cn".into()), ..CodeFields::default() };
        assert_eq!(qr.need(None).map(|n| n.app), Ok(String::new()));
    }

    #[test]
    fn unknown_fields_are_refused() {
        let json = r##"{"kind":"qr","app":null,"page":null,"scene":{"id":1},"path":null,"text":"a","env_version":"trial","check_path":false,"auto_color":null,"line_color":"#225588","is_hyaline":true}"##;
        let fields: CodeFields = serde_json::from_str(json).expect("fields");
        assert_eq!(serde_json::to_string(&fields).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<CodeFields>("{}").ok(), Some(CodeFields::default()));
        assert!(serde_json::from_str::<CodeFields>(r#"{"pages":"a"}"#).is_err());
    }

    /// `foreign` knows every field: each is refused by some kind, except for `kind` itself.
    #[test]
    fn every_field_belongs_to_kinds() {
        let json = r##"{"app":"a","page":"b","scene":"c","path":"d","text":"e","env_version":"trial","check_path":true,"auto_color":true,"line_color":"#225588","is_hyaline":true}"##;
        let fields: CodeFields = serde_json::from_str(json).expect("fields");
        let serde_json::Value::Object(all) = serde_json::to_value(&fields).expect("JSON") else { panic!("no object") };
        let kinds = [CodeKind::Unlimited, CodeKind::Limited, CodeKind::Square, CodeKind::Qr];
        let foreign: Vec<_> = kinds.iter().flat_map(|kind| fields.foreign(*kind)).filter_map(|f| f.pointer).collect();
        let unknown: Vec<_> = all.keys().filter(|name| !foreign.contains(&format!("/{name}"))).collect();
        assert_eq!(unknown, ["kind"], "`foreign` has all others");
    }

    #[test]
    fn all_findings_are_returned_at_once() {
        let square = CodeFields {
            kind: Some(CodeKind::Square),
            path: Some("a".repeat(129)),
            scene: text("a"),
            is_hyaline: Some(true),
            ..CodeFields::default()
        };
        let expected = [
            ("field_unused", "/scene"),
            ("field_unused", "/is_hyaline"),
            ("path_too_long", "/path"),
            ("width_invalid", "/width"),
        ];
        let found = square.need(Some(2000)).expect_err("findings");
        assert_eq!(pointed(found), expected.map(|(code, pointer)| (code, pointer.to_owned())));
        let unlimited = CodeFields { scene: text("商 "), page: Some("/a?b".into()), ..CodeFields::default() };
        let expected = [("page_slash", "/page"), ("page_query", "/page"), ("scene_character", "/scene")];
        assert_eq!(faults(unlimited), expected.map(|(code, pointer)| (code, pointer.to_owned())));
        assert_eq!(faults(CodeFields::default()), [("field_missing", "/scene".to_owned())]);
        let path = CodeFields { path: Some("pages/a".into()), scene: text("a"), ..CodeFields::default() };
        assert_eq!(faults(path), [("field_unused", "/path".to_owned())], "WeChat would open the home page");
    }
}
