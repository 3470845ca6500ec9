//! Requests: what one poster is planned from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    code::{EnvVersion, Kind, SceneRequest},
    style::Color,
};

/// What is asked for: one poster of a template.
#[derive(Debug, Clone)]
pub struct Request {
    /// The parameters, a JSON object.
    pub params: Value,
    /// What the code is to open, where that differs from the layout.
    pub code: CodeRequest,
    /// Output px per px of the canvas, 1 to 3.
    pub scale: f32,
}

/// What the code opens and how it looks. Each field that is given wins over the layout's.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// Which kind; fields of the layout that belong to another kind are then left out.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Name of an app of the settings (`[apps.NAME]`).
    #[serde(default)]
    pub app: Option<String>,
    /// The page, without a leading `/` and without a query; empty for the home page.
    #[serde(default)]
    pub page: Option<String>,
    /// The scene.
    #[serde(default)]
    pub scene: Option<SceneRequest>,
    /// Path with query, of a limited or square code.
    #[serde(default)]
    pub path: Option<String>,
    /// What a plain QR code says.
    #[serde(default)]
    pub text: Option<String>,
    /// `release`, `trial` or `develop`.
    #[serde(default)]
    pub env_version: Option<EnvVersion>,
    /// Whether WeChat checks that the page is published.
    #[serde(default)]
    pub check_path: Option<bool>,
    /// WeChat chooses the colour of the rays.
    #[serde(default)]
    pub auto_color: Option<bool>,
    /// Colour of the rays, opaque.
    #[serde(default)]
    pub line_color: Option<Color>,
    /// Transparent background.
    #[serde(default)]
    pub is_hyaline: Option<bool>,
}
