//! Dates of ISO 8601, as cells of the type `d` and XML Spreadsheet 2003 have them.

/// Formats a date or time as other cells with dates are: `2026-11-20`, `2026-11-20 19:30` or `19:30`, with seconds if not zero.
/// Times of day have no date, the day before the first date of sheets (`1899-12-30T09:30:00`, `1899-12-31T09:30:00`), or a bare
/// `T`. Texts of another form stay as they are.
pub fn shown(text: &str) -> String {
    parse(text.trim()).unwrap_or_else(|| text.to_owned())
}

fn parse(text: &str) -> Option<String> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some(("" | "1899-12-30" | "1899-12-31", time)) => (None, Some(time)),
        Some((date, time)) => (Some(date), Some(time)),
        None if text.contains(':') => (None, Some(text)),
        None => (Some(text), None),
    };
    let numbers = |text: &str, separator: char, lengths: &[usize]| -> Option<Vec<u32>> {
        let parts: Vec<&str> = text.split(separator).collect();
        let fits =
            parts.len() == lengths.len() && parts.iter().zip(lengths).all(|(part, length)| part.len() == *length);
        let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        (fits && parts.iter().all(digits)).then(|| parts.iter().filter_map(|part| part.parse().ok()).collect())
    };
    if let Some(date) = date {
        let parts = numbers(date, '-', &[4, 2, 2])?;
        if !(1..=12).contains(&parts[1]) || !(1..=31).contains(&parts[2]) {
            return None;
        }
    }
    let clock = match time {
        None => None,
        Some(time) => {
            let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
            if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let parts = numbers(time, ':', &[2, 2, 2]).or_else(|| numbers(time, ':', &[2, 2]))?;
            let [hour, minute, second] = [parts[0], parts[1], parts.get(2).copied().unwrap_or(0)];
            if hour > 23 || minute > 59 || second > 60 {
                return None;
            }
            Some((hour, minute, second))
        }
    };
    Some(match (date, clock) {
        (Some(date), None | Some((0, 0, 0))) => date.to_owned(),
        (Some(date), Some(clock)) => format!("{date} {}", time_of(clock)),
        (None, Some(clock)) => time_of(clock),
        (None, None) => return None,
    })
}

/// The serial number of a date, `2026-11-20T19:30:00.000`, as sheets count days. `None` for other texts, and dates before March
/// 1900, which programs count differently.
pub fn serial(text: &str) -> Option<f64> {
    let shown = parse(text)?;
    let (date, time) = shown.split_once(' ').unwrap_or((&shown, "00:00"));
    let numbers =
        |text: &str, separator| text.split(separator).map(str::parse::<i64>).collect::<Result<Vec<_>, _>>().ok();
    let (date, time) = (numbers(date, '-')?, numbers(time, ':')?);
    let (&[year, month, day], &[hour, minute, ..]) = (date.as_slice(), time.as_slice()) else { return None };
    let second = time.get(2).copied().unwrap_or(0);
    // Days of the proleptic Gregorian calendar, with years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    /// Day 0 of sheets, 1899-12-30.
    const START: i64 = 693_900;
    let serial = (days - START) as f64 + (hour * 3600 + minute * 60 + second) as f64 / 86_400.0;
    (serial >= 61.0).then_some(serial)
}

fn time_of((hour, minute, second): (u32, u32, u32)) -> String {
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_have_serial_numbers() {
        for (text, expected) in [
            ("1900-03-01T00:00:00.000", Some(61.0)),
            ("2026-11-20", Some(46_346.0)),
            ("2026-11-20T12:00:00.000", Some(46_346.5)),
            ("2024-02-29", Some(45_351.0)),
            ("1899-12-31T19:30:00.000", None),
            ("19:30", None),
            ("x", None),
        ] {
            assert_eq!(super::serial(text), expected, "{text}");
        }
    }

    #[test]
    fn dates_are_shown_without_what_says_nothing() {
        for (text, expected) in [
            ("2026-11-20T00:00:00.000Z", "2026-11-20"),
            ("2026-11-20T00:00:00", "2026-11-20"),
            ("2026-11-20", "2026-11-20"),
            ("2026-11-20T19:30:00.000", "2026-11-20 19:30"),
            ("2026-11-20T19:30:05Z", "2026-11-20 19:30:05"),
            ("19:30:00", "19:30"),
            ("19:30", "19:30"),
            ("T09:30:00", "09:30"),
            ("t09:30:05.000Z", "09:30:05"),
            ("1899-12-30T09:30:00", "09:30"),
            ("1899-12-31T09:30:00.000", "09:30"),
            ("1899-12-30T00:00:00", "00:00"),
            ("1899-12-30", "1899-12-30"),
            ("T25:00:00", "T25:00:00"),
            ("T", "T"),
            ("2026-13-20", "2026-13-20"),
            ("11月20日", "11月20日"),
            ("2026-11-20T19:30+08:00", "2026-11-20T19:30+08:00"),
            ("PT1H", "PT1H"),
            ("", ""),
        ] {
            assert_eq!(super::shown(text), expected);
        }
    }
}
