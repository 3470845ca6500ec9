//! Numbers as cells have them: with separators of thousands, with units.

use serde_json::Number;

use haibao_core::number;

/// Parses the number of a cell, in ASCII characters.
pub(super) fn read(text: &str) -> Option<Number> {
    grouped(text).or_else(|| with_unit(text))
}

/// Parses a plain decimal number.
pub(super) fn number(text: &str) -> Option<Number> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    if let Ok(integer) = text.parse::<i64>() {
        return Some(integer.into());
    }
    if let Ok(integer) = text.parse::<u64>() {
        return Some(integer.into());
    }
    let number = Number::from_f64(text.parse::<f64>().ok()?)?;
    Some(number::integer(&number).map_or(number, Number::from))
}

/// Parses a number that may have separators between its thousands: `1,280.50`. Separators at other places are refused.
pub(super) fn grouped(text: &str) -> Option<Number> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let groups: Vec<&str> = whole.trim_start_matches(['-', '+']).split(',').collect();
    let is_first = |group: &str| (1..=3).contains(&group.len()) && !group.starts_with('0');
    let is_grouped = groups.len() == 1 || (is_first(groups[0]) && groups[1..].iter().all(|group| group.len() == 3));
    number(&text.replace(',', "")).filter(|_| is_grouped && !decimals.contains(','))
}

/// The unit behind a number that is read without it, in a text of ASCII characters. A percent sign counts for the number.
pub(super) fn unit(text: &str) -> Option<&str> {
    with_unit(text)?;
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-')).trim_start();
    (unit != "%").then_some(unit)
}

/// Parses a number with a unit behind it, as number formats of sheets show it: `1,280件`, `8.5折`, `85%`. Units that multiply, such as
/// 万, and those of numbers that are not exact, are refused.
fn with_unit(text: &str) -> Option<Number> {
    const MAX_CHARS: usize = 4;
    /// Square metres, in lower case.
    const AREAS: [&str; 2] = ["m²", "m2"];
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '-'))?;
    let (digits, unit) = text.split_at(end);
    let value = grouped(digits)?;
    let unit = unit.trim_start();
    if unit == "%" {
        return Number::from_f64(format!("{:.14e}", value.as_f64()? / 100.0).parse().ok()?);
    }
    let multiplies = unit
        .starts_with(['十', '百', '千', '万', '萬', '亿', '億', '分', '角', '毛', '打', '成', '上', '下'])
        || unit == "厘"
        // 2个半, 3个多, 100以下.
        || unit.contains(['半', '多', '余', '几', '以']);
    let is_sign = |c: char| matches!(c, '㎡' | '㎥' | '℃' | '°');
    let is_word = AREAS.contains(&unit)
        || (unit.chars().count() <= MAX_CHARS
            && unit.chars().all(|c| (c.is_alphabetic() && !c.is_ascii()) || is_sign(c)));
    (is_word && !multiplies).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_64_bits_keep_their_digits() {
        for text in ["9223372036854775808", "18446744073709551615", "-9223372036854775808", "8801"] {
            assert_eq!(number(text).map(|number| number.to_string()).as_deref(), Some(text));
        }
        // Refused by the schema's check.
        assert!(number("123456789012345678901").is_some_and(|number| number.is_f64()));
        assert_eq!(number("8801.0"), Some(8801.into()));
    }
}
