//! Emoji presentation of grapheme clusters (UTS #51, section 4). Font selection and vertical orientation share it, so
//! they always agree.

use std::ops::Range;

use icu_properties::{
    CodePointSetData,
    props::{Emoji, EmojiPresentation},
};
use unicode_segmentation::UnicodeSegmentation;

use super::punctuation::is_ideograph;

/// Variation selector 16: requests emoji presentation of the preceding character.
const EMOJI_SELECTOR: char = '\u{fe0f}';
/// Variation selector 15: requests text presentation.
const TEXT_SELECTOR: char = '\u{fe0e}';
/// Combining enclosing keycap, used after a digit, `#` or `*`.
const KEYCAP: char = '\u{20e3}';
/// Zero width joiner, which makes one emoji of several.
const JOINER: char = '\u{200d}';

/// Whether a cluster has emoji presentation, by default (`⚽`, `🈚`), because it requests it, or as a sequence (`☝🏽`, `👁‍🗨`):
/// `▶️` does, `▶`, `✔` and `⚽︎` do not. ASCII characters do so only as keycaps (`1️⃣`), because emoji fonts have no pictures
/// for bare digits.
pub(super) fn is_emoji(cluster: &str) -> bool {
    let mut chars = cluster.chars();
    let Some(first) = chars.next() else { return false };
    cluster.contains(KEYCAP)
        || (!first.is_ascii() && cluster.contains(EMOJI_SELECTOR))
        || (!cluster.contains(TEXT_SELECTOR)
            && (by_default(first) || is_pictograph(first) && chars.any(|c| c == JOINER || by_default(c))))
}

/// Whether a character may begin a sequence of emoji: those of these blocks are no letters that marks may follow.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{203c}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a character is an emoji unless U+FE0E follows: those with the property `Emoji_Presentation`, and all emoji beyond the Basic
/// Multilingual Plane. No text font of phones has `🏷` or `🏔`, so that they are in colour there although the property is No.
fn by_default(c: char) -> bool {
    // All such characters lie in these ranges.
    match c {
        '\u{231a}'..='\u{2b55}' => CodePointSetData::new::<EmojiPresentation>().contains(c),
        '\u{1f004}'..='\u{1faff}' => CodePointSetData::new::<Emoji>().contains(c),
        _ => false,
    }
}

/// How a part of a text chooses its font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presentation {
    Text,
    Emoji,
    /// An ideograph or Latin letter with marks of other scripts. Its font is that of the letter: a font that has more of
    /// the marks would draw the letter as a box.
    Marked,
}

impl Presentation {
    fn of(cluster: &str) -> Self {
        let mut chars = cluster.chars();
        match chars.next() {
            _ if is_emoji(cluster) => Self::Emoji,
            Some(base) if is_ideograph(base) && chars.next().is_some() => Self::Marked,
            // Fonts of Latin letters have the common single marks.
            Some('!'..='\u{24f}') if chars.nth(1).is_some() => Self::Marked,
            _ => Self::Text,
        }
    }
}

/// Whether a text with this character may have parts other than plain text.
fn is_relevant(c: char) -> bool {
    matches!(c, EMOJI_SELECTOR | KEYCAP | JOINER | '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{1dff}')
        || matches!(c, '\u{20d0}'..='\u{20ff}' | '\u{a66f}'..='\u{abff}' | '\u{fe20}'..='\u{fe2f}' | '\u{16000}'..='\u{1efff}')
        || by_default(c)
}

/// Splits a range of a text where the presentation changes.
pub(super) fn parts(text: &str, range: Range<usize>) -> Vec<(Range<usize>, Presentation)> {
    let Some(slice) = text.get(range.clone()).filter(|slice| slice.contains(is_relevant)) else {
        return vec![(range, Presentation::Text)];
    };
    let mut parts: Vec<(Range<usize>, Presentation)> = Vec::new();
    for (at, cluster) in slice.grapheme_indices(true) {
        let (start, presentation) = (range.start + at, Presentation::of(cluster));
        match parts.last_mut() {
            Some((part, last)) if *last == presentation => part.end = start + cluster.len(),
            _ => parts.push((start..start + cluster.len(), presentation)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_have_it_by_default_or_by_a_selector() {
        for emoji in [
            "⚽",
            "🆕",
            "🈚",
            "🉐",
            "😀",
            "👍🏽",
            "▶️",
            "©️",
            "㊙️",
            "1️⃣",
            "#⃣",
            "❤️",
            "👁️‍🗨️",
            "☝🏽",
            "❤\u{200d}🔥",
            "👁\u{200d}🗨",
            "🏔",
            "🅰",
        ] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for text in
            ["⚽︎", "🈚︎", "☀", "♥", "▶", "▶︎", "©", "1", "✔", "❤", "🏔\u{fe0e}", "1\u{fe0f}", "a\u{fe0f}", "a🏽", "中", ""]
        {
            assert!(!is_emoji(text), "{text}");
        }
    }

    #[test]
    fn parts_cover_the_range() {
        let text = "前©️™️b▶︎1️⃣";
        let found = parts(text, 3..text.len());
        use Presentation::{Emoji, Marked, Text};
        let found: Vec<_> = found.into_iter().map(|(range, presentation)| (&text[range], presentation)).collect();
        assert_eq!(found, [("©️™️", Emoji), ("b▶︎", Text), ("1️⃣", Emoji)]);
        assert_eq!(parts("中文", 0..3), [(0..3, Text)]);
        let kinds = |text: &str| parts(text, 0..text.len()).into_iter().map(|(_, kind)| kind).collect::<Vec<_>>();
        assert_eq!(kinds("小\u{f71}満a\u{301}"), [Marked, Text]);
        assert_eq!(kinds("a\u{366}\u{301}"), [Marked]);
    }
}
