//! Values in sentences.

use std::fmt::Write;

/// Maximum characters of a value that a message repeats.
const MAX_VALUE: usize = 60;

/// Quotes a string and escapes control characters. Keeps at most 60 characters.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut characters = text.chars();
    for c in characters.by_ref().take(MAX_VALUE) {
        if c.is_control() {
            let _ = write!(quoted, "{}", c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push_str(if characters.next().is_some() { "...\"" } else { "\"" });
    quoted
}
