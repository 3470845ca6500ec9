//! Reads the tags of XML and HTML from a stream, one at a time and without copies.

mod entities;

use std::io::{self, BufRead};

/// Tags of a document, each with the text before it.
#[derive(Debug)]
pub struct Tags<R> {
    reader: R,
    text: Vec<u8>,
    tag: Vec<u8>,
}

/// A tag, and the text before it.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'b> {
    text: &'b [u8],
    /// What is between the angle brackets, without the slashes.
    inner: &'b [u8],
    /// `</name>`.
    pub is_closing: bool,
    /// `<name/>`.
    pub is_empty: bool,
}

impl<R: BufRead> Tags<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, text: Vec::new(), tag: Vec::new() }
    }

    /// The next tag, `None` at the end. Comments, declarations and processing instructions are skipped; the text of CDATA
    /// sections belongs to the text before the next tag.
    pub fn next(&mut self) -> io::Result<Option<Tag<'_>>> {
        self.text.clear();
        loop {
            let start = self.text.len();
            self.reader.read_until(b'<', &mut self.text)?;
            if self.text.len() == start || self.text.last() != Some(&b'<') {
                return Ok(None);
            }
            self.text.pop();
            self.tag.clear();
            if !self.read_tag()? {
                return Ok(None);
            }
            if let Some(data) = self.tag.strip_prefix(b"![CDATA[") {
                let data = data.strip_suffix(b"]]").unwrap_or(data);
                // Escaped, because texts are unescaped later.
                self.text.extend(data.iter().flat_map(|byte| match byte {
                    b'&' => &b"&amp;"[..],
                    other => std::slice::from_ref(other),
                }));
            } else if !self.tag.starts_with(b"!") && !self.tag.starts_with(b"?") {
                break;
            }
        }
        let inner = self.tag.as_slice();
        let (inner, is_closing) = inner.strip_prefix(b"/").map_or((inner, false), |inner| (inner, true));
        let (inner, is_empty) = inner.strip_suffix(b"/").map_or((inner, false), |inner| (inner, true));
        Ok(Some(Tag { text: &self.text, inner, is_closing, is_empty }))
    }

    /// Reads a tag to its end. A `>` in quotation marks, a comment or a CDATA section is not its end.
    fn read_tag(&mut self) -> io::Result<bool> {
        let mut marks = Marks { quote: None, last: b' ' };
        loop {
            let start = self.tag.len();
            let length = self.reader.read_until(b'>', &mut self.tag)?;
            if length == 0 || self.tag.pop() != Some(b'>') {
                return Ok(false);
            }
            let is_over = if self.tag.starts_with(b"!--") {
                self.tag.len() >= 5 && self.tag.ends_with(b"--")
            } else if self.tag.starts_with(b"![CDATA[") {
                self.tag.ends_with(b"]]")
            } else {
                // Only what is new: a value may have a million of them.
                marks.read(&self.tag[start..]);
                marks.quote.is_none()
            };
            if is_over {
                return Ok(true);
            }
            self.tag.push(b'>');
            marks.read(b">");
        }
    }
}

/// Quotation marks of a tag so far.
struct Marks {
    /// The one that is open.
    quote: Option<u8>,
    /// The last byte that is no white space: values follow an equals sign.
    last: u8,
}

impl Marks {
    fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match (self.quote, byte) {
                (Some(open), byte) if open == *byte => self.quote = None,
                (None, b'"' | b'\'') if self.last == b'=' => self.quote = Some(*byte),
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                self.last = *byte;
            }
        }
    }
}

impl<'b> Tag<'b> {
    /// Local name in lower case, without a prefix.
    pub fn name(&self) -> String {
        let end = self.inner.iter().position(u8::is_ascii_whitespace).unwrap_or(self.inner.len());
        local(&self.inner[..end]).to_ascii_lowercase()
    }

    /// Whether it is the start of this element, given in lower case.
    pub fn opens(&self, name: &str) -> bool {
        !self.is_closing && self.is(name)
    }

    /// Whether it is the end of this element: `</name>` or `<name/>`.
    pub fn closes(&self, name: &str) -> bool {
        (self.is_closing || self.is_empty) && self.is(name)
    }

    /// Whether it has this local name, given in lower case.
    pub fn is(&self, name: &str) -> bool {
        let end = self.inner.iter().position(u8::is_ascii_whitespace).unwrap_or(self.inner.len());
        let own = &self.inner[..end];
        own.rsplit(|byte| *byte == b':').next().is_some_and(|own| own.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Whether an attribute with this name has this value, in any namespace.
    pub fn has(&self, name: &str, value: &str) -> bool {
        let text = String::from_utf8_lossy(self.inner);
        [format!("{name}=\"{value}\""), format!("{name}='{value}'")].iter().any(|one| text.contains(one))
    }

    /// An attribute by its local name in any case, unescaped.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(self.inner);
        let mut rest = text.split_once(char::is_whitespace)?.1;
        while let Some((key, after)) = rest.split_once('=') {
            let after = after.trim_start();
            let (value, next) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => after[1..].split_once(quote)?,
                _ => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
            // In HTML, attributes without a value may come before.
            let key = key.trim().rsplit(char::is_whitespace).next().unwrap_or_default();
            if local(key.as_bytes()).eq_ignore_ascii_case(name) {
                return Some(unescape(value));
            }
            rest = next;
        }
        None
    }

    /// A number in an attribute.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.attribute(name)?.trim().parse().ok()
    }

    /// The text before the tag, unescaped.
    pub fn text(&self) -> String {
        unescape(&String::from_utf8_lossy(self.text))
    }
}

/// The part of a name after its prefix.
fn local(name: &[u8]) -> String {
    let name = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
    String::from_utf8_lossy(name).into_owned()
}

/// Replaces character references. Unknown ones stay.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let found = end.and_then(|end| Some((reference(&rest[1..end])?, end)));
        match found {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    match number {
        Some(number) => char::from_u32(number),
        None => entities::named(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_texts_and_attributes_are_read() {
        let xml = "\u{feff}<?xml version='1.0'?><!DOCTYPE a><!-- <b> --><x:Row ss:Index = \"3\" b='a>b' c=\"1 &amp; 2\">一&#20108;<![CDATA[<&amp;>]]>\
                   <br/></x:Row >rest";
        let mut tags = Tags::new(xml.as_bytes());
        let row = tags.next().unwrap().unwrap();
        assert!(row.opens("row") && !row.closes("row"));
        assert_eq!(
            (row.number("index"), row.attribute("B"), row.attribute("c")),
            (Some(3), Some("a>b".into()), Some("1 & 2".into()))
        );
        let line = tags.next().unwrap().unwrap();
        assert!(line.opens("br") && line.closes("br"));
        assert_eq!(line.text(), "一二<&amp;>");
        assert!(tags.next().unwrap().unwrap().closes("row"));
        assert!(tags.next().unwrap().is_none());
    }

    #[test]
    #[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test bounds a time")]
    fn a_value_of_many_brackets_is_read_once() {
        let text = format!("<a b=\"{}\" c='1'>", ">".repeat(1 << 20));
        let (start, mut tags) = (std::time::Instant::now(), Tags::new(text.as_bytes()));
        assert_eq!(tags.next().unwrap().unwrap().attribute("c").as_deref(), Some("1"));
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
    }

    #[test]
    fn names_of_characters_are_replaced() {
        assert_eq!(unescape("30&times;40 m&sup2;&hellip;&#x2605;&nope;"), "30×40 m²…★&nope;");
    }

    #[test]
    fn broken_documents_end() {
        for text in
            ["", "a", "<", "<a", "<a b=\"", "<!-- x", "<![CDATA[x", "a<b>c<d e='>", "&#xffffffff;&;&", "<a b=c d>&nbsp"]
        {
            let mut tags = Tags::new(text.as_bytes());
            while let Some(tag) = tags.next().unwrap() {
                let _ = (tag.attribute("b"), tag.text());
            }
        }
        assert_eq!(unescape("&#xffffffff;&;&amp&lt;&nope;"), "&#xffffffff;&;&amp<&nope;");
    }
}
