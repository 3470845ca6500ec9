//! The text of a paragraph: its spans joined, with what is never shown taken out.

use std::{borrow::Cow, ops::Range};

use super::clean;
use super::input;

/// Joined spans.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Source {
    /// All of them.
    pub text: String,
    /// Where each ends, in bytes of `text`: one entry a span, ascending.
    ends: Vec<usize>,
}

impl Source {
    /// Joins spans; white space at the end of the last one is left out.
    pub fn new(spans: &[input::Span]) -> Self {
        let cleaned: Vec<Cow<'_, str>> = spans.iter().map(|span| clean::clean(&span.text)).collect();
        let mut end = 0;
        let ends = cleaned.iter().map(|text| {
            end += text.len();
            end
        });
        let ends = ends.collect();
        let whole = Self { text: cleaned.concat(), ends };
        whole.start(whole.text.trim_end().len(), "")
    }

    /// The first `end` bytes, followed by `ending` in the style of the last span that is left.
    pub fn start(&self, end: usize, ending: &str) -> Self {
        let text = [&self.text[..end], ending].concat();
        let ends = self.ends.iter().map(|&at| if at >= end { text.len() } else { at }).collect();
        Self { text, ends }
    }

    /// Each span that says something: its number, and its bytes.
    pub fn spans(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends).map(|(start, &end)| start..end).enumerate();
        ranges.filter(|(_, range)| !range.is_empty())
    }
}
