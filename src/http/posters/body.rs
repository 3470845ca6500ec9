//! Bodies that ask for a poster.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::{
    body::Members,
    fields::{BodyFields, fields},
};
use crate::{
    net::discard::discard,
    service::{App, Author, ComposeRequest, known_refusals},
    words,
};
use haibao_core::{
    code::CodeFields,
    encode::Format,
    error::{Error, ErrorKind, Finding, Result},
};

/// Maximum length of an openid, characters. Those of today have 28.
const MAX_OPENID: usize = 64;

fields! {
    /// A poster.
    pub(in crate::http) struct PosterBody {
        @object code: CodeFields;
        /// Name of a template, or `name@version` for one version of it.
        template (required): String, want_template;
        /// Parameters of the template: see the template's schema. Default: none.
        #[schemars(with = "Option<Map<String, Value>>")]
        params: Value, want_object;
        /// File format. Default: `png`.
        #[schemars(transform = formats)]
        format: String, want_format;
        /// Output px per px of the canvas. Default: 1. The poster has at most 32 000 000 px.
        #[schemars(range(min = 1.0, max = 3.0))]
        scale: f32, want_scale;
        /// Reject a poster that has findings. Default: false.
        strict: bool, want_boolean;
        /// The user who wrote the texts that the template marks with `x-check`. Needed if the app checks texts.
        #[schemars(length(max = 64))]
        openid: String, want_openid;
    }
}

/// Restricts a schema to the names of output formats.
pub(in crate::http) fn formats(schema: &mut schemars::Schema) {
    let names = Format::ALL.iter().map(|format| Value::from(format.name())).chain([Value::Null]);
    schema.insert("enum".to_owned(), names.collect());
}

/// The format of this name, by default PNG. An unknown name is recorded as a fault.
pub(in crate::http) fn format_of(name: Option<&str>, members: &mut Members) -> Format {
    match name.map(str::parse::<Format>).transpose() {
        Ok(format) => format.unwrap_or_default(),
        Err(_) => {
            let name = words::quote(name.unwrap_or_default());
            members.fault("format", words::format_unsupported(name, Format::names()));
            Format::default()
        }
    }
}

/// Form of the response.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum Respond {
    /// The poster's file.
    #[default]
    File,
    /// The URL under which the poster is kept.
    Url,
}

fields! {
    /// Body of `POST /v1/posters`.
    pub(in crate::http) struct ComposeBody {
        @flat poster: PosterBody;
        /// `url`: keep the poster and respond with its address. Default: `file`.
        respond: Respond, want_file_or_url;
    }
}

/// Reads a poster's body. Valid if [`check`] succeeds.
pub(in crate::http) fn read(members: &mut Members) -> ComposeRequest {
    let body = PosterBody::read(members);
    request(body, members)
}

/// The request of a poster's body. Valid if [`check`] succeeds.
pub(in crate::http) fn request(body: PosterBody, members: &mut Members) -> ComposeRequest {
    let format = format_of(body.format.as_deref(), members);
    let length = body.openid.as_ref().map_or(0, |openid| openid.chars().count());
    if length > MAX_OPENID {
        members.fault("openid", words::openid_long(length, MAX_OPENID));
    }
    let params = body.params.unwrap_or_else(|| Value::Object(Map::new()));
    let request = ComposeRequest::new(body.template.unwrap_or_default(), params);
    ComposeRequest {
        code: body.code.unwrap_or_default(),
        format,
        scale: body.scale.unwrap_or(1.0),
        strict: body.strict.unwrap_or(false),
        author: Author::User(body.openid),
        ..request
    }
}

/// Fails if a body has errors.
///
/// # Errors
/// `request_invalid` with all findings.
pub(in crate::http) fn check(members: Members) -> Result<()> {
    let findings = members.finish();
    if findings.is_empty() {
        return Ok(());
    }
    Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings))
}

/// Returns the request, or fails if its body has errors, together with those of the poster: one response has all reasons.
///
/// # Errors
/// `request_invalid` with all findings.
pub(in crate::http) async fn check_with_poster(
    app: &App,
    members: Members,
    request: ComposeRequest,
) -> Result<ComposeRequest> {
    // A misspelt name may be that of the parameters.
    let is_read = !members.has_fault("template") && !members.has_fault("params") && members.has_given("params");
    let (mut findings, unread) = members.finish_with_rest();
    if findings.is_empty() {
        return Ok(request);
    }
    discard(unread).await;
    if !is_read {
        discard(request.params).await;
    } else {
        // What a field sets is unknown if it has a fault.
        let is_at = |finding: &Finding, field: &str| {
            let below = finding.pointer.as_deref().and_then(|pointer| pointer.strip_prefix(field));
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        };
        let faulty = ["/code", "/scale"].into_iter().filter(|field| findings.iter().any(|found| is_at(found, field)));
        let faulty: Vec<&str> = faulty.collect();
        let others = known_refusals(app, request).await.into_iter();
        findings.extend(others.filter(|found| !faulty.iter().any(|field| is_at(found, field))));
    }
    Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings))
}

/// Points the error of an unknown template, or of an unknown version, at the field.
pub(in crate::http) fn at_template(error: Error) -> Error {
    // Whatever else a poster does not find is an error of its parameters.
    if error.kind() == ErrorKind::NotFound { error.pointer("/template") } else { error }
}
