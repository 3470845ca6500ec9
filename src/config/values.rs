//! Reading of merged settings.

use std::collections::BTreeMap;

use config::{Value, ValueKind};

/// The entries of a table; none of another value.
pub(super) fn entries(value: &Value) -> BTreeMap<&str, &Value> {
    match &value.kind {
        ValueKind::Table(table) => table.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        _ => BTreeMap::new(),
    }
}

/// A dotted name.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}.{name}") }
}

/// The source of a value, for messages.
pub(super) fn origin(value: &Value) -> &str {
    value.origin().unwrap_or("default")
}

/// First leaf of a value: tables created from a dotted path have no origin.
pub(super) fn first_leaf(value: &Value) -> &Value {
    entries(value).values().next().map_or(value, |v| first_leaf(v))
}
