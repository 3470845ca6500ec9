//! Values in sentences.

use std::fmt::Write;

/// Maximum number of clusters that a message names.
const MAX_CLUSTERS: usize = 8;
/// Maximum number of a cluster's characters that a message shows. A cluster may have any number of combining marks.
const MAX_CHARACTERS: usize = 8;

/// Maximum characters of a value that a message repeats.
const MAX_VALUE: usize = 60;

/// Quotes a string and escapes control and invisible characters. Keeps at most 60 characters.
pub fn quote(text: &str) -> String {
    quote_up_to(text, MAX_VALUE)
}

/// As [`quote`], with at most `max` characters.
pub fn quote_up_to(text: &str, max: usize) -> String {
    let mut quoted = String::from("\"");
    let mut characters = text.chars();
    for c in characters.by_ref().take(max) {
        if c.is_control() || is_invisible(c) {
            let _ = write!(quoted, "{}", c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push_str(if characters.next().is_some() { "...\"" } else { "\"" });
    quoted
}

/// Characters without width, which texts have that are copied from web pages, chats and sheets. Not those that join
/// letters.
pub fn is_invisible(c: char) -> bool {
    is_bidi_control(c) || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Characters that set the direction of a text (UAX #9, 2).
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Names clusters with their code points, `"a" (U+0061)`, and returns how many are left out.
pub fn clusters(all: &[String]) -> (String, usize) {
    let named = |cluster: &String| {
        let shown: String = cluster.chars().take(MAX_CHARACTERS).collect();
        let codes: Vec<String> = shown.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect();
        format!("{shown:?} ({})", codes.join(" "))
    };
    let names = all.iter().take(MAX_CLUSTERS).map(named).collect::<Vec<_>>();
    (names.join(", "), all.len().saturating_sub(MAX_CLUSTERS))
}

#[cfg(test)]
mod tests {
    #[test]
    fn invisible_characters_are_escaped() {
        assert_eq!(super::quote("\u{200b}A\n3\u{feff}"), "\"\\u{200b}A\\n3\\u{feff}\"");
        assert_eq!(super::quote("\u{202a}128\u{202e}"), "\"\\u{202a}128\\u{202e}\"");
        assert_eq!(super::quote("家\u{200d}人"), "\"家\u{200d}人\"");
    }
}
