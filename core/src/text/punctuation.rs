//! What the Chinese rules of typesetting say of single characters: which punctuation gives up its blank half at a line's
//! edge, and where a line may be stretched.
//!
//! CLREQ (W3C, Requirements for Chinese Text Layout), sections 3.1.6 (compression at the line's edges) and 3.3 (spacing).

use super::vertical;

/// Share of the font size from which punctuation counts as full-width: half of it is blank.
const FULL_WIDTH: f32 = 0.9;

/// Whether a text begins with punctuation that may leave out its blank half.
pub(super) fn opens(text: &str) -> bool {
    text.chars().next().is_some_and(is_opening)
}

/// Whether a character is an ideograph, a kana or a syllable of Hangul.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x2fdf | 0x3005..=0x3007 | 0x3041..=0x30ff | 0x3105..=0x312f | 0x31a0..=0x9fff
        | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0x20000..=0x3fffd)
}

/// Whether an opening quotation mark may begin a line after this character.
pub(super) fn ends_phrase(c: char) -> bool {
    is_ideograph(c) || is_closing(c) || matches!(c, '！' | '？')
}

/// Whether half of this character is blank before its ink: `（`, `「`, `《`.
fn is_opening(c: char) -> bool {
    matches!(c, '（' | '「' | '『' | '《' | '〈' | '【' | '〖' | '〔' | '［' | '｛' | '“' | '‘' | '｢')
}

/// Whether half of this character is blank after its ink: `）`, `」`, `，`, `。`.
fn is_closing(c: char) -> bool {
    matches!(c, '）' | '」' | '』' | '》' | '〉' | '】' | '〗' | '〕' | '］' | '｝' | '”' | '’' | '｣')
        || matches!(c, '，' | '。' | '、' | '．' | '；' | '：')
}

/// px of blank that an opening character of this advance leaves out at a line's start.
pub(super) fn blank_before(cluster: &str, advance: f32, size: f32) -> f32 {
    blank(cluster, is_opening, advance, size)
}

/// px of blank that a closing character of this advance leaves out at a line's end.
pub(super) fn blank_after(cluster: &str, advance: f32, size: f32) -> f32 {
    blank(cluster, is_closing, advance, size)
}

fn blank(cluster: &str, is: fn(char) -> bool, advance: f32, size: f32) -> f32 {
    let has_blank = advance >= size * FULL_WIDTH && cluster.chars().next().is_some_and(is);
    if has_blank { size / 2.0 } else { 0.0 }
}

/// Whether a justified line may be stretched between two neighbouring clusters: after a space, and where one of them is
/// an ideograph; but not inside of brackets, before closing marks, or within `……` and `——`.
pub(super) fn stretches(before: &str, after: &str) -> bool {
    let (Some(last), Some(next)) = (before.chars().next(), after.chars().next()) else { return false };
    if after.trim().is_empty() {
        return false;
    }
    if before.trim().is_empty() {
        return true;
    }
    let bound =
        is_opening(last) || is_closing(next) || matches!(next, '！' | '？' | '…') || (last == next && last == '—');
    !bound && (vertical::is_upright(before) || vertical::is_upright(after))
}
