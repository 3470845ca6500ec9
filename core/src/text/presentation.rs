//! Emoji presentation of grapheme clusters (UTS #51, section 4). Font selection and vertical orientation share it, so
//! they always agree.

use std::ops::Range;

use icu_properties::{CodePointSetData, props::EmojiPresentation};
use unicode_segmentation::UnicodeSegmentation;

/// Variation selector 16: requests emoji presentation of the preceding character.
const EMOJI_SELECTOR: char = '\u{fe0f}';
/// Variation selector 15: requests text presentation.
const TEXT_SELECTOR: char = '\u{fe0e}';
/// Combining enclosing keycap, used after a digit, `#` or `*`.
const KEYCAP: char = '\u{20e3}';

/// Whether a cluster has emoji presentation, by default (`⚽`, `🈚`) or because it requests it: `▶️` does, `▶` and `⚽︎` do
/// not. ASCII characters do so only as keycaps (`1️⃣`), because emoji fonts have no pictures for bare digits.
pub(super) fn is_emoji(cluster: &str) -> bool {
    let Some(first) = cluster.chars().next() else { return false };
    cluster.contains(KEYCAP)
        || (!first.is_ascii() && cluster.contains(EMOJI_SELECTOR))
        || (by_default(first) && !cluster.contains(TEXT_SELECTOR))
}

/// Whether a character has the property `Emoji_Presentation`.
fn by_default(c: char) -> bool {
    // All such characters lie in these ranges.
    matches!(c, '\u{231a}'..='\u{2b55}' | '\u{1f004}'..='\u{1faff}')
        && CodePointSetData::new::<EmojiPresentation>().contains(c)
}

/// Whether a character may begin or change emoji presentation.
fn is_relevant(c: char) -> bool {
    matches!(c, EMOJI_SELECTOR | KEYCAP) || by_default(c)
}

/// Splits a range of a text where emoji presentation begins or ends. Returns each part and whether it is emoji.
pub(super) fn parts(text: &str, range: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let Some(slice) = text.get(range.clone()).filter(|slice| slice.contains(is_relevant)) else {
        return vec![(range, false)];
    };
    let mut parts: Vec<(Range<usize>, bool)> = Vec::new();
    for (at, cluster) in slice.grapheme_indices(true) {
        let (start, emoji) = (range.start + at, is_emoji(cluster));
        match parts.last_mut() {
            Some((part, last)) if *last == emoji => part.end = start + cluster.len(),
            _ => parts.push((start..start + cluster.len(), emoji)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_have_it_by_default_or_by_a_selector() {
        for emoji in ["⚽", "🆕", "🈚", "🉐", "😀", "👍🏽", "▶️", "©️", "㊙️", "1️⃣", "#⃣", "❤️", "👁️‍🗨️"]
        {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for text in ["⚽︎", "🈚︎", "☀", "♥", "▶", "▶︎", "©", "1", "1\u{fe0f}", "a\u{fe0f}", "中", ""]
        {
            assert!(!is_emoji(text), "{text}");
        }
    }

    #[test]
    fn parts_cover_the_range() {
        let text = "前©️™️b▶︎1️⃣";
        let found = parts(text, 3..text.len());
        let found: Vec<(&str, bool)> = found.into_iter().map(|(range, emoji)| (&text[range], emoji)).collect();
        assert_eq!(found, [("©️™️", true), ("b▶︎", false), ("1️⃣", true)]);
        assert_eq!(parts("中文", 0..3), [(0..3, false)]);
    }
}
