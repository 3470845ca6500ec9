//! Reads the amounts of money in parameters: strings become fen.

use serde_json::{Value, json};

use super::{Applied, applied, keywords::walk};
use crate::{
    template::{
        money::{self, FORMAT, Numbers},
        violation::{Violation, ViolationKind, show},
    },
    words,
};

/// Whether a schema has amounts of money.
pub(super) fn any(document: &Value) -> bool {
    let mut found = false;
    walk("", document, &mut |_, schema| found |= schema.get("format") == Some(&json!(FORMAT)));
    found
}

/// Replaces the amounts that are strings by their fen. Returns a violation for each that cannot be read, and for each number
/// that is not an integer.
pub(super) fn read(document: &Value, params: &mut Value) -> Vec<Violation> {
    let (mut amounts, mut found) = (Vec::new(), Vec::new());
    applied::visit(document, document, &*params, Applied::Certainly, |schema, value, pointer| {
        if schema.get("format") != Some(&json!(FORMAT)) {
            return;
        }
        let read = match value {
            Value::String(text) => money::read(text, Numbers::Unclear),
            Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() != 0.0) => {
                let text = number.to_string();
                Err(match money::read(&text, Numbers::Yuan) {
                    Ok(fen) => words::money_not_fen(show(value), fen, money::shown(fen)),
                    Err(_) => words::expected_fen(show(value)),
                })
            }
            _ => return,
        };
        let pointer = pointer.to_owned();
        match read {
            Ok(fen) => amounts.push((pointer, fen)),
            Err(message) => found.push(Violation { kind: ViolationKind::Type, pointer, message }),
        }
    });
    for (pointer, fen) in amounts {
        if let Some(value) = params.pointer_mut(&pointer) {
            *value = fen.into();
        }
    }
    found
}

/// The violations of a schema, with those of amounts instead of the general ones at the same places.
pub(super) fn explained(mut found: Vec<Violation>, amounts: Vec<Violation>) -> Vec<Violation> {
    found.retain(|violation| amounts.iter().all(|amount| amount.pointer != violation.pointer));
    found.extend(amounts);
    found
}
