//! Source text of a paragraph: its spans, normalised and concatenated.

use std::{borrow::Cow, ops::Range};

use super::{clean, input};

/// Concatenated spans.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct SourceText {
    /// Text of all spans.
    pub text: String,
    /// End of each span as a byte offset into `text`: one entry per span, ascending.
    ends: Vec<usize>,
}

impl SourceText {
    /// Normalises and concatenates spans, without the white space at the end of the text.
    pub fn new(spans: &[input::StyledSpan]) -> Self {
        let cleaned: Vec<Cow<'_, str>> = spans.iter().map(|span| clean::clean(&span.text)).collect();
        let full = Self::concat(&cleaned);
        full.prefix(full.text.trim_end().len(), "")
    }

    /// Concatenates spans as they are.
    pub fn verbatim(spans: &[input::StyledSpan]) -> Self {
        Self::concat(&spans.iter().map(|span| span.text.as_str()).collect::<Vec<_>>())
    }

    fn concat<S: AsRef<str>>(texts: &[S]) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.text.push_str(text.as_ref());
            all.ends.push(all.text.len());
        }
        all
    }

    /// The first `end` bytes, followed by `suffix` in the style of the last remaining span.
    pub fn prefix(&self, end: usize, suffix: &str) -> Self {
        let text = [&self.text[..end], suffix].concat();
        let ends = self.ends.iter().map(|&at| if at >= end { text.len() } else { at }).collect();
        Self { text, ends }
    }

    /// Index and byte range of each span that is not empty.
    pub fn spans(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends).map(|(start, &end)| start..end).enumerate();
        ranges.filter(|(_, range)| !range.is_empty())
    }
}
