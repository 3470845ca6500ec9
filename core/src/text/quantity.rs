//! Quantities: numbers with their signs, separators and units, which stay on one line.
//!
//! A quantity is `signs number measure`, as in `-¥50`, `10万+件`, `3500元/月`. The number has separators between its digits
//! (`20：30`, `3×5`). The measure is a magnitude (`千`, `万`), a vague part (`多`, `余`, `+`) and a unit of [`super::units`], with
//! further units after slashes. A range or a product joins two quantities (`3元～5元`, `3米×5米`).

use std::ops::Range;

use super::{
    punctuation::is_ideograph,
    units::{self, is_magnitude},
};

/// Maximum number of signs before a number: `≈-¥5`.
const MAX_SIGNS: usize = 3;
/// Maximum number of units after slashes: `元/㎡/月`.
const MAX_SLASHES: usize = 3;
/// Maximum number of letters of a unit in Latin letters: `kWh`.
const MAX_LETTERS: usize = 5;

/// The byte ranges of the quantities of a text, in order.
pub(super) fn quantities(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let digit = done + text.get(done..)?.find(is_digit)?;
        let start = signs(&text[..digit]).map_or(digit, |at| at.max(done));
        // After a quantity, a hyphen is a connector.
        let start = if done > 0 && start == done && &text[start..digit] == "-" { digit } else { start };
        done = text.len() - after_quantity(&text[digit..]).len();
        Some(start..done)
    })
}

/// Where the signs at the end of a text begin, which a number follows.
fn signs(before: &str) -> Option<usize> {
    // `¥ 99`
    let currency = before.strip_suffix(' ').filter(|signs| signs.ends_with(is_currency));
    let (mut start, mut rest) = (None, currency.unwrap_or(before));
    for _ in 0..MAX_SIGNS {
        let Some(sign) = rest.chars().next_back() else { break };
        let shorter = &rest[..rest.len() - sign.len_utf8()];
        // After a letter or an ideograph, a tilde belongs to it: `好～`.
        let is_tilde = is_tilde(sign) && !shorter.ends_with(char::is_alphanumeric);
        if !(is_sign(sign) || is_currency(sign) || is_tilde) {
            break;
        }
        (start, rest) = (Some(shorter.len()), shorter);
    }
    start
}

/// The rest of a text that begins with a digit, after the quantity there.
fn after_quantity(text: &str) -> &str {
    let (mut rest, mut unit) = simple(text);
    loop {
        let next = match fraction(rest, unit).or_else(|| range(rest)) {
            Some(next) => next,
            None => return rest,
        };
        (rest, unit) = simple(next);
    }
}

/// The number at the start of a text with its measure: what follows them, and the last character of the measure.
fn simple(text: &str) -> (&str, Option<char>) {
    let number = after_number(text);
    let rest = after_measure(number);
    (rest, number[..number.len() - rest.len()].chars().next_back())
}

fn after_number(text: &str) -> &str {
    let mut rest = text.trim_start_matches(is_digit);
    loop {
        let mut chars = rest.chars();
        let (Some(separator), Some(digit)) = (chars.next(), chars.next()) else { return rest };
        let joins = match separator {
            // Between ASCII digits, it separates numbers: `满100，200减50`.
            '，' => is_wide_digit(digit),
            separator => is_separator(separator) && is_digit(digit),
        };
        if !joins {
            return rest;
        }
        rest = chars.as_str().trim_start_matches(is_digit);
    }
}

/// Skips what follows a number: `万+件`, `%`, `多元/人`, ` kg`.
fn after_measure(number: &str) -> &str {
    let mut rest = number;
    while let Some(next) = after_vague(rest) {
        rest = next;
    }
    let mut chars = rest.chars();
    if let Some('%' | '％' | '‰' | '℃' | '℉' | '°' | '′' | '″') = chars.next() {
        rest = chars.as_str();
    }
    let is_bare = rest.len() == number.len();
    rest = after_unit(rest).or_else(|| after_spaced_unit(rest)).unwrap_or(rest);
    for _ in 0..MAX_SLASHES {
        let Some(next) = after_slash(rest, is_bare && rest.len() == number.len()) else { break };
        rest = next;
    }
    if rest.len() < number.len() && rest.starts_with('半') && !rest.starts_with("半价") {
        return &rest['半'.len_utf8()..];
    }
    plus(rest).unwrap_or(rest)
}

/// Skips a magnitude, or a vague part before a unit: `100多元`, `3千余人`, `10万+件`.
fn after_vague(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    match first {
        // `3千克` has no magnitude.
        _ if is_magnitude(first) => units::long(text).is_none().then_some(rest),
        '多' | '余' | '餘' => (after_unit(rest).is_some() || !rest.starts_with(is_ideograph)).then_some(rest),
        '来' | '來' | '几' | '幾' => after_unit(rest).map(|_| rest),
        _ => plus(text),
    }
}

/// Skips `+`, unless it is the sign of another number.
fn plus(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(['+', '＋'])?;
    (!rest.starts_with(|c| is_digit(c) || is_sign(c) || is_currency(c))).then_some(rest)
}

/// Skips a unit: Chinese, or in Latin letters directly after a number.
fn after_unit(text: &str) -> Option<&str> {
    units::after(text).or_else(|| {
        let rest = text.trim_start_matches(units::is_latin);
        (1..=MAX_LETTERS).contains(&text[..text.len() - rest.len()].chars().count()).then_some(rest)
    })
}

/// Skips a space and a unit: `350 米`, `5 kg`.
fn after_spaced_unit(text: &str) -> Option<&str> {
    let text = text.strip_prefix([' ', '\u{a0}', '\u{202f}'])?;
    units::after(text).or_else(|| units::after_latin(text))
}

/// Skips a slash and a unit: `/月`, `起/人`. After a bare number it may be any ideograph.
fn after_slash(text: &str, is_bare: bool) -> Option<&str> {
    let text = text.strip_prefix('起').unwrap_or(text);
    let unit = text.strip_prefix(['/', '／'])?;
    let ideograph = || unit.chars().next().filter(|c| is_bare && is_ideograph(*c)).map(|c| &unit[c.len_utf8()..]);
    after_unit(unit).or_else(ideograph)
}

/// The number after a measure that has no unit of its own, as it continues the number: `9块9`, `1米8`, `1对1`, `2万5千`.
fn fraction(rest: &str, unit: Option<char>) -> Option<&str> {
    let unit = unit.filter(|_| rest.starts_with(is_digit))?;
    let is_continued =
        matches!(unit, '块' | '塊' | '毛' | '点' | '點' | '米' | '斤' | '对') && simple(rest).1.is_none();
    (is_continued || is_magnitude(unit)).then_some(rest)
}

/// The number after the connector of a range or a product: `3元～5元`. Between dates and the like of several parts, the
/// range may be broken: `12月1日～12月31日`.
fn range(rest: &str) -> Option<&str> {
    let is_connector = |c: char| is_tilde(c) || matches!(c, '-' | '－' | '–' | '—' | '×' | '±' | '至' | '到');
    let signed = rest.strip_prefix(is_connector)?;
    let number = signed.trim_start_matches(|c| is_sign(c) || is_currency(c));
    if !number.starts_with(is_digit) || number.len() + MAX_SIGNS * 3 < signed.len() {
        return None;
    }
    let (after, unit) = simple(number);
    let is_compound = unit.is_some_and(is_ideograph) && after.starts_with(is_digit);
    (!is_compound).then_some(number)
}

fn is_separator(c: char) -> bool {
    is_tilde(c)
        || matches!(c, '.' | ',' | ':' | '/' | '-' | '+' | '*' | 'x' | 'X' | '×' | '·' | '–' | '—' | '−' | '∶')
        || matches!(c, '．' | '：' | '／' | '－' | '＋' | '至' | '到')
}

fn is_sign(c: char) -> bool {
    matches!(c, '+' | '-' | '−' | '±' | '≈' | '<' | '>' | '≤' | '≥' | '≠' | '=' | '×' | '*' | '#' | '№')
        || matches!(c, '＋' | '－' | '＜' | '＞' | '＝' | '＃')
}

pub(super) fn is_currency(c: char) -> bool {
    matches!(c, '¥' | '￥' | '$' | '＄' | '€' | '£' | '￡' | '₩' | '₽' | '₹' | '฿')
}

fn is_tilde(c: char) -> bool {
    matches!(c, '~' | '～' | '〜')
}

pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || is_wide_digit(c)
}

fn is_wide_digit(c: char) -> bool {
    matches!(c, '０'..='９')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantities of a text.
    fn found(text: &str) -> Vec<&str> {
        quantities(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn signs_and_separators_belong_to_numbers() {
        for (text, expected) in [
            ("满300立减-¥50", "300 -¥50"),
            ("加+¥9.9换购", "+¥9.9"),
            ("余额≈￥1,280.50元", "≈￥1,280.50元"),
            ("结束于20：30准时", "20：30"),
            ("比例1：2配", "1：2"),
            ("２０：３０", "２０：３０"),
            ("＋８件", "＋８件"),
            ("＞100人", "＞100人"),
            ("（～5天）", "～5天"),
            ("好～5天", "5天"),
            ("3×5米、30×20×10cm", "3×5米 30×20×10cm"),
            ("2026／10／01", "2026／10／01"),
            ("满100，200减", "100 200"),
            ("１，２８０", "１，２８０"),
            ("没有数", ""),
        ] {
            assert_eq!(found(text).join(" "), expected, "{text}");
        }
        assert_eq!(found("仅¥ 99起"), ["¥ 99"]);
    }

    #[test]
    fn units_belong_to_numbers() {
        for text in [
            "10万+件",
            "1.2万人",
            "3千元",
            "3千克",
            "500毫升",
            "5公斤",
            "30厘米",
            "3公里",
            "89平方米",
            "6个",
            "2双",
            "5次",
            "10条",
            "2只",
            "5支",
            "100块",
            "9块9",
            "100多元",
            "3人",
            "12个月",
            "3个半小时",
            "2万5千元",
            "1米8",
            "8点半",
            "30来个",
            "3000余人",
            "5000万像素",
            "25℃",
            "50%",
            "5.5折",
            "120km/h",
            "38码",
            "3楼",
            "500mL",
            "20㎡",
            "6㎏",
            "2周年",
            "15个工作日",
            "3刻钟",
            "4核",
            "128GB",
            "1000+人",
            "50元+",
            "100％",
            "3個",
            "2雙",
        ] {
            assert_eq!(found(&format!("约{text}，")), [text]);
            assert_eq!(found(&format!("约{text}的")), [text]);
        }
        assert_eq!(found("约100多，"), ["100多"]);
        assert_eq!(found("约350 米"), ["350 米"]);
        assert_eq!(found("约5 kg重"), ["5 kg"]);
        for (text, expected) in [
            ("3个人", "3个"),
            ("2026来啦", "2026"),
            ("9块9包邮", "9块9"),
            ("3天半价", "3天"),
            ("10多肉", "10"),
            ("5 in one", "5"),
            ("3时30分", "3时 30分"),
            ("5天7晚", "5天 7晚"),
            ("9块2件", "9块 2件"),
            ("TOP3人气", "3"),
            ("￥19.9两件", "￥19.9"),
        ] {
            assert_eq!(found(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn slashes_and_ranges_belong_to_numbers() {
        for text in [
            "3500元/月",
            "550ml/瓶",
            "2张/盒",
            "99起/人",
            "3980/晚/间",
            "88元/㎡/月",
            "¥99/位",
            "5元／斤",
            "199/款",
            "3元～5元",
            "20%～30%",
            "¥3-¥5",
            "3～5人",
            "3至5天",
            "10:00～22:00",
            "12日-25日",
            "1日至3日",
            "-18℃~25℃",
            "3—5年",
            "3米×5米",
            "1.5L×6瓶",
            "500克±5克",
            "1对1",
        ] {
            assert_eq!(found(&format!("约{text}，")), [text]);
        }
        assert_eq!(found("12月1日～12月31日"), ["12月", "1日", "12月", "31日"]);
        assert_eq!(found("12月1日-12月31日"), ["12月", "1日", "12月", "31日"]);
        assert_eq!(found("3室2厅-4室3厅"), ["3室", "2厅", "4室", "3厅"]);
        assert_eq!(found("100元/满200"), ["100元", "200"]);
        assert_eq!(found("50元+10元"), ["50元", "+10元"]);
    }
}
