//! Titles of parameters: `"title": "售价"`, and those of other languages, `"x-titles": { "en": ["Price", "Cost"] }`, of which the
//! first of a language is the one that people see.

use serde_json::Value;

use super::labels::texts;
use crate::error::Title;

/// The keyword with the titles of other languages.
const KEYWORD: &str = "x-titles";

/// The title of a schema, or else that of the schema that it refers to.
pub fn title(schema: &Value, referred: &Value) -> Option<Title> {
    let others: Vec<(&str, &str)> =
        others(schema, referred).filter_map(|(tag, all)| all.first().map(|title| (tag, *title))).collect();
    let own = own(schema, referred).or_else(|| others.first().map(|(_, title)| *title))?;
    Some(Title::new(own, others))
}

/// The title and its aliases, in all languages, by which sheets may name a parameter.
pub fn all<'s>(schema: &'s Value, referred: &'s Value) -> impl Iterator<Item = &'s str> {
    own(schema, referred).into_iter().chain(others(schema, referred).flat_map(|(_, all)| all))
}

fn own<'s>(schema: &'s Value, referred: &'s Value) -> Option<&'s str> {
    schema.get("title").or_else(|| referred.get("title")).and_then(Value::as_str)
}

/// The titles of each language.
fn others<'s>(schema: &'s Value, referred: &'s Value) -> impl Iterator<Item = (&'s str, Vec<&'s str>)> {
    let all = schema.get(KEYWORD).or_else(|| referred.get(KEYWORD)).and_then(Value::as_object);
    all.into_iter().flatten().map(|(tag, all)| (tag.as_str(), texts(all)))
}
