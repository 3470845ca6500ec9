//! Parses XML. A DOCTYPE may declare entities, as Illustrator does for its namespaces; what they expand to is bounded.

use std::{collections::HashMap, ops::Range};

use resvg::usvg::roxmltree::{Document, Error, ParsingOptions};

use super::notes::Note;
use crate::{error::Finding, words};

/// Maximum number of XML nodes (elements, texts, comments) in an artwork.
const MAX_NODES: u32 = 200_000;
/// Maximum bytes that all entities of an artwork add to it.
const MAX_EXPANDED: u64 = 256 * 1024;

/// Parses a file.
///
/// # Errors
/// `artwork_syntax`, or `artwork_dtd` for a DOCTYPE that refers to other files, or whose entities expand to too much.
pub fn parse(text: &str) -> Result<Document<'_>, Box<Note>> {
    if let Some(range) = doctype(text) {
        entities(text, &range).map_err(|finding| Box::new(Note { range, finding: *finding }))?;
    }
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| Box::new(syntax(text, &error)))
}

fn syntax(text: &str, error: &Error) -> Note {
    let message = error.to_string();
    // The library's message ends with the position, which is reported separately.
    let message = message.rsplit_once(" at ").map_or(message.as_str(), |(message, _)| message);
    let start = match error {
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => text.trim_end().len(),
        error => offset(text, error.pos().row as usize, error.pos().col as usize),
    };
    Note { range: start..start, finding: words::artwork_syntax(message) }
}

/// Byte offset of a line and column, from 1, columns in characters.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        start = text[start..].find('\n').map_or(text.len(), |end| start + end + 1);
    }
    let line = text[start..].lines().next().unwrap_or_default();
    start + line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at)
}

/// Bytes of the DOCTYPE.
fn doctype(text: &str) -> Option<Range<usize>> {
    let start = text.find("<!DOCTYPE")?;
    // Before the root there are only comments and instructions.
    let root =
        text.match_indices('<').find(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '_'));
    if root.is_some_and(|(root, _)| root < start) {
        return None;
    }
    let (mut quote, mut inside) = (None, false);
    for (at, c) in text[start..].char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => inside = true,
            (None, ']') => inside = false,
            (None, '>') if !inside => return Some(start..start + at + 1),
            _ => {}
        }
    }
    Some(start..text.len())
}

/// Checks what the entities of a DOCTYPE expand to.
fn entities(text: &str, range: &Range<usize>) -> Result<(), Box<Finding>> {
    let declared = &text[range.clone()];
    if declared.contains("{{") {
        return Err(Box::new(words::artwork_dtd_handlebars()));
    }
    let mut values: HashMap<&str, &str> = HashMap::new();
    for declaration in declared.split("<!ENTITY").skip(1) {
        let declaration = declaration.trim_start();
        if declaration.starts_with('%') {
            return Err(Box::new(words::artwork_dtd()));
        }
        let (name, rest) = declaration.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((declaration, ""));
        let rest = rest.trim_start();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return Err(Box::new(words::artwork_dtd()));
        };
        values.entry(name).or_insert_with(|| rest[1..].split(quote).next().unwrap_or_default());
    }
    if values.is_empty() {
        return Ok(());
    }
    let mut sizes = HashMap::new();
    let total = expanded(&text[range.end..], &values, &mut sizes, 0);
    if total > MAX_EXPANDED { Err(Box::new(words::artwork_dtd_expands(MAX_EXPANDED))) } else { Ok(()) }
}

/// Bytes that the entities in a text expand to. A cycle counts as endless.
fn expanded<'a>(
    text: &'a str,
    values: &HashMap<&'a str, &'a str>,
    sizes: &mut HashMap<&'a str, u64>,
    depth: u32,
) -> u64 {
    if depth > 10 {
        return u64::MAX;
    }
    let mut total = 0u64;
    for part in text.split('&').skip(1) {
        let Some((name, _)) = part.split_once(';') else { continue };
        let Some((name, value)) = values.get_key_value(name) else { continue };
        let size = match sizes.get(name) {
            Some(size) => *size,
            None => {
                let size = (value.len() as u64).saturating_add(expanded(value, values, sizes, depth + 1));
                sizes.insert(name, size);
                size
            }
        };
        total = total.saturating_add(size);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        parse(text).err().map_or("", |note| note.finding.code)
    }

    #[test]
    fn namespaces_may_be_entities() {
        let text = "<?xml version=\"1.0\"?><!-- <a> --><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://x/svg11.dtd\" [\n\
                    <!ENTITY ns_svg \"http://www.w3.org/2000/svg\">]><svg xmlns=\"&ns_svg;\"><g id=\"a\"/></svg>";
        let document = parse(text).expect("valid");
        assert_eq!(document.root_element().tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
        assert_eq!(code("<!DOCTYPE svg><svg/>"), "");
        assert_eq!(code("<svg>&lt;!DOCTYPE</svg>"), "");
    }

    #[test]
    fn entities_are_bounded() {
        let with = |entities: &str, body: &str| code(&format!("<!DOCTYPE svg [{entities}]><svg>{body}</svg>"));
        let laughs: String =
            (1..9).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
        assert_eq!(with(&format!("<!ENTITY e0 \"lol\">{laughs}"), "&e8;"), "artwork_dtd");
        assert_eq!(with("<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">", "&a;"), "artwork_dtd");
        let long = format!("<!ENTITY a \"{}\">", "x".repeat(100_000));
        assert_eq!(with(&long, "&a;"), "");
        assert_eq!(with(&long, &"&a;".repeat(1000)), "artwork_dtd");
        assert_eq!(with("<!ENTITY a SYSTEM \"file:///etc/passwd\">", "&a;"), "artwork_dtd");
        assert_eq!(with("<!ENTITY % a \"x\">", ""), "artwork_dtd");
        assert_eq!(with("<!ENTITY a \"{{b}}\">", ""), "artwork_dtd");
    }
}
