//! Orientation in vertical text: upright characters, rotated words, and short numbers combined into one cell.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::presentation;

/// Maximum digits of a number that is combined into one upright cell (纵中横, CSS `text-combine-upright`).
const MAX_COMBINED_DIGITS: usize = 2;

/// Orientation of a piece of vertical text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceOrientation {
    /// Upright clusters, one below the other.
    Upright,
    /// Rotated a quarter turn clockwise.
    Rotated,
    /// A short number: upright, with its digits side by side in one cell.
    Combined,
}

/// Splits a text into pieces of uniform orientation.
pub(super) fn pieces(text: &str) -> Vec<(Range<usize>, PieceOrientation)> {
    let mut pieces: Vec<(Range<usize>, PieceOrientation)> = Vec::new();
    for (start, cluster) in text.grapheme_indices(true) {
        let orientation = if is_upright(cluster) { PieceOrientation::Upright } else { PieceOrientation::Rotated };
        let end = start + cluster.len();
        match pieces.last_mut() {
            Some((range, last)) if *last == orientation => range.end = end,
            _ => pieces.push((start..end, orientation)),
        }
    }
    let words = pieces.iter().flat_map(|(range, orientation)| match orientation {
        PieceOrientation::Rotated => split_numbers(text, range.clone()),
        _ => vec![(range.clone(), *orientation)],
    });
    words.collect()
}

/// Splits short numbers off the words of a rotated piece.
fn split_numbers(text: &str, range: Range<usize>) -> Vec<(Range<usize>, PieceOrientation)> {
    let mut pieces: Vec<(Range<usize>, PieceOrientation)> = Vec::new();
    for (at, word) in text[range.clone()].split_inclusive(char::is_whitespace).scan(range.start, |at, word| {
        let start = *at;
        *at += word.len();
        Some((start, word))
    }) {
        let number = word.trim_end();
        let short = (1..=MAX_COMBINED_DIGITS).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        if short {
            pieces.push((at..at + number.len(), PieceOrientation::Combined));
        }
        let rest = if short { at + number.len()..at + word.len() } else { at..at + word.len() };
        match pieces.last_mut() {
            _ if rest.is_empty() => {}
            Some((range, PieceOrientation::Rotated)) => range.end = rest.end,
            _ => pieces.push((rest, PieceOrientation::Rotated)),
        }
    }
    pieces
}

/// Whether a cluster is upright in vertical text, possibly with a vertical alternate glyph (`vert`).
///
/// Follows UAX #50, property `Vertical_Orientation`: the values U, Tu and Tr, by blocks. In addition, curly quotation
/// marks, `…` and `·` are upright, because Chinese fonts have vertical or centred glyphs for them, and so are emoji.
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

    fn split(text: &str) -> Vec<(&str, PieceOrientation)> {
        pieces(text).into_iter().map(|(range, orientation)| (&text[range], orientation)).collect()
    }

    #[test]
    fn words_are_rotated_and_short_numbers_combined() {
        use PieceOrientation::{Combined, Rotated, Upright};
        assert_eq!(
            split("满30减5元"),
            [("满", Upright), ("30", Combined), ("减", Upright), ("5", Combined), ("元", Upright)]
        );
        assert_eq!(
            split("第 12 届WAIC"),
            [("第", Upright), (" ", Rotated), ("12", Combined), (" ", Rotated), ("届", Upright), ("WAIC", Rotated)]
        );
        for word in ["2026", "3.5", "¥39", "A1", "9:30"] {
            assert_eq!(split(word), [(word, Rotated)]);
        }
        assert_eq!(split("Apple Watch"), [("Apple Watch", Rotated)]);
    }

    #[test]
    fn punctuation_and_emoji_are_upright() {
        assert_eq!(split("，。《》“”…👨‍👩‍👧🇨🇳1️⃣❤️").len(), 1);
        assert!(is_upright("1️⃣") && is_upright("𠮷") && !is_upright("é") && !is_upright("—"));
    }

    #[test]
    fn pieces_cover_the_text() {
        for text in ["", "a", " ", "1 2 3", "中1\n2文", "a中b文c", "\u{301}中\u{301}1"] {
            assert_eq!(split(text).iter().map(|(piece, _)| *piece).collect::<String>(), text);
        }
    }
}
