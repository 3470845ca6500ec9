//! What the code of a poster opens.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    code::{CodeKind, EnvVersion},
    template::{
        expr::Expr,
        exprs::{Expressions, Sources},
        json::escape,
    },
};

/// What the code opens when it is scanned. Each string may use parameters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeTarget {
    /// `unlimited` (default): round, with `page` and `scene`; `limited`: round, with `path`; `square`: with `path`, from
    /// the same quota of 100 000 as `limited`; `qr`: a plain QR code with `text`, drawn without WeChat.
    #[serde(default)]
    pub kind: Option<CodeKind>,
    /// Name of an app of the settings (`[apps.NAME]`). Default `default`.
    #[serde(default)]
    pub app: Option<Expr<String>>,
    /// The page, without a leading `/` and without a query. Default: the home page.
    #[serde(default)]
    pub page: Option<Expr<String>>,
    /// The scene: a string of at most 32 legal characters, or a map that is written as `k=v&k=v`.
    #[serde(default)]
    pub scene: Option<SceneExpr>,
    /// The path with its query, for `limited` (at most 1024 characters) and `square` (128).
    #[serde(default)]
    pub path: Option<Expr<String>>,
    /// Content of a plain QR code, such as a URL, for `qr`.
    #[serde(default)]
    pub text: Option<Expr<String>>,
    /// `release` (default), `trial` or `develop`.
    #[serde(default)]
    pub env_version: Option<Expr<EnvVersion>>,
    /// Whether WeChat checks that the page is published. Default true.
    #[serde(default)]
    pub check_path: Option<bool>,
}

/// The scene of a code: a string, or a map of its parts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SceneExpr {
    /// Used as written.
    Text(Expr<String>),
    /// Written as `k=v&k=v` in this order; empty values are left out.
    Map(#[schemars(with = "BTreeMap<String, String>")] serde_json::Map<String, serde_json::Value>),
}

impl CodeTarget {
    /// JSON pointer in layout.json, and of the fields that override it in the request for a poster.
    pub const POINTER: &str = "/code";

    /// Names of the fields, each with whether it is given.
    pub fn given(&self) -> [(&'static str, bool); 7] {
        [
            ("app", self.app.is_some()),
            ("page", self.page.is_some()),
            ("scene", self.scene.is_some()),
            ("check_path", self.check_path.is_some()),
            ("path", self.path.is_some()),
            ("text", self.text.is_some()),
            ("env_version", self.env_version.is_some()),
        ]
    }

    /// The strings that may use parameters, below [`Self::POINTER`].
    pub fn expressions(&self) -> Sources {
        let mut all = Expressions::new(Self::POINTER);
        all.add("app", self.app.as_ref());
        all.add("page", self.page.as_ref());
        all.add("path", self.path.as_ref());
        all.add("text", self.text.as_ref());
        all.add("env_version", self.env_version.as_ref());
        match &self.scene {
            Some(SceneExpr::Text(text)) => all.add("scene", Some(text)),
            Some(SceneExpr::Map(map)) => {
                let values = map.iter().filter_map(|(key, value)| Some((key, value.as_str()?)));
                for (key, value) in values.filter(|(_, value)| value.contains("{{")) {
                    all.add_source(&format!("scene/{}", escape(key)), value);
                }
            }
            None => {}
        }
        all.into_sources()
    }
}
