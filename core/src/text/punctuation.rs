//! Chinese typesetting rules for single characters: which punctuation loses its blank half, and where a justified line may
//! be stretched.
//!
//! Source: CLREQ (W3C, Requirements for Chinese Text Layout), sections 3.1.6 (compression at line edges and of adjacent
//! punctuation) and 3.3 (spacing).

use super::{quantity::is_digit, shape::MIN_ADVANCE, units::is_magnitude, vertical};

/// Smallest advance of full-width punctuation, as a fraction of the font size. Half of such a glyph is blank.
const FULL_WIDTH: f32 = 0.9;

/// Whether a character is an ideograph, a kana or a Hangul syllable.
pub fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x2fdf | 0x3005..=0x3007 | 0x3041..=0x30ff | 0x3105..=0x312f | 0x31a0..=0x9fff
        | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0x20000..=0x3fffd)
}

/// Whether a text must not be cut after this character: an opening bracket or quotation mark, or a sign before a number.
pub(super) fn introduces(c: char) -> bool {
    is_opening(c) || matches!(c, '(' | '[' | '{' | '¥' | '￥' | '$' | '€' | '£' | '#' | '＃' | '@')
}

/// Whether a line must not begin with this character, even if no break is allowed before it: what follows a word or number.
/// UAX #14 forbids breaks before `…`; a dash may begin a line only where UAX #14 allows a break.
pub(super) fn follows(c: char) -> bool {
    is_closing(c, false)
        || matches!(c, '！' | '？' | '‼' | '⁇' | '⁈' | '⁉' | '～' | '／' | '％' | '‰' | '℃' | '°' | '元' | '折')
        || matches!(c, '…' | '‥' | '⋯' | '—' | '·' | '‧' | '・' | '»' | '›' | '｡' | '､' | '･')
        || matches!(c, ',' | '.' | ':' | ';' | '!' | '?' | ')' | ']' | '}' | '%' | '~')
}

/// What joins the parts of a range, a size, a date or a telephone number, weakest first. What is longer than a line may be
/// broken after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Joint {
    /// `2026.11.20`
    Dot,
    /// `12:00/18:00`
    Slash,
    /// `138-0013-8000`, `30×20`
    Hyphen,
    /// `3～5`, `11-20至12-31`
    Range,
}

impl Joint {
    /// The joint that a character is between two parts.
    pub fn of(c: char) -> Option<Self> {
        match c {
            '~' | '～' | '〜' | '–' | '—' | '至' | '到' => Some(Self::Range),
            '-' | '－' | '×' => Some(Self::Hyphen),
            '/' | '／' => Some(Self::Slash),
            '.' | '．' => Some(Self::Dot),
            _ => None,
        }
    }
}

/// Whether a hyphen after this character is the sign of what follows: the end of a clause or a closing bracket.
pub(super) fn ends_clause(c: char) -> bool {
    is_closing(c, false) || matches!(c, '！' | '？' | '…')
}

/// Whether the number of a quantity that is longer than a line may end with this character, before its unit.
pub(super) fn ends_number(c: char) -> bool {
    is_digit(c) || is_magnitude(c) || matches!(c, '%' | '％' | '+' | '＋')
}

/// Whether the unit of a quantity that is longer than a line may begin with this character. Connectors such as `x` and `至`
/// belong to both of their numbers.
pub(super) fn begins_unit(c: char) -> bool {
    c.is_alphabetic() && !is_magnitude(c) && !matches!(c, 'x' | 'X' | '至' | '到')
}

/// Whether the leading half of this character is blank: `（`, `「`, `《`.
fn is_opening(c: char) -> bool {
    matches!(c, '（' | '「' | '『' | '《' | '〈' | '【' | '〖' | '〔' | '［' | '｛' | '“' | '‘' | '｢')
}

/// Whether the trailing half of this character is blank: `）`, `」`, `，`, `。`. Colons are centred in vertical text.
fn is_closing(c: char, vertical: bool) -> bool {
    matches!(c, '）' | '」' | '』' | '》' | '〉' | '】' | '〗' | '〕' | '］' | '｝' | '”' | '’' | '｣')
        || matches!(c, '，' | '。' | '、' | '．')
        || !vertical && matches!(c, '；' | '：')
}

/// A character without blank halves that removes those of its neighbours, as in CSS Text 4, 8.4.2 ("Fullwidth Punctuation
/// Collapsing").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Edge {
    #[default]
    None,
    /// A middle dot or an ideographic space.
    Middle,
    /// A half-width opening bracket.
    Opening,
    /// A half-width closing bracket.
    Closing,
}

impl Edge {
    fn of(cluster: &str) -> Self {
        match cluster.as_bytes() {
            [b'(' | b'[' | b'{'] => Self::Opening,
            [b')' | b']' | b'}'] => Self::Closing,
            // `·`, `‧`, U+3000 and `・`.
            [0xc2, 0xb7] | [0xe2, 0x80, 0xa7] | [0xe3, 0x80, 0x80] | [0xe3, 0x83, 0xbb] => Self::Middle,
            _ => Self::None,
        }
    }
}

/// Blank halves of a cluster, px.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Blanks {
    /// Before its ink.
    pub leading: f32,
    /// After its ink.
    pub trailing: f32,
    /// Maximum that may be removed between it and the next cluster, so that glyphs stay in order with negative spacing.
    limit: f32,
    edge: Edge,
}

impl Blanks {
    /// The blank halves of a cluster that advances by `advance` px and `spacing` px of letter spacing.
    pub fn of(cluster: &str, advance: f32, spacing: f32, size: f32, vertical: bool) -> Self {
        let limit = (advance * (1.0 - MIN_ADVANCE) + spacing).max(0.0);
        match Edge::of(cluster) {
            Edge::None => {}
            // Its glyph is narrower than the blank half after it, which is not ink.
            Edge::Opening => return Self { limit: size / 2.0, edge: Edge::Opening, ..Self::default() },
            edge => return Self { limit, edge, ..Self::default() },
        }
        // All these characters have three bytes in UTF-8, which begin with E2, E3 or EF.
        if !matches!(cluster.as_bytes().first(), Some(0xe2 | 0xe3 | 0xef)) || advance < size * FULL_WIDTH {
            return Self::default();
        }
        let Some(c) = cluster.chars().next() else { return Self::default() };
        let half = |is_blank: bool| if is_blank { size / 2.0 } else { 0.0 };
        let (leading, trailing) = (half(is_opening(c)), half(is_closing(c, vertical)));
        Self { leading, trailing, limit, edge: Edge::None }
    }

    /// Blank removed between two adjacent clusters, px: `》《`, `：（`, `。」` and `》·` take one and a half em (CLREQ, 3.1.6.1).
    pub fn between(self, next: Self) -> f32 {
        let is_closed = next.leading > 0.0 || next.trailing > 0.0 || matches!(next.edge, Edge::Middle | Edge::Closing);
        let blank = if self.trailing > 0.0 && is_closed {
            self.trailing
        } else if self.leading > 0.0 || matches!(self.edge, Edge::Middle | Edge::Opening) {
            next.leading
        } else {
            0.0
        };
        blank.min(self.limit)
    }
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
    let glued = is_opening(last)
        || is_closing(next, false)
        || matches!(next, '！' | '？' | '…')
        || (last == next && last == '—');
    !glued && (vertical::is_upright(before) || vertical::is_upright(after))
}
