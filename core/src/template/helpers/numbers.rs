//! Number formatting: prices and counts.

use serde_json::Value;

use super::integer::integer;
use crate::{error::Message, template::violation::show, words};

/// `{{money price}}`: formats fen as yuan, without digit grouping: 1280 is `¥12.80`, 12800 is `¥128`. An absent price gives
/// an empty string.
pub(super) fn money(arguments: &[&Value]) -> Result<Value, Message> {
    let [value] = arguments else { return Err(words::helper_arity(1)) };
    if value.is_null() {
        return Ok(Value::String(String::new()));
    }
    let Some(fen) = integer(value) else {
        return Err(words::expected_fen(show(value)));
    };
    let sign = if fen < 0 { "-" } else { "" };
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    Ok(Value::String(if rest == 0 { format!("{sign}¥{yuan}") } else { format!("{sign}¥{yuan}.{rest:02}") }))
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
