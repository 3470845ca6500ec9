//! Fields of a code in a request body.

use serde_json::Value;

use super::{
    body::Members,
    fields::{BodyFields, fields},
};
use crate::words;
use haibao_core::{
    code::{CodeFields, CodeNeed, SceneRequest},
    error::{Error, ErrorKind, Finding, Result},
};

impl BodyFields for CodeFields {
    // Names every field of the type: one that is not read does not compile.
    fn read(members: &mut Members) -> Self {
        Self {
            kind: members.read("kind", words::want_code_kind()),
            app: members.read("app", words::want_app()),
            page: members.read("page", words::want_page()),
            scene: members.convert("scene", words::want_scene(), scene),
            path: members.read("path", words::want_path()),
            text: members.read("text", words::want_code_text()),
            env_version: members.read("env_version", words::want_env_version()),
            check_path: members.read("check_path", words::want_boolean()),
            auto_color: members.read("auto_color", words::want_boolean()),
            line_color: members.read("line_color", words::want_line_color()),
            is_hyaline: members.read("is_hyaline", words::want_boolean()),
        }
    }
}

/// The scene of a request, which may have thousands of parameters.
fn scene(value: Value) -> Result<SceneRequest, Value> {
    match value {
        Value::String(text) => Ok(SceneRequest::Text(text)),
        Value::Object(params) => Ok(SceneRequest::Map(params)),
        other => Err(other),
    }
}

fields! {
    /// A code that is requested by itself.
    pub(super) struct SingleCode {
        @flat code: CodeFields;
        /// Width in px. Default: 430.
        #[schemars(range(min = 280, max = 1280))]
        width: u32, want_width;
    }
}

/// Validates the fields read from a body, whose members have all been read.
///
/// # Errors
/// `request_invalid` with all findings.
pub(super) fn need(members: Members, single: SingleCode) -> Result<CodeNeed> {
    // The kind decides which fields belong to it. A field of a wrong type is not missing.
    let is_kind_known = !members.has_fault("kind");
    let mut findings = members.finish();
    let others = match single.code.need(single.width) {
        Ok(need) if findings.is_empty() => return Ok(need),
        need => need.err().filter(|_| is_kind_known).unwrap_or_default(),
    };
    let is_new = |other: &Finding| findings.iter().all(|known| known.pointer != other.pointer);
    let others: Vec<_> = others.into_iter().filter(is_new).collect();
    findings.extend(others);
    Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;
    use serde_json::json;

    use super::*;

    /// The names that are read are those of the type, which are those of the schema.
    #[test]
    fn requests_have_every_field_of_a_code() {
        let mut body = json!({
            "kind": "qr", "app": "a", "page": "b", "scene": { "id": 1 }, "path": "c", "text": "d", "env_version": "trial",
            "check_path": false, "auto_color": true, "line_color": "#225588", "is_hyaline": true,
        });
        let names =
            |value: &Value| -> BTreeSet<String> { value.as_object().expect("an object").keys().cloned().collect() };
        let schema = |schema: schemars::Schema| names(schema.get("properties").expect("properties"));
        let mut members = Members::of(body.clone(), "");
        let fields = CodeFields::read(&mut members);
        assert!(members.finish().is_empty());
        assert_eq!(serde_json::to_value(fields).expect("JSON"), body);
        assert_eq!(schema(schema_for!(CodeFields)), names(&body));
        body["width"] = json!(300);
        let mut members = Members::of(body.clone(), "");
        assert_eq!(SingleCode::read(&mut members).width, Some(300));
        assert!(members.finish().is_empty());
        assert_eq!(schema(schema_for!(SingleCode)), names(&body));
        let mut members = Members::of(body, "/code");
        CodeFields::read(&mut members);
        let unknown: Vec<_> = members.finish().into_iter().filter_map(|finding| finding.pointer).collect();
        assert_eq!(unknown, ["/code/width"], "the layout determines the width of a poster's code");
    }
}
