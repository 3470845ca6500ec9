//! Number formats of cells that change what a cell shows.

/// Maximum length of a pattern, characters.
const MAX_PATTERN: usize = 60;

/// What a number format makes of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// A number; in XLSX what its reader does.
    Usual,
    /// Leading zeros, such as `00000` or `000-0000`: places of digits (`None`) and other characters.
    Zeros(Vec<Option<char>>),
    /// A date or time. In XLSX one without any of the letters by which its reader knows dates: the day of the week (`aaaa`), the
    /// year (`e`).
    Date,
    /// A duration: `[h]:mm`. Not in XLSX, whose reader knows it.
    Duration,
}

/// The look of a pattern, with dates and durations, which the XLSX reader finds itself.
pub fn of_code(code: &str) -> Look {
    let (mut letters, mut rest) = (String::new(), code);
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            ';' => break,
            '"' => rest = rest.split_once('"').map_or("", |(_, rest)| rest),
            '\\' | '_' | '*' => rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default(),
            '[' => {
                let (inner, after) = rest.split_once(']').unwrap_or((rest, ""));
                let is_elapsed = |letter: char| inner.chars().all(|c| c.eq_ignore_ascii_case(&letter));
                if !inner.is_empty() && ['h', 'm', 's'].into_iter().any(is_elapsed) {
                    return Look::Duration;
                }
                rest = after;
            }
            c if c.is_ascii_alphabetic() => letters.push(c.to_ascii_lowercase()),
            _ => {}
        }
    }
    if letters != "general" && letters.contains(['y', 'm', 'd', 'h', 's']) { Look::Date } else { look(code) }
}

/// The look of a number format without a pattern ([ECMA-376-1] 18.8.30, with those of Chinese, Japanese and Korean).
pub fn built_in(id: u32) -> Look {
    match id {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Look::Date,
        46 => Look::Duration,
        _ => Look::Usual,
    }
}

/// The look of a pattern, apart from dates with the usual letters.
pub fn look(code: &str) -> Look {
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
        for (code, expected) in [
            ("yyyy-mm-dd", Look::Date),
            ("[$-804]yyyy\"年\"m\"月\"d\"日\";@", Look::Date),
            ("h:mm AM/PM", Look::Date),
            ("mm:ss.0", Look::Date),
            ("[h]:mm:ss", Look::Duration),
            ("[$-804]aaaa", Look::Date),
            ("General", Look::Usual),
            ("\"day\"0", Look::Usual),
            ("0\\d", Look::Usual),
            ("[Red]0.00;[Blue]yyyy", Look::Usual),
            ("0.00E+00", Look::Usual),
            ("_-[$USD]* #,##0.00", Look::Usual),
            ("\"", Look::Usual),
            ("[", Look::Usual),
        ] {
            assert_eq!(of_code(code), expected, "{code}");
        }
        assert!(matches!(of_code("00000"), Look::Zeros(_)));
        for code in ["aaaa", "[$-804]aaaa", "aaa;@", "e", "[$-804]e\"年\""] {
            assert_eq!(look(code), Look::Date, "{code}");
        }
    }
}
