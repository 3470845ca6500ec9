//! JSON Lines (<https://jsonlines.org>): one object per line, with its members as columns.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Builder, Cell, Limits, Sheet, faults::reason};
use crate::json;
use haibao_core::{error::Result, template::violation::show};

/// Maximum number of values per line, estimated by its commas.
const MAX_VALUES: usize = 1 << 20;

/// Reads the text of a JSONL file. Columns are ordered by first occurrence.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Sheet> {
    let mut builder = Builder::new(Vec::new(), limits)?;
    let mut indices = HashMap::<String, usize>::new();
    for (index, line) in text.lines().enumerate() {
        let number = index as u64 + 1;
        if line.trim().is_empty() {
            continue;
        }
        let (object, faults) = match parse(line) {
            Ok(Value::Object(object)) => (object, Vec::new()),
            Ok(other) => {
                let message = format!("expected an object such as {{\"title\": \"...\"}}, got {}", show(&other).text());
                (Map::new(), vec![reason("", line, "row_broken", message)])
            }
            Err(message) => (Map::new(), vec![reason("", line, "row_broken", message)]),
        };
        let mut cells = vec![None; builder.sheet.columns.len()];
        for (name, value) in object {
            let index = match indices.get(&name) {
                Some(index) => *index,
                None => {
                    let index = builder.column(name.clone())?;
                    indices.insert(name, index);
                    cells.push(None);
                    index
                }
            };
            cells[index] = Some(value);
        }
        let sources: Vec<Option<String>> = cells.iter().map(|value| value.as_ref().and_then(source)).collect();
        let cells = cells.iter().zip(&sources).map(|(value, source)| match (value, source) {
            (Some(Value::String(text)), _) => Cell::Text(text),
            (_, Some(source)) => Cell::Json(source),
            _ => Cell::Empty,
        });
        builder.row(number, cells, faults)?;
    }
    builder.finish()
}

/// Parses a line; the error is a message for the user.
fn parse(line: &str) -> std::result::Result<Value, String> {
    // A value can take as little as 2 bytes in the file but about 80 in memory.
    if line.len() > MAX_VALUES && line.bytes().filter(|byte| *byte == b',').count() > MAX_VALUES {
        return Err(format!("the line has more than {MAX_VALUES} values"));
    }
    let invalid =
        |error: serde_json::Error| format!("invalid JSON at character {}: {}", error.column(), json::reason(&error));
    json::from_slice(line.as_bytes()).map_err(invalid)
}

/// JSON source of a value that is neither a string nor null.
fn source(value: &Value) -> Option<String> {
    (!value.is_string() && !value.is_null()).then(|| value.to_string())
}
