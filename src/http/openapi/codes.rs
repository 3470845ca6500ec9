//! The codes of errors, by the status of their response. A test compares them with the sources and with docs/http.md.

use std::collections::BTreeSet;

use haibao_core::error::Severity;

use crate::{wechat::errcode::Category, words};

/// Codes of errors that are not findings of a table of words.
#[rustfmt::skip]
pub const CODES: &[(u16, &[&str])] = &[
    (400, &["json_invalid", "json_duplicate", "body_unreadable", "boundary_missing", "request_malformed"]),
    (401, &["key_missing", "key_unknown"]),
    (403, &["key_scope", "limited_quota", "origin_forbidden", "host_forbidden", "signature_wrong", "signature_expired", "studio_read_only"]),
    (404, &["path_unknown", "template_unknown", "template_version_unknown", "sample_unknown", "scene_unknown", "export_unknown", "poster_unknown", "asset_unknown"]),
    (405, &["method_not_allowed"]),
    (408, &["request_timeout", "body_timeout"]),
    (409, &["export_state", "template_exists"]),
    (410, &["scene_expired", "export_expired", "poster_expired", "asset_expired"]),
    (412, &["file_changed"]),
    (413, &["body_too_large", "asset_too_large", "sheet_too_large", "pictures_too_large", "pictures_too_many"]),
    (415, &["content_type", "content_encoding", "picture_unsupported", "sheet_format"]),
    (416, &["range_unsatisfiable"]),
    (422, &[
        "request_invalid", "params_invalid", "findings", "app_unknown", "asset_refused", "data_uri_invalid", "box_size",
        "qr_too_long", "code_invalid", "scene_invalid", "scene_too_large", "format_unsupported", "file_name_invalid",
        "template_invalid", "template_unreadable", "artwork_invalid", "canvas_size", "blank_failed", "font_invalid",
        "asset_unknown", "asset_expired", "wechat_openid", "links_disabled", "payload_too_long", "payload_invalid",
        "sheet_broken", "sheet_empty", "sheet_encoding", "sheet_tables", "pictures_unreadable", "studio_path", "template_name",
    ]),
    (428, &["precondition_missing"]),
    (429, &["exports_full", "rate_limited", "watchers_full", "quota_minute", "wechat_quota"]),
    (431, &["headers_too_large", "part_headers_too_large"]),
    (500, &["internal", "picture_resize", "store_conflict", "store_failed", "store_unusable", "disk_failed", "file_unreadable"]),
    (501, &["transfer_coding"]),
    (502, &[
        "asset_unreachable", "asset_status", "asset_redirects", "asset_not_a_picture", "asset_placeholder",
        "wechat_unreachable", "wechat_status", "wechat_bad_answer", "token_server_unreachable", "token_server_status",
        "token_server_bad_answer",
    ]),
    (503, &["busy", "store_busy"]),
    (504, &["deadline", "cancelled", "asset_timeout", "wechat_timeout", "token_server_timeout"]),
];

/// Codes of findings whose sentences have no code of their own in the tables of words.
#[rustfmt::skip]
const FINDINGS: &[&str] = &[
    "param_unknown", "param_missing", "param_type", "param_invalid", "value_invalid", "asset_invalid",
    "layout_unknown", "layout_missing", "layout_type", "layout_invalid", "json_syntax", "params_schema", "artwork_values", "artwork_missing",
];

/// Codes of findings about the files of a template, and one that only the command line has. A response has them only below
/// `template_invalid`; `/docs` does not list them.
#[rustfmt::skip]
#[cfg(test)]
pub const AUTHORING: &[&str] = &[
    "artwork_dtd", "artwork_invalid", "artwork_missing", "artwork_not_svg", "artwork_reference", "artwork_size",
    "artwork_syntax", "artwork_too_large", "artwork_values", "asset_missing", "canvas_height", "canvas_too_large",
    "canvas_transparent", "child_size", "code_differs", "fallback_missing", "file_not_utf8", "flow_depth",
    "font_size_range", "gradient_order", "handlebars_refused", "handlebars_syntax", "helper_arguments", "helper_unknown",
    "json_duplicate_key", "json_number", "json_syntax", "layer_place", "layout_invalid", "layout_missing", "layout_type",
    "layout_unknown", "mask_box", "mask_invalid", "mask_missing", "name_unknown", "params_schema", "repeat_code",
    "repeat_missing", "repeat_name", "slot_empty", "slot_grouped", "slot_hidden", "slot_inside", "slot_missing",
    "slot_twice", "slot_unmeasured", "text_missing", "text_twice", "text_on_code", "text_outside", "text_small",
    "export_differs",
];

/// Codes of rows and exports, in lists of failures and in the reason of an export.
#[rustfmt::skip]
#[cfg(test)]
pub const REASONS: &[&str] = &[
    "archive_crashed", "sheet_crashed", "row_crashed", "chunk_stuck", "export_lost", "file_damaged", "file_missing", "rows_invalid",
    "sheet_format", "sheet_broken", "sheet_columns", "sheet_empty", "sheet_encoding", "cell_invalid",
    "picture_missing", "date_invalid",
];

/// Categories of WeChat's errcodes that are reported as 502.
const ERRCODES: [Category; 7] = [
    Category::Token,
    Category::Credential,
    Category::Request,
    Category::Server,
    Category::Account,
    Category::Ip,
    Category::Unknown,
];

/// All statuses of errors.
pub fn statuses() -> impl Iterator<Item = u16> {
    CODES.iter().map(|(status, _)| *status)
}

/// Codes of a status, sorted. A 422 may have the code of any finding.
pub fn of(status: u16) -> BTreeSet<&'static str> {
    let listed = CODES.iter().filter(|(known, _)| *known == status).flat_map(|(_, codes)| codes.iter().copied());
    let mut codes: BTreeSet<_> = listed.collect();
    match status {
        422 => codes.extend(findings()),
        502 => codes.extend(ERRCODES.map(Category::code)),
        _ => {}
    }
    codes
}

/// Codes of findings.
pub fn findings() -> impl Iterator<Item = &'static str> {
    let rows = words::finding_rows().filter_map(|row| row.finding.map(|(code, _): (_, Severity)| code));
    rows.chain(FINDINGS.iter().copied())
}

/// All codes, sorted.
pub fn all() -> BTreeSet<&'static str> {
    statuses().flat_map(of).chain(findings()).collect()
}
