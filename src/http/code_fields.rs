//! Fields of a code in a request body.

use super::{body::Members, fields::fields};
use haibao_core::{
    code::{CodeFields, CodeKind, CodeNeed, EnvVersion, SceneRequest},
    error::{Error, ErrorKind, Finding, Result},
    style::Color,
};

fields! {
    /// What the code opens and how it looks. Each given field overrides the template's.
    pub(super) struct PosterCode {
        /// Kind of the code. Each kind accepts its own fields: `unlimited` page and scene, `limited` and `square` a path,
        /// `qr` a text.
        kind: CodeKind, want_code_kind;
        /// Name of a mini-program in the settings. Default: `default`.
        app: String, want_app;
        /// Page without a leading `/` and without a query. Empty: the home page.
        page: String, want_page;
        /// Data for the page: 1 to 32 legal characters, or parameters that are encoded as `k=v&k=v` or as a short link.
        scene: SceneRequest, want_scene;
        /// Path with its query, of limited and square codes.
        path: String, want_path;
        /// Content of a plain QR code.
        text: String, want_code_text;
        /// Version of the mini-program that the code opens. Default: `release`.
        env_version: EnvVersion, want_env_version;
        /// Whether WeChat checks that the page is published. Default: true.
        check_path: bool, want_boolean;
        /// Whether WeChat chooses the colour of the rays. Default: false.
        auto_color: bool, want_boolean;
        /// Colour of the rays or modules; must be opaque.
        line_color: Color, want_line_color;
        /// Whether the background is transparent. Default: false.
        is_hyaline: bool, want_boolean;
    }
}

fields! {
    /// A code that is requested by itself.
    pub(super) struct SingleCode {
        @flat code: PosterCode;
        /// Width in px. Default: 430.
        #[schemars(range(min = 280, max = 1280))]
        width: u32, want_width;
    }
}

impl From<PosterCode> for CodeFields {
    fn from(code: PosterCode) -> Self {
        Self {
            kind: code.kind,
            app: code.app,
            page: code.page,
            scene: code.scene,
            path: code.path,
            text: code.text,
            env_version: code.env_version,
            check_path: code.check_path,
            width: None,
            auto_color: code.auto_color,
            line_color: code.line_color,
            is_hyaline: code.is_hyaline,
        }
    }
}

impl From<SingleCode> for CodeFields {
    fn from(single: SingleCode) -> Self {
        Self { width: single.width, ..single.code.into() }
    }
}

/// Validates the fields read from a body, whose members have all been read.
///
/// # Errors
/// `request_invalid` with all findings.
pub(super) fn need(members: Members, fields: CodeFields) -> Result<CodeNeed> {
    // The kind decides which fields belong to it. A field of a wrong type is not missing.
    let is_kind_known = !members.has_fault("kind");
    let mut findings = members.finish();
    let others = match fields.need() {
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
    use serde_json::{Value, json};

    use super::*;

    /// A field of `CodeFields` that a request could not set would be missing here.
    #[test]
    fn requests_have_every_field_of_a_code() {
        let body = json!({
            "kind": "qr", "app": "a", "page": "b", "scene": { "id": 1 }, "path": "c", "text": "d", "env_version": "trial",
            "check_path": false, "width": 300, "auto_color": true, "line_color": "#225588", "is_hyaline": true,
        });
        let names =
            |value: &Value| -> BTreeSet<String> { value.as_object().expect("an object").keys().cloned().collect() };
        let all = CodeFields { width: Some(430), ..CodeFields::default() };
        assert_eq!(
            names(&body),
            names(&serde_json::to_value(all).expect("JSON")),
            "the body of this test has all fields"
        );
        let mut members = Members::of(body.clone(), "");
        let fields = CodeFields::from(SingleCode::read(&mut members));
        assert!(members.finish().is_empty());
        assert_eq!(serde_json::to_value(fields).expect("JSON"), body);
        let schema = |schema: schemars::Schema| names(schema.get("properties").expect("properties"));
        assert_eq!(schema(schema_for!(SingleCode)), names(&body));
        let mut poster = schema(schema_for!(PosterCode));
        assert!(poster.insert("width".to_owned()), "the layout determines the width");
        assert_eq!(poster, names(&body));
    }
}
