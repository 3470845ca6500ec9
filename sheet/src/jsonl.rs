//! JSON objects with their members as columns: JSON Lines (<https://jsonlines.org>), one object after another over several
//! lines, or a list of objects.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    Builder, Cell, Reading, Sheet,
    faults::{Fault, broken},
    raw_row::visible,
};
use crate::words;
use haibao_core::{
    error::{Message, Result},
    json,
    template::violation::show,
    words::quote,
};

/// Maximum number of values per object, estimated by its commas.
const MAX_VALUES: usize = 1 << 20;

/// Reads the objects of a text. Columns are ordered by first occurrence; the number of a row is the line of its
/// start.
///
/// # Errors
/// `sheet_broken` if no object can be read, or if the only one wraps the list of posters.
pub(super) fn read(text: &str, reading: &Reading<'_>) -> Result<Sheet> {
    let mut builder = Builder::new(Vec::new(), &reading.limits)?;
    let mut indices = HashMap::<String, usize>::new();
    builder.sheet.is_json = true;
    let mut last = 0;
    let (mut first_fault, mut wrapping) = (None, None);
    for (line_number, line) in Objects::new(text) {
        reading.check()?;
        // Several objects may begin in one line.
        let number = line_number.max(last + 1);
        last = number;
        let parsed = parse(line).and_then(|value| match value {
            Value::Object(object) => Ok(object),
            other => Err(words::row_not_object(show(&other))),
        });
        let (object, faults) = match parsed {
            Ok(object) => (object, Vec::new()),
            Err(why) => {
                let hint = why.own_hint();
                let fault = Fault::new("", line, words::json_row_broken(why.clone()).with_hint(hint));
                first_fault = first_fault.or(Some(why));
                (Map::new(), vec![fault])
            }
        };
        if builder.sheet.rows.is_empty() {
            wrapping = wrapper(&object, reading);
        }
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
            (Some(Value::String(text)), _) => Cell::Text(visible(text)),
            (_, Some(source)) => Cell::Json(source),
            _ => Cell::Empty,
        });
        builder.row(number, cells, faults)?;
    }
    // Without any name, only missing columns would be reported.
    if let Some(why) = first_fault.filter(|_| builder.sheet.columns.is_empty()) {
        let hint = why.own_hint();
        return Err(broken(words::unreadable_json(why).with_hint(hint)));
    }
    match wrapping.filter(|_| builder.sheet.rows.len() == 1) {
        Some(name) => Err(broken(words::json_wrapped(quote(&name)))),
        None => builder.finish(),
    }
}

/// The member with the list of posters in an object without names of columns, as programs respond: `{"data": [{...}]}`.
fn wrapper(object: &Map<String, Value>, reading: &Reading<'_>) -> Option<String> {
    if reading.is_name.is_none() || reading.names(object.keys().map(String::as_str)) > 0 {
        return None;
    }
    let list = |object: &Map<String, Value>| {
        let is_list = |value: &Value| matches!(value, Value::Array(all) if all.first().is_some_and(Value::is_object));
        object.iter().find(|(_, value)| is_list(value)).map(|(name, _)| name.clone())
    };
    let inner = || object.iter().find_map(|(name, value)| Some(format!("{name}.{}", list(value.as_object()?)?)));
    list(object).or_else(inner)
}

/// Parses a line; the error is a message for the user.
fn parse(line: &str) -> std::result::Result<Value, Message> {
    // A value can take as little as 2 bytes in the file but about 80 in memory.
    if line.len() > MAX_VALUES && line.bytes().filter(|byte| *byte == b',').count() > MAX_VALUES {
        return Err(words::row_values(MAX_VALUES));
    }
    let invalid = |error: serde_json::Error| {
        let said = match error.line() {
            _ if error.is_data() => words::row_member_twice(json::reason(&error)),
            0 | 1 => words::row_json(error.column(), json::reason(&error)),
            line => words::row_json_line(line, error.column(), json::reason(&error)),
        };
        said.with_hint(json::full_width_hint(line.as_bytes(), &error))
    };
    json::from_slice(line.as_bytes()).map_err(invalid)
}

/// JSON source of a value that is neither a string nor null.
fn source(value: &Value) -> Option<String> {
    (!value.is_string() && !value.is_null()).then(|| value.to_string())
}

/// The objects of a text, each with the line of its start.
struct Objects<'t> {
    text: &'t str,
    /// Byte position of the next object.
    at: usize,
    line: u64,
    /// Whether each line is an object. Otherwise objects end with their closing bracket.
    by_line: bool,
}

impl<'t> Objects<'t> {
    fn new(text: &'t str) -> Self {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let (first, second) = (lines.next().unwrap_or_default().trim(), lines.next().unwrap_or_default().trim());
        // An unfinished first line that is followed by the start of an object is broken, not continued.
        let is_continued = first.starts_with('{') && end(first).is_none() && !second.starts_with('{');
        let is_list = first == "[" || first.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'));
        // Elements of the list are separated by commas, which are skipped.
        let at = if is_list { text.find('[').map_or(0, |at| at + 1) } else { 0 };
        let line = 1 + text[..at].matches('\n').count() as u64;
        Self { text, at, line, by_line: !is_continued && !is_list }
    }
}

impl<'t> Iterator for Objects<'t> {
    type Item = (u64, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..)?;
        let skipped = if self.by_line {
            rest.len() - rest.trim_start().len()
        } else {
            rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ']')).len()
        };
        self.line += rest[..skipped].matches('\n').count() as u64;
        let rest = &rest[skipped..];
        if rest.is_empty() {
            return None;
        }
        let line = rest.find('\n').unwrap_or(rest.len());
        let length = match (self.by_line, rest.starts_with('{')) {
            (false, true) => end(rest).unwrap_or(rest.len()),
            _ => line,
        };
        let object = &rest[..length];
        let number = self.line;
        self.line += object.matches('\n').count() as u64;
        self.at += skipped + length;
        Some((number, object.trim_end()))
    }
}

/// Byte position after the object at the start of a text; `None` if it is not closed.
fn end(text: &str) -> Option<usize> {
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b'{' | b'[' if !is_string => depth += 1,
            b'}' | b']' if !is_string => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
