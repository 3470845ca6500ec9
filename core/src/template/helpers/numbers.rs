//! Number formatting: prices and counts.

use serde_json::Value;

use super::integer::integer;
use crate::{error::Message, template::violation::show, words};

/// `{{money price}}`: formats fen as yuan, without digit grouping: 1280 is `¥12.80`, 12800 is `¥128`.
/// `{{money price "万"}}`: in that unit, which is not written, exactly and without needless zeros: 129800000 is `¥129.8`.
/// An absent price gives an empty string.
pub(super) fn money(arguments: &[&Value]) -> Result<Value, Message> {
    let (value, decimals) = match arguments {
        [value] => (value, 2),
        [value, unit] => (value, decimals_of(unit)?),
        _ => return Err(words::helper_arity("1 to 2")),
    };
    if value.is_null() {
        return Ok(Value::String(String::new()));
    }
    let Some(fen) = integer(value) else {
        return Err(words::expected_fen(show(value)));
    };
    let sign = if fen < 0 { "-" } else { "" };
    let unit = 10_u64.pow(decimals);
    let (whole, rest) = (fen.unsigned_abs() / unit, fen.unsigned_abs() % unit);
    if rest == 0 {
        return Ok(Value::String(format!("{sign}¥{whole}")));
    }
    let rest = format!("{rest:0width$}", width = decimals as usize);
    // Yuan have two decimals or none.
    let rest = if decimals == 2 { &rest } else { rest.trim_end_matches('0') };
    Ok(Value::String(format!("{sign}¥{whole}.{rest}")))
}

/// Decimals that fen have in a unit.
fn decimals_of(unit: &Value) -> Result<u32, Message> {
    match unit.as_str() {
        Some("万") => Ok(6),
        Some("亿") => Ok(10),
        _ => Err(words::expected_money_unit(show(unit))),
    }
}

/// `{{number sold}}`: abbreviates a count: 9999 is `9999`, 12345 is `1.2万`, 120000000 is `1.2亿`. One decimal, truncated
/// so that it never overstates the count. An absent count gives an empty string.
pub(super) fn number(arguments: &[&Value]) -> Result<Value, Message> {
    let [value] = arguments else { return Err(words::helper_arity(1)) };
    if value.is_null() {
        return Ok(Value::String(String::new()));
    }
    let Some(count) = integer(value) else { return Err(words::expected_integer(show(value))) };
    let (sign, size) = (if count < 0 { "-" } else { "" }, count.unsigned_abs());
    let (unit, name) = match size {
        0..10_000 => return Ok(Value::String(format!("{count}"))),
        10_000..100_000_000 => (10_000, "万"),
        _ => (100_000_000, "亿"),
    };
    let (whole, tenth) = (size / unit, size % unit * 10 / unit);
    Ok(Value::String(if tenth == 0 { format!("{sign}{whole}{name}") } else { format!("{sign}{whole}.{tenth}{name}") }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn money_is_formatted_in_yuan() {
        let cases = [
            (json!(1280), "¥12.80"),
            (json!(12800), "¥128"),
            (json!(0), "¥0"),
            (json!(5), "¥0.05"),
            (json!(9_999_999), "¥99999.99"),
            (json!(-1280), "-¥12.80"),
            (json!(i64::MIN), "-¥92233720368547758.08"),
            (json!(1280.0), "¥12.80"),
            (json!(null), ""),
        ];
        for (fen, text) in cases {
            assert_eq!(money(&[&fen]), Ok(json!(text)), "{fen}");
        }
        for bad in [json!(12.8), json!("1280"), json!(u64::MAX), json!(1e300), json!([1]), json!(true)] {
            assert!(money(&[&bad]).is_err(), "{bad}");
        }
        assert_eq!(money(&[&json!(12.8)]).unwrap_err().text(), "expected an integer number of fen, got number 12.8");
    }

    #[test]
    fn large_amounts_are_exact_in_their_unit() {
        for (fen, unit, text) in [
            (json!(129_800_000), "万", "¥129.8"),
            (json!(568_000_000), "万", "¥568"),
            (json!(1_000_001), "万", "¥1.000001"),
            (json!(680_000), "万", "¥0.68"),
            (json!(-129_800_000), "万", "-¥129.8"),
            (json!(0), "万", "¥0"),
            (json!(12_000_000_000_u64), "亿", "¥1.2"),
            (json!(i64::MIN), "亿", "-¥922337203.6854775808"),
            (json!(null), "万", ""),
        ] {
            assert_eq!(money(&[&fen, &json!(unit)]), Ok(json!(text)), "{fen} {unit}");
        }
        for bad in [json!("千"), json!(""), json!(4), json!(null)] {
            let why = money(&[&json!(1), &bad]).unwrap_err().text();
            assert!(why.starts_with("expected the unit 万 or 亿"), "{bad}: {why}");
        }
    }

    #[test]
    fn counts_are_abbreviated() {
        for (count, text) in [
            (json!(0), "0"),
            (json!(9999), "9999"),
            (json!(10_000), "1万"),
            (json!(12_999), "1.2万"),
            (json!(99_999_999), "9999.9万"),
            (json!(100_000_000), "1亿"),
            (json!(123_456_789), "1.2亿"),
            (json!(-25_000), "-2.5万"),
            (json!(null), ""),
        ] {
            assert_eq!(number(&[&count]), Ok(json!(text)), "{count}");
        }
        assert!(number(&[&json!("many")]).is_err());
    }
}
