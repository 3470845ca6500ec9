//! JSON values whose objects have each member once. `serde_json` would silently keep the last one.

use std::{fmt, io};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::{
    error::Message,
    template::{full_width, source::is_utf16},
    words,
};

/// Maximum length of a name in an error, characters.
const MAX_SHOWN: usize = 60;

/// Says that a text is UTF-16, in errors of [`from_slice`].
const UTF16: &str = "the text is UTF-16";

/// The text of a file without the byte order mark that editors on Windows write.
pub fn unmarked(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Parses a text.
///
/// # Errors
/// Those of the parser. The error of a repeated member is a [data error](serde_json::Error::is_data) with its position, and its
/// [`reason`] is the member's name; all others are not.
pub fn from_slice(text: &[u8]) -> serde_json::Result<Value> {
    if is_utf16(text) {
        return Err(serde_json::Error::io(io::Error::other(UTF16)));
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Unique.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// The message of a parser's error without the position. For a repeated member, its name.
pub fn reason(error: &serde_json::Error) -> Message {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    match text {
        UTF16 => words::json_utf16(),
        "EOF while parsing a list" => words::json_eof("]"),
        "EOF while parsing an object" => words::json_eof("}"),
        "EOF while parsing a string" => words::json_eof("\""),
        "EOF while parsing a value" => words::json_eof_value(),
        "expected `:`" => words::json_expected("`:`"),
        "expected `,` or `]`" => words::json_expected_or("`,`", "`]`"),
        "expected `,` or `}`" => words::json_expected_or("`,`", "`}`"),
        "invalid unicode code point" => words::json_unicode(),
        "expected `\"`" => words::json_key(),
        "expected ident" | "expected value" => words::json_expected_value(),
        "key must be a string" => words::json_key(),
        "trailing comma" => words::json_trailing_comma(),
        "trailing characters" => words::json_trailing(),
        "invalid escape" | "unexpected end of hex escape" | "lone leading surrogate in hex escape" => {
            words::json_escape()
        }
        "invalid number" | "number out of range" => words::json_number_invalid(),
        "recursion limit exceeded" => words::json_deep(),
        "control character (\\u0000-\\u001F) found while parsing a string" => words::json_control(),
        other => Message::verbatim(other),
    }
}

/// A hint for a text that is not JSON because of full-width punctuation, which Chinese keyboards write, where the parser
/// failed.
pub fn full_width_hint(text: &[u8], error: &serde_json::Error) -> Option<Message> {
    let text = str::from_utf8(text).ok()?;
    let start = match error.line() {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2)?.0 + 1,
    };
    // The parser counts bytes.
    let at = text.floor_char_boundary(start + error.column().saturating_sub(1));
    let wide = full_width::find(text, at..at)?;
    let before = &text[..wide.offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some(words::full_width(line, column, wide.character, wide.ascii))
}

struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if all.contains_key(&name) {
                let shown: String = name.chars().take(MAX_SHOWN).collect();
                return Err(de::Error::custom(format!("{shown:?}")));
            }
            let value = members.next_value_seed(Self)?;
            all.insert(name, value);
        }
        Ok(all.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reasons_of_the_parser_are_sentences() {
        for (text, english) in [
            ("{\"a\" 1}", "expected `:`"),
            ("{a: 1}", "a name must be in double quotes"),
            ("{\"a\": 1,}", "a comma has nothing after it"),
            ("{\"a\": 1", "it ends before `}`"),
            ("[1 2]", "expected `,` or `]`"),
            ("{} x", "something follows the value"),
            ("{\"a\": nul}", "expected a value"),
            ("{\"a\": \"\n\"}", "a text has a line break or another control character"),
        ] {
            assert_eq!(reason(&from_slice(text.as_bytes()).expect_err(text)).text(), english, "{text}");
        }
    }

    #[test]
    fn byte_order_marks_are_skipped_and_utf16_is_named() {
        let marked = "\u{feff}{\"a\": 1}".as_bytes();
        assert_eq!(from_slice(unmarked(marked)).expect("JSON"), json!({ "a": 1 }));
        assert!(from_slice(marked).is_err(), "requests have none");
        let units: Vec<u16> = "{\"a\": 1}".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for text in [little.clone(), big, [&b"\xff\xfe"[..], &little].concat()] {
            let error = from_slice(&text).expect_err("UTF-16");
            assert_eq!(reason(&error), words::json_utf16());
            assert!(!error.is_data(), "it is no repeated member");
        }
    }

    #[test]
    fn full_width_punctuation_is_hinted_where_the_parser_failed() {
        for (text, line, column, character, ascii) in [
            ("{\"a\"：1}", 1, 5, '：', ':'),
            ("{“a”: 1}", 1, 2, '“', '"'),
            ("{\n\"名，\": true， \"b\": 2}", 2, 11, '，', ','),
            ("[1、2]", 1, 3, '、', ','),
            ("{\"a\": \"b\"｝", 1, 10, '｝', '}'),
        ] {
            let hint = full_width_hint(text.as_bytes(), &from_slice(text.as_bytes()).expect_err(text));
            let expected = words::full_width(line, column, character, ascii).text();
            assert_eq!(hint.map(|hint| hint.text()), Some(expected), "{text}");
        }
        for text in ["{ \"title: 1, \"name\": \"你好，世界\" }", "{\"a\": \"你好，世界", "[1 \"，\"]", ""] {
            let hint = full_width_hint(text.as_bytes(), &from_slice(text.as_bytes()).expect_err(text));
            assert!(hint.is_none(), "{text}");
        }
    }

    #[test]
    fn values_are_read_as_serde_json_reads_them() {
        for text in [
            "null",
            "[true, false, -1, 18446744073709551615, 1.5, 1e300, 60.0, -0.0]",
            r#"{"b": {"a": "x\n", "\u0061b": [{}, []]}, "a": {"a": {"a": 1}}}"#,
        ] {
            let value: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(from_slice(text.as_bytes()).expect("JSON").to_string(), value.to_string());
        }
        for broken in ["", "{", "[1,]", "1 2", "\"\u{1}\"", "1e400", "{\"a\": nul}"] {
            let error = from_slice(broken.as_bytes()).expect_err(broken);
            assert!(!error.is_data(), "{broken}: {error}");
        }
        assert!(!from_slice("[".repeat(200).as_bytes()).expect_err("too deep").is_data());
    }

    #[test]
    fn a_repeated_member_is_an_error_at_its_place() {
        for (text, place, name) in
            [(r#"{"a": 1, "a": 1}"#, (1, 13), "a"), ("[1, {\"b\": {\n  \"x\": [],\n  \"\\u0078\": 2}}]", (3, 10), "x")]
        {
            let error = from_slice(text.as_bytes()).expect_err(text);
            assert!(error.is_data(), "{error}");
            assert_eq!(reason(&error).text(), format!("{name:?}"));
            let (line, column) = place;
            assert_eq!(error.line(), line);
            assert!(error.column().abs_diff(column) <= 1, "{error}");
        }
        let error = from_slice(br#"{"at line": 1, "a at line 1": 1, "a at line 1": 1}"#).expect_err("twice");
        assert_eq!(reason(&error).text(), "\"a at line 1\"");
        let long = format!("{{\"{0}\": 1, \"{0}\": 1}}", "x".repeat(10_000));
        assert!(from_slice(long.as_bytes()).expect_err("twice").to_string().len() < 150);
    }
}
