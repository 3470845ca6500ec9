//! Symbol tables of Code 128 and EAN-13. Widths of bars and spaces are written as decimal digits, in modules.
//!
//! Not from a crate: it is shorter than a dependency, and the crates for barcodes encode only, so the reader of the
//! legibility gate would need one anyway.

/// Code 128 (ISO/IEC 15417): bar, space, bar, space, bar, space of each symbol, 11 modules. The stop symbol has another
/// bar of [`CODE128_LAST_BAR`] modules.
const CODE128: [[u8; 6]; 107] = digits([
    212222, 222122, 222221, 121223, 121322, 131222, 122213, 122312, 132212, 221213, 221312, 231212, 112232, 122132,
    122231, 113222, 123122, 123221, 223211, 221132, 221231, 213212, 223112, 312131, 311222, 321122, 321221, 312212,
    322112, 322211, 212123, 212321, 232121, 111323, 131123, 131321, 112313, 132113, 132311, 211313, 231113, 231311,
    112133, 112331, 132131, 113123, 113321, 133121, 313121, 211331, 231131, 213113, 213311, 213131, 311123, 311321,
    331121, 312113, 312311, 332111, 314111, 221411, 431111, 111224, 111422, 121124, 121421, 141122, 141221, 112214,
    112412, 122114, 122411, 142112, 142211, 241211, 221114, 413111, 241112, 134111, 111242, 121142, 121241, 114212,
    124112, 124211, 411212, 421112, 421211, 212141, 214121, 412121, 111143, 111341, 131141, 114113, 114311, 411113,
    411311, 113141, 114131, 311141, 411131, 211412, 211214, 211232, 233111,
]);
/// Modules of the bar that ends the stop symbol.
pub const CODE128_LAST_BAR: u8 = 2;
/// Modules of a symbol.
pub const CODE128_SYMBOL: u8 = 11;
/// Shift: the next symbol is of the other one of code sets A and B.
pub const SHIFT: u8 = 98;
/// Latch to code set C, valid in A and B.
pub const CODE_C: u8 = 99;
/// Latch to code set B, valid in A and C.
pub const CODE_B: u8 = 100;
/// Latch to code set A, valid in B and C.
pub const CODE_A: u8 = 101;
/// Start in code set A; those of B and C follow it.
pub const START_A: u8 = 103;
/// Start in code set B.
pub const START_B: u8 = 104;
/// Start in code set C.
pub const START_C: u8 = 105;
/// The stop pattern, 13 modules.
pub const STOP: u8 = 106;
/// Modulus of the check symbol.
pub const CODE128_MODULUS: u32 = 103;

/// EAN-13 (ISO/IEC 15420): space, bar, space, bar of each digit in number set A, 7 modules. Number set B has the widths in
/// reverse order; number set C has those of A with bars and spaces exchanged.
const EAN13: [[u8; 4]; 10] = digits([3211, 2221, 2122, 1411, 1132, 1231, 1114, 1312, 1213, 3112]);
/// Number sets of the six digits of the left half by the first digit of the number: a set bit is set B, the highest of
/// the six bits is the leftmost digit.
pub const EAN13_SETS: [u8; 10] =
    [0b000000, 0b001011, 0b001101, 0b001110, 0b010011, 0b011001, 0b011100, 0b010101, 0b010110, 0b011010];
/// Modules of a digit.
pub const EAN13_DIGIT: u8 = 7;

/// Widths of a Code 128 symbol, 0 to 106, bar first.
pub fn code128(symbol: u8) -> Option<[u8; 6]> {
    CODE128.get(usize::from(symbol)).copied()
}

/// Widths of a digit in number set A, space first.
pub fn ean13(digit: u8) -> Option<[u8; 4]> {
    EAN13.get(usize::from(digit)).copied()
}

/// Check digit of the 12 digits of a GTIN-13 (GS1 General Specifications, 7.9).
pub fn check_digit(digits: &[u8]) -> u8 {
    let sum: u32 =
        digits.iter().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    ((10 - sum % 10) % 10) as u8
}

/// Modules of bars and spaces, `true` for dark; a bar comes first.
pub fn modules(widths: impl Iterator<Item = u8>) -> Vec<bool> {
    let dark = [true, false].into_iter().cycle();
    widths.zip(dark).flat_map(|(width, is_dark)| std::iter::repeat_n(is_dark, width.into())).collect()
}

/// The last `N` decimal digits of each number.
const fn digits<const N: usize, const M: usize>(numbers: [u32; M]) -> [[u8; N]; M] {
    let mut all = [[0; N]; M];
    let mut index = 0;
    while index < M {
        let (mut rest, mut digit) = (numbers[index], N);
        while digit > 0 {
            digit -= 1;
            all[index][digit] = (rest % 10) as u8;
            rest /= 10;
        }
        index += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn code128_symbols_are_distinct_and_have_an_even_number_of_dark_modules() {
        let all: Vec<[u8; 6]> = (0..=STOP).map(|symbol| code128(symbol).expect("a symbol")).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 107);
        for widths in all {
            assert_eq!(widths.iter().sum::<u8>(), CODE128_SYMBOL, "{widths:?}");
            assert_eq!((widths[0] + widths[2] + widths[4]) % 2, 0, "{widths:?}");
        }
        assert_eq!(code128(107), None);
    }

    #[test]
    fn ean13_digits_are_distinct_and_have_an_odd_number_of_dark_modules() {
        let all: Vec<[u8; 4]> = (0..10).map(|digit| ean13(digit).expect("a digit")).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 10);
        for widths in all {
            assert_eq!(widths.iter().sum::<u8>(), EAN13_DIGIT, "{widths:?}");
            assert_eq!((widths[1] + widths[3]) % 2, 1, "{widths:?}");
        }
        assert_eq!(EAN13_SETS.iter().collect::<BTreeSet<_>>().len(), 10);
        assert!(EAN13_SETS.iter().skip(1).all(|sets| sets.count_ones() == 3));
    }
}
