//! EAN-13 encoder (ISO/IEC 15420).

use std::ops::Range;

use super::tables::{self, EAN13_SETS};
use crate::{
    error::{Error, ErrorKind, Result},
    words,
};

/// Modules of the left, centre and right guard patterns.
pub const GUARDS: [Range<usize>; 3] = [0..3, 45..50, 92..95];

/// The 13 digits of a number of 12 or 13 digits. The check digit of 12 digits is added, that of 13 is verified.
///
/// # Errors
/// `barcode_character`, `barcode_length`, `barcode_check_digit`.
pub fn complete(value: &str) -> Result<String> {
    let invalid = |finding| Err(Error::of(ErrorKind::Invalid, finding));
    if let Some((index, c)) = value.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
        return invalid(words::ean13_character(index + 1, format_args!("{:?}", c.to_string())));
    }
    let digits: Vec<u8> = value.bytes().map(|c| c - b'0').collect();
    let expected = digits.get(..12).map(tables::check_digit);
    match (digits.len(), expected) {
        (12, Some(check)) => Ok(format!("{value}{check}")),
        (13, Some(expected)) if digits[12] == expected => Ok(value.to_owned()),
        (13, Some(expected)) => invalid(words::barcode_check_digit(value, digits[12], expected)),
        (length, _) => {
            let hint = match length {
                0 => words::ean13_empty(),
                8 => words::ean13_eight(),
                14 => words::ean13_fourteen(),
                _ => words::ean13_own_numbers(),
            };
            invalid(words::ean13_length(format_args!("{value:?}"), length).with_hint(hint))
        }
    }
}

/// Modules of a complete number, `true` for dark, from the first to the last guard bar.
pub fn modules(number: &str) -> Vec<bool> {
    let mut digits = number.bytes().map(|c| c.wrapping_sub(b'0'));
    let sets = digits.next().and_then(|first| EAN13_SETS.get(usize::from(first))).copied().unwrap_or_default();
    let all: Vec<[u8; 4]> = digits.filter_map(tables::ean13).collect();
    let (left, right) = all.split_at(all.len().min(6));
    let left = left.iter().enumerate().flat_map(|(index, widths)| {
        let [a, b, c, d] = *widths;
        if sets >> (5 - index) & 1 == 1 { [d, c, b, a] } else { [a, b, c, d] }
    });
    let right = right.iter().flatten().copied();
    let widths = [1; 3].into_iter().chain(left).chain([1; 5]).chain(right).chain([1; 3]);
    tables::modules(widths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_number() {
        // The example of Wikipedia's article on the International Article Number.
        let modules: String = modules("4003994155486").into_iter().map(|dark| if dark { '1' } else { '0' }).collect();
        let left = ["0001101", "0100111", "0111101", "0001011", "0010111", "0011101"];
        let right = ["1100110", "1001110", "1001110", "1011100", "1001000", "1010000"];
        assert_eq!(modules, format!("101{}01010{}101", left.concat(), right.concat()));
    }

    #[test]
    fn check_digits_are_added_and_verified() {
        assert_eq!(complete("400399415548").expect("12 digits"), "4003994155486");
        assert_eq!(complete("4003994155486").expect("13 digits"), "4003994155486");
        assert_eq!(complete("690123456789").expect("12 digits"), "6901234567892");
        for last in (0..10).filter(|last| *last != 2) {
            let error = complete(&format!("690123456789{last}")).expect_err("a wrong check digit");
            assert_eq!(error.code(), "barcode_check_digit");
            assert!(error.message().ends_with(&format!("is {last}, expected 2")), "{error}");
            assert!(error.hint_text().is_some_and(|hint| hint.contains("omit its last digit")), "{error:?}");
        }
    }

    #[test]
    fn other_values_are_explained() {
        let error = complete("690-123456789").expect_err("a hyphen");
        assert_eq!(error.code(), "barcode_character");
        assert!(error.message().starts_with("character 4 of the EAN-13 number, \"-\", "), "{error}");
        for (value, length) in [("", 0), ("12345678", 8), ("12345678901", 11), ("06901234567892", 14)] {
            let error = complete(value).expect_err("a wrong length");
            assert_eq!(error.code(), "barcode_length");
            assert!(error.message().ends_with(&format!("has {length}")), "{error}");
        }
    }
}
