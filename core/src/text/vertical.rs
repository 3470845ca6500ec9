//! Vertical text: which characters stand upright, which words are rotated, which numbers stand side by side.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::presentation;

/// Figures of the longest number that stands upright in one cell of a column (纵中横).
const MOST_FIGURES: usize = 2;

/// How a piece of vertical text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// Each cluster upright, one under another.
    Upright,
    /// Turned clockwise, running down.
    Rotated,
    /// A short number: upright, its figures side by side.
    Together,
}

/// Cuts a text into pieces of one setting each.
pub(super) fn pieces(text: &str) -> Vec<(Range<usize>, Setting)> {
    let mut pieces: Vec<(Range<usize>, Setting)> = Vec::new();
    for (start, cluster) in text.grapheme_indices(true) {
        let setting = if is_upright(cluster) { Setting::Upright } else { Setting::Rotated };
        let end = start + cluster.len();
        match pieces.last_mut() {
            Some((range, last)) if *last == setting => range.end = end,
            _ => pieces.push((start..end, setting)),
        }
    }
    let words = pieces.iter().flat_map(|(range, setting)| match setting {
        Setting::Rotated => split_numbers(text, range.clone()),
        _ => vec![(range.clone(), *setting)],
    });
    words.collect()
}

/// The words of a rotated piece, short numbers apart.
fn split_numbers(text: &str, range: Range<usize>) -> Vec<(Range<usize>, Setting)> {
    let mut pieces: Vec<(Range<usize>, Setting)> = Vec::new();
    for (at, word) in text[range.clone()].split_inclusive(char::is_whitespace).scan(range.start, |at, word| {
        let start = *at;
        *at += word.len();
        Some((start, word))
    }) {
        let number = word.trim_end();
        let short = (1..=MOST_FIGURES).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        if short {
            pieces.push((at..at + number.len(), Setting::Together));
        }
        let rest = if short { at + number.len()..at + word.len() } else { at..at + word.len() };
        match pieces.last_mut() {
            _ if rest.is_empty() => {}
            Some((range, Setting::Rotated)) => range.end = rest.end,
            _ => pieces.push((rest, Setting::Rotated)),
        }
    }
    pieces
}

/// Whether a cluster stands upright in vertical text, possibly by a glyph of its own (`vert`).
///
/// Unicode Standard Annex #50, property `Vertical_Orientation`: the values U, Tu and Tr, by blocks. Unlike there, curly
/// quotation marks, `…` and `·` are upright, since Chinese fonts have vertical or centred glyphs for them; emoji are.
pub(super) fn is_upright(cluster: &str) -> bool {
    let Some(first) = cluster.chars().next() else { return false };
    upright(first) || presentation::is_emoji(cluster)
}

fn upright(c: char) -> bool {
    match u32::from(c) {
        0..=0x7f => false,
        0xa7 | 0xa9 | 0xae | 0xb1 | 0xb7 | 0xbc..=0xbe | 0xd7 | 0xf7 => true,
        0x1100..=0x11ff | 0x1401..=0x167f | 0x18b0..=0x18ff => true,
        0x2016 | 0x2018..=0x201f | 0x2020 | 0x2021 | 0x2025 | 0x2026 | 0x2030 | 0x2031 | 0x203b | 0x203c => true,
        0x2042 | 0x2047..=0x2049 | 0x2051 => true,
        0x2100..=0x218f => true,
        0x221e | 0x2234 | 0x2235 => true,
        0x2300..=0x2307 | 0x230c..=0x231f | 0x2324..=0x2328 | 0x232b | 0x237d..=0x239a | 0x23be..=0x23cd => true,
        0x23cf | 0x23d1..=0x24ff | 0x25a0..=0x2619 | 0x2620..=0x2767 | 0x2776..=0x2793 => true,
        0x2b12..=0x2b2f | 0x2b50..=0x2b59 | 0x2bb8..=0x2bff => true,
        0x2e50 | 0x2e51 | 0x2e80..=0xa4cf | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xe000..=0xfaff => true,
        0xfe10..=0xfe1f | 0xfe30..=0xfe48 | 0xfe50..=0xfe57 | 0xfe5f..=0xfe62 | 0xfe67..=0xfe6f => true,
        0xff0d | 0xff1c..=0xff1e => false,
        0xff01..=0xff5b | 0xff5d..=0xff60 | 0xffe0..=0xffe2 | 0xffe4..=0xffe7 => true,
        0x1aff0..=0x1b2ff | 0x1d300..=0x1d37f | 0x1f000..=0x1f7ff | 0x1f900..=0x1faff | 0x20000..=0x3fffd => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Vec<(&str, Setting)> {
        pieces(text).into_iter().map(|(range, setting)| (&text[range], setting)).collect()
    }

    #[test]
    fn words_are_rotated_and_short_numbers_stand_together() {
        use Setting::{Rotated, Together, Upright};
        assert_eq!(
            set("满30减5元"),
            [("满", Upright), ("30", Together), ("减", Upright), ("5", Together), ("元", Upright)]
        );
        assert_eq!(
            set("第 12 届WAIC"),
            [("第", Upright), (" ", Rotated), ("12", Together), (" ", Rotated), ("届", Upright), ("WAIC", Rotated)]
        );
        for word in ["2026", "3.5", "¥39", "A1", "9:30"] {
            assert_eq!(set(word), [(word, Rotated)]);
        }
        assert_eq!(set("Apple Watch"), [("Apple Watch", Rotated)]);
    }

    #[test]
    fn punctuation_and_emoji_stand_upright() {
        assert_eq!(set("，。《》“”…👨‍👩‍👧🇨🇳1️⃣❤️").len(), 1);
        assert!(is_upright("1️⃣") && is_upright("𠮷") && !is_upright("é") && !is_upright("—"));
    }

    #[test]
    fn pieces_cover_the_text() {
        for text in ["", "a", " ", "1 2 3", "中1\n2文", "a中b文c", "\u{301}中\u{301}1"] {
            assert_eq!(set(text).iter().map(|(piece, _)| *piece).collect::<String>(), text);
        }
    }
}
