//! Meanings of error codes in English and Chinese, and the sentences of findings and errors for scripts.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::json;

use super::language::Language;
use crate::words;
use haibao_core::error::{Wording, of_counts};

/// The table, `meanings.json`.
#[derive(Debug, Deserialize)]
struct Table {
    /// English and Chinese meaning by code. Codes that only authors of templates meet have none.
    codes: BTreeMap<String, [String; 2]>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the table is embedded, and a test reads it")]
    serde_json::from_str(include_str!("meanings.json")).expect("the table is well-formed")
});

/// What a code means.
pub(super) fn of(code: &str, language: Language) -> Option<&'static str> {
    let [english, chinese] = TABLE.codes.get(code)?;
    Some(language.of([chinese, english]))
}

/// The table for scripts: meanings by code, and sentences with their English patterns.
pub(super) fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        let codes: BTreeMap<_, _> =
            TABLE.codes.iter().map(|(code, [en, zh])| (code, json!({ "en": en, "zh": zh }))).collect();
        let sentence = |row: &'static Wording| {
            let chinese = words::chinese(row.id)?;
            let code = row.finding.map(|(code, _)| code);
            let own = move |(en, en_hint): (String, Option<String>)| json!({ "code": code, "en": en, "en_hint": en_hint, "zh": chinese.message, "zh_hint": chinese.hint });
            Some(patterns(row.message, row.hint).into_iter().map(own))
        };
        json!({ "codes": codes, "sentences": words::rows().filter_map(sentence).flatten().collect::<Vec<_>>() })
            .to_string()
    });
    &DOCUMENT
}

/// The patterns of a message and its hint, each in all of its forms.
fn patterns(message: &str, hint: Option<&str>) -> Vec<(String, Option<String>)> {
    let hints = hint.map_or_else(|| vec![None], |hint| of_counts(hint).into_iter().map(Some).collect());
    let with_hints = |message: String| hints.iter().map(move |hint| (message.clone(), hint.clone()));
    of_counts(message).into_iter().flat_map(with_hints).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::openapi::codes;

    #[test]
    fn patterns_of_hints_have_one_form_as_those_of_messages() {
        let pattern = |message: &str, hint: &str| (message.to_owned(), Some(hint.to_owned()));
        let found = patterns("{n} rows", Some("remove [it|them]"));
        assert_eq!(found, [pattern("{n} rows", "remove them"), pattern("{n} rows", "remove it")]);
        let found = patterns("{n} [row|rows]", Some("remove {name}"));
        assert_eq!(found, [pattern("{n} rows", "remove {name}"), pattern("{n} row", "remove {name}")]);
        assert_eq!(patterns("{n} rows", None), [("{n} rows".to_owned(), None)]);
    }

    #[test]
    fn a_sentence_of_two_counts_has_a_pattern() {
        let document: serde_json::Value = serde_json::from_str(document()).expect("JSON");
        let has = |pattern: &str| {
            document["sentences"].as_array().is_some_and(|all| all.iter().any(|sentence| sentence["en"] == pattern))
        };
        for pattern in [
            "the row has {width} cell, the header names {columns} columns",
            "the row has {width} cells, the header names {columns} column",
            "{length} characters, at most {maximum} is allowed",
        ] {
            assert!(has(pattern), "{pattern}");
        }
    }

    #[test]
    fn every_code_that_callers_meet_has_a_meaning() {
        let known: BTreeSet<_> = TABLE.codes.keys().map(String::as_str).collect();
        let listed: BTreeSet<_> = codes::all();
        let missing: Vec<_> = listed.difference(&known).filter(|code| !codes::AUTHORING.contains(code)).collect();
        assert!(missing.is_empty(), "add them to meanings.json, or to AUTHORING: {missing:?}");
        let unknown: Vec<_> =
            known.iter().filter(|code| !listed.contains(*code) && !codes::REASONS.contains(code)).collect();
        assert!(unknown.is_empty(), "no error has the codes {unknown:?}");
        let both: Vec<_> = codes::AUTHORING.iter().filter(|code| known.contains(*code)).collect();
        assert!(both.is_empty(), "{both:?}");
    }
}
