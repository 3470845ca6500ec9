//! A text file of a template and positions in it: line and column, with a caret under the fault.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::error::Place;

/// Maximum characters of a source line that a snippet shows on each side of the fault: generated files may be a single
/// line of a megabyte.
const MAX_CONTEXT: usize = 60;

/// A file's name and text.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Path in the template's folder.
    pub file: &'a str,
    /// Content.
    pub text: &'a str,
}

/// Whether bytes are a text in UTF-16 that begins with a byte order mark or an ASCII character.
pub fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] | [1..=0x7f, 0, ..])
}

impl<'a> SourceFile<'a> {
    /// Decodes bytes as UTF-8, without a byte order mark.
    ///
    /// # Errors
    /// The position of the first byte that is not UTF-8, without a snippet.
    pub fn new(file: &'a str, bytes: &'a [u8]) -> Result<Self, Place> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self { file, text: text.strip_prefix('\u{feff}').unwrap_or(text) }),
            Err(error) => {
                let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let valid = SourceFile { file, text: &valid };
                Err(Place { snippet: String::new(), ..valid.place(valid.text.len()..valid.text.len()) })
            }
        }
    }

    /// Returns the byte offset of a line and column (both from 1, columns in characters), at most the text's length.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let mut start = 0;
        for _ in 1..line {
            match self.text[start..].find('\n') {
                Some(end) => start += end + 1,
                None => return self.text.len(),
            }
        }
        let line = self.text[start..].lines().next().unwrap_or("");
        start + line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at)
    }

    /// Returns the position of a byte range. Carets mark its part on the first line.
    pub fn place(&self, range: Range<usize>) -> Place {
        let start = floor(self.text, range.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let line_text = self.text[line_start..line_end].trim_end_matches('\r');
        let line = self.text[..line_start].matches('\n').count() + 1;
        let column = self.text[line_start..start].chars().count() + 1;
        let from = (start - line_start).min(line_text.len());
        let to = floor(line_text, range.end.saturating_sub(line_start)).clamp(from, line_text.len());
        Place { file: self.file.to_owned(), line, column, snippet: self.snippet(line_text, from..to, line, column) }
    }

    fn snippet(&self, text: &str, range: Range<usize>, line: usize, column: usize) -> String {
        let before = text[..range.start].char_indices().rev().nth(MAX_CONTEXT - 1).map_or(0, |(at, _)| at);
        let after = text[range.start..].char_indices().nth(MAX_CONTEXT).map_or(text.len(), |(at, _)| range.start + at);
        let (head, tail) = (if before > 0 { "..." } else { "" }, if after < text.len() { "..." } else { "" });
        let shown = format!("{head}{}{tail}", &text[before..after]);
        let shift = |at: usize| at.min(after) - before + head.len();
        let annotation = AnnotationKind::Primary.span(shift(range.start)..shift(range.end));
        let snippet = Snippet::source(shown).line_start(line).annotation(annotation);
        let drawn = Renderer::plain().render(&[Group::with_level(Level::ERROR).element(snippet)]);
        // The header is written here, because the library would count the column within the shortened line.
        let head = format!("{:width$}--> {}:{line}:{column}", "", self.file, width = line.to_string().len());
        std::iter::once(head.as_str()).chain(drawn.lines().map(str::trim_end)).collect::<Vec<_>>().join("\n")
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_marks_the_fault() {
        let source = SourceFile { file: "layout.json", text: "{\n  \"title\": \"商品\",\n  \"colour\": 1\n}\n" };
        let at = source.text.find("\"colour\"").unwrap();
        let place = source.place(at..at + 8);
        assert_eq!((place.line, place.column), (3, 3));
        let expected = " --> layout.json:3:3\n  |\n3 |   \"colour\": 1\n  |   ^^^^^^^^";
        assert_eq!(place.snippet, expected, "\n{}\n{expected}", place.snippet);
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        let source = SourceFile { file: "a", text: "商品 x" };
        let place = source.place(7..8);
        assert_eq!((place.line, place.column), (1, 4));
        assert_eq!(source.offset(1, 4), 7, "offset is the inverse of place");
        assert_eq!(source.offset(9, 1), source.text.len());
    }

    #[test]
    fn long_lines_are_cut_around_the_fault() {
        let text = format!("{}!{}", "a".repeat(1_000_000), "b".repeat(1_000_000));
        let place = SourceFile { file: "a.svg", text: &text }.place(1_000_000..1_000_001);
        assert_eq!(place.column, 1_000_001);
        assert!(place.snippet.len() < 500, "{} bytes", place.snippet.len());
        assert!(place.snippet.contains("aaa!bbb") && place.snippet.contains('^'), "{}", place.snippet);
    }

    #[test]
    fn every_range_has_a_position() {
        for text in ["", "\n", "é", "a\r\nb", "\t商\u{0}\n\n"] {
            for start in 0..text.len() + 3 {
                for end in start..text.len() + 3 {
                    let place = SourceFile { file: "a", text }.place(start..end);
                    assert!(place.line >= 1 && place.column >= 1);
                }
            }
        }
    }

    #[test]
    fn invalid_utf8_has_a_position() {
        let place = SourceFile::new("a", b"ab\ncd\xff").unwrap_err();
        assert_eq!((place.line, place.column), (2, 3));
        assert_eq!(SourceFile::new("a", b"\xef\xbb\xbfab").unwrap().text, "ab");
    }
}
