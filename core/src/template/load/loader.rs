//! The state of loading a template: its files, and the faults found so far.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::amounts::raw_amounts;
use crate::{
    error::{Finding, Place},
    template::{
        assets::FilePaths,
        broken::Broken,
        engine::Engine,
        json::{Document, MAX_FINDINGS, Part, escape},
        source::{SourceFile, is_utf16},
        violation::{Violation, ViolationKind},
    },
    words,
};

pub(super) fn text<'a>(file: &'a str, bytes: &'a [u8]) -> Result<SourceFile<'a>, Box<Finding>> {
    if is_utf16(bytes) {
        let start = Place { file: file.to_owned(), line: 1, column: 1, snippet: String::new() };
        return Err(Box::new(words::file_utf16(file).place(start)));
    }
    SourceFile::new(file, bytes).map_err(|place| Box::new(words::file_not_utf8(file).place(place)))
}

pub(super) fn read<'a>(file: &'a str, bytes: &'a [u8]) -> Result<Document<'a>, Vec<Finding>> {
    Document::parse(text(file, bytes).map_err(|finding| vec![*finding])?)
}

/// Reads the parts of a template and collects all faults.
pub(super) struct Loader<'a> {
    pub(super) document: Document<'a>,
    pub(super) files: &'a BTreeMap<String, Bytes>,
    pub(super) names: Arc<FilePaths>,
    pub(super) findings: Vec<Finding>,
    /// What the artwork contains that is not drawn as in a browser.
    pub(super) warnings: Vec<Finding>,
    /// Font families of the artwork's texts, as written.
    pub(super) families: Vec<(String, Place)>,
    /// Invalid numbers in all JSON files.
    pub(super) numbers: Vec<Finding>,
}

impl Loader<'_> {
    pub(super) fn fault(&mut self, finding: Finding, place: Place) {
        self.findings.push(finding.place(place));
    }

    pub(super) fn broken(&mut self, broken: Vec<Broken>) {
        for Broken { pointer, part, finding } in broken {
            let place = self.document.place(&pointer, part);
            self.fault(finding.pointer(pointer), place);
        }
    }

    pub(super) fn violation(&mut self, violation: Violation, code: &'static str, base: &str) {
        let Violation { kind, pointer, message } = violation;
        let pointer = format!("{base}{pointer}");
        let part = if kind == ViolationKind::Unknown && !pointer.ends_with("/type") { Part::Key } else { Part::Value };
        let place = self.document.place(&pointer, part);
        self.fault(Finding::error(code, message).pointer(pointer), place);
    }

    /// Reads a part of the layout that conforms to the schema.
    pub(super) fn part<T: DeserializeOwned>(&mut self, value: &Value, pointer: &str) -> Option<T> {
        let part = value.pointer(pointer)?;
        match serde_path_to_error::deserialize(part) {
            Ok(part) => Some(part),
            Err(error) => {
                let path = error.path().iter().filter_map(|segment| match segment {
                    serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
                    serde_path_to_error::Segment::Map { key } => Some(escape(key)),
                    _ => None,
                });
                let pointer = path.fold(pointer.to_owned(), |pointer, step| format!("{pointer}/{step}"));
                let place = self.document.place(&pointer, Part::Value);
                let message = words::schema_other(error.inner());
                self.fault(Finding::error("layout_invalid", message).pointer(pointer), place);
                None
            }
        }
    }

    /// Warns about `${name}` in a string.
    pub(super) fn warn_of_dollars(&mut self, pointer: &str, source: &str, schema: &Value) {
        for (name, range) in dollars(source, schema) {
            let place = self.document.place_in_string(pointer, range);
            self.warnings.push(words::text_dollar(name).pointer(pointer).place(place));
        }
        for (shown, name, range) in braces(source, schema) {
            let place = self.document.place_in_string(pointer, range);
            self.warnings.push(words::text_brace(shown, name).pointer(pointer).place(place));
        }
    }

    /// Warns about amounts in fen in the text of a layer.
    fn warn_of_amounts(&mut self, pointer: &str, source: &str, schema: &Value) {
        // Not conditions, sources of pictures and fields of codes.
        let is_of_code = pointer.ends_with("/code/text") || pointer.ends_with("/scene/text");
        if !pointer.starts_with("/layers/") || !pointer.ends_with("/text") || is_of_code {
            return;
        }
        for (name, range) in raw_amounts(source, schema) {
            let place = self.document.place_in_string(pointer, range);
            self.warnings.push(words::money_raw(name).pointer(pointer).place(place));
        }
    }

    /// Compiles handlebars. `schema` describes the values that they may use.
    pub(super) fn handlebars(&mut self, sources: &[(String, String)], schema: &Value, strings: &mut Engine) {
        for (pointer, source) in sources {
            self.warn_of_dollars(pointer, source, schema);
            self.warn_of_amounts(pointer, source, schema);
            let shown = !pointer.ends_with("/when");
            let faults = strings.add(pointer, source, schema, shown).err().unwrap_or_default();
            for fault in faults {
                let place = self.document.place_in_string(pointer, fault.range);
                self.fault(fault.finding.pointer(pointer.clone()), place);
            }
        }
    }
}

/// The part of a text before `close`, if it may be a name with spaces around it, and what follows. Does not look further than the
/// longest of the names, so that many opening brackets before one closing bracket are not searched over and over.
fn name_before<'s>(text: &'s str, close: char, known: &Map<String, Value>) -> Option<(&'s str, &'s str)> {
    /// Spaces around a name, bytes.
    const MAX_SPACES: usize = 32;
    let longest = known.keys().map(String::len).max()? + MAX_SPACES;
    let end = text.floor_char_boundary(longest + close.len_utf8());
    let at = text[..end].find(close)?;
    Some((&text[..at], &text[at + close.len_utf8()..]))
}

/// `{name}` and `｛｛name｝｝` in a text, where `name` is one of the values that it may use, with that name.
fn braces<'s>(source: &'s str, schema: &Value) -> Vec<(&'s str, &'s str, Range<usize>)> {
    let Some(known) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let mut found = Vec::new();
    for (open, close) in [('{', '}'), ('｛', '｝')] {
        for (at, _) in source.match_indices(open) {
            let before = &source[..at];
            let rest = &source[at + open.len_utf8()..];
            if found.len() >= MAX_FINDINGS {
                break;
            }
            let Some((inner, after)) = name_before(rest, close, known) else { continue };
            let is_single = !before.ends_with(['{', '$', '\\', '｛']) && !after.starts_with('}');
            // The inner of two full-width ones.
            let is_double = open == '｛' && before.ends_with('｛');
            if (is_single || is_double) && known.contains_key(inner.trim()) {
                let end = at + open.len_utf8() + inner.len() + close.len_utf8();
                found.push((&source[at..end], inner.trim(), at..end));
            }
        }
    }
    found
}

/// `${name}` in a text, where `name` is one of the values that it may use: JavaScript instead of handlebars.
fn dollars<'s>(source: &'s str, schema: &Value) -> Vec<(&'s str, Range<usize>)> {
    let Some(known) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let found = source.match_indices("${").filter_map(|(at, open)| {
        let start = at + open.len();
        let (inner, _) = name_before(&source[start..], '}', known)?;
        let name = inner.trim();
        known.contains_key(name).then_some((name, at..start + inner.len() + 1))
    });
    found.take(MAX_FINDINGS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn many_brackets_before_one_are_searched_once() {
        let schema = json!({ "properties": { "title": {}, "price": {} } });
        // Each of many openings searched to the end takes long: none looks further than the longest name.
        let known = schema["properties"].as_object().expect("names");
        let far = |spaces: usize| format!("{}title}}", " ".repeat(spaces));
        assert_eq!(name_before(&far(10), '}', known), Some(("          title", "")));
        assert_eq!(name_before(&far(10_000), '}', known), None);
        let count = 40_000;
        for (open, close) in [("{{!-- ", " --}}"), ("", "}"), ("", "｝")] {
            for each in ["${", "{{ ", "｛"] {
                let source = format!("{open}{}{close}", each.repeat(count));
                assert!(braces(&source, &schema).is_empty() && dollars(&source, &schema).is_empty(), "{each} {close}");
            }
        }
        assert_eq!(braces("{ title } {other}", &schema), [("{ title }", "title", 0..9)]);
        assert_eq!(dollars("${title}${ price }${x}", &schema), [("title", 0..8), ("price", 8..18)]);
    }
}
