use std::collections::BTreeSet;

use super::*;
use crate::{
    error::{Finding, Message, Pattern, Severity, placeholders},
    layer::rows,
};

#[test]
fn ids_are_unique() {
    let mut ids = BTreeSet::new();
    for row in rows() {
        assert!(ids.insert(row.id), "{} occurs twice", row.id);
    }
    assert!(ids.len() > 100, "{} rows", ids.len());
}

#[test]
fn placeholders_are_arguments_and_arguments_are_used() {
    for row in rows() {
        let used: BTreeSet<_> = row.placeholders().into_iter().collect();
        assert_eq!(used, row.arguments.iter().copied().collect(), "{}", row.id);
    }
}

#[test]
fn messages_are_clauses_without_a_full_stop() {
    for row in rows() {
        for text in [Some(row.message), row.hint].into_iter().flatten() {
            assert!(!text.is_empty() && text.trim() == text && !text.ends_with('.'), "{}: {text}", row.id);
        }
    }
}

#[test]
fn braces_are_escaped_and_placeholders_are_listed() {
    let finding = helper_without_arguments("money");
    let hint = "pass a value: {{money value}}; for a parameter of this name: {{this.money}}";
    assert_eq!(finding.hint.as_deref(), Some(hint));
    let found: Vec<_> = placeholders("{{{{#{a}}}}} {b} {{c}} {d").collect();
    assert_eq!(found, ["a", "b"]);
}

/// Whether a poster is degraded depends on it.
#[test]
fn findings_about_pictures_are_those_of_their_table() {
    let codes = rows().filter_map(|row| row.finding).map(|(code, _)| code);
    let found: BTreeSet<_> =
        codes.filter(|code| is_about_picture(&Finding::error(code, Message::verbatim("")))).collect();
    assert!(found.contains("picture_broken") && found.len() > 6, "{found:?}");
    for code in rows().filter_map(|row| row.finding).map(|(code, _)| code) {
        assert_eq!(found.contains(code), code.starts_with("picture_"), "{code}");
    }
    assert!(is_truncation(&text_truncated()) && !is_truncation(&glyph_missing("a")));
}

/// A second table needs only patterns: sentences within sentences and replaced hints follow.
#[test]
fn a_second_language_is_a_second_table() {
    let chinese = |id: &str| {
        let (message, hint) = match id {
            "scene_too_long" => ("场景值有 {length} 个字符，最多 {maximum} 个", None),
            "scene_empty" => ("场景值为空", Some("填写页面需要的数据，例如 \"id=123\"")),
            "expected_got" => ("应为{expected}，实际是{value}", None),
            "or" => ("{first}或{last}", None),
            "value_array" => ("数组", None),
            "did_you_mean" => ("是否想写 `{name}`？", None),
            _ => return None,
        };
        Some(Pattern { message, hint })
    };
    let translated = |finding: Finding| {
        let other = finding.in_words(&chinese);
        assert_eq!((other.code, other.severity, &other.pointer), (finding.code, finding.severity, &finding.pointer));
        assert_eq!(finding.in_words(&|_| None), finding, "without a translation the words stay English");
        (other.message, other.hint)
    };
    let (message, hint) = translated(scene_too_long(40, 32).pointer("/code/scene"));
    assert_eq!((message.as_str(), hint), ("场景值有 40 个字符，最多 32 个", None));
    let (message, hint) = translated(scene_empty());
    assert_eq!((message.as_str(), hint.as_deref()), ("场景值为空", Some("填写页面需要的数据，例如 \"id=123\"")));
    let violation = expected_got(or("string", "object"), value_array()).with_hint(did_you_mean("title"));
    let (message, hint) = translated(Finding::error("param_type", violation.clone()));
    assert_eq!((message.as_str(), hint.as_deref()), ("应为 string 或 object，实际是数组", Some("是否想写 `title`？")));
    let prefixed = violation.within(|inner| helper_rejects("date", inner));
    let (message, hint) = translated(Finding::new(Severity::Warning, "param_type", prefixed));
    assert_eq!(message, "date: 应为 string 或 object，实际是数组");
    assert_eq!(hint.as_deref(), Some("是否想写 `title`？"), "the hint of the inner sentence");
    let (message, hint) = translated(page_query("\"a?b\""));
    assert_eq!(message, "the page \"a?b\" must not have a query", "no row: English");
    assert_eq!(hint.as_deref(), Some("pass the data in the scene"));
    assert_eq!(Message::verbatim("{kept} as it is").text(), "{kept} as it is");
}

#[test]
fn a_space_separates_ideographs_from_latin_text() {
    mod own {
        crate::words! {
            message seams(value, name): "实际为{value}，{name}无法绘制：\"{value}分\"、「{name}」";
        }
    }
    for (value, name, expected) in [
        ("true", "a.png", "实际为 true，a.png 无法绘制：\"true 分\"、「a.png」"),
        ("\"x\"", "花瓶", "实际为 \"x\"，花瓶无法绘制：\"\"x\" 分\"、「花瓶」"),
        ("12", "", "实际为 12，无法绘制：\"12分\"、「」"),
        ("-5", "5", "实际为 -5，5无法绘制：\"-5分\"、「5」"),
        ("列表", "(a)", "实际为列表，(a) 无法绘制：\"列表分\"、「(a)」"),
    ] {
        assert_eq!(own::seams(value, name).text(), expected);
    }
    assert_eq!(own::ROWS.len(), 1);
}

#[test]
fn counts_have_a_form_for_one() {
    mod own {
        crate::words! {
            message rows(count, name): "{count} [row|rows] such as {name} [is|are] left [1, 2]", hint: "{count} [row|rows]";
        }
    }
    let one = own::rows(1, "a");
    assert_eq!((one.text(), one.hint_text()), ("1 row such as a is left [1, 2]".to_owned(), Some("1 row".to_owned())));
    assert_eq!(own::rows(Message::verbatim(1), "a").text(), one.text());
    assert_eq!(own::rows(0, "a").text(), "0 rows such as a are left [1, 2]");
    assert_eq!(own::rows(21, "[x|y]").text(), "21 rows such as [x|y] are left [1, 2]");
    assert_eq!(own::rows(1, "").text(), "1 row such as  is left [1, 2]", "an empty argument is no number");
    assert_eq!(own::ROWS.len(), 1);
    let forms = crate::error::of_counts(own::ROWS[0].message);
    assert_eq!(
        forms,
        // The name may be a number, too.
        [
            "{count} rows such as {name} are left [1, 2]",
            "{count} rows such as {name} is left [1, 2]",
            "{count} row such as {name} are left [1, 2]",
            "{count} row such as {name} is left [1, 2]",
        ]
    );
    assert_eq!(crate::error::of_counts("{{[a|b] [c|d]}}"), ["{{b d}}", "{{a c}}"]);
    for row in rows() {
        for text in [Some(row.message), row.hint].into_iter().flatten() {
            let plain = crate::error::of_counts(text);
            assert!(plain.iter().all(|text| !text.contains('|')), "{}: {text}", row.id);
        }
    }
}

#[test]
fn a_question_within_a_sentence_has_no_second_mark() {
    mod own {
        crate::words! {
            message twice(first, second): "{first}; {second}. {first}.";
        }
    }
    use own::{ROWS, twice};
    assert_eq!(ROWS.len(), 1);
    assert_eq!(twice(did_you_mean("x"), "a?").text(), "did you mean `x`? a?. did you mean `x`?");
    assert_eq!(twice(Message::verbatim("a"), "b").text(), "a; b. a.");
}
