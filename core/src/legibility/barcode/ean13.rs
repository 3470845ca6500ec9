//! Reads EAN-13 from the widths of its bars and spaces.

use crate::code::barcode::tables::{self, EAN13_DIGIT, EAN13_SETS};

/// Runs of a barcode: two guards of three, one of five, and four for each of twelve digits.
const RUNS: usize = 59;
/// First run of the six digits of each half.
const HALVES: [usize; 2] = [3, 32];
/// Modules of a barcode.
const MODULES: f32 = 95.0;
/// Largest error of the width of a guard's bar or space, modules.
const MAX_GUARD_ERROR: f32 = 0.6;
/// Largest error of the width of a digit, modules.
const MAX_DIGIT_ERROR: f32 = 1.0;

/// Reads a barcode that begins with the first run, a bar. Returns its value and the number of runs it has.
pub(super) fn read(runs: &[f32]) -> Option<(String, usize)> {
    let runs = runs.get(..RUNS)?;
    let module = runs.iter().sum::<f32>() / MODULES;
    let mut guards = (0..HALVES[0]).chain(27..HALVES[1]).chain(56..RUNS);
    if !guards.all(|run| (runs[run] / module - 1.0).abs() < MAX_GUARD_ERROR) {
        return None;
    }
    let [left, right] = HALVES.map(|start| {
        let digits = runs[start..start + 24].chunks_exact(4);
        // The left half begins with a space, the right half with a bar.
        digits.map(|widths| digit(widths, module, start == HALVES[0])).collect::<Option<Vec<_>>>()
    });
    let (left, right) = (left?, right?);
    let sets = left.iter().fold(0, |sets, (_, is_set_b)| sets << 1 | u8::from(*is_set_b));
    let first = EAN13_SETS.iter().position(|own| *own == sets)? as u8;
    let digits: Vec<u8> = [first].into_iter().chain(left.into_iter().chain(right).map(|(digit, _)| digit)).collect();
    let (check, payload) = digits.split_last()?;
    (tables::check_digit(payload) == *check).then(|| (digits.iter().map(|d| char::from(b'0' + d)).collect(), RUNS))
}

/// The digit of four runs, and whether it is of number set B; the left half only. Distances between edges of the same kind
/// leave at most two digits, of which the one with the closer width of bars is chosen (reference decode algorithm of
/// ISO/IEC 15420).
fn digit(runs: &[f32], module: f32, is_left: bool) -> Option<(u8, bool)> {
    let width: f32 = runs.iter().sum();
    let modules = f32::from(EAN13_DIGIT);
    if (width / module - modules).abs() > MAX_DIGIT_ERROR {
        return None;
    }
    let normal = |px: f32| px / width * modules;
    let distances = [0, 1].map(|at| normal(runs[at] + runs[at + 1]).round());
    let dark = normal(runs.iter().skip(usize::from(is_left)).step_by(2).sum());
    let candidates = (0..10).flat_map(|digit| [(digit, false), (digit, true)]).filter(|(_, is_b)| is_left || !is_b);
    let errors = candidates.filter_map(|(digit, is_set_b)| {
        let mut widths = tables::ean13(digit)?;
        if is_set_b {
            widths.reverse();
        }
        let matches = [0, 1].map(|at| f32::from(widths[at] + widths[at + 1])) == distances;
        let expected: u8 = widths.iter().skip(usize::from(is_left)).step_by(2).sum();
        matches.then_some(((digit, is_set_b), (dark - f32::from(expected)).abs()))
    });
    errors.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(found, _)| found)
}
