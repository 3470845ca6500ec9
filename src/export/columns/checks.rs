//! Checks the targets of columns: duplicate, missing and optional ones.

use super::{finder::listed, names::Names, path::Step, target::Target};
use crate::{export::cell_value::Typing, words};
use haibao_core::{error::Finding, words::quote};
use haibao_sheet::{Cell, Sheet, letters};

/// Whether each column sets an optional number, amount or picture: a placeholder in it is no value.
pub(super) fn optional(names: &Names<'_>, targets: &[Target], is_json: bool) -> Vec<bool> {
    let required = names.required();
    let is_optional = |target: &Target| match target {
        Target::Param(path, typing) => {
            let is_kind = matches!(typing, Typing::Money(_) | Typing::Integer | Typing::Number) || typing.is_picture();
            let key = matches!(path.first(), Some(Step::Key(key)) if !required.contains(&key.as_str()));
            is_kind && key && path[1..].iter().all(|step| matches!(step, Step::Index(_)))
        }
        _ => false,
    };
    targets.iter().map(|target| !is_json && is_optional(target)).collect()
}

/// Reports columns that set the same target, or of which one sets a part of the other's target. In JSON, objects may name a
/// parameter in different ways, but not in two ways at once.
pub(super) fn find_duplicates(sheet: &Sheet, targets: &[Target], findings: &mut Vec<Finding>) {
    let names = &sheet.columns;
    let same = |one: &Target, two: &Target| matches!(one, Target::Param(..)) && one.is_same(two);
    let both = if sheet.is_json { both_set(sheet, targets, same) } else { Vec::new() };
    for (second, target) in targets.iter().enumerate() {
        let clash = targets[..second].iter().position(|other| match (other, target) {
            (Target::Ignored, _) => false,
            (one, two) if sheet.is_json && same(one, two) => false,
            (Target::Param(one, _), Target::Param(two, _)) => one.starts_with(two) || two.starts_with(one),
            (one, two) => one == two,
        });
        let Some(first) = clash.or_else(|| both.get(second).copied().flatten()) else { continue };
        let [one, two] = [first, second].map(|at| quote(&names[at]));
        let [at, other] = [first, second].map(letters);
        // A column that is mapped goes before the others. The name of both would not say which one.
        let name = target.name().filter(|_| targets[first].is_same(target) && one != two);
        findings.push(match name {
            _ if sheet.is_json => words::column_twice(one, two),
            Some(name) => words::columns_same(one, at, two, other, name),
            None => words::columns_twice(one, at, two, other),
        });
    }
}

/// For each column, an earlier one with the same target that has a value in one of its rows.
fn both_set(sheet: &Sheet, targets: &[Target], same: impl Fn(&Target, &Target) -> bool) -> Vec<Option<usize>> {
    // The first column of each target.
    let first: Vec<usize> = targets
        .iter()
        .enumerate()
        .map(|(at, target)| targets[..at].iter().position(|other| same(other, target)).unwrap_or(at))
        .collect();
    let mut found = vec![None; targets.len()];
    if first.iter().enumerate().all(|(at, first)| at == *first) {
        return found;
    }
    for row in &sheet.rows {
        let mut seen = vec![None; targets.len()];
        for (at, first) in first.iter().enumerate().filter(|(at, _)| row.get(*at) != Cell::Empty) {
            match seen[*first] {
                Some(other) => found[at] = found[at].or(Some(other)),
                None => seen[*first] = Some(at),
            }
        }
    }
    found
}

/// Reports required parameters without a column, which would make every row fail for the same reason. The
/// row of the header is named if it is not the first one: it may be the wrong one. If no column has a meaning, the names
/// show why: another table, a table without a header or in another encoding, one column instead of many.
pub(super) fn find_missing(names: &Names<'_>, targets: &[Target], sheet: &Sheet, findings: &mut Vec<Finding>) {
    let (required, header) = (names.required(), sheet.header);
    if !required.is_empty() && targets.iter().all(|target| matches!(target, Target::Ignored)) {
        findings.push(words::columns_strange(listed(&sheet.columns), listed(&required)));
        return;
    }
    for name in required {
        let given = targets.iter().any(
            |target| matches!(target, Target::Param(path, _) if path.first() == Some(&Step::Key(name.to_owned()))),
        );
        if !given {
            findings.push(match (names.title(name), header > 1) {
                (Some(title), false) => words::titled_column_missing(name, title),
                (Some(title), true) => words::titled_column_missing_in(header, name, title),
                (None, false) => words::column_missing(name),
                (None, true) => words::column_missing_in(header, name),
            });
        }
    }
}
