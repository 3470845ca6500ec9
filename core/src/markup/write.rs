//! Writes a document as text for usvg.

use std::fmt::Write;

use super::tree::{Document, NodeId, SVG};

/// Properties that usvg reads only from a `style` attribute.
const STYLES: [&str; 4] = ["mix-blend-mode", "isolation", "font-kerning", "image-rendering"];

/// Writes the elements in the SVG namespace.
pub fn write(document: &Document<'_>, length: usize) -> String {
    let mut text = String::with_capacity(length + length / 8);
    // Elements that are open, each with the index of its next child.
    let mut open: Vec<(NodeId, usize)> = Vec::new();
    start(document, 0, &mut text);
    open.push((0, 0));
    while let Some((node, next)) = open.last_mut() {
        match document.nodes[*node].children.get(*next) {
            Some(&child) => {
                *next += 1;
                if document.nodes[child].name.is_empty() {
                    escape(&document.nodes[child].text, false, &mut text);
                } else if start(document, child, &mut text) {
                    open.push((child, 0));
                }
            }
            None => {
                if !document.nodes[*node].children.is_empty() || *node == 0 {
                    let _ = write!(text, "</{}>", document.nodes[*node].name);
                }
                open.pop();
            }
        }
    }
    text
}

/// Writes the start of an element. False if that is all of it.
fn start(document: &Document<'_>, id: NodeId, text: &mut String) -> bool {
    let node = &document.nodes[id];
    text.push('<');
    text.push_str(node.name);
    if id == 0 {
        let _ = write!(text, " xmlns=\"{SVG}\"");
    }
    for attribute in &node.attributes {
        text.push(' ');
        text.push_str(&attribute.name);
        text.push_str("=\"");
        escape(&attribute.value, true, text);
        text.push('"');
    }
    let mut styles = node.styles.iter().filter(|one| STYLES.contains(&&*one.name)).peekable();
    if styles.peek().is_some() {
        text.push_str(" style=\"");
        for one in styles {
            text.push_str(&one.name);
            text.push(':');
            escape(&one.value, true, text);
            text.push(';');
        }
        text.push('"');
    }
    let is_whole = node.children.is_empty() && id != 0;
    text.push_str(if is_whole { "/>" } else { ">" });
    !is_whole
}

fn escape(value: &str, in_attribute: bool, text: &mut String) {
    let special = |byte: u8| match byte {
        b'&' | b'<' | b'>' | b'\r' => true,
        b'"' | b'\n' | b'\t' => in_attribute,
        _ => false,
    };
    let bytes = value.as_bytes();
    let is_plain = memchr::memchr3(b'&', b'<', b'>', bytes).is_none()
        && memchr::memchr3(b'"', b'\n', b'\t', bytes).is_none()
        && memchr::memchr(b'\r', bytes).is_none();
    if is_plain {
        return text.push_str(value);
    }
    let mut rest = value;
    while let Some(at) = rest.bytes().position(special) {
        text.push_str(&rest[..at]);
        text.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\n' => "&#10;",
            b'\t' => "&#9;",
            _ => "&#13;",
        });
        rest = &rest[at + 1..];
    }
    text.push_str(rest);
}
