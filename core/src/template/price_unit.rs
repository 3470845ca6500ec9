//! Units behind amounts, such as `/月` in `6800元/月`: where they go, as the schema of the amount says in `x-unit`.

use serde_json::{Map, Value};

use super::json::escape;
use crate::{error::Message, words};

/// The keyword of an amount whose unit the template draws.
pub(super) const KEYWORD: &str = "x-unit";

/// What happens to the unit behind an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceUnit<'s> {
    /// It is the value of this parameter, beside that of the amount.
    Param(&'s str),
    /// These are part of the template, which needs no other.
    Drawn(Vec<&'s str>),
}

/// What a schema says about the unit behind its amount.
pub fn of(schema: &Value) -> Option<PriceUnit<'_>> {
    match schema.get(KEYWORD)? {
        Value::String(name) => Some(PriceUnit::Param(name)),
        Value::Array(all) => Some(PriceUnit::Drawn(all.iter().filter_map(Value::as_str).collect())),
        _ => None,
    }
}

/// The fault of the keyword in the schema at a JSON pointer, if there is one.
pub(super) fn fault(document: &Value, pointer: &str, schema: &Map<String, Value>) -> Option<Message> {
    let is_known = match schema.get(KEYWORD)? {
        Value::String(name) => {
            let siblings = pointer.rsplit_once('/').map_or("", |(siblings, _)| siblings);
            siblings.ends_with("/properties") && document.pointer(&format!("{siblings}/{}", escape(name))).is_some()
        }
        Value::Array(all) => all.iter().all(Value::is_string),
        _ => false,
    };
    (!is_known).then(words::schema_unit_form)
}
