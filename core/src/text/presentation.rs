//! Which clusters are asked for as emoji (Unicode Technical Standard #51, section 4): the same answer for the choice of
//! the family and for the setting in columns.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Variation selector 16: the character before it is wanted in colour.
const EMOJI_SELECTOR: char = '\u{fe0f}';
/// Makes a key of a figure, `#` or `*`.
const KEYCAP: char = '\u{20e3}';

/// Whether a cluster asks to be drawn as an emoji: `▶️` does, `▶` and `▶︎` do not. Figures and letters do only as keys
/// (`1️⃣`), since an emoji font's bare figures are no pictures.
pub(super) fn is_emoji(cluster: &str) -> bool {
    let Some(first) = cluster.chars().next() else { return false };
    cluster.contains(KEYCAP) || (!first.is_ascii() && cluster.contains(EMOJI_SELECTOR))
}

/// Cuts a range of a text where emoji begin and end: each part, and whether it is one of emoji.
pub(super) fn parts(text: &str, range: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let Some(own) = text.get(range.clone()).filter(|own| own.contains([EMOJI_SELECTOR, KEYCAP])) else {
        return vec![(range, false)];
    };
    let mut parts: Vec<(Range<usize>, bool)> = Vec::new();
    for (at, cluster) in own.grapheme_indices(true) {
        let (start, emoji) = (range.start + at, is_emoji(cluster));
        match parts.last_mut() {
            Some((part, known)) if *known == emoji => part.end = start + cluster.len(),
            _ => parts.push((start..start + cluster.len(), emoji)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_selector_or_a_key_asks_for_emoji() {
        for emoji in ["▶️", "©️", "㊙️", "1️⃣", "#⃣", "❤️", "👁️‍🗨️"] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for text in ["▶", "▶︎", "©", "1", "1\u{fe0f}", "a\u{fe0f}", "中", ""] {
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
