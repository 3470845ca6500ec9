//! Reads amounts of money as people write them, in yuan or in fen. Exact: no floating-point arithmetic.

mod decimal;
mod numbers;
#[cfg(test)]
mod tests;
mod unreadable;

use self::decimal::Decimal;
pub use self::numbers::{FEN_OR_YUAN, Numbers};
use crate::{
    error::Message,
    words::{self, is_invisible, quote},
};

/// The format of an integer parameter that is an amount in fen: `"format": "money"`.
pub const FORMAT: &str = "money";
/// Maximum length of an amount, characters.
const MAX_CHARS: usize = 40;
/// Signs and units before an amount of yuan, in lower case.
const PREFIXES: [&str; 6] = ["cn¥", "¥", "rmb", "cny", "人民币", "yuan"];
/// Units after an amount of yuan, in lower case. Longer ones first.
const SUFFIXES: [&str; 9] = ["元整", "块钱", "元", "圆", "块", "rmb", "cny", "yuan", "¥"];
/// Units after an amount of fen, in lower case.
const FEN: [&str; 2] = ["分", "fen"];
/// Abbreviations of large numbers that are refused, in lower case, and their power of ten.
const ABBREVIATED: [(&str, usize); 4] = [("千", 3), ("百", 2), ("k", 3), ("w", 4)];
/// Abbreviations that sheets use, and their power of ten.
const SCALES: [(&str, usize); 4] = [("万", 4), ("萬", 4), ("亿", 8), ("億", 8)];

/// Reads an amount; returns fen.
///
/// `¥12.50`, `1,280.00`, `89.9元` and `RMB 12` are yuan, `1250分` is fen. Full-width characters are read as their ASCII ones. In
/// sheets, `129.8万` is 1 298 000 yuan.
///
/// # Errors
/// A message with a hint: what is not an amount, has a fraction of a fen or an abbreviated number (`3k`, outside of sheets also
/// `1.2万`), or is unclear.
pub fn read(text: &str, numbers: Numbers) -> Result<i64, Message> {
    let shown = || quote(text.trim());
    let why = || unreadable::why(text, &narrow(text), numbers, &|amount| read(amount, numbers).is_ok());
    if text.chars().count() > MAX_CHARS {
        return Err(words::money_unreadable(shown()));
    }
    let plain = ascii(text);
    let mut rest = plain.trim();
    let mut is_negative = minus(&mut rest);
    let is_signed = rest.len() < plain.trim().len();
    let mut has_unit = take(&mut rest, &PREFIXES, |text, unit| text.strip_prefix(unit));
    is_negative |= has_unit && !is_signed && minus(&mut rest);
    let is_fen = !has_unit && take(&mut rest, &FEN, |text, unit| text.strip_suffix(unit));
    has_unit |= !is_fen && take(&mut rest, &SUFFIXES, |text, unit| text.strip_suffix(unit));
    let scale = SCALES.iter().find(|(unit, _)| take(&mut rest, &[unit], |text, unit| text.strip_suffix(unit)));
    let is_sheet = matches!(numbers, Numbers::Yuan | Numbers::TenThousands | Numbers::Fen);
    // 1.2万 in a column of fen may be either.
    let is_clear = is_sheet && !is_fen && (has_unit || numbers != Numbers::Fen);
    let refused = ABBREVIATED.iter().find(|(unit, _)| take(&mut rest, &[unit], |text, unit| text.strip_suffix(unit)));
    if (scale.is_some() && !is_clear) || refused.is_some() {
        let power: usize = [scale, refused].into_iter().flatten().map(|(_, power)| *power).sum();
        let places = if is_fen { power } else { power + 2 };
        let amount = in_full(rest, places).map(|fen| self::shown(if is_negative { -fen } else { fen }));
        return Err(match amount {
            Some(amount) => words::money_abbreviated(shown(), amount.trim_end_matches(".00")),
            None => why(),
        });
    }
    let Decimal { digits, fraction, is_grouped, has_point } = Decimal::read(rest).ok_or_else(why)?;
    let fraction = fraction.trim_end_matches('0');
    let in_yuan = has_unit
        || match numbers {
            _ if is_fen => false,
            Numbers::Yuan | Numbers::TenThousands => true,
            Numbers::Fen => false,
            Numbers::FenOrYuan | Numbers::Unclear if has_point => true,
            Numbers::FenOrYuan if !is_grouped => false,
            Numbers::FenOrYuan | Numbers::Unclear => return Err(words::money_unclear(shown(), digits)),
        };
    let scale = match scale {
        Some((_, power)) => *power,
        None if numbers == Numbers::TenThousands && !has_unit && !is_fen => 4,
        None => 0,
    };
    let allowed = if in_yuan { 2 + scale } else { 0 };
    if fraction.len() > allowed {
        return Err(words::money_fraction(shown()));
    }
    let padded = format!("{digits}{fraction:0<allowed$}");
    let fen: i64 = padded.parse().map_err(|_| words::money_unreadable(shown()))?;
    Ok(if is_negative { -fen } else { fen })
}

/// The fen of an abbreviated amount, whose point is moved by some places. `None` if it is no number of whole fen.
fn in_full(number: &str, places: usize) -> Option<i64> {
    let Decimal { digits, fraction, .. } = Decimal::read(number)?;
    let fraction = fraction.trim_end_matches('0');
    let padded = format!("{digits}{fraction:0<places$}");
    (fraction.len() <= places).then(|| padded.parse().ok()).flatten()
}

/// Whether a text is an amount in JSON but for its unit, which may be fen or yuan.
pub fn is_unclear(text: &str) -> bool {
    read(text, Numbers::Unclear).is_err_and(|why| why.row().id == words::money_unclear::ID)
}

/// Whether an amount is abbreviated by 万 or 亿, as sheets may write it.
pub fn is_scaled(text: &str) -> bool {
    text.contains(['万', '萬', '亿', '億'])
}

/// Whether an amount has fen as the unit behind it.
pub fn is_fen(text: &str) -> bool {
    let plain = ascii(text);
    FEN.iter().any(|unit| plain.trim_end().ends_with(unit))
}

/// An amount in yuan with two decimals: 12800 is `¥128.00`.
pub fn shown(fen: i64) -> String {
    let (sign, size) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    format!("{sign}¥{}.{:02}", size / 100, size % 100)
}

/// The text in lower case, with ASCII characters for full-width ones and without invisible ones.
pub fn ascii(text: &str) -> String {
    narrow(text).chars().flat_map(char::to_lowercase).collect()
}

/// The text with ASCII characters for full-width ones and without invisible ones.
pub(super) fn narrow(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let plain = visible.map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{ffe5}' => '¥',
        '\u{3000}' | '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '\u{2212}' | '\u{2013}' => '-',
        c => c,
    });
    plain.collect()
}

/// Removes a minus or plus sign; returns whether it is a minus.
fn minus(rest: &mut &str) -> bool {
    let text = *rest;
    *rest = text.strip_prefix(['-', '+']).unwrap_or(text).trim_start();
    text.starts_with('-')
}

/// Removes one of the units and the space beside it.
fn take<'t>(rest: &mut &'t str, units: &[&str], strip: impl Fn(&'t str, &str) -> Option<&'t str>) -> bool {
    let text = *rest;
    let found = units.iter().find_map(|unit| strip(text, unit));
    *rest = found.unwrap_or(text).trim();
    found.is_some()
}
