//! Number formats of cells that change what a cell shows.

/// Maximum length of a number format, bytes: every cell format of a workbook may keep a copy of its texts. One that is longer shows
/// numbers as usual.
pub const MAX_CODE: usize = 255;
/// Maximum length of a pattern of zeros, characters.
const MAX_PATTERN: usize = 60;

/// What a number format makes of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellFormat {
    /// None of the others: a number is shown as it is, in XLSX as the reader of the format converts it.
    Usual,
    /// Leading zeros, such as `00000` or `000-0000`: places of digits (`None`) and other characters.
    Zeros(Vec<Option<char>>),
    /// A date or time. In XLSX one without any of the letters by which its reader knows dates: the day of the week (`aaaa`), the
    /// year (`e`).
    Date,
    /// A duration: `[h]:mm`. Not in XLSX, whose reader knows it.
    Duration,
    /// A number with this many decimals.
    Decimals(usize),
    /// A number with a unit or a percent sign: `0.0"折"`, `0%`.
    Unit(UnitFormat),
}

/// A number as it is shown with a unit, which may change its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFormat {
    before: String,
    after: String,
    /// Minimum and maximum number of decimals.
    decimals: (usize, usize),
    has_thousands: bool,
    is_percent: bool,
}

impl UnitFormat {
    /// The number in this format. A negative one has a minus sign before it, whatever its own format is. `None` for numbers
    /// that are not exact.
    pub fn shown(&self, number: f64) -> Option<String> {
        if (-1e15..0.0).contains(&number) {
            return Some(format!("-{}", self.shown(-number)?));
        }
        if !(0.0..1e15).contains(&number) {
            return None;
        }
        let (least, most) = self.decimals;
        let value = rounded(if self.is_percent { number * 100.0 } else { number }, most);
        let text = format!("{value:.most$}");
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let kept = decimals.trim_end_matches('0').len().max(least);
        let mut shown = String::from(&self.before);
        for (at, digit) in whole.chars().enumerate() {
            if self.has_thousands && at > 0 && (whole.len() - at) % 3 == 0 {
                shown.push(',');
            }
            shown.push(digit);
        }
        if kept > 0 {
            shown.push('.');
            shown.push_str(&decimals[..kept]);
        }
        Some(shown + &self.after)
    }
}

/// A number with so many decimals, rounded as Excel does: half a unit of the 15 digits that it keeps counts upwards.
pub fn rounded(number: f64, decimals: usize) -> f64 {
    let factor = 10_f64.powi(decimals.min(15) as i32);
    let scaled = format!("{:.14e}", number * factor).parse::<f64>().unwrap_or(number * factor);
    scaled.round() / factor
}

/// The decimals or the unit of a number format. `None` if it is another number: in thousands, a fraction, a power of ten.
fn unit(code: &str) -> Option<CellFormat> {
    // General has as many decimals as the number: General"万". The Chinese name is that of the dialog.
    const GENERAL: &str = "0.#########";
    let code = &code
        .replace("General", GENERAL)
        .replace("GENERAL", GENERAL)
        .replace("general", GENERAL)
        .replace("G/通用格式", GENERAL);
    let (mut before, mut after, mut is_after) = (String::new(), String::new(), false);
    let (mut least, mut most, mut is_decimal, mut has_thousands, mut has_comma, mut is_percent) =
        (0, 0, false, false, false, false);
    let mut rest = code.chars().peekable();
    let mut digits = 0;
    while let Some(c) = rest.next() {
        let mut literal = String::new();
        match c {
            ';' => break,
            '"' => literal.extend(rest.by_ref().take_while(|c| *c != '"')),
            '\\' | '!' => literal.extend(rest.next()),
            '_' | '*' => drop(rest.next()),
            '[' => {
                let inner: String = rest.by_ref().take_while(|c| *c != ']').collect();
                // `[DBNum1]` writes other digits.
                if inner.starts_with(['<', '>', '=']) {
                    return None;
                }
                // `[$¥-804]`: a currency and a language.
                if let Some(currency) = inner.strip_prefix('$') {
                    literal.push_str(currency.split('-').next().unwrap_or_default());
                }
            }
            '0' | '#' | '?' => {
                // Digits behind a unit, as in numbers of telephones.
                if is_after && !after.is_empty() {
                    return None;
                }
                has_thousands |= has_comma;
                (is_after, digits) = (true, digits + 1);
                if is_decimal {
                    most += 1;
                    least = if c == '0' { most } else { least };
                }
            }
            '.' if is_after && !is_decimal => is_decimal = true,
            ',' if is_after => {
                has_comma = true;
                // Behind the last digit it divides by a thousand.
                if !matches!(rest.peek(), Some('0' | '#' | '?')) {
                    return None;
                }
            }
            '%' => {
                is_percent = true;
                literal.push('%');
            }
            c if c.is_ascii_alphabetic() || matches!(c, '/' | '@') => return None,
            c => literal.push(c),
        }
        if is_after { &mut after } else { &mut before }.push_str(&literal);
    }
    let (before, after) = (before.trim_start().to_owned(), after.trim_end().to_owned());
    // Amounts are yuan, also those for one piece: 元/件.
    let is_plain = |text: &str| {
        let unit = text.split(['/', '／']).next().unwrap_or_default();
        unit.chars().all(|c| matches!(c, ' ' | '(' | ')' | '+' | '-' | '¥' | '￥' | '元' | '圆'))
    };
    match () {
        () if digits == 0 => None,
        () if !is_plain(&before) || !is_plain(&after) => {
            Some(CellFormat::Unit(UnitFormat { before, after, decimals: (least, most), has_thousands, is_percent }))
        }
        () if code.contains(GENERAL) => None,
        () if most > 0 => Some(CellFormat::Decimals(most)),
        () => None,
    }
}

/// The format of a pattern, with dates and durations, which the XLSX reader finds itself.
pub fn of_code(code: &str) -> CellFormat {
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
                    return CellFormat::Duration;
                }
                rest = after;
            }
            c if c.is_ascii_alphabetic() => letters.push(c.to_ascii_lowercase()),
            _ => {}
        }
    }
    if letters != "general" && letters.contains(['y', 'm', 'd', 'h', 's']) { CellFormat::Date } else { look(code) }
}

/// The format of a built-in number format, which has no pattern ([ECMA-376-1] 18.8.30, with those of Chinese, Japanese and Korean).
pub fn built_in(id: u32) -> CellFormat {
    match id {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => CellFormat::Date,
        46 => CellFormat::Duration,
        2 | 4 | 7 | 8 | 39 | 40 | 43 | 44 => CellFormat::Decimals(2),
        9 => look("0%"),
        10 => look("0.00%"),
        _ => CellFormat::Usual,
    }
}

/// The format of a pattern, apart from dates with the usual letters.
pub fn look(code: &str) -> CellFormat {
    if code.len() > MAX_CODE {
        return CellFormat::Usual;
    }
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
                // These characters change the number that is shown.
                is_plain &= !matches!(c, '#' | '?' | '.' | ',' | '%' | '@' | '¥' | '$' | '￥');
                pattern.push(if c == '0' { None } else { Some(c) });
            }
        }
        if pattern.len() > MAX_PATTERN {
            return CellFormat::Usual;
        }
    }
    let zeros = pattern.iter().filter(|place| place.is_none()).count();
    if matches!(letters.as_str(), "aaa" | "aaaa" | "e" | "ee") && zeros == 0 && !pattern.contains(&Some('#')) {
        return CellFormat::Date;
    }
    // `0` alone is an integer.
    if zeros > 1 && is_plain && letters.is_empty() && !code.contains('"') {
        return CellFormat::Zeros(pattern);
    }
    match unit(code) {
        // Leading zeros with words beside them: `"NO."000`.
        Some(CellFormat::Unit(_)) if zeros > 1 && is_plain && letters.is_empty() => CellFormat::Zeros(pattern),
        look => look.unwrap_or(CellFormat::Usual),
    }
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
    fn units_are_shown() {
        for (code, number, expected) in [
            ("0.00\"万\"", 1.28, Some("1.28万")),
            ("0\"分\"", 1280.0, Some("1280分")),
            ("$#,##0.00", 12_800.5, Some("$12,800.50")),
            ("[$$-409]#,##0.00", 12.5, Some("$12.50")),
            ("[$HK$-C04] 0", 12.0, Some("HK$ 12")),
            ("0%", 0.855, Some("86%")),
            ("0.00%", 0.855, Some("85.50%")),
            ("0.0\"折\"", 8.5, Some("8.5折")),
            ("0.##\"折\"", 8.0, Some("8折")),
            ("#,##0\\件", 1280.0, Some("1,280件")),
            ("#,##0\"件\"", -1280.0, Some("-1,280件")),
            ("0\"件\"", 1e15, None),
            ("General\"万\"", 1.28, Some("1.28万")),
            ("G/通用格式\"分\"", 1280.0, Some("1280分")),
            ("[DBNum1]0\"万\"", 3.0, Some("3万")),
        ] {
            let CellFormat::Unit(unit) = look(code) else { panic!("{code}: {:?}", look(code)) };
            assert_eq!(unit.shown(number).as_deref(), expected, "{code}");
        }
        assert_eq!(
            [rounded(12.345, 2), rounded(1.005, 2), rounded(0.125, 2), rounded(7.0, 2)],
            [12.35, 1.01, 0.13, 7.0]
        );
    }

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
            let CellFormat::Zeros(pattern) = look(code) else { panic!("{code}: {:?}", look(code)) };
            assert_eq!(with_zeros(number, &pattern).as_deref(), expected, "{code}");
        }
        for code in [
            "General",
            "0",
            "#,##0",
            "0.00E+00",
            "@",
            "yyyy-mm-dd",
            "",
            "0!.0,\"万\"",
            "0.00,\"千元\"",
            "# ?/?",
            "0\"元\"",
            "0\"元/件\"",
            "¥0\"/件\"",
            "[>=10000]0!.0,\"万\";0",
        ] {
            assert_eq!(look(code), CellFormat::Usual, "{code}");
        }
        for (code, decimals) in
            [("0.00", 2), ("00.00", 2), ("¥#,##0.00", 2), ("[$¥-804]#,##0.0_);[Red]-0", 1), ("0.0#\"元\"", 2)]
        {
            assert_eq!(look(code), CellFormat::Decimals(decimals), "{code}");
        }
        for (code, expected) in [
            ("yyyy-mm-dd", CellFormat::Date),
            ("[$-804]yyyy\"年\"m\"月\"d\"日\";@", CellFormat::Date),
            ("h:mm AM/PM", CellFormat::Date),
            ("mm:ss.0", CellFormat::Date),
            ("[h]:mm:ss", CellFormat::Duration),
            ("[$-804]aaaa", CellFormat::Date),
            ("General", CellFormat::Usual),
            ("[Red]0.00;[Blue]yyyy", CellFormat::Decimals(2)),
            ("0.00E+00", CellFormat::Usual),
            ("\"", CellFormat::Usual),
            ("[", CellFormat::Usual),
        ] {
            assert_eq!(of_code(code), expected, "{code}");
        }
        assert!(matches!(of_code("00000"), CellFormat::Zeros(_)));
        for code in ["aaaa", "[$-804]aaaa", "aaa;@", "e", "[$-804]e\"年\""] {
            assert_eq!(look(code), CellFormat::Date, "{code}");
        }
    }
}
