//! What the Chinese rules of typesetting say of single characters: which punctuation gives up its blank half at a line's
//! edge, and where a line may be stretched.
//!
//! CLREQ (W3C, Requirements for Chinese Text Layout), sections 3.1.6 (compression at the line's edges) and 3.3 (spacing).

use super::vertical;

/// Share of the font size from which punctuation counts as full-width: half of it is blank.
const FULL_WIDTH: f32 = 0.9;

/// Whether half of this character is blank before its ink: `（`, `「`, `《`.
fn opens(c: char) -> bool {
    matches!(c, '（' | '「' | '『' | '《' | '〈' | '【' | '〖' | '〔' | '［' | '｛' | '“' | '‘' | '｢')
}

/// Whether half of this character is blank after its ink: `）`, `」`, `，`, `。`.
fn closes(c: char) -> bool {
    matches!(c, '）' | '」' | '』' | '》' | '〉' | '】' | '〗' | '〕' | '］' | '｝' | '”' | '’' | '｣')
        || matches!(c, '，' | '。' | '、' | '．' | '；' | '：')
}

/// px of blank that an opening character of this advance leaves out at a line's start.
pub(super) fn blank_before(cluster: &str, advance: f32, size: f32) -> f32 {
    blank(cluster, opens, advance, size)
}

/// px of blank that a closing character of this advance leaves out at a line's end.
pub(super) fn blank_after(cluster: &str, advance: f32, size: f32) -> f32 {
    blank(cluster, closes, advance, size)
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
    let bound = opens(last) || closes(next) || matches!(next, '！' | '？' | '…') || (last == next && last == '—');
    !bound && (vertical::is_upright(before) || vertical::is_upright(after))
}
