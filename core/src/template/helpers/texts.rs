//! Text helpers: truncate, measure, look up, fill in, mask.

use std::borrow::Cow;

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::integer::integer;
use crate::{error::Message, template::violation::show, words};

/// `{{truncate title 12}}`: limits a text to a number of characters (grapheme clusters: an emoji is one). Longer text ends
/// with `…`, which counts as a character. An absent text gives an empty string.
pub(super) fn truncate(arguments: &[&Value]) -> Result<Value, Message> {
    let [value, max] = arguments else { return Err(words::helper_arity(2)) };
    let Some(text) = text(value)? else { return Ok(Value::String(String::new())) };
    let max = count(max)?;
    let mut ends = text.grapheme_indices(true).skip(max.saturating_sub(1)).map(|(at, _)| at);
    // The ellipsis replaces the rest of the text, if that is more than one character.
    match (ends.next(), ends.next()) {
        (Some(at), Some(_)) => Ok(Value::String(format!("{}…", &text[..at]))),
        _ => Ok(Value::String(text.into_owned())),
    }
}

/// `{{len title}}`: number of characters of a text (grapheme clusters: an emoji is one), or of elements of a list or object.
/// 0 for an absent value.
pub(super) fn len(arguments: &[&Value]) -> Result<Value, Message> {
    let [value] = arguments else { return Err(words::helper_arity(1)) };
    Ok(match value {
        Value::Array(list) => list.len(),
        Value::Object(object) => object.len(),
        other => text(other)?.map_or(0, |text| text.graphemes(true).count()),
    }
    .into())
}

/// `{{lookup names @index}}`, `{{lookup colors "red"}}`: an element of a list by its index from 0, or of an object by its
/// key. Null if there is none, which expands to nothing.
pub(super) fn lookup(arguments: &[&Value]) -> Result<Value, Message> {
    let [value, at] = arguments else { return Err(words::helper_arity(2)) };
    let found = match (value, at) {
        (Value::Array(list), at @ Value::Number(_)) => {
            integer(at).and_then(|at| usize::try_from(at).ok()).and_then(|at| list.get(at))
        }
        (Value::Object(object), Value::String(name)) => object.get(name),
        (Value::Array(_) | Value::Object(_) | Value::Null, _) => None,
        (other, _) => return Err(words::expected_list_or_object(show(other))),
    };
    Ok(found.cloned().unwrap_or_default())
}

/// `{{default nickname "你的好友"}}`: the first argument, or the second if the first is absent or empty.
pub(super) fn default(arguments: &[&Value]) -> Result<Value, Message> {
    let [value, otherwise] = arguments else { return Err(words::helper_arity(2)) };
    let empty = value.is_null() || value.as_str().is_some_and(str::is_empty);
    Ok(if empty { (*otherwise).clone() } else { (*value).clone() })
}

/// `{{mask phone}}`: keeps the first three and the last four characters and replaces the others by `*`: `138****5678`.
/// `{{mask name 1 0}}` sets how many to keep at the start and at the end: `张**`. Masks at least one character.
pub(super) fn mask(arguments: &[&Value]) -> Result<Value, Message> {
    let (value, first, last) = match arguments {
        [value] => (value, 3, 4),
        [value, first] => (value, count(first)?, 0),
        [value, first, last] => (value, count(first)?, count(last)?),
        _ => return Err(words::helper_arity("1 to 3")),
    };
    let Some(text) = text(value)? else { return Ok(Value::String(String::new())) };
    // A list of the characters would take sixteen times the memory of the text.
    let length = text.graphemes(true).count();
    let hidden = length.saturating_sub(first + last).max(1);
    // A short text keeps fewer characters, first at the end.
    let first = first.min(length.saturating_sub(hidden));
    let last = length.saturating_sub(first + hidden);
    let stars = "*".repeat(hidden.min(length));
    let mut starts = text.grapheme_indices(true).map(|(at, _)| at);
    let start = starts.nth(first).unwrap_or(text.len());
    let end = text.grapheme_indices(true).rev().take(last).last().map_or(text.len(), |(at, _)| at);
    Ok(Value::String(format!("{}{stars}{}", &text[..start], &text[end..])))
}

/// A string or number as text; `None` for null.
fn text(value: &Value) -> Result<Option<Cow<'_, str>>, Message> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(Cow::Borrowed(text))),
        Value::Number(number) => Ok(Some(Cow::Owned(number.to_string()))),
        other => Err(words::expected_text(show(other))),
    }
}

/// A number of characters, 0 to 1000.
fn count(value: &Value) -> Result<usize, Message> {
    let count = integer(value).and_then(|count| usize::try_from(count).ok()).filter(|count| *count <= 1000);
    count.ok_or_else(|| words::expected_count(show(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_elements_are_null() {
        let (list, object) = (json!(["a", "b"]), json!({ "red": "#f00" }));
        for (value, at, found) in [
            (&list, json!(1), json!("b")),
            (&list, json!(1.0), json!("b")),
            (&list, json!(2), json!(null)),
            (&list, json!(-1), json!(null)),
            (&list, json!("0"), json!(null)),
            (&list, json!(null), json!(null)),
            (&object, json!("red"), json!("#f00")),
            (&object, json!("blue"), json!(null)),
            (&json!(null), json!(0), json!(null)),
        ] {
            assert_eq!(lookup(&[value, &at]), Ok(found), "{value} {at}");
        }
        assert!(lookup(&[&json!("text"), &json!(0)]).is_err());
    }

    #[test]
    fn long_text_is_truncated_between_characters() {
        for (text, max, truncated) in [
            ("天青釉手作花瓶", 7, "天青釉手作花瓶"),
            ("天青釉手作花瓶", 6, "天青釉手作…"),
            ("👨‍👩‍👧👍🏽a", 3, "👨‍👩‍👧👍🏽a"),
            ("👨‍👩‍👧👍🏽ab", 3, "👨‍👩‍👧👍🏽…"),
            ("ab", 1, "…"),
            ("a", 1, "a"),
            ("", 3, ""),
        ] {
            assert_eq!(truncate(&[&json!(text), &json!(max)]), Ok(json!(truncated)), "{text} {max}");
        }
        assert_eq!(truncate(&[&json!(null), &json!(3)]), Ok(json!("")));
        assert_eq!(truncate(&[&json!("abc"), &json!(2.0)]), Ok(json!("a…")));
        assert!(truncate(&[&json!("a"), &json!(-1)]).is_err());
    }

    #[test]
    fn characters_and_elements_are_counted() {
        for (value, count) in [
            (json!("天青釉"), 3),
            (json!("👨‍👩‍👧👍🏽a"), 3),
            (json!(""), 0),
            (json!(null), 0),
            (json!(1280), 4),
            (json!(["a", "b"]), 2),
            (json!({ "a": 1 }), 1),
        ] {
            assert_eq!(len(&[&value]), Ok(json!(count)), "{value}");
        }
        assert!(len(&[&json!(true)]).is_err());
    }

    #[test]
    fn empty_values_are_replaced() {
        for empty in [json!(null), json!("")] {
            assert_eq!(default(&[&empty, &json!("你的好友")]), Ok(json!("你的好友")));
        }
        for full in [json!("小满"), json!(0), json!(false)] {
            assert_eq!(default(&[&full, &json!("x")]), Ok(full.clone()));
        }
    }

    #[test]
    fn the_middle_of_a_text_is_masked() {
        assert_eq!(mask(&[&json!("13812345678")]), Ok(json!("138****5678")));
        assert_eq!(mask(&[&json!(13_812_345_678_u64)]), Ok(json!("138****5678")));
        assert_eq!(mask(&[&json!("张小满"), &json!(1)]), Ok(json!("张**")));
        assert_eq!(mask(&[&json!("张小满"), &json!(1), &json!(1)]), Ok(json!("张*满")));
        for (short, hidden) in
            [("", ""), ("a", "*"), ("ab", "a*"), ("abc", "ab*"), ("abcd", "abc*"), ("abcdefgh", "abc*efgh")]
        {
            assert_eq!(mask(&[&json!(short)]), Ok(json!(hidden)), "{short}");
        }
    }
}
