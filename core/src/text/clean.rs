//! Text normalisation before shaping, and truncation at grapheme clusters.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use crate::words::is_bidi_control;

/// The Braille pattern without dots. Nicknames use it as a space, and few fonts contain it.
const BRAILLE_BLANK: char = '\u{2800}';

/// Normalises a text: line ends become `\n`; tabs and the blank Braille pattern become spaces; other control characters
/// and the explicit bidi controls (UAX #9, section 2) are removed. An unclosed bidi control at the end of a nickname
/// would reorder the text that follows it.
pub fn clean(text: &str) -> Cow<'_, str> {
    let replaced = |c: char| matches!(c, '\u{2028}' | '\u{2029}' | BRAILLE_BLANK);
    let affected = |c: char| c != '\n' && (c.is_control() || is_bidi_control(c) || replaced(c));
    if !text.contains(affected) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => out.push('\n'),
            '\t' | BRAILLE_BLANK => out.push(' '),
            c if affected(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A character of a single line: breaks, tabs and the blank Braille pattern are spaces. `None` for those that `clean`
/// removes.
pub fn character(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' | BRAILLE_BLANK => Some(' '),
        c if c.is_control() || is_bidi_control(c) => None,
        c => Some(c),
    }
}

/// Truncates `text` to at most `clusters` grapheme clusters (UAX #29) and at most `characters` characters, without
/// splitting a cluster, except for a first one that alone exceeds `characters`.
pub fn cut(text: &str, clusters: usize, characters: usize) -> &str {
    // A cluster has at least one character, so short texts need no segmentation.
    if text.char_indices().nth(clusters.min(characters)).is_none() {
        return text;
    }
    let text = cut_characters(text, characters);
    text.grapheme_indices(true).nth(clusters).map_or(text, |(end, _)| &text[..end])
}

/// The longest prefix of whole clusters with at most `max` characters, or a part of the first cluster.
fn cut_characters(text: &str, max: usize) -> &str {
    let Some((limit, _)) = text.char_indices().nth(max) else { return text };
    // Segments only around the limit, so the cost does not depend on the length of the text.
    let end = text[..limit].grapheme_indices(true).next_back().map_or(0, |(start, cluster)| {
        let full = text[start..].graphemes(true).next().map_or(0, str::len);
        if full == cluster.len() { limit } else { start }
    });
    // Any number of marks may follow a letter. The text does not vanish with them.
    &text[..if end == 0 { limit } else { end }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_removed_and_line_ends_normalised() {
        assert_eq!(clean("a\r\nb\rc\u{2028}d\te\0f"), "a\nb\nc\nd ef");
        assert_eq!(clean("名字\u{202e}gnp"), "名字gnp");
        assert_eq!(clean("小\u{2800}满"), "小 满");
        assert!(matches!(clean("普通 text\n行"), Cow::Borrowed(_)));
    }

    #[test]
    fn cut_never_splits_a_cluster() {
        assert_eq!(cut("abc", 5, 5), "abc");
        assert_eq!(cut("abc", 2, 5), "ab");
        assert_eq!(cut("a👨‍👩‍👧b", 9, 3), "a");
        assert_eq!(cut("a👨‍👩‍👧b", 9, 6), "a👨‍👩‍👧");
        assert_eq!(cut("a👨‍👩‍👧b", 2, 9), "a👨‍👩‍👧", "an emoji of five characters is one cluster");
        assert_eq!(cut("e\u{301}\u{301}\u{301}", 9, 2), "e\u{301}");
    }
}
