//! Checks of errors and findings: never `internal`, complete, and with positions that exist.

use haibao_core::{
    error::{Error, ErrorKind, Finding, Place},
    template::{json::Document, source::SourceFile},
};
use serde_json::Value;

/// Longest message, bytes: messages quote at most a part of the input.
const MAX_MESSAGE: usize = 20_000;

/// Content of a layout.json, which may have comments; `None` if it is not JSON.
pub fn parse_layout(bytes: &[u8]) -> Option<Value> {
    let source = SourceFile::new("layout.json", bytes).ok()?;
    Document::parse(source).ok().map(|document| document.value)
}

/// Checks an error of a template's files. `text` finds the text of a file by its name, and `root` is the parsed
/// layout.json, if it is JSON.
///
/// # Panics
/// If the error is incomplete, or a position does not exist.
pub fn check_error<'t>(error: &Error, text: impl Fn(&str) -> Option<&'t [u8]>, root: Option<&Value>) {
    check_kind(error);
    check_findings(error.all_findings());
    for finding in error.all_findings() {
        // Handlebars are expanded before the artwork is parsed, which gives a text of its own.
        let expanded = |place: &&Place| place.file.contains(" (expanded with ");
        if let Some(place) = finding.place.as_ref().filter(|place| !expanded(place)) {
            let bytes = text(&place.file).unwrap_or_else(|| panic!("no file {:?}: {finding:?}", place.file));
            // Lossy: a finding may report that a file is not UTF-8.
            let text = String::from_utf8_lossy(bytes);
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let line = text.split('\n').nth(place.line - 1).unwrap_or_else(|| panic!("no such line: {finding:?}"));
            assert!(place.column <= line.chars().count() + 1, "no such column: {finding:?}");
        }
        let of_layout = finding.place.as_ref().is_none_or(|place| place.file == "layout.json");
        if let (Some(pointer), Some(root), true) = (&finding.pointer, root, of_layout) {
            check_pointer(pointer, root, finding);
        }
    }
}

/// Checks an error of a request: pointers lead into the request (`/params`, `/code`, `/scale`) or into layout.json.
///
/// # Panics
/// As [`check_error`].
pub fn check_params_error(error: &Error, request: &Value, layout: &Value) {
    check_kind(error);
    check_findings(error.all_findings());
    for finding in error.all_findings() {
        let Some(pointer) = &finding.pointer else { continue };
        let first = pointer.split('/').nth(1).unwrap_or_default();
        let root = if request.get(first).is_some() { request } else { layout };
        check_pointer(pointer, root, finding);
    }
}

/// Checks the words of findings.
///
/// # Panics
/// If a finding is incomplete.
pub fn check_findings(findings: &[Finding]) {
    for finding in findings {
        assert!(is_code(finding.code), "{finding:?}");
        assert!(!finding.message.is_empty() && finding.message.len() <= MAX_MESSAGE, "{finding:?}");
        assert!(finding.hint.as_ref().is_none_or(|hint| !hint.is_empty()), "{finding:?}");
        assert!(finding.pointer.as_ref().is_none_or(|pointer| pointer.is_empty() || pointer.starts_with('/')));
        if let Some(place) = &finding.place {
            assert!(place.line >= 1 && place.column >= 1, "{finding:?}");
        }
    }
}

/// Checks an error and returns its code.
///
/// # Panics
/// If the error is internal or incomplete.
pub fn error_code(error: &Error) -> &'static str {
    check_kind(error);
    check_findings(error.all_findings());
    error.code()
}

fn check_kind(error: &Error) {
    assert_ne!(error.kind(), ErrorKind::Internal, "{error} {:?}", error.all_findings());
    assert!(is_code(error.code()) && !error.message().is_empty(), "{error:?}");
}

fn is_code(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A pointer leads to a value, or names a member that its object lacks.
fn check_pointer(pointer: &str, root: &Value, finding: &Finding) {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let exists = root.pointer(pointer).is_some() || root.pointer(parent).is_some();
    assert!(exists, "no value at {pointer:?}: {finding:?}");
}
