//! Labels of allowed values: what people write for them, `"x-labels": { "spring": ["春节", "新春"] }`, or the `title` of a constant in
//! `oneOf`.

use serde_json::{Map, Value};

use crate::{error::Message, words};

/// The keyword with the labels of the values of an `enum`.
pub(in crate::template) const KEYWORD: &str = "x-labels";

/// An allowed value with its labels. The first label is the one that people see.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice<'s> {
    /// Value as the schema has it, of any JSON type.
    pub value: &'s Value,
    /// Texts that people write for the value. Empty if the schema has none.
    pub labels: Vec<&'s str>,
}

/// The values that a schema allows, in its order: those of `enum`, `const`, or a `oneOf` or `anyOf` of constants. Empty for others.
pub fn choices(schema: &Value) -> Vec<Choice<'_>> {
    let labels = schema.get(KEYWORD).and_then(Value::as_object);
    let own = |value| labels.and_then(|labels| labels.get(&name(value))).map(texts).unwrap_or_default();
    let listed: Vec<&Value> = match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(all)), _) => all.iter().collect(),
        (_, Some(one)) => vec![one],
        _ => Vec::new(),
    };
    if !listed.is_empty() {
        return listed.into_iter().map(|value| Choice { value, labels: own(value) }).collect();
    }
    let branches = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key)).and_then(Value::as_array);
    let constant = |branch| {
        let value = Value::get(branch, "const")?;
        let titles = branch.get("title").map(texts).unwrap_or_default();
        Some(Choice { value, labels: titles.into_iter().chain(own(value)).collect() })
    };
    branches.and_then(|all| all.iter().map(constant).collect::<Option<_>>()).unwrap_or_default()
}

/// The name of a value among the labels: a text itself, otherwise its JSON.
fn name(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text, or a list of them.
pub(in crate::template) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The fault of a schema's labels, if there is one.
pub(in crate::template) fn fault(schema: &Map<String, Value>) -> Option<Message> {
    let labels = schema.get(KEYWORD)?;
    let is_texts = |value: &Value| match value {
        Value::Array(all) => !all.is_empty() && all.iter().all(Value::is_string),
        value => value.is_string(),
    };
    let Some(labels) = labels.as_object().filter(|labels| labels.values().all(is_texts)) else {
        return Some(words::schema_labels_form());
    };
    let schema = Value::Object(schema.clone());
    let names: Vec<String> = choices(&schema).iter().map(|choice| name(choice.value)).collect();
    let unknown = labels.keys().find(|label| !names.contains(label))?;
    Some(words::schema_label_unknown(words::quote(unknown)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_have_labels() {
        let labels = |schema: Value| -> Vec<(Value, Vec<String>)> {
            let own = |choice: &Choice<'_>| choice.labels.iter().map(|label| (*label).to_owned()).collect();
            choices(&schema).iter().map(|choice| (choice.value.clone(), own(choice))).collect()
        };
        let expected = vec![(json!("a"), vec!["甲".to_owned(), "A类".to_owned()]), (json!(2), vec!["乙".to_owned()])];
        assert_eq!(labels(json!({ "enum": ["a", 2], "x-labels": { "a": ["甲", "A类"], "2": "乙" } })), expected);
        let constants = json!({ "oneOf": [{ "const": "a", "title": "甲" }, { "const": 2, "title": "乙" }],
            "x-labels": { "a": "A类" } });
        assert_eq!(labels(constants), expected);
        assert_eq!(labels(json!({ "const": true })), [(json!(true), Vec::new())]);
        assert_eq!(labels(json!({ "oneOf": [{ "const": 1 }, { "type": "string" }] })), []);
    }

    #[test]
    fn labels_belong_to_allowed_values() {
        let fault_of = |schema: Value| fault(schema.as_object().expect("an object")).map(|message| message.text());
        assert_eq!(fault_of(json!({ "enum": ["a"], "x-labels": { "a": "甲" } })), None);
        for labels in [json!({ "b": "乙" }), json!({ "a": 1 }), json!({ "a": [] }), json!(["甲"])] {
            assert!(fault_of(json!({ "enum": ["a"], "x-labels": labels })).is_some(), "{labels}");
        }
    }
}
