//! Dates and times in a number format.

use calamine::ExcelDateTime;

use super::tokens::Token;

/// First serial number after the year 9999.
const MAX_SERIAL: f64 = 2_958_466.0;
const WEEKDAYS: [&str; 7] = ["日", "一", "二", "三", "四", "五", "六"];
const ENGLISH_WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// Whether a format without the usual letters is one of dates: `aaaa`, `e`.
pub fn is_date(tokens: &[Token]) -> bool {
    let is_letter =
        |letters: &[char]| tokens.iter().any(|one| matches!(one, Token::Letters(c, _) if letters.contains(c)));
    let is_number = tokens.iter().any(|one| matches!(one, Token::Sign('0' | '#' | '?' | '@')));
    is_letter(&['a', 'e', 'y', 'd', 'h', 's']) && !is_letter(&['g', 'n', 'r', 'l']) && !is_number
}

/// A date in a format. `None` for other calendars, elapsed times, and dates that Excel does not show.
pub fn shown(tokens: &[Token], moment: ExcelDateTime) -> Option<String> {
    if !(0.0..MAX_SERIAL).contains(&moment.as_f64()) || !tokens.iter().any(|one| matches!(one, Token::Letters(..))) {
        return None;
    }
    let brackets =
        || tokens.iter().filter_map(|one| if let Token::Bracket(text) = one { Some(text.as_str()) } else { None });
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    if brackets().any(|text| text == "$-f800") {
        return Some(format!("{year}年{month}月{day}日"));
    }
    if brackets().any(|text| text == "$-f400") {
        return Some(format!("{hour}:{minute:02}:{second:02}"));
    }
    let is_chinese = brackets().any(|text| text.starts_with('$') && (text.ends_with("804") || text.ends_with("zh-cn")));
    let has_ideographs = brackets().any(|text| text == "dbnum1");
    if brackets()
        .any(|text| matches!(text.trim_matches(['h', 'm', 's']), "") || (text.starts_with("dbnum") && text != "dbnum1"))
    {
        return None;
    }
    let halves = tokens.iter().any(|one| matches!(one, Token::Half(..)));
    let weekday = weekday(year, month, day);
    let number = |value: u16, least: usize| match has_ideographs {
        true => ideographs(value),
        false => format!("{value:0least$}"),
    };
    let mut shown = String::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Text(text) => shown.push_str(text),
            Token::Bracket(_) => {}
            Token::Half(am, _) if is_chinese && am.is_ascii() => {
                shown.push_str(if hour < 12 { "上午" } else { "下午" });
            }
            Token::Half(am, pm) => shown.push_str(if hour < 12 { am } else { pm }),
            Token::Letters('y' | 'e', length) if has_ideographs => {
                let digits = format!("{year:04}");
                let digits = if *length == 2 { &digits[digits.len() - 2..] } else { &digits };
                shown.extend(digits.chars().filter_map(|c| DIGITS.get(c.to_digit(10)? as usize)));
            }
            Token::Letters('y', 1 | 2) => shown.push_str(&format!("{:02}", year % 100)),
            Token::Letters('y' | 'e', _) => shown.push_str(&format!("{year:04}")),
            Token::Letters('m', length @ (1 | 2)) if is_minute(tokens, at) => {
                shown.push_str(&number(minute.into(), *length))
            }
            Token::Letters('m', length @ (1 | 2)) => shown.push_str(&number(month.into(), *length)),
            Token::Letters('m', length @ 3..=5) if !is_chinese => {
                let name = MONTHS.get(usize::from(month).checked_sub(1)?)?;
                shown.push_str(match length {
                    3 => &name[..3],
                    4 => name,
                    _ => &name[..1],
                });
            }
            Token::Letters('d', length @ (1 | 2)) => shown.push_str(&number(day.into(), *length)),
            Token::Letters('d', 3) if is_chinese => shown.push_str(&format!("周{}", WEEKDAYS[weekday])),
            Token::Letters('d', 3) => shown.push_str(&ENGLISH_WEEKDAYS[weekday][..3]),
            Token::Letters('d', _) if !is_chinese => shown.push_str(ENGLISH_WEEKDAYS[weekday]),
            Token::Letters('a', 3) => shown.push_str(WEEKDAYS[weekday]),
            Token::Letters('a', 4) | Token::Letters('d', _) => shown.push_str(&format!("星期{}", WEEKDAYS[weekday])),
            Token::Letters('h', length @ (1 | 2)) => {
                let hour = if halves { (hour + 11) % 12 + 1 } else { hour };
                shown.push_str(&number(hour.into(), *length));
            }
            Token::Letters('s', length @ (1 | 2)) => shown.push_str(&number(second.into(), *length)),
            Token::Sign('0') if tokens[..at].iter().any(|one| matches!(one, Token::Letters('s', _))) => {
                let decimals = tokens[..at].iter().rev().take_while(|one| matches!(one, Token::Sign('0'))).count();
                shown.push_str(format!("{milli:03}").get(decimals..=decimals).unwrap_or("0"));
            }
            Token::Sign('0' | '#' | '?' | '@') | Token::Letters(..) => return None,
            Token::Sign(c) => shown.push(*c),
        }
    }
    Some(shown.trim().to_owned())
}

/// Whether `m` means minutes: behind hours or before seconds.
fn is_minute(tokens: &[Token], at: usize) -> bool {
    let is_letter = |token: &&Token| matches!(token, Token::Letters(..));
    let before = tokens[..at].iter().rev().find(is_letter);
    let after = tokens[at + 1..].iter().find(is_letter);
    matches!(before, Some(Token::Letters('h', _))) || matches!(after, Some(Token::Letters('s', _)))
}

/// Day of the week from Sunday, 0 to 6 (Sakamoto's method).
fn weekday(year: u16, month: u8, day: u8) -> usize {
    const SHIFTS: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let shift = SHIFTS.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or_default();
    let year = usize::from(year) - usize::from(month < 3 && year > 0);
    (year + year / 4 - year / 100 + year / 400 + shift + usize::from(day)) % 7
}

/// A number below 100 as 十一, 二十; others digit by digit.
fn ideographs(value: u16) -> String {
    let digit = |value: u16| DIGITS.get(usize::from(value)).copied().unwrap_or('〇');
    match (value / 10, value % 10) {
        (0, ones) => digit(ones).to_string(),
        (1, 0) => "十".to_owned(),
        (1, ones) => format!("十{}", digit(ones)),
        (tens @ 2..=9, 0) => format!("{}十", digit(tens)),
        (tens @ 2..=9, ones) => format!("{}十{}", digit(tens), digit(ones)),
        _ => value.to_string(),
    }
}
