//! JSON Lines (<https://jsonlines.org>): one object a line; its members are the columns.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Builder, Cell, Limits, Sheet, reason};
use haibao_core::{error::Result, template::violation::show};

/// Most values of a line, as its commas tell.
const VALUES: usize = 1 << 20;

/// Reads the text of a JSONL file. Columns stand in the order in which their names first occur.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Sheet> {
    let mut builder = Builder::new(Vec::new(), limits)?;
    let mut places = HashMap::<String, usize>::new();
    for (index, line) in text.lines().enumerate() {
        let number = index as u64 + 1;
        if line.trim().is_empty() {
            continue;
        }
        let (object, faults) = match parse(line) {
            Ok(Value::Object(object)) => (object, Vec::new()),
            Ok(other) => {
                let message = format!("expected an object such as {{\"title\": \"...\"}}, got {}", show(&other));
                (Map::new(), vec![reason("", line, "row_broken", message)])
            }
            Err(message) => (Map::new(), vec![reason("", line, "row_broken", message)]),
        };
        let mut cells = vec![None; builder.sheet.columns.len()];
        for (name, value) in object {
            let place = match places.get(&name) {
                Some(place) => *place,
                None => {
                    let place = builder.column(name.clone())?;
                    places.insert(name, place);
                    cells.push(None);
                    place
                }
            };
            cells[place] = Some(value);
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

/// A line's value, else what is wrong with it.
fn parse(line: &str) -> std::result::Result<Value, String> {
    // A value takes some 80 bytes in memory, and two here.
    if line.len() > VALUES && line.bytes().filter(|byte| *byte == b',').count() > VALUES {
        return Err(format!("the line has more than {VALUES} values"));
    }
    let wrong =
        |error: serde_json::Error| format!("this is not JSON, at character {}: {}", error.column(), words(&error));
    serde_json::from_str(line).map_err(wrong)
}

/// The source of a value that is neither a string nor nothing.
fn source(value: &Value) -> Option<String> {
    (!value.is_string() && !value.is_null()).then(|| value.to_string())
}

/// What the reader says, without its place.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
