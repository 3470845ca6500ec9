//! Part `options` of `POST /v1/exports`.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::super::{
    body::Members,
    fields::{BodyFields, Seconds, fields},
    posters::{at_template, check, formats},
};
use crate::{
    export::rows::check_pattern,
    service::{
        App,
        catalog::version,
        export::{
            jobs::{ExportJobs, ExportOptions, MAX_EXPIRES_IN},
            mapping,
        },
    },
    words,
};
use haibao_core::{
    code::CodeFields,
    error::{Error, ErrorKind, Result},
};
use haibao_sheet::Hidden;

/// Minimum lifetime of an export, s.
const MIN_EXPIRES_IN: u64 = 60;

fields! {
    /// Part `options` of `POST /v1/exports`.
    pub(super) struct ExportBody {
        @object code: CodeFields;
        /// Name of a template, or `name@version` for one version of it.
        template (required): String, want_template;
        /// Column of the sheet for each parameter whose column has another name, or the reverse. Kept for the next sheet. A column
        /// with an empty text is ignored, and its mapping is forgotten.
        #[schemars(with = "Option<BTreeMap<String, String>>")]
        map: Map<String, Value>, want_map;
        /// Whether columns that the template has no parameter for are errors, instead of being ignored. Default: false.
        strict_columns: bool, want_boolean;
        /// Whether hidden and filtered rows are exported. Default: `include`.
        hidden: Hidden, want_hidden;
        /// Pattern of file names in the archive.
        file_name: String, want_pattern;
        /// File format of the posters. Default: `png`.
        #[schemars(transform = formats)]
        format: String, want_format;
        /// Output px per px of the canvas. Default: 1.
        #[schemars(range(min = 1.0, max = 3.0))]
        scale: f32, want_scale;
        /// Fail the export if one row is invalid, and treat findings as failures. Default: false.
        strict: bool, want_boolean;
        /// Retention after the end of the export, in seconds. Default: `exports.expires_seconds`.
        #[schemars(range(min = MIN_EXPIRES_IN, max = MAX_EXPIRES_IN))]
        expires_in: Seconds, want_seconds;
        /// URL that is called when the export has ended.
        webhook: String, want_url;
    }
}

/// Reads and checks the options; returns them with the URL of the webhook.
///
/// # Errors
/// `request_invalid` with all findings; errors of the template; `file_name_invalid`.
pub(super) async fn read(app: &App, options: Value) -> Result<(ExportOptions, Option<String>)> {
    let mut members = Members::of(options, "");
    let body = ExportBody::read(&mut members);
    let map = body.map.unwrap_or_default();
    if map.values().any(|column| !column.is_string()) {
        members.fault("map", words::map_type());
    }
    let mut read = ExportOptions {
        template: body.template.unwrap_or_default(),
        version: None,
        map,
        kept: BTreeMap::new(),
        strict_columns: body.strict_columns.unwrap_or(false),
        hidden: body.hidden.unwrap_or_default(),
        has_pictures: false,
        file_name: body.file_name,
        format: body.format,
        scale: body.scale,
        strict: body.strict.unwrap_or(false),
        code: body.code.unwrap_or_default(),
        expires_in: body.expires_in.map(|seconds| seconds.0),
    };
    if let Some(name) = read.format.as_deref().filter(|_| read.format().is_err()) {
        members.fault("format", words::format_unsupported(words::quote(name), haibao_core::encode::Format::names()));
    }
    if read.scale.is_some_and(|scale| !(1.0..=3.0).contains(&scale)) {
        members.fault("scale", words::export_scale_invalid());
    }
    let seconds = MIN_EXPIRES_IN..=MAX_EXPIRES_IN;
    if read.expires_in.is_some_and(|given| !seconds.contains(&given)) {
        members.fault("expires_in", words::value_range(seconds.start(), seconds.end()));
    }
    let webhook = body.webhook;
    if let Some(Err(error)) = webhook.as_deref().map(|url| check_webhook(&app.exports, url)) {
        members.fault("webhook", words::webhook_refused(error.words().clone()));
    }
    check(members)?;
    let template = app.template(&read.template).await.map_err(at_template)?;
    if let Some(Err(error)) = read.file_name.as_deref().map(|pattern| check_pattern(pattern, &template)) {
        let findings = error.all_findings().iter().map(|finding| finding.clone().pointer("/file_name"));
        return Err(error.clone().with_findings(findings.collect()));
    }
    read.kept = mapping::kept(app, &template.id).await?;
    read.version = Some(version(&template));
    Ok((read, webhook))
}

fn check_webhook(exports: &ExportJobs, url: &str) -> Result<()> {
    if exports.config.webhook_secret.expose_secret().is_empty() {
        return Err(Error::of(ErrorKind::Invalid, words::webhooks_disabled()));
    }
    exports.hooks.check(url).map(drop)
}
