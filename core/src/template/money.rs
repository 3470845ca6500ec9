//! Reads amounts of money as people write them, in yuan or in fen. Exact: no floating-point arithmetic.

mod decimal;
mod numbers;
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
            None => unreadable::why(text, &narrow(text), numbers),
        });
    }
    let Decimal { digits, fraction, is_grouped, has_point } =
        Decimal::read(rest).ok_or_else(|| unreadable::why(text, &narrow(text), numbers))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_with_a_sign_a_unit_or_decimals_are_yuan_everywhere() {
        for (text, fen) in [
            ("¥12.50", 1250),
            ("￥12.5", 1250),
            ("¥ 128", 12800),
            ("1,280.00", 128_000),
            ("¥1,280", 128_000),
            ("89.9元", 8990),
            ("128 元", 12800),
            ("128块", 12800),
            ("12元整", 1200),
            ("RMB 12", 1200),
            ("12.30 CNY", 1230),
            ("人民币 5 元", 500),
            ("￥１，２８０．００", 128_000),
            ("\u{3000}９９．９元\u{a0}", 9990),
            ("-¥12.50", -1250),
            ("¥-12.50", -1250),
            ("−12.50", -1250),
            ("+0.05", 5),
            ("¥\u{200b}1\u{feff}2", 1200),
            // Windows puts these around numbers that are copied.
            ("\u{202a}12.50\u{202c}", 1250),
            ("\u{2066}¥1\u{ad}2\u{2069}", 1200),
            ("12.5000", 1250),
            ("0.00", 0),
            ("¥0", 0),
            ("92233720368547758.07", i64::MAX),
        ] {
            for numbers in [Numbers::Yuan, Numbers::FenOrYuan, Numbers::Unclear] {
                assert_eq!(read(text, numbers), Ok(fen), "{text} {numbers:?}");
            }
        }
        for text in ["1280分", "1280 fen", "１２８０分"] {
            assert_eq!(read(text, Numbers::Yuan), Ok(1280), "{text}");
            assert_eq!(read(text, Numbers::Unclear), Ok(1280), "{text}");
        }
    }

    #[test]
    fn plain_numbers_are_read_as_their_place_says() {
        for (text, yuan, fen, either) in [
            ("128", Some(12800), Some(128), Some(128)),
            ("0", Some(0), Some(0), Some(0)),
            ("-5", Some(-500), Some(-5), Some(-5)),
            ("1,280", Some(128_000), Some(1280), None),
            ("12.5", Some(1250), None, Some(1250)),
            ("1280.00", Some(128_000), Some(1280), Some(128_000)),
            ("００１２８", Some(12800), Some(128), Some(128)),
        ] {
            assert_eq!(read(text, Numbers::Yuan).ok(), yuan, "{text}");
            assert_eq!(read(text, Numbers::Fen).ok(), fen, "{text}");
            assert_eq!(read(text, Numbers::FenOrYuan).ok(), either, "{text}");
        }
        let unclear = read("128", Numbers::Unclear).expect_err("unclear");
        assert_eq!(unclear.text(), "\"128\" could be fen or yuan");
        assert!(unclear.hint_text().is_some_and(|hint| hint.contains("\"¥128\"")), "{unclear:?}");
        assert_eq!(read("¥128", Numbers::Fen), Ok(12800), "a sign means yuan also in a column of fen");
        for (text, is) in
            [("128", true), ("1,280", true), ("-5", true), ("¥128", false), ("128.00", false), ("a", false)]
        {
            assert_eq!(is_unclear(text), is, "{text}");
            let marked = read(&format!("{text}{FEN_OR_YUAN}"), Numbers::Yuan).expect_err("the unit is not known");
            assert!(!is || marked == read(text, Numbers::Unclear).expect_err("unclear"), "{text}: {marked:?}");
        }
    }

    #[test]
    fn what_is_no_exact_amount_is_refused_with_a_hint() {
        for text in [
            "",
            " ",
            "¥",
            "-¥-5",
            "+¥-5",
            "--5",
            "元",
            "abc",
            "12.345",
            "¥0.001",
            "1,28",
            "12,80.00",
            "1,2800",
            "1.2.3",
            "12.",
            ".",
            "$12",
            "12€",
            "3k",
            "万",
            "1.2万万",
            "1万2千",
            "1.2345678万",
            "5万分",
            "1e3",
            "¥12起",
            "5角",
            "12元5角",
            "--5",
            "12 50",
            "1 280.00",
            "¥¥5",
            "99999999999999999999",
            "12.5分",
            "NaN",
            "∞",
            "１２８０￠",
        ] {
            for numbers in [Numbers::Yuan, Numbers::Fen, Numbers::FenOrYuan, Numbers::Unclear] {
                let fault = read(text, numbers).map(|fen| panic!("{text} is read as {fen}")).unwrap_err();
                assert!(fault.hint_text().is_some(), "{text}: {}", fault.text());
            }
        }
        for (text, numbers) in [("1.2万", Numbers::Unclear), ("12万元", Numbers::FenOrYuan), ("1.2万", Numbers::Fen)]
        {
            let fault = read(text, numbers).expect_err(text);
            assert!(fault.hint_text().is_some_and(|hint| hint.contains("in full")), "{text}");
        }
        for (text, amount) in [
            ("12.8万", "¥128000"),
            ("3k", "¥3000"),
            ("-1.5千", "-¥1500"),
            ("3千万", "¥30000000"),
            ("¥2.5w", "¥25000"),
            ("5万分", "¥500"),
            ("0.12345万", "¥1234.50"),
        ] {
            let fault = read(text, Numbers::Unclear).expect_err(text);
            let hint = fault.hint_text().unwrap_or_default();
            assert!(hint.ends_with(&format!("in full: {amount}")), "{text}: {hint}");
        }
        for text in ["O12", "l28", "12O", "1l8", "１２Ｏ", "12〇", "三28", "128х"] {
            let fault = read(text, Numbers::Yuan).expect_err(text);
            assert_eq!(fault.row().id, "money_unreadable", "{text}: a digit may be mistyped");
        }
        for text in ["一百", "三千", "k"] {
            assert_eq!(read(text, Numbers::Unclear).expect_err(text).row().id, "money_without_number", "{text}");
        }
        assert!(read(&"1".repeat(100_000), Numbers::Yuan).is_err());
    }

    #[test]
    fn reasons_name_what_was_read() {
        for (text, id) in [
            ("面议", "money_without_number"),
            ("无门槛", "money_without_number"),
            ("免费", "money_without_number"),
            ("满100减20", "money_several"),
            ("100-200", "money_several"),
            ("99～129元", "money_several"),
            ("6800元/月", "money_beside"),
            ("约 ¥100", "money_beside"),
            ("１２８起", "money_beside"),
            ("5角", "money_unreadable"),
            ("8.5折", "money_unreadable"),
            ("$12", "money_unreadable"),
            ("1,28", "money_unreadable"),
            ("12 50", "money_unreadable"),
            ("NT$128", "money_unreadable"),
            ("128円", "money_unreadable"),
            ("1,28万", "money_unreadable"),
            ("1.2万万", "money_unreadable"),
            ("568万起", "money_beside"),
            ("568万元/套", "money_beside"),
            ("1900-05-07", "money_date"),
            ("2026年5月7日", "money_date"),
            ("1900/5/7 0:00", "money_date"),
            ("2026 年 5 月", "money_several"),
            ("1999-2099", "money_several"),
            ("1999元起（6期/12期）", "money_several"),
            ("2099元/12期/24期", "money_several"),
            ("2000减12送3", "money_several"),
            ("-", "money_unreadable"),
            ("", "money_unreadable"),
        ] {
            let fault = read(text, Numbers::Yuan).expect_err(text);
            assert_eq!(fault.row().id, id, "{text}");
        }
        let text = |text: &str, numbers: Numbers| read(text, numbers).expect_err(text).text();
        assert_eq!(
            text("568 万元/套", Numbers::TenThousands),
            "\"568 万元/套\" has more than the amount 568 万: \"/套\""
        );
        assert_eq!(text("128元VIP", Numbers::Yuan), "\"128元VIP\" has more than the amount 128: \"VIP\"");
        let hint = |numbers: Numbers| read("$12", numbers).expect_err("dollars").hint_text().unwrap_or_default();
        assert!(hint(Numbers::TenThousands).contains("万元") && hint(Numbers::Yuan).contains("¥12.50"));
        for (text, numbers, amount) in [
            ("128起", Numbers::Yuan, "write 128 alone"),
            ("128起", Numbers::Fen, "write 128 alone"),
            ("¥128起", Numbers::Fen, "write ¥128 alone"),
            ("128元/斤", Numbers::Fen, "write ¥128 alone"),
            ("¥128~168", Numbers::Fen, "such as ¥128,"),
            ("¥128起", Numbers::FenOrYuan, "write ¥128 alone"),
            ("128块起", Numbers::Unclear, "write ¥128 alone"),
            ("568万元/套", Numbers::TenThousands, "write 568万 alone"),
            ("¥568起", Numbers::TenThousands, "write ¥568 alone"),
            // The digits alone would be another amount.
            ("128分起", Numbers::Yuan, "such as ¥12.50"),
            ("128块5", Numbers::Yuan, "such as ¥12.50"),
            ("128元50", Numbers::Yuan, "such as ¥12.50"),
            ("$12", Numbers::Fen, "such as 1280, or yuan with a sign"),
        ] {
            let hint = read(text, numbers).expect_err(text).hint_text().unwrap_or_default();
            assert!(hint.contains(amount), "{text} {numbers:?}: what the hint says to write is another amount: {hint}");
        }
        let beside = read("６８００元／月", Numbers::Yuan).expect_err("a unit");
        assert_eq!(beside.text(), "\"６８００元／月\" has more than the amount 6800: \"/月\"");
        assert_eq!(
            read("满100减20", Numbers::Yuan).map_err(|fault| fault.text()),
            Err("\"满100减20\" has several amounts: 100, 20".to_owned())
        );
    }

    #[test]
    fn sheets_abbreviate_large_amounts() {
        for (text, yuan) in [
            ("129.8万", 1_298_000),
            ("129.8万元", 1_298_000),
            ("¥129.8万", 1_298_000),
            ("１２９．８萬", 1_298_000),
            ("0.000001万", 0),
            ("1,280 万", 12_800_000),
            ("-3万", -30_000),
            ("1.2亿", 120_000_000),
        ] {
            let fen = if text == "0.000001万" { 1 } else { yuan * 100 };
            for numbers in [Numbers::Yuan, Numbers::TenThousands] {
                assert_eq!(read(text, numbers), Ok(fen), "{text}");
            }
        }
        assert_eq!(read("129.8", Numbers::TenThousands), Ok(129_800_000));
        assert_eq!(read("¥1298000", Numbers::TenThousands), Ok(129_800_000), "a sign means yuan");
        assert_eq!(read("¥1.2万", Numbers::Fen), Ok(1_200_000), "a sign means yuan");
    }

    #[test]
    fn shown_amounts_are_read_back() {
        for (fen, text) in [(12800, "¥128.00"), (5, "¥0.05"), (-1250, "-¥12.50"), (0, "¥0.00")] {
            assert_eq!(shown(fen), text);
            assert_eq!(read(text, Numbers::Unclear), Ok(fen));
        }
    }
}
