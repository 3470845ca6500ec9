//! Parts of responses that more than one resource has, as types of the API document. The integration tests check every
//! response against the document.

#![expect(dead_code, reason = "the types are described, not constructed")]

use schemars::JsonSchema;
use serde_json::Value;

use crate::http::excerpt::Excerpt;
use haibao_core::error::{Place, Severity};

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
    /// Of a draft that is no template: its findings with the lines that they are about.
    #[schemars(transform = absent)]
    findings: Option<Vec<Excerpt>>,
    /// Of a file that has changed: the hash of its content. Absent if it was removed.
    #[schemars(transform = absent)]
    hash: Option<String>,
}

/// Stable code of an error or a finding.
#[derive(JsonSchema)]
#[schemars(transform = error_codes)]
pub struct ErrorCode(String);

fn error_codes(schema: &mut schemars::Schema) {
    schema.insert("enum".to_owned(), super::codes::all().into_iter().map(Value::from).collect());
}

/// Transform of the schema of an optional field that is absent instead of null.
pub fn absent(schema: &mut schemars::Schema) {
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
