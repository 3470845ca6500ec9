//! The units of amounts: what the name of a column, rows of remarks, repeated headers, titles and notes say is brought together. What
//! contradicts itself is an error, because each reading may be wrong by a factor of 100.

use super::Target;
use crate::words::{self, quote};
use haibao_core::{error::Finding, template::money::Numbers};
use haibao_sheet::{
    Sheet, Unit, UnitRemark,
    remark::{self, Named, named, normalized},
};

/// Names of columns with the currency or the unit of the amounts of each row.
const CURRENCIES: [&str; 7] = ["币种", "货币", "货币单位", "结算币种", "价格单位", "金额单位", "currency"];
/// Names of columns with the unit of each row, which may be that of a quantity.
const UNITS: [&str; 3] = ["单位", "计价单位", "unit"];
/// Bytes of a unit. Longer texts are none.
const MAX_UNIT: usize = 32;

/// Sets how the numbers of each column of amounts are read. `Numbers::Unclear` where it is not certain, which is an error, and for
/// keys of JSON without a unit, which follow the rule of JSON.
pub(super) fn decide(sheet: &Sheet, targets: &mut [Target]) -> Vec<Finding> {
    let is_number: Vec<bool> = targets.iter().map(Target::is_number).collect();
    let rows = in_columns(sheet, targets);
    let mut findings = Vec::new();
    for (column, target) in targets.iter_mut().enumerate() {
        let Target::Param(_, typing) = target else { continue };
        let Some(numbers) = typing.numbers() else { continue };
        let name = sheet.columns.get(column).map_or("", String::as_str);
        let mut said = remarks(sheet, column, &is_number);
        said.extend(rows.iter());
        let (read, finding) = read(name, sheet.is_json, &said);
        *numbers = if finding.is_some() { Numbers::Unclear } else { read };
        findings.extend(finding);
    }
    findings
}

/// How the numbers of a column are read by its name and what rows say of it, and what is wrong with that.
fn read(name: &str, is_json: bool, remarks: &[&UnitRemark]) -> (Numbers, Option<Finding>) {
    let column = || quote(name);
    let (numbers, own) = match named(name) {
        Named::Other(unit) => return (Numbers::Unclear, Some(words::column_unit(column(), unit))),
        Named::Unclear(unit) => return (Numbers::Unclear, Some(words::column_unit_unclear(column(), unit))),
        Named::Known(numbers, unit) => (numbers, Some(unit)),
        Named::None if is_json => return (Numbers::Unclear, None),
        Named::None => (Numbers::Yuan, None),
    };
    let differs = |remark: &&&UnitRemark| {
        // The name of a column is more exact than a title of the sheet.
        let counts = own.is_none() || remark.column.is_some();
        counts && numbers_of(remark.unit) != Some(numbers)
    };
    let finding = remarks.iter().find(differs).map(|remark| match own {
        Some(own) => words::column_units_differ(column(), own, remark.row, &remark.text),
        None => words::column_unit_beside(remark.row, quote(&remark.text), column()),
    });
    (numbers, finding)
}

/// What columns of units and currencies that set nothing say of amounts other than yuan, by the first such row of each.
fn in_columns(sheet: &Sheet, targets: &[Target]) -> Vec<UnitRemark> {
    let of_column = |(column, target): (usize, &Target)| {
        let name = normalized(sheet.columns.get(column)?);
        let is_currency = CURRENCIES.contains(&name.as_str());
        if *target != Target::Ignored || !(is_currency || UNITS.contains(&name.as_str())) {
            return None;
        }
        sheet.rows.iter().find_map(|row| {
            let text = row.get(column).shown().trim();
            if text.len() > MAX_UNIT {
                return None;
            }
            let unit = remark::unit(text).filter(|unit| *unit != Unit::Yuan)?;
            let is_money = is_currency || unit == Unit::Fen || remark::is_money(text);
            is_money.then(|| UnitRemark { row: row.number, column: None, unit, text: text.to_owned() })
        })
    };
    targets.iter().enumerate().filter_map(of_column).collect()
}

/// What rows say of the unit of a column.
fn remarks<'s>(sheet: &'s Sheet, column: usize, is_number: &[bool]) -> Vec<&'s UnitRemark> {
    // A remark that stands alone is about all amounts, unless its own column has numbers.
    let has_own = |row: u64| {
        let in_number = |at: usize| is_number.get(at).copied().unwrap_or_default();
        sheet.unit_remarks.iter().any(|remark| remark.row == row && remark.column.is_some_and(in_number))
    };
    let is_about = |remark: &&UnitRemark| match remark.column {
        Some(own) => own == column,
        None => !has_own(remark.row),
    };
    sheet.unit_remarks.iter().filter(is_about).collect()
}

/// How numbers in a unit are read. `None` if they are not.
fn numbers_of(unit: Unit) -> Option<Numbers> {
    match unit {
        Unit::Yuan => Some(Numbers::Yuan),
        Unit::Fen => Some(Numbers::Fen),
        Unit::TenThousands => Some(Numbers::TenThousands),
        Unit::Other => None,
    }
}
