//! Number formats of cells that change what a cell shows, beyond those that the XLSX reader knows.

use std::collections::HashMap;

use super::parts::Parts;

/// Maximum number of cell formats.
const MAX_FORMATS: usize = 70_000;
/// Maximum length of a pattern, characters.
const MAX_PATTERN: usize = 60;

/// What a number format makes of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// What the XLSX reader does.
    Usual,
    /// Leading zeros, such as `00000` or `000-0000`: places of digits (`None`) and other characters.
    Zeros(Vec<Option<char>>),
    /// A date without any of the letters by which the XLSX reader knows dates: the day of the week (`aaaa`), the year (`e`).
    Date,
}

/// Reads the formats of a workbook, by the style of a cell.
pub fn looks(parts: &mut Parts<'_>, workbook: &str) -> Vec<Look> {
    let relations = parts.relations(workbook);
    let Some(styles) = relations.into_iter().find(|relation| relation.kind.ends_with("/styles")) else {
        return Vec::new();
    };
    let (mut patterns, mut looks, mut is_cells) = (HashMap::new(), Vec::new(), false);
    let Some(mut tags) = parts.part(&styles.target) else { return looks };
    while let Ok(Some(tag)) = tags.next() {
        if tag.opens("numfmt") && patterns.len() < MAX_FORMATS {
            let code = tag.attribute("formatcode").unwrap_or_default();
            patterns.extend(tag.number("numfmtid").map(|id| (id, look(&code))));
        } else if tag.is("cellxfs") {
            is_cells = !tag.is_closing;
        } else if is_cells && tag.opens("xf") && looks.len() < MAX_FORMATS {
            let id = tag.number("numfmtid").unwrap_or_default();
            looks.push(patterns.get(&id).cloned().unwrap_or(Look::Usual));
        }
    }
    looks
}

/// The look of a pattern.
fn look(code: &str) -> Look {
    let (mut pattern, mut letters, mut is_plain) = (Vec::new(), String::new(), true);
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            ';' => break,
            '\\' => pattern.extend(chars.next().map(Some)),
            '"' => pattern.extend(chars.by_ref().take_while(|c| *c != '"').map(Some)),
            '[' => drop(chars.by_ref().find(|c| *c == ']')),
            '_' | '*' => drop(chars.next()),
            c => {
                if c.is_ascii_alphabetic() {
                    letters.push(c.to_ascii_lowercase());
                }
                // Other signs than digits make other numbers.
                is_plain &= !matches!(c, '#' | '?' | '.' | ',' | '%' | '@' | '¥' | '$' | '￥');
                pattern.push(if c == '0' { None } else { Some(c) });
            }
        }
        if pattern.len() > MAX_PATTERN {
            return Look::Usual;
        }
    }
    let zeros = pattern.iter().filter(|place| place.is_none()).count();
    if matches!(letters.as_str(), "aaa" | "aaaa" | "e" | "ee") && zeros == 0 && !pattern.contains(&Some('#')) {
        return Look::Date;
    }
    // `0` alone is an integer.
    if zeros > 1 && is_plain && letters.is_empty() { Look::Zeros(pattern) } else { Look::Usual }
}

/// Shows an integer in a pattern of zeros: `128` in `00000` is `00128`.
pub fn with_zeros(number: f64, pattern: &[Option<char>]) -> Option<String> {
    if number.fract() != 0.0 || !(0.0..1e15).contains(&number) {
        return None;
    }
    let zeros = pattern.iter().filter(|place| place.is_none()).count();
    let digits = format!("{:0>zeros$}", number as u64);
    // Digits beyond the pattern come before its first zero.
    let more = digits.len() - zeros;
    let (mut rest, mut shown, mut is_first) = (digits.chars(), String::new(), true);
    for place in pattern {
        if let Some(c) = place {
            shown.push(*c);
            continue;
        }
        let count = if is_first { more + 1 } else { 1 };
        shown.extend(rest.by_ref().take(count));
        is_first = false;
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_shown() {
        for (code, number, expected) in [
            ("00000", 128.0, Some("00128")),
            ("00000;-00000", 128.0, Some("00128")),
            ("000000", 1_234_567.0, Some("1234567")),
            ("000\\-0000", 1_234_567.0, Some("123-4567")),
            ("000-0000-0000", 13_800_138_000.0, Some("138-0013-8000")),
            ("\"NO.\"000", 7.0, Some("NO.007")),
            ("[Red]000", 7.0, Some("007")),
            ("000", 1.5, None),
            ("000", -1.0, None),
        ] {
            let Look::Zeros(pattern) = look(code) else { panic!("{code}: {:?}", look(code)) };
            assert_eq!(with_zeros(number, &pattern).as_deref(), expected, "{code}");
        }
        for code in ["General", "0", "0.00", "#,##0", "00.00", "¥#,##0.00", "0%", "0.00E+00", "@", "yyyy-mm-dd", ""] {
            assert_eq!(look(code), Look::Usual, "{code}");
        }
        for code in ["aaaa", "[$-804]aaaa", "aaa;@", "e", "[$-804]e\"年\""] {
            assert_eq!(look(code), Look::Date, "{code}");
        }
    }
}
