//! What is taken out of a text before it is shaped.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

/// A character without any dot, which nicknames have for a space; few fonts have it.
const BRAILLE_BLANK: char = '\u{2800}';

/// Line ends become `\n`, tabs and the blank pattern of Braille spaces; other control characters go, and so do the explicit bidi controls
/// (UAX #9, section 2): a nickname that ends in one would turn the words after it around.
pub fn clean(text: &str) -> Cow<'_, str> {
    let known = |c: char| matches!(c, '\u{2028}' | '\u{2029}' | BRAILLE_BLANK);
    let odd = |c: char| c != '\n' && (c.is_control() || is_bidi_control(c) || known(c));
    if !text.contains(odd) {
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
            c if odd(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The longest start of `text` of at most `clusters` grapheme clusters (UAX #29), whatever they are made of, and at most
/// `characters` characters. A first cluster that is longer by itself gives an empty text.
pub fn cut(text: &str, clusters: usize, characters: usize) -> &str {
    // A cluster has a character at the least; most texts are short.
    if text.char_indices().nth(clusters.min(characters)).is_none() {
        return text;
    }
    let text = cut_characters(text, characters);
    text.grapheme_indices(true).nth(clusters).map_or(text, |(end, _)| &text[..end])
}

fn cut_characters(text: &str, most: usize) -> &str {
    let Some((limit, _)) = text.char_indices().nth(most) else { return text };
    // A cluster is looked for only near the limit: a text of megabytes costs no more than a short one.
    let end = text[..limit].grapheme_indices(true).next_back().map_or(0, |(start, cluster)| {
        let whole = text[start..].graphemes(true).next().map_or(0, str::len);
        if whole == cluster.len() { limit } else { start }
    });
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_line_ends_agree() {
        assert_eq!(clean("a\r\nb\rc\u{2028}d\te\0f"), "a\nb\nc\nd ef");
        assert_eq!(clean("名字\u{202e}gnp"), "名字gnp");
        assert_eq!(clean("小\u{2800}满"), "小 满");
        assert!(matches!(clean("普通 text\n行"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cut_keeps_clusters_whole() {
        assert_eq!(cut("abc", 5, 5), "abc");
        assert_eq!(cut("abc", 2, 5), "ab");
        assert_eq!(cut("a👨‍👩‍👧b", 9, 3), "a");
        assert_eq!(cut("a👨‍👩‍👧b", 9, 6), "a👨‍👩‍👧");
        assert_eq!(cut("a👨‍👩‍👧b", 2, 9), "a👨‍👩‍👧", "an emoji of five characters is one cluster");
        assert_eq!(cut("e\u{301}\u{301}\u{301}", 9, 2), "");
    }
}
