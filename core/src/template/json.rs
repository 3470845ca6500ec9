//! JSON with positions: strict JSON with comments, in which every value has its position in the source.

use std::{collections::HashSet, ops::Range};

use jsonc_parser::{
    ParseOptions,
    ast::{self, ObjectPropName},
    common::Ranged,
    parse_to_ast,
};
use serde_json::{Map, Number, Value};

use super::{full_width, source::SourceFile, syntax};
use crate::{
    error::{Finding, Place},
    words,
};

/// Maximum nesting depth of a template's JSON files: every walk over them is recursive.
const MAX_DEPTH: usize = 64;
/// Maximum number of findings per list. Finding a position takes time in proportion to its offset.
pub const MAX_FINDINGS: usize = 100;

/// A parsed file.
#[derive(Debug)]
pub struct Document<'a> {
    source: SourceFile<'a>,
    root: ast::Value<'a>,
    /// Its content. A number that JSON cannot represent is null.
    pub value: Value,
    /// A `json_number` for every number that is null in `value`, at most 100. They do not prevent further checks.
    pub numbers: Vec<Finding>,
    /// A `json_duplicate_key` for every repeated name, at most 100. They do not prevent further checks.
    pub duplicates: Vec<Finding>,
}

/// Findings of a conversion.
#[derive(Default)]
struct Converted {
    too_deep: Vec<Finding>,
    numbers: Vec<Finding>,
    duplicates: Vec<Finding>,
}

/// The part of a member that a position points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The member's name.
    Key,
    /// The member's value; the first line of an object or list.
    Value,
}

impl<'a> Document<'a> {
    /// Parses a file.
    ///
    /// # Errors
    /// `json_syntax` at the first syntax error, or where the nesting is too deep.
    pub fn parse(source: SourceFile<'a>) -> Result<Self, Vec<Finding>> {
        let options = ParseOptions {
            allow_comments: true,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let root = match parse_to_ast(source.text, &Default::default(), &options) {
            Ok(parsed) => parsed.value.ok_or_else(|| vec![words::json_empty().place(source.place(0..0))])?,
            Err(error) => {
                let range = error.range();
                if let Some(wide) = full_width::find(source.text, range.start..range.end) {
                    let range = wide.offset..wide.offset + wide.character.len_utf8();
                    let finding = words::json_full_width(wide.character, wide.ascii);
                    return Err(vec![finding.place(source.place(range))]);
                }
                let finding = syntax::json(error.kind(), MAX_DEPTH);
                return Err(vec![finding.place(source.place(range.start..range.end))]);
            }
        };
        let mut converted = Converted::default();
        let value = convert(&root, &source, 0, &mut converted);
        let Converted { too_deep, numbers, duplicates } = converted;
        if !too_deep.is_empty() {
            return Err([too_deep, numbers, duplicates].concat());
        }
        Ok(Self { source, root, value, numbers, duplicates })
    }

    /// Position of the value at a JSON pointer, or of its nearest existing ancestor.
    pub fn place(&self, pointer: &str, part: Part) -> Place {
        let (node, key) = self.find(pointer);
        let range = match (part, key) {
            (Part::Key, Some(key)) => key,
            _ => range(node),
        };
        self.source.place(range)
    }

    /// Position of a byte range within the string at a JSON pointer. The range counts bytes of the string's content, not of
    /// its source, in which characters may be escaped.
    pub fn place_in_string(&self, pointer: &str, inner: Range<usize>) -> Place {
        let (node, _) = self.find(pointer);
        let range = range(node);
        let ast::Value::StringLit(_) = node else { return self.source.place(range) };
        let raw = &self.source.text[range.clone()];
        let start = range.start + raw_offset(raw, inner.start);
        let end = range.start + raw_offset(raw, inner.end);
        self.source.place(start..end)
    }

    fn find(&self, pointer: &str) -> (&ast::Value<'a>, Option<Range<usize>>) {
        let (mut node, mut key) = (&self.root, None);
        for name in pointer.split('/').skip(1).map(unescape) {
            let next = match node {
                ast::Value::Object(object) => object.get(&name).map(|member| (&member.value, Some(key_range(member)))),
                ast::Value::Array(list) => {
                    name.parse::<usize>().ok().and_then(|index| list.elements.get(index)).map(|value| (value, None))
                }
                _ => None,
            };
            match next {
                Some(found) => (node, key) = found,
                None => return (node, None),
            }
        }
        (node, key)
    }
}

/// Escapes a name for use as a step of a JSON pointer (RFC 6901).
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Unescapes a step of a JSON pointer to a name (RFC 6901).
pub fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn convert(node: &ast::Value<'_>, source: &SourceFile<'_>, depth: usize, found: &mut Converted) -> Value {
    let add = |found: &mut Vec<Finding>, finding: Finding, range| {
        if found.len() < MAX_FINDINGS {
            found.push(finding.place(source.place(range)));
        }
    };
    if depth > MAX_DEPTH {
        add(&mut found.too_deep, words::json_nested(MAX_DEPTH), range(node));
        return Value::Null;
    }
    match node {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::StringLit(literal) => Value::String(literal.value.clone().into_owned()),
        ast::Value::NumberLit(literal) => match literal.value.parse::<Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => {
                add(&mut found.numbers, words::json_number(), range(node));
                Value::Null
            }
        },
        ast::Value::Array(list) => {
            list.elements.iter().map(|element| convert(element, source, depth + 1, found)).collect()
        }
        ast::Value::Object(object) => {
            let mut seen = HashSet::new();
            let mut map = Map::new();
            for member in &object.properties {
                let name = member.name.as_str();
                if !seen.insert(name) {
                    add(&mut found.duplicates, words::json_duplicate_key(name), key_range(member));
                }
                map.insert(name.to_owned(), convert(&member.value, source, depth + 1, found));
            }
            Value::Object(map)
        }
    }
}

fn range(node: &ast::Value<'_>) -> Range<usize> {
    let range = node.range();
    range.start..range.end
}

fn key_range(member: &ast::ObjectProp<'_>) -> Range<usize> {
    let range = match &member.name {
        ObjectPropName::String(literal) => literal.range,
        ObjectPropName::Word(word) => word.range,
    };
    range.start..range.end
}

/// Offset in a string literal's source (quotes included) of the byte `inner` of its content.
fn raw_offset(raw: &str, inner: usize) -> usize {
    let (mut at, mut decoded) = (1, 0);
    while decoded < inner && at < raw.len() {
        let rest = &raw[at..];
        let (source, content) = match rest.as_bytes() {
            [b'\\', b'u', ..] => {
                let unit = |at: usize| rest.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                match unit(2) {
                    // A surrogate pair: two escapes, one character.
                    Some(0xd800..0xdc00) => (12, 4),
                    Some(code) => (6, char::from_u32(code).map_or(3, char::len_utf8)),
                    None => (2, 1),
                }
            }
            [b'\\', ..] => (2, 1),
            _ => rest.chars().next().map_or((1, 1), |c| (c.len_utf8(), c.len_utf8())),
        };
        at += source;
        decoded += content;
    }
    at.min(raw.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Document<'_>, Vec<Finding>> {
        Document::parse(SourceFile { file: "layout.json", text })
    }

    fn fault(text: &str) -> (&'static str, usize, usize) {
        let findings = parse(text).unwrap_err();
        let place = findings[0].place.clone().unwrap();
        (findings[0].code, place.line, place.column)
    }

    #[test]
    fn only_json_with_comments_is_accepted() {
        let document = parse("// head\n{ /* a */ \"a\": [1, -2.5e3, true, null, \"\\u00e9\"] }").unwrap();
        assert_eq!(document.value, serde_json::json!({ "a": [1, -2500.0, true, null, "é"] }));
        assert_eq!(fault("{\n \"a\": 1,\n}"), ("json_syntax", 2, 8));
        assert_eq!(fault("{\n \"a\"： 1}"), ("json_syntax", 2, 5));
        assert_eq!(parse("{“a”: 1}").unwrap_err()[0].hint.as_deref(), Some("write `\"`"));
        assert_eq!(fault("{'a': 1}"), ("json_syntax", 1, 2));
        assert_eq!(fault("{a: 1}").0, "json_syntax");
        assert_eq!(fault("{\"a\": 0x1}").0, "json_syntax");
        assert_eq!(fault("{\"a\": +1}").0, "json_syntax");
        assert_eq!(fault("{\"a\": NaN}").0, "json_syntax");
        assert_eq!(fault("{\"a\": 1 \"b\": 2}").0, "json_syntax");
        assert_eq!(fault("").0, "json_syntax");
        assert_eq!(fault("{} {}").0, "json_syntax");
        assert_eq!(fault("{\"a\": [1, 2}").0, "json_syntax");
        assert_eq!(fault(&"[".repeat(100_000)).0, "json_syntax");
        assert_eq!(fault(&format!("{}1{}", "[".repeat(100), "]".repeat(100))).0, "json_syntax");
    }

    #[test]
    fn all_invalid_numbers_and_duplicate_keys_are_reported() {
        let document = parse("{\"a\": 1e999, \"b\": 2,\n \"b\": -2e999}").unwrap();
        let findings = [document.numbers, document.duplicates].concat();
        let found: Vec<_> = findings.iter().map(|f| (f.code, f.place.as_ref().map(|p| (p.line, p.column)))).collect();
        let expected =
            [("json_number", Some((1, 7))), ("json_number", Some((2, 7))), ("json_duplicate_key", Some((2, 2)))];
        assert_eq!(found, expected, "{findings:#?}");
    }

    #[test]
    fn findings_are_bounded_in_number() {
        let text = format!("[{}{{{}}}]", "1e999, ".repeat(300), vec!["\"a\": 1"; 300].join(", "));
        let document = parse(&text).unwrap();
        assert_eq!((document.numbers.len(), document.duplicates.len()), (100, 100));
    }

    #[test]
    fn pointers_have_positions() {
        let document = parse("{\n  \"a\": { \"b/c\": [10, 20] }\n}").unwrap();
        let at = |pointer, part| {
            let place = document.place(pointer, part);
            (place.line, place.column)
        };
        assert_eq!(at("/a/b~1c/1", Part::Value), (2, 22));
        assert_eq!(at("/a/b~1c", Part::Key), (2, 10));
        assert_eq!(at("/a/nothing/here", Part::Key), (2, 8), "the nearest existing ancestor");
        assert_eq!(at("", Part::Value), (1, 1));
    }

    #[test]
    fn positions_in_strings_account_for_escapes() {
        let document = parse(r#"{"a": "x\n\u00e9\ud83d\ude00{{titel}}"}"#).unwrap();
        let text = document.value["a"].as_str().unwrap();
        let at = text.find("titel").unwrap();
        let place = document.place_in_string("/a", at..at + 5);
        assert_eq!(place.column, 31, "{}", place.snippet);
        assert!(place.snippet.ends_with("^^^^^"), "{}", place.snippet);
    }
}
