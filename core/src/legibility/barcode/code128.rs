//! Reads Code 128 from the widths of its bars and spaces.

use crate::code::barcode::tables::{
    self, CODE_A, CODE_B, CODE_C, CODE128_LAST_BAR, CODE128_MODULUS, CODE128_SYMBOL, SHIFT, START_A, START_B, START_C,
    STOP,
};

/// Symbols from here on are no single ASCII characters in code sets A and B: FNC3, FNC2, shift and others.
const FIRST_FUNCTION: u8 = 96;
/// FNC1 in all code sets.
const FNC1: u8 = 102;
/// What scanners transmit for FNC1 that is not in the first position: group separator.
const GROUP_SEPARATOR: char = '\u{1d}';
/// Largest difference in width of neighbouring symbols, as a factor.
const MAX_GROWTH: f32 = 1.3;

/// Reads a barcode that begins with the first run, a bar. Returns its value and the number of runs it has.
pub(super) fn read(runs: &[f32]) -> Option<(String, usize)> {
    let mut symbols = Vec::new();
    let mut previous: Option<f32> = None;
    for (index, widths) in runs.chunks_exact(6).enumerate() {
        let width: f32 = widths.iter().sum();
        let (first, symbol) = (index == 0, symbol(widths, width)?);
        if previous.is_some_and(|before| width > before * MAX_GROWTH || before > width * MAX_GROWTH)
            || first != (START_A..=START_C).contains(&symbol)
        {
            return None;
        }
        if symbol == STOP {
            let last = runs.get(index * 6 + 6)? / width * f32::from(CODE128_SYMBOL);
            let is_complete = (last - f32::from(CODE128_LAST_BAR)).abs() < 1.0;
            return is_complete.then(|| value(&symbols)).flatten().map(|value| (value, index * 6 + 7));
        }
        symbols.push(symbol);
        previous = Some(width);
    }
    None
}

/// The symbol of six runs. Distances between edges of the same kind identify it, because blur and ink spread move all
/// edges from light to dark alike; the width of its bars only confirms it (reference decode algorithm of ISO/IEC 15417).
fn symbol(runs: &[f32], width: f32) -> Option<u8> {
    let modules = f32::from(CODE128_SYMBOL);
    let normal = |width_px: f32| width_px / width * modules;
    // Four distances determine the fifth, which rounding may change.
    let distances = [0, 1, 2, 3].map(|at| normal(runs[at] + runs[at + 1]).round());
    let dark = normal(runs.iter().step_by(2).sum());
    (0..=STOP).find(|symbol| {
        tables::code128(*symbol).is_some_and(|widths| {
            let expected = [0, 1, 2, 3].map(|at| f32::from(widths[at] + widths[at + 1]));
            let expected_dark = f32::from(widths[0] + widths[2] + widths[4]);
            expected == distances && (dark - expected_dark).abs() < 1.75
        })
    })
}

/// The text of start, data and check symbols; `None` if the check symbol is wrong.
fn value(symbols: &[u8]) -> Option<String> {
    let (check, symbols) = symbols.split_last()?;
    let (start, data) = symbols.split_first()?;
    let sum = data.iter().zip(1..).fold(u32::from(*start), |sum, (symbol, weight)| sum + u32::from(*symbol) * weight);
    if sum % CODE128_MODULUS != u32::from(*check) {
        return None;
    }
    let mut text = String::new();
    // The latch symbols name the sets.
    let mut set = match *start {
        START_A => CODE_A,
        START_B => CODE_B,
        _ => CODE_C,
    };
    let mut shifted = None;
    for (index, symbol) in data.iter().copied().enumerate() {
        let current = shifted.take().unwrap_or(set);
        match symbol {
            FNC1 if index == 0 => {}
            FNC1 => text.push(GROUP_SEPARATOR),
            0..100 if current == CODE_C => text.push_str(&format!("{symbol:02}")),
            0..64 => text.push(char::from(symbol + 32)),
            64..FIRST_FUNCTION if current == CODE_A => text.push(char::from(symbol - 64)),
            64..FIRST_FUNCTION => text.push(char::from(symbol + 32)),
            SHIFT => shifted = Some(if current == CODE_A { CODE_B } else { CODE_A }),
            CODE_A | CODE_B | CODE_C if symbol != current => set = symbol,
            // FNC2 to FNC4 change how the message is to be interpreted.
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn four_distances_identify_a_symbol() {
        let distances = |symbol| {
            let w = tables::code128(symbol).expect("a symbol");
            let dark = w[0] + w[2] + w[4];
            ([w[0] + w[1], w[1] + w[2], w[2] + w[3], w[3] + w[4]], dark)
        };
        assert_eq!((0..=STOP).map(distances).collect::<BTreeSet<_>>().len(), 107);
        for symbol in 0..=STOP {
            let widths = tables::code128(symbol).expect("a symbol").map(|width| f32::from(width) * 2.9);
            assert_eq!(super::symbol(&widths, widths.iter().sum()), Some(symbol));
        }
    }

    #[test]
    fn functions_and_latches() {
        let text = |symbols: &[u8]| {
            let (start, data) = symbols.split_first().expect("a start");
            let sum: u32 = data.iter().zip(1..).map(|(symbol, weight)| u32::from(*symbol) * weight).sum();
            let check = ((sum + u32::from(*start)) % 103) as u8;
            assert_eq!(value(&[symbols, &[(check + 1) % 103]].concat()), None, "a wrong check symbol");
            value(&[symbols, &[check]].concat())
        };
        assert_eq!(text(&[START_C, FNC1, 1, 23, FNC1, 4]).as_deref(), Some("0123\u{1d}04"));
        assert_eq!(text(&[START_B, 65, SHIFT, 74, 66, CODE_A, 74, SHIFT, 65, 33]).as_deref(), Some("a\nb\naA"));
        assert_eq!(text(&[START_A, 33, 100, 65, 100]), None, "FNC4");
        assert_eq!(text(&[START_B, 97]), None, "FNC2");
        assert_eq!(value(&[START_B]), None);
        assert_eq!(value(&[]), None);
    }
}
