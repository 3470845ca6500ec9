//! Sentences for what the parsers of JSON and of regular expressions report: one row for each kind.

use jsonc_parser::{ParseStringErrorKind, errors::ParseErrorKind};

use crate::{
    error::{Finding, Message},
    words,
};

/// Finding for a syntax error of JSON. `maximum` is the allowed nesting depth.
pub(super) fn json(kind: &ParseErrorKind, maximum: usize) -> Finding {
    use ParseErrorKind as Kind;
    match kind {
        Kind::TrailingCommasNotAllowed => words::syntax_trailing_comma(),
        Kind::ExpectedComma => words::syntax_comma(),
        Kind::ExpectedColonAfterObjectKey => words::syntax_colon(),
        Kind::ExpectedObjectValue => words::syntax_value(),
        Kind::ExpectedStringObjectProperty => words::syntax_key(),
        Kind::SingleQuotedStringsNotAllowed => words::syntax_single_quotes(),
        Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => words::syntax_number(),
        Kind::BareDecimalPointNumbersNotAllowed
        | Kind::HexadecimalNumbersNotAllowed
        | Kind::NonFiniteNumbersNotAllowed
        | Kind::UnaryPlusNumbersNotAllowed => words::syntax_number_form(),
        Kind::MultipleRootJsonValues => words::syntax_several(),
        Kind::UnexpectedCloseBrace => words::syntax_unexpected("}"),
        Kind::UnexpectedCloseBracket => words::syntax_unexpected("]"),
        Kind::UnexpectedColon => words::syntax_unexpected(":"),
        Kind::UnexpectedComma => words::syntax_unexpected(","),
        Kind::UnexpectedTokenInObject => words::syntax_member(),
        Kind::UnexpectedWord | Kind::UnexpectedToken => words::syntax_word(),
        Kind::UnterminatedArray => words::syntax_open("["),
        Kind::UnterminatedObject => words::syntax_open("{"),
        Kind::UnterminatedCommentBlock => words::syntax_comment(),
        Kind::NestingDepthExceeded => words::json_nested(maximum),
        Kind::String(ParseStringErrorKind::UnterminatedStringLiteral) => words::syntax_string(),
        Kind::String(_) => words::syntax_escape(),
        Kind::CommentsNotAllowed | Kind::Custom(_) => words::syntax_other(),
    }
}

/// Start of a library's text, and the sentence for it.
type Start = (&'static str, fn() -> Message);

/// Starts of the texts of the `regex` crate, with their sentences.
#[rustfmt::skip]
const REGEX: &[Start] = &[
    ("unclosed group", words::regex_group_open),
    ("unopened group", words::regex_group_closed),
    ("duplicate capture group name", words::regex_group_name),
    ("empty capture group name", words::regex_group_name),
    ("invalid capture group character", words::regex_group_name),
    ("unclosed capture group name", words::regex_group_name),
    ("unclosed character class", words::regex_class),
    ("invalid character class range", words::regex_class_range),
    ("invalid range boundary", words::regex_class_range),
    ("repetition operator missing expression", words::regex_repetition),
    ("invalid repetition count", words::regex_count),
    ("repetition quantifier expects", words::regex_count),
    ("unclosed counted repetition", words::regex_count),
    ("decimal literal", words::regex_count),
    ("invalid escape sequence", words::regex_escape),
    ("incomplete escape sequence", words::regex_escape),
    ("unrecognized escape sequence", words::regex_escape),
    ("hexadecimal literal", words::regex_escape),
    ("invalid hexadecimal digit", words::regex_escape),
    ("dangling flag", words::regex_flag),
    ("duplicate flag", words::regex_flag),
    ("flag negation", words::regex_flag),
    ("expected flag", words::regex_flag),
    ("unrecognized flag", words::regex_flag),
    ("Unicode property", words::regex_property),
    ("look-around", words::regex_around),
    ("backreferences", words::regex_backreference),
    ("exceed", words::regex_large),
    ("Compiled regex exceeds", words::regex_large),
];

/// Sentence for what the parser of regular expressions reports. The pattern is repeated above the last line.
pub(super) fn regex(said: &str) -> Message {
    let last = said.lines().last().unwrap_or_default();
    let text = last.trim_start_matches("error: ");
    REGEX.iter().find(|(start, _)| text.starts_with(start)).map_or_else(words::regex_other, |(_, row)| row())
}

#[cfg(test)]
mod tests {
    use crate::{
        error::Argument,
        template::{json::Document, source::SourceFile, validator},
    };

    #[test]
    fn syntax_errors_have_a_row_and_a_hint() {
        for (text, id) in [
            ("{\"a\": 1,}", "syntax_trailing_comma"),
            ("[1 2]", "syntax_comma"),
            ("{\"a\" 1}", "syntax_colon"),
            ("{\"a\":", "syntax_value"),
            ("{\"a\": }", "syntax_unexpected"),
            ("{\"a\": 1]", "syntax_member"),
            ("{a: 1}", "syntax_key"),
            ("{'a': 1}", "syntax_single_quotes"),
            ("[-]", "syntax_number"),
            ("[0x1]", "syntax_number_form"),
            ("[.5]", "syntax_number_form"),
            ("[+1]", "syntax_number_form"),
            ("{} {}", "syntax_several"),
            ("[}", "syntax_unexpected"),
            ("[,]", "syntax_unexpected"),
            ("[yes]", "syntax_word"),
            ("[1", "syntax_open"),
            ("{\"a\": 1", "syntax_open"),
            ("/* a", "syntax_comment"),
            ("[\"a", "syntax_string"),
            (r#"["\q"]"#, "syntax_escape"),
            (r#"["\u00"]"#, "syntax_escape"),
        ] {
            let found = Document::parse(SourceFile { file: "layout.json", text }).expect_err(text);
            assert_eq!((found[0].code, found[0].row().id), ("json_syntax", id), "{text}: {:?}", found[0].message);
            assert!(found[0].hint.is_some(), "{text}");
        }
    }

    #[test]
    fn patterns_that_are_not_valid_have_a_row() {
        for (pattern, id) in [
            ("(", "regex_group_open"),
            ("a)", "regex_group_closed"),
            ("[", "regex_class"),
            ("[z-a]", "regex_class_range"),
            ("*", "regex_repetition"),
            ("a{2,1}", "regex_count"),
            (r"\y", "regex_escape"),
            ("(?=a)", "regex_around"),
            (r"(a)\1", "regex_backreference"),
        ] {
            let found = validator::faults(&serde_json::json!({ "type": "string", "pattern": pattern }));
            let arguments = found[0].message.arguments();
            let reason = match &arguments[1] {
                Argument::Message(reason) => reason.row().id,
                text => panic!("{pattern}: {text:?}"),
            };
            assert_eq!(reason, id, "{pattern}");
        }
    }
}
