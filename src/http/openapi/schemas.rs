//! JSON bodies of responses, as types of the API document. The integration tests check every response against them.

#![expect(dead_code, reason = "the types are described, not constructed")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// An error, RFC 9457.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Problem {
    /// `about:blank`.
    r#type: String,
    /// Name of the status.
    title: String,
    /// HTTP status.
    status: u16,
    /// Stable, machine-readable name.
    #[schemars(with = "ErrorCode")]
    code: String,
    /// One sentence for people; may change.
    detail: String,
    /// What to do about it.
    #[schemars(transform = absent)]
    hint: Option<String>,
    /// All findings.
    errors: Vec<Finding>,
}

/// Stable code of an error or a finding.
#[derive(JsonSchema)]
#[schemars(transform = error_codes)]
pub struct ErrorCode(String);

fn error_codes(schema: &mut schemars::Schema) {
    schema.insert("enum".to_owned(), super::codes::all().into_iter().map(Value::from).collect());
}

/// Makes an optional field absent instead of null.
fn absent(schema: &mut schemars::Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = &types[..] {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(any)) = schema.get_mut("anyOf") {
        any.retain(|one| one["type"] != "null");
    }
}

/// One thing that is wrong or noteworthy.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Finding {
    /// Stable, machine-readable name.
    #[schemars(with = "ErrorCode")]
    code: String,
    severity: Severity,
    /// One sentence for people; may change.
    message: String,
    /// JSON pointer into the request or into layout.json.
    #[schemars(transform = absent)]
    pointer: Option<String>,
    #[schemars(transform = absent)]
    place: Option<Place>,
    /// What to do about it.
    #[schemars(transform = absent)]
    hint: Option<String>,
}

/// Severity of a finding.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Severity {
    /// The poster is made, but should be reviewed.
    Warning,
    /// The poster cannot be made or is useless.
    Error,
}

/// Position in a file of a template.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Place {
    file: String,
    /// From 1.
    line: usize,
    /// From 1.
    column: usize,
}

/// A template in the list; `error` instead of `title` and `version` if it is broken.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TemplateEntry {
    id: String,
    #[schemars(transform = absent)]
    title: Option<String>,
    /// Changes with any file of the template.
    #[schemars(transform = absent)]
    version: Option<String>,
    #[schemars(transform = absent)]
    error: Option<BrokenTemplate>,
}

/// Why a template is broken.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BrokenTemplate {
    code: String,
    detail: String,
}

/// A template.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TemplateDetails {
    id: String,
    title: String,
    /// Changes with any file of the template.
    version: String,
    canvas: Canvas,
    /// JSON Schema of its parameters.
    params: Map<String, Value>,
    /// Parameters by the sample's name.
    samples: BTreeMap<String, Map<String, Value>>,
}

/// Size of a poster at scale 1.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Canvas {
    /// px.
    width: u32,
    height: Height,
    /// `#rrggbb`.
    background: String,
}

/// px, or `auto` if the layers determine it.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Height {
    Px(u32),
    Auto(String),
}

/// How a poster is composed.
#[derive(JsonSchema)]
pub struct Explanation {
    /// px.
    width: u32,
    /// px.
    height: u32,
    bands: Bands,
    /// One object per drawn layer.
    layers: Vec<Map<String, Value>>,
    /// Measurements of each code.
    codes: Vec<Map<String, Value>>,
    /// ms per stage.
    times_ms: BTreeMap<String, f64>,
    findings: Vec<Finding>,
}

/// Bands of a poster.
#[derive(JsonSchema)]
pub struct Bands {
    /// Drawn for this poster.
    drawn: usize,
    /// Taken from the cache.
    known: usize,
}

/// A code as JSON.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CodeDetails {
    /// `data:` URI.
    image: String,
    /// `unlimited`, `limited`, `square` or `qr`.
    kind: String,
    /// px.
    width: u32,
    /// `memory`, `store`, `wechat` or `drawn`.
    origin: String,
    #[schemars(transform = absent)]
    page: Option<String>,
    #[schemars(transform = absent)]
    scene: Option<String>,
    /// What the page receives, for tests in the developer tools.
    #[schemars(transform = absent)]
    launch_parameter: Option<String>,
    /// Limited and square codes used of the app's 100 000.
    #[schemars(transform = absent)]
    num_used: Option<u32>,
}

/// An encoded scene: readable (`text`) or a short link (`link`).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EncodedScene {
    scene: String,
    kind: SceneKind,
    launch_parameter: String,
    params: Map<String, Value>,
    /// Of a short link.
    #[schemars(transform = absent)]
    id: Option<String>,
    /// Unix time, s.
    #[schemars(transform = absent)]
    expires_at: Option<i64>,
    #[schemars(transform = absent)]
    scans: Option<u64>,
}

/// Kind of a scene.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum SceneKind {
    Text,
    Link,
}

/// A short link.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Link {
    id: String,
    params: Map<String, Value>,
    /// Unix time, s.
    #[schemars(transform = absent)]
    expires_at: Option<i64>,
    /// Of a link that counts its scans.
    #[schemars(transform = absent)]
    scans: Option<u64>,
}

/// An export without its failed rows. Times are Unix times in s.
#[derive(JsonSchema)]
pub struct Export {
    id: String,
    state: ExportState,
    /// Why it is paused or failed.
    reason: Option<Map<String, Value>>,
    template: String,
    /// File name of the sheet.
    sheet: String,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    expires_at: i64,
    rows: i64,
    done: i64,
    failed: i64,
    /// Codes that must be fetched from WeChat.
    new_codes: Option<i64>,
    /// Rows per second.
    rate: Option<f64>,
    seconds_left: Option<f64>,
    /// Size of the archive.
    bytes: Option<i64>,
    links: ExportLinks,
    /// First failed rows; absent in the list.
    #[schemars(transform = absent)]
    failures: Option<Vec<Map<String, Value>>>,
}

/// State of an export.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ExportState {
    Uploading,
    Checking,
    Running,
    Finishing,
    Done,
    Paused,
    Cancelled,
    Failed,
    Expired,
}

/// Paths of an export; null until they can be requested.
#[derive(JsonSchema)]
pub struct ExportLinks {
    #[schemars(rename = "self")]
    itself: String,
    events: String,
    download: Option<String>,
    manifest: Option<String>,
    failures: Option<String>,
}

/// A code in the tutorials' form.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TutorialCode {
    success: bool,
    /// `data:` URI.
    image: String,
    scene: Option<String>,
    page: Option<String>,
}

/// An error in the tutorials' form.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TutorialError {
    success: bool,
    error: String,
}

/// Health in the tutorials' form.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TutorialHealth {
    success: bool,
    status: String,
    version: String,
}

/// Whether the service can compose posters.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Readiness {
    ready: bool,
    /// Version of haibao.
    version: String,
    parts: BTreeMap<String, PartState>,
}

/// State of one part: `templates`, `fonts`, `store`, `blobs`, `process`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PartState {
    state: PartHealth,
    /// Code of the error.
    #[schemars(transform = absent)]
    code: Option<String>,
    /// Codes of the errors of templates whose files are broken.
    #[schemars(transform = absent)]
    broken: Option<BTreeMap<String, String>>,
}

/// Health of a part.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum PartHealth {
    Ok,
    /// Works in part: some templates are broken.
    Degraded,
    Failed,
}

/// A signed link.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignedLink {
    /// URL of the poster.
    url: String,
    /// When the link expires, s since 1970-01-01 UTC.
    expires_at: u64,
}

/// Address of a kept poster.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct KeptPoster {
    /// Unguessable URL.
    url: String,
    /// Width in px.
    width: u32,
    /// Height in px.
    height: u32,
    /// Size of the file, bytes.
    bytes: u64,
    /// When the poster is removed, s since 1970-01-01 UTC.
    expires_at: u64,
    /// Whether a picture is omitted or replaced.
    degraded: bool,
    /// Warnings about the poster.
    findings: Vec<Finding>,
}

/// An uploaded picture.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UploadedAsset {
    /// What a poster writes instead of a URL: `asset:HASH`.
    asset: String,
    /// URL of the picture.
    url: String,
    /// Media type.
    r#type: String,
    /// Size, bytes.
    bytes: u64,
    /// When the picture is removed, s since 1970-01-01 UTC.
    expires_at: u64,
}
