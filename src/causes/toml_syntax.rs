//! Sentences for what the parser of TOML reports: one row for each kind. It quotes no line, which may hold a secret.

use haibao_core::error::Message;

use crate::words;

/// Start of the text for a value that is no text, number or other value.
const UNQUOTED: &str = "string values must be quoted";

/// Start of a library's text, and the sentence for it.
type Start = (&'static str, fn() -> Message);

/// Starts of the parser's texts, with their sentences.
#[rustfmt::skip]
const TEXTS: &[Start] = &[
    ("unclosed array table", || words::toml_open("]]")),
    ("unclosed array", || words::toml_open("]")),
    ("unclosed table", || words::toml_open("]")),
    ("unclosed inline table", || words::toml_open("}")),
    ("missing value for key", words::toml_equals),
    ("missing value", words::toml_value),
    (UNQUOTED, words::toml_quotes),
    ("missing opening quote", words::toml_quotes),
    ("invalid basic string", words::toml_string),
    ("invalid literal string", words::toml_string),
    ("invalid multi-line", words::toml_string),
    ("missing escaped value", words::toml_escape),
    ("too few unicode value digits", words::toml_escape),
    ("invalid value", words::toml_escape),
    ("missing comma", words::toml_comma),
    ("extra comma", words::toml_comma_extra),
    ("missing assignment", words::toml_equals),
    ("key with no value", words::toml_equals),
    ("missing key", words::toml_key),
    ("invalid unquoted key", words::toml_key),
    ("invalid key-value pair", words::toml_key),
    ("unquoted keys cannot be empty", words::toml_key),
    ("keys cannot be multi-line", words::toml_key),
    ("duplicate key", words::toml_twice),
    ("cannot extend value", words::toml_twice),
    ("unexpected leading zero", words::toml_number),
    ("unexpected sign", words::toml_number),
    ("redundant", words::toml_number),
    ("integers with a radix", words::toml_number),
    ("radix must be lowercase", words::toml_number),
    ("`_` may only go between digits", words::toml_number),
    ("invalid integer", words::toml_number),
    ("invalid float", words::toml_number),
    ("unexpected", words::toml_unexpected),
    ("extra", words::toml_unexpected),
    ("carriage return", words::toml_newline),
    ("invalid comment character", words::toml_comment),
];

/// Sentence for an error.
pub(crate) fn toml(error: &toml::de::Error) -> Message {
    let said = error.message();
    // A value without characters is a text without quotation marks to the parser.
    if said.starts_with(UNQUOTED) && error.span().is_none_or(|span| span.is_empty()) {
        return words::toml_value();
    }
    let row = TEXTS.iter().find(|(start, _)| said.starts_with(start));
    row.map_or_else(|| words::toml_said(said.trim().replace('\n', ", ")), |(_, row)| row())
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn syntax_errors_have_a_row() {
        for (text, id) in [
            ("a = [1", "toml_open"),
            ("[a", "toml_open"),
            ("[[a", "toml_open"),
            ("a = {b = 1", "toml_open"),
            ("a = ", "toml_value"),
            ("a =\nb = 1", "toml_value"),
            ("a.b", "toml_equals"),
            ("a = x", "toml_quotes"),
            ("a = \"x", "toml_string"),
            ("a = 'x", "toml_string"),
            ("a = \"\\q\"", "toml_escape"),
            ("a = [1 2]", "toml_quotes"),
            ("a = ['1' '2']", "toml_comma"),
            ("a = [1,,2]", "toml_comma_extra"),
            ("no settings", "toml_equals"),
            ("a = 1\na = 2", "toml_twice"),
            ("a = 01", "toml_number"),
            ("a = 1 2", "toml_quotes"),
            ("a = '1' 2", "toml_unexpected"),
        ] {
            let error = DeTable::parse(text).expect_err(text);
            let found = toml(&error);
            assert_eq!(found.row().id, id, "{text}: {}", error.message());
        }
    }
}
