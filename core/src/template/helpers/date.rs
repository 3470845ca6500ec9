//! Date formatting. The core has no clock: a date is always an argument.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};
use serde_json::Value;

use super::integer::integer;
use crate::{error::Message, template::violation::show, words};

/// Pattern used when none is given.
const DEFAULT_PATTERN: &str = "YYYY年M月D日";
/// China's UTC offset in hours, for timestamps.
const CHINA_UTC_OFFSET: i8 = 8;
/// Days since 1899-12-30, by which sheets count dates: from 1954 to 2119. As seconds, they would be the first day of 1970.
pub const SERIALS: RangeInclusive<f64> = 20_000.0..=80_000.0;
const SECONDS_A_DAY: f64 = 86_400.0;
const WEEKDAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

/// `{{date day}}`, `{{date start "M月D日 ddd HH:mm"}}`: formats a date (`2026-11-21`), a date with a time
/// (`2026-11-21T18:30`, `2026/11/21 18:30`, `2026年11月21日`; local time as written, its offset is ignored), or a Unix timestamp
/// in seconds (in China's time zone). A number of days from 20000 to 80000 is a date of a sheet that has lost its format: `45992` is
/// 2025-12-01. The pattern consists of `YYYY`, `MM`, `M`, `DD`, `D`, `HH`, `H`, `mm`, `ss`, `ddd` (周六)
/// and other characters, which are copied; other ASCII letters are an error. An absent or empty date gives an empty string.
pub(super) fn date(arguments: &[&Value]) -> Result<Value, Message> {
    let (value, pattern) = match arguments {
        [value] => (value, DEFAULT_PATTERN),
        [value, pattern] => (value, pattern.as_str().ok_or_else(|| words::expected_date_pattern(show(pattern)))?),
        _ => return Err(words::helper_arity("1 to 2")),
    };
    if value.is_null() || value.as_str().is_some_and(str::is_empty) {
        return Ok(Value::String(String::new()));
    }
    let moment = read(value).ok_or_else(|| words::expected_date(show(value)))?;
    write(moment, pattern).map(Value::String)
}

/// Checks a date pattern.
///
/// # Errors
/// A message that names the letters that are not a part of a date.
pub(in crate::template) fn check_pattern(pattern: &str) -> Result<(), Message> {
    write(DateTime::default(), pattern).map(drop)
}

fn read(value: &Value) -> Option<DateTime> {
    if let Some(moment) = serial(value) {
        return Some(moment);
    }
    if let Some(seconds) = integer(value) {
        let moment = Timestamp::from_second(seconds).ok()?;
        return Some(Offset::constant(CHINA_UTC_OFFSET).to_datetime(moment));
    }
    // Local time as written: `18:30+08:00` is 18:30.
    let text = value.as_str()?.trim();
    text.strip_suffix('Z').unwrap_or(text).parse().ok().or_else(|| usual(text))
}

/// The date of a cell without its format: `45992`, `"45992.5"`.
fn serial(value: &Value) -> Option<DateTime> {
    let days = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let text = text.trim();
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            text.parse::<f64>().ok().filter(|_| is_number)?
        }
        _ => return None,
    };
    let seconds = SERIALS.contains(&days).then(|| (days * SECONDS_A_DAY).round())?;
    // Below 2^33.
    DateTime::new(1899, 12, 30, 0, 0, 0, 0).ok()?.checked_add(SignedDuration::from_secs(seconds as i64)).ok()
}

/// A date as programs and people write it in Chinese: `2026/11/20 19:30`, `2026.1.5`, `2026年11月20日`.
fn usual(text: &str) -> Option<DateTime> {
    let (date, time) = match text.find(['日', '号']) {
        Some(at) => (&text[..at], text[at..].trim_start_matches(['日', '号'])),
        None => text.split_once(' ').unwrap_or((text, "")),
    };
    let parts = date.split(['/', '.', '-', '年', '月']).map(|part| part.trim().parse::<i16>().ok());
    let parts: Vec<i16> = parts.collect::<Option<_>>()?;
    let [year @ (1000..), month, day] = parts[..] else { return None };
    let mut clock = time.trim().split(':').map(|part| part.parse::<i8>().ok());
    let clock = match time.trim() {
        "" => [0; 3],
        _ => [clock.next()??, clock.next()??, clock.next().unwrap_or(Some(0))?],
    };
    DateTime::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?, clock[0], clock[1], clock[2], 0).ok()
}

fn write(moment: DateTime, pattern: &str) -> Result<String, Message> {
    let (mut text, mut rest) = (String::new(), pattern);
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|c| *c == first).count();
        let part = match (first, run) {
            ('Y', 4) => format!("{:04}", moment.year()),
            ('M', 2) => format!("{:02}", moment.month()),
            ('M', 1) => moment.month().to_string(),
            ('D', 2) => format!("{:02}", moment.day()),
            ('D', 1) => moment.day().to_string(),
            ('H', 2) => format!("{:02}", moment.hour()),
            ('H', 1) => moment.hour().to_string(),
            ('m', 2) => format!("{:02}", moment.minute()),
            ('s', 2) => format!("{:02}", moment.second()),
            ('d', 3) => WEEKDAYS[usize::from(moment.weekday().to_monday_zero_offset().unsigned_abs()) % 7].to_owned(),
            (letter, _) if letter.is_ascii_alphabetic() => {
                return Err(words::date_pattern(&rest[..run]));
            }
            _ => rest.chars().take(run).collect(),
        };
        text.push_str(&part);
        rest = &rest[run * first.len_utf8()..];
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_are_formatted_by_the_pattern() {
        for (value, pattern, text) in [
            (json!("2026-11-21"), DEFAULT_PATTERN, "2026年11月21日"),
            (json!("2026-01-05T08:05"), "YYYY-MM-DD HH:mm", "2026-01-05 08:05"),
            (json!("2026-01-05T08:05:59+08:00"), "M月D日 ddd H:mm", "1月5日 周一 8:05"),
            (json!("2026-11-22T18:30Z"), "ddd", "周日"),
            (json!(1_700_000_000), "YYYY.MM.DD HH:mm", "2023.11.15 06:13"),
            (json!(1.7e9), "YYYY.MM.DD HH:mm", "2023.11.15 06:13"),
            (json!("2026-02-28T23:59:07"), "日期 HH:mm:ss", "日期 23:59:07"),
            (json!("2026/11/20 19:30"), "M月D日 HH:mm", "11月20日 19:30"),
            (json!("2026-11-20 19:30"), "M月D日 HH:mm", "11月20日 19:30"),
            (json!("2026.1.5"), "YYYY-MM-DD", "2026-01-05"),
            (json!("2026年11月20日"), "YYYY-MM-DD", "2026-11-20"),
            (json!("2026年1月5日 9:05:30"), "MM-DD HH:mm:ss", "01-05 09:05:30"),
            (json!("45992"), "YYYY-MM-DD HH:mm", "2025-12-01 00:00"),
            (json!(45992), "YYYY-MM-DD", "2025-12-01"),
            (json!(" 45992.75 "), "YYYY-MM-DD HH:mm", "2025-12-01 18:00"),
            (json!(46_346.5), "M月D日 H:mm", "11月20日 12:00"),
            (json!(90_000), "YYYY-MM-DD HH:mm", "1970-01-02 09:00"),
            (json!(null), DEFAULT_PATTERN, ""),
            (json!(""), DEFAULT_PATTERN, ""),
        ] {
            assert_eq!(date(&[&value, &json!(pattern)]), Ok(json!(text)), "{value} {pattern}");
        }
    }

    #[test]
    fn invalid_dates_and_patterns_are_rejected() {
        for bad in [
            json!("2026-02-30"),
            json!("tomorrow"),
            json!(true),
            json!(i64::MAX),
            json!(1.5),
            json!("2026-13-01T00:00"),
            json!("2026-11-21ZZ"),
            json!("19999"),
            json!("4599.2"),
            json!("-45992"),
        ] {
            assert!(date(&[&bad]).is_err(), "{bad}");
        }
        assert!(date(&[&json!("2026-01-01"), &json!(1)]).is_err());
        for (pattern, letters) in [("YY", "`YY`"), ("D MMM", "`MMM`"), ("H:m", "`m`"), ("HHx", "`x`"), ("s", "`s`")] {
            let why = date(&[&json!("2026-01-01"), &json!(pattern)]).unwrap_err().text();
            assert!(why.starts_with(letters), "{pattern}: {why}");
        }
    }
}
