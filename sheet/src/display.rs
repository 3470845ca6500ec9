//! Cells as their number format shows them ([ECMA-376-1] 18.8.31): dates, elapsed times, fixed decimals, separators of thousands,
//! fractions. Columns of texts have these; others have the values behind them.
//!
//! What this does not know (powers, conditions, other calendars) has no text here, and keeps its usual one.

mod date;
mod elapsed;
mod fraction;
mod number;
mod tokens;

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};
use tokens::sections;

use super::style::MAX_CODE;

/// What a cell shows in a format of at most [`MAX_CODE`] bytes. `None` if it is not known.
pub fn shown(code: &str, value: &DataRef<'_>, is_1904: bool) -> Option<String> {
    if code.len() > MAX_CODE {
        return None;
    }
    let sections = sections(code);
    match value {
        DataRef::DateTime(moment) if moment.is_duration() => elapsed::shown(sections.first()?, moment.as_f64()),
        DataRef::DateTime(moment) => date::shown(sections.first()?, *moment),
        DataRef::Float(value) if elapsed::is_elapsed(sections.first()?) => elapsed::shown(sections.first()?, *value),
        DataRef::Float(value) if date::is_date(sections.first()?) => {
            date::shown(sections.first()?, ExcelDateTime::new(*value, ExcelDateTimeType::DateTime, is_1904))
        }
        DataRef::Float(value) => number::shown(&sections, *value),
        DataRef::Int(value) => number::shown(&sections, *value as f64),
        _ => None,
    }
}

/// Whether a format shows a value as nothing, as `#,##0;;` does with 0 and `;;;` with everything.
pub fn is_hidden(code: &str, value: &DataRef<'_>) -> bool {
    if code.len() > MAX_CODE || !code.contains(';') {
        return false;
    }
    let sections = sections(code);
    let is_empty = |at: usize| sections.get(at).is_some_and(Vec::is_empty);
    let number = match value {
        DataRef::Float(value) => *value,
        DataRef::Int(value) => *value as f64,
        DataRef::DateTime(moment) => moment.as_f64(),
        DataRef::String(text) => return is_empty(3) && !text.trim().is_empty(),
        DataRef::SharedString(text) => return is_empty(3) && !text.trim().is_empty(),
        _ => return false,
    };
    match number {
        number if number > 0.0 => is_empty(0),
        number if number < 0.0 => is_empty(1) && sections.len() > 2,
        _ => is_empty(2),
    }
}

/// The format without a declared pattern, as Chinese spreadsheet programs show it.
pub fn built_in(id: u32) -> Option<&'static str> {
    Some(match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 6 => "\"¥\"#,##0;\"¥\"-#,##0",
        7 | 8 => "\"¥\"#,##0.00;\"¥\"-#,##0.00",
        14 => "yyyy/m/d",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "yyyy/m/d h:mm",
        27 | 36 | 50 | 52 | 57 => "yyyy\"年\"m\"月\"",
        28 | 29 | 51 | 53 | 54 | 58 => "m\"月\"d\"日\"",
        30 => "m-d-yy",
        31 => "yyyy\"年\"m\"月\"d\"日\"",
        32 => "h\"时\"mm\"分\"",
        33 => "h\"时\"mm\"分\"ss\"秒\"",
        34 | 55 => "上午/下午h\"时\"mm\"分\"",
        35 | 56 => "上午/下午h\"时\"mm\"分\"ss\"秒\"",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        37 | 38 => "#,##0;-#,##0",
        39 | 40 => "#,##0.00;-#,##0.00",
        41 => "_ * #,##0_ ;_ * -#,##0_ ;_ * \"-\"_ ;_ @_ ",
        42 => "_ \"¥\"* #,##0_ ;_ \"¥\"* -#,##0_ ;_ \"¥\"* \"-\"_ ;_ @_ ",
        43 => "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
        44 => "_ \"¥\"* #,##0.00_ ;_ \"¥\"* -#,##0.00_ ;_ \"¥\"* \"-\"??_ ;_ @_ ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(code: &str, serial: f64) -> Option<String> {
        shown(code, &DataRef::DateTime(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false)), false)
    }

    #[test]
    fn dates_are_shown_in_their_format() {
        // 2026-11-20 19:05:09, a Friday.
        let serial = 46_346.0 + (19.0 * 3600.0 + 5.0 * 60.0 + 9.0) / 86_400.0;
        for (code, expected) in [
            ("yyyy\"年\"m\"月\"d\"日\"", Some("2026年11月20日")),
            ("[$-804]yyyy\"年\"m\"月\"d\"日\";@", Some("2026年11月20日")),
            ("m\"月\"d\"日\" h:mm", Some("11月20日 19:05")),
            ("yyyy/m/d h:mm:ss", Some("2026/11/20 19:05:09")),
            ("yy-mm-dd", Some("26-11-20")),
            ("yyyy\\-mm\\-dd", Some("2026-11-20")),
            ("h\"时\"mm\"分\"", Some("19时05分")),
            ("上午/下午h\"时\"mm\"分\"", Some("下午7时05分")),
            ("[$-804]AM/PMh\"时\"mm\"分\";@", Some("下午7时05分")),
            ("h:mm AM/PM", Some("7:05 PM")),
            ("mm:ss", Some("05:09")),
            ("mm:ss.0", Some("05:09.0")),
            ("[$-804]aaaa", Some("星期五")),
            ("m/d aaa", Some("11/20 五")),
            ("dddd", Some("Friday")),
            ("[$-804]dddd", Some("星期五")),
            ("d-mmm-yy", Some("20-Nov-26")),
            ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", Some("2026年11月20日")),
            ("[$-F400]h:mm:ss\\ AM/PM", Some("19:05:09")),
            ("[DBNum1][$-804]yyyy\"年\"m\"月\"d\"日\"", Some("二〇二六年十一月二十日")),
            ("[Red]m.d", Some("11.20")),
            ("[h]:mm", None),
            ("ggge\"年\"", None),
            ("[$-411]m/d", Some("11/20")),
            ("", None),
            ("\"", None),
            ("[", None),
        ] {
            assert_eq!(date(code, serial).as_deref(), expected, "{code}");
        }
        assert_eq!(date("h:mm AM/PM", 0.0).as_deref(), Some("12:00 AM"));
        assert_eq!(date("h:mm AM/PM", 0.5).as_deref(), Some("12:00 PM"));
        assert_eq!(date("yyyy", -1.0), None);
        assert_eq!(date("yyyy", 1e9), None);
    }

    #[test]
    fn elapsed_times_are_shown_in_their_format() {
        for (code, days, expected) in [
            ("[h]:mm", 1.25347, Some("30:05")),
            ("[hh]:mm:ss", 3.0 / 24.0, Some("03:00:00")),
            ("[h]:mm:ss", 0.5, Some("12:00:00")),
            ("[mm]:ss", 0.5 + 5.0 / 86_400.0, Some("720:05")),
            ("[mm]", 1.0 / 288.0, Some("05")),
            ("[s]", 1.0, Some("86400")),
            ("[s].00", 1.5 / 86_400.0, Some("1.50")),
            ("[h]\"小时\"m\"分\"", 1.5, Some("36小时0分")),
            ("[h]小时mm分;@", 1.5, Some("36小时00分")),
            ("[h]:mm", 59.0 / 86_400.0, Some("0:00")),
            ("[h]:mm", -0.5, None),
            ("[h]:mm", 1e9, None),
            ("[h]:[mm]", 0.5, None),
            ("[mm] h", 0.5, None),
            ("0 [h]", 0.5, None),
            ("[DBNum1][h]:mm", 0.5, None),
            ("[h]:mm AM/PM", 0.5, None),
        ] {
            let moment = ExcelDateTime::new(days, ExcelDateTimeType::TimeDelta, false);
            // As the reader of XLSX has it, and those of other workbooks.
            for value in [DataRef::DateTime(moment), DataRef::Float(days)] {
                assert_eq!(shown(code, &value, false).as_deref(), expected, "{code} {value:?}");
            }
        }
        let usual = built_in(46).unwrap_or_default();
        assert_eq!(shown(usual, &DataRef::Float(1.5), false).as_deref(), Some("36:00:00"));
    }

    #[test]
    fn empty_sections_hide_values() {
        let hides = |code: &str, value: f64| is_hidden(code, &DataRef::Float(value));
        for (code, value, expected) in [
            ("#,##0;;", 0.0, true),
            ("#,##0;;", 5.0, false),
            ("#,##0;;", -5.0, true),
            ("#,##0;-0;", 0.0, true),
            ("#,##0;-0", 0.0, false),
            (";;;", 5.0, true),
            ("0;;\"\"", 0.0, false),
            ("0", 0.0, false),
        ] {
            assert_eq!(hides(code, value), expected, "{code} {value}");
        }
        assert!(
            is_hidden(";;;", &DataRef::String("x".to_owned())) && !is_hidden("0;;", &DataRef::String("x".to_owned()))
        );
        for (code, value) in [("#,###", 0.0), ("0;;\"\"", 0.0), ("0;-0; ", 0.0)] {
            assert_eq!(shown(code, &DataRef::Float(value), false).as_deref(), Some(""), "{code}");
        }
    }

    #[test]
    fn formats_without_a_pattern_are_those_of_the_dialog() {
        for (id, value, expected) in
            [(7, 12.5, "¥12.50"), (44, 1280.0, "¥1,280.00"), (5, -12.0, "¥-12"), (37, 0.0, "0")]
        {
            let code = built_in(id).unwrap_or_default();
            assert_eq!(shown(code, &DataRef::Float(value), false).as_deref(), Some(expected), "{id}: {code}");
        }
    }

    #[test]
    fn numbers_are_shown_in_their_format() {
        for (code, value, expected) in [
            ("0.00", 8.5, Some("8.50")),
            ("0.00", 12.345, Some("12.35")),
            ("#,##0", 1280.0, Some("1,280")),
            ("#,##0.00", 1_234_567.5, Some("1,234,567.50")),
            ("¥#,##0.00", 1280.0, Some("¥1,280.00")),
            ("\"¥\"#,##0.00;[Red]\"¥\"-#,##0.00", -12.5, Some("¥-12.50")),
            ("_ \"¥\"* #,##0.00_ ;_ \"¥\"* -#,##0.00_ ;_ \"¥\"* \"-\"??_ ;_ @_ ", 12.5, Some("¥12.50")),
            ("0.00_);(0.00)", -3.0, Some("(3.00)")),
            ("0.0", -3.0, Some("-3.0")),
            ("0;-0;\"免费\"", 0.0, Some("免费")),
            ("0.0,\"千\"", 12_800.0, Some("12.8千")),
            ("0!.0,\"万\"", 12_800.0, Some("1.3万")),
            ("0!.0000\"万\"", 12_800.0, Some("1.2800万")),
            ("0.##", 8.0, Some("8.")),
            ("0\"元\"", 12.0, Some("12元")),
            ("[$¥-804]0.0", 1.0, Some("¥1.0")),
            ("#", 0.0, Some("")),
            ("0000", 7.0, Some("0007")),
            ("# ?/?", 0.25, Some("1/4")),
            ("# ?/?", 1.5, Some("1 1/2")),
            ("# ?/?", 2.0, Some("2")),
            ("# ?/?", 0.0, Some("0")),
            ("# ?/?", 0.99, Some("1")),
            ("# ??/??", 0.62, Some("31/50")),
            ("# ???/???", 5.14159, Some("5 16/113")),
            ("# ?/2", 1.26, Some("1 1/2")),
            ("# ??/16", 0.5, Some("8/16")),
            ("?/?", 1.25, Some("5/4")),
            ("# ?/?\"杯\"", 0.5, Some("1/2杯")),
            ("# ?/?", -0.5, Some("-1/2")),
            ("/", 1.0, None),
            ("#/", 1.0, None),
            ("0.00E+00", 1.0, None),
            ("[>1]0.0;0", 2.0, None),
            ("General", 1.0, None),
            ("@", 1.0, None),
            ("0", 1e300, None),
        ] {
            assert_eq!(shown(code, &DataRef::Float(value), false).as_deref(), expected, "{code} {value}");
        }
    }
}
