//! Regular expressions in schemas. The validator checks only their syntax before it compiles them.

use regex::Regex;

use crate::{
    error::Message,
    template::{syntax, violation::show},
    words,
};

/// Why a pattern cannot be used.
pub(super) fn fault(pattern: &str) -> Option<Message> {
    let error = Regex::new(&converted(pattern)).err()?;
    Some(words::schema_regex(show(&pattern.into()), syntax::regex(&error.to_string())))
}

/// A pattern of ECMA-262 as the validator compiles it: its classes have ASCII letters and digits only, which take much less
/// memory than those of Unicode.
fn converted(pattern: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(pattern.len()), pattern.chars());
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('w') => out.push_str("[a-zA-Z0-9_]"),
            Some('W') => out.push_str("[^a-zA-Z0-9_]"),
            Some('c') if rest.clone().next().is_some_and(|letter| letter.is_ascii_alphabetic()) => {
                // A control character.
                rest.next();
                out.push_str("\\t");
            }
            escaped => {
                out.push(c);
                out.extend(escaped);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::keywords;
    use crate::error::Argument;

    /// Pointers and reasons of the faults of a schema.
    fn faults(property: serde_json::Value) -> Vec<(String, &'static str)> {
        let (found, _) = keywords::faults(&json!({ "type": "object", "properties": { "a": property } }));
        let reason = |arguments: &[Argument]| match arguments.last() {
            Some(Argument::Message(reason)) => reason.row().id,
            other => panic!("{other:?}"),
        };
        found.iter().map(|fault| (fault.pointer.clone(), reason(fault.message.arguments()))).collect()
    }

    #[test]
    fn patterns_that_do_not_compile_are_faults() {
        let at = "/properties/a/pattern";
        for (pattern, reason) in [
            (r"\p{Nope}", "regex_property"),
            (r"\cA\p{Nope}", "regex_property"),
            ("(a{1000}){1000}", "regex_large"),
            // The meta-schema reports it; it is not reported twice.
            ("(", "regex_group_open"),
        ] {
            let found = faults(json!({ "type": "string", "pattern": pattern }));
            assert_eq!(found, [(at.to_owned(), reason)], "{pattern}");
        }
        let named = faults(json!({ "patternProperties": { r"\p{Nope}": {} } }));
        assert_eq!(named, [(r"/properties/a/patternProperties/\p{Nope}".to_owned(), "regex_property")]);
        let both = faults(json!({ "pattern": r"\p{Nope}", "patternProperties": { r"\p{Nope}": {} } }));
        assert_eq!(both.iter().map(|fault| fault.1).collect::<Vec<_>>(), ["regex_property"; 2]);
        for pattern in [r"^\p{Han}{1,4}$", r"\cA", r"\w{900}", r"[\d.]+\\d", r"^[a-z]$"] {
            let found = faults(json!({ "type": "string", "pattern": pattern }));
            assert!(found.is_empty(), "{pattern}: {found:?}");
        }
        assert!(faults(json!({ "default": { "pattern": r"\p{Nope}" } })).is_empty());
    }

    #[test]
    fn other_faults_do_not_hide_those_of_patterns() {
        for (properties, pointer) in [
            (json!({ "a": 5, "ab": { "pattern": r"\p{Nope}" } }), "/properties/ab/pattern"),
            (
                json!({ "a": { "patternProperties": { "(": {}, "x\\p{Nope}": {} } } }),
                r"/properties/a/patternProperties/x\p{Nope}",
            ),
        ] {
            let (found, _) = keywords::faults(&json!({ "type": "object", "properties": properties }));
            let pointers: Vec<&str> = found.iter().map(|fault| fault.pointer.as_str()).collect();
            assert!(pointers.iter().any(|known| *known != pointer), "{pointers:?}");
            assert_eq!(pointers.iter().filter(|known| **known == pointer).count(), 1, "{pointers:?}");
        }
    }
}
