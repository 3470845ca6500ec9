//! Chinese typesetting rules for single characters: which punctuation loses its blank half at a line edge, and where a
//! justified line may be stretched.
//!
//! Source: CLREQ (W3C, Requirements for Chinese Text Layout), sections 3.1.6 (compression at line edges) and 3.3
//! (spacing).

use super::vertical;

/// Smallest advance of full-width punctuation, as a fraction of the font size. Half of such a glyph is blank.
const FULL_WIDTH: f32 = 0.9;

/// Whether a text begins with opening punctuation, which may lose its blank half.
pub(super) fn opens(text: &str) -> bool {
    text.chars().next().is_some_and(is_opening)
}

/// Whether a character is an ideograph, a kana or a Hangul syllable.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x2fdf | 0x3005..=0x3007 | 0x3041..=0x30ff | 0x3105..=0x312f | 0x31a0..=0x9fff
        | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0x20000..=0x3fffd)
}

/// Whether a line may break between this character and an opening quotation mark.
pub(super) fn ends_phrase(c: char) -> bool {
    is_ideograph(c) || is_closing(c) || matches!(c, '！' | '？')
}

/// Whether the leading half of this character is blank: `（`, `「`, `《`.
fn is_opening(c: char) -> bool {
    matches!(c, '（' | '「' | '『' | '《' | '〈' | '【' | '〖' | '〔' | '［' | '｛' | '“' | '‘' | '｢')
}

/// Whether the trailing half of this character is blank: `）`, `」`, `，`, `。`.
fn is_closing(c: char) -> bool {
    matches!(c, '）' | '」' | '』' | '》' | '〉' | '】' | '〗' | '〕' | '］' | '｝' | '”' | '’' | '｣')
        || matches!(c, '，' | '。' | '、' | '．' | '；' | '：')
}

/// Blank removed before an opening character at a line start, px; 0 when the cluster has none.
pub(super) fn blank_before(cluster: &str, advance: f32, size: f32) -> f32 {
    blank(cluster, is_opening, advance, size)
}

/// Blank removed after a closing character at a line end, px; 0 when the cluster has none.
pub(super) fn blank_after(cluster: &str, advance: f32, size: f32) -> f32 {
    blank(cluster, is_closing, advance, size)
}

fn blank(cluster: &str, has_class: fn(char) -> bool, advance: f32, size: f32) -> f32 {
    let has_blank = advance >= size * FULL_WIDTH && cluster.chars().next().is_some_and(has_class);
    if has_blank { size / 2.0 } else { 0.0 }
}

/// Whether a justified line may be stretched between two neighbouring clusters: after a space, and where one of them is
/// upright in vertical text (ideographs and the like); but not after opening brackets, before closing marks, or within
/// `……` and `——`.
pub(super) fn stretches(before: &str, after: &str) -> bool {
    let (Some(last), Some(next)) = (before.chars().next(), after.chars().next()) else { return false };
    if after.trim().is_empty() {
        return false;
    }
    if before.trim().is_empty() {
        return true;
    }
    let glued =
        is_opening(last) || is_closing(next) || matches!(next, '！' | '？' | '…') || (last == next && last == '—');
    !glued && (vertical::is_upright(before) || vertical::is_upright(after))
}
