//! Units of numbers that are no amounts of money, behind numbers in cells and in the names of columns. A poster draws the unit of its
//! template, so that other units are reported, and multiples are refused.

use std::collections::BTreeMap;

use super::{Step, Target, Typing, names::Names};
use crate::{
    export::cell_value::unit_behind,
    words::{self, quote},
};
use haibao_core::error::Finding;
use haibao_sheet::{
    Sheet,
    remark::{normalized, unit_named},
};

/// Texts with different units that a notice names.
const MAX_NAMED: usize = 4;
/// What only says what is counted, and square metres, in lower case. All other units of cells are reported.
const PLAIN: [&str; 36] = [
    "件",
    "个",
    "個",
    "人",
    "位",
    "名",
    "张",
    "份",
    "只",
    "套",
    "间",
    "室",
    "厅",
    "卫",
    "层",
    "楼",
    "台",
    "本",
    "盒",
    "包",
    "瓶",
    "袋",
    "支",
    "条",
    "双",
    "把",
    "次",
    "笔",
    "折",
    "㎡",
    "m²",
    "m2",
    "平",
    "平米",
    "平方",
    "平方米",
];
/// Units in names of columns that are reported, in lower case.
const MEASURES: [&str; 42] = [
    "亩",
    "畝",
    "公亩",
    "公顷",
    "顷",
    "坪",
    "平方英尺",
    "平方尺",
    "平尺",
    "平方公里",
    "平方千米",
    "周",
    "星期",
    "礼拜",
    "个月",
    "月",
    "年",
    "季",
    "季度",
    "小时",
    "分钟",
    "秒",
    "公里",
    "千米",
    "km",
    "里",
    "英里",
    "米",
    "厘米",
    "cm",
    "尺",
    "英尺",
    "英寸",
    "寸",
    "千克",
    "公斤",
    "kg",
    "斤",
    "两",
    "克",
    "吨",
    "g",
];
/// Multiples at the start of a unit: 万, 万件, 十万.
const SCALES: [char; 7] = ['十', '百', '千', '万', '萬', '亿', '億'];

/// Reports units behind the numbers of cells.
pub fn of_cells(sheet: &Sheet, names: &Names<'_>, targets: &[Target]) -> Vec<Finding> {
    let of_column = |(column, target): (usize, &Target)| {
        let path = number(target)?;
        let mut found = BTreeMap::<String, (usize, &str)>::new();
        for row in &sheet.rows {
            let text = row.get(column).shown().trim();
            if let Some(unit) = unit_behind(text) {
                found.entry(unit).or_insert((0, text)).0 += 1;
            }
        }
        let name = &sheet.columns[column];
        let own = normalized(name);
        found.retain(|unit, _| {
            !PLAIN.contains(&unit.as_str()) && !own.contains(unit.as_str()) && !is_own(names, path, unit)
        });
        let count: usize = found.values().map(|(count, _)| *count).sum();
        let texts: Vec<String> = found.values().take(MAX_NAMED).map(|(_, text)| quote(text)).collect();
        (count > 0).then(|| words::number_units(quote(name), count, texts.join(", ")))
    };
    targets.iter().enumerate().filter_map(of_column).collect()
}

/// Reports units in the names of columns of numbers.
pub fn of_names(sheet: &Sheet, names: &Names<'_>, targets: &[Target]) -> Vec<Finding> {
    /// Longer remarks are no units.
    const MAX_CHARS: usize = 3;
    // 千卡 is a unit of its own, and 万粉 may be a multiple; 百分比 is neither.
    let may_scale = |unit: &str| {
        unit.starts_with(SCALES) && unit.chars().count() <= MAX_CHARS && !unit.starts_with("百分") && !is_multiple(unit)
    };
    let named = named(sheet, names, targets).into_iter();
    let named = named.filter(|(_, unit)| MEASURES.contains(&unit.as_str()) || may_scale(unit));
    named.map(|(name, unit)| words::number_unit_named(quote(name), unit)).collect()
}

/// The errors about columns whose names say that their numbers are multiplied: `积分（万）`. Amounts of money are none of them.
pub fn multiples(sheet: &Sheet, names: &Names<'_>, targets: &[Target]) -> Vec<Finding> {
    let named = named(sheet, names, targets).into_iter();
    let named = named.filter(|(_, unit)| is_multiple(unit));
    named.map(|(name, unit)| words::number_unit_multiple(quote(name), unit)).collect()
}

/// Whether a unit is a multiple of what is counted: 万, 十万, 万元, 千人, and a dozen.
fn is_multiple(unit: &str) -> bool {
    let counted = unit.trim_start_matches(SCALES);
    unit == "打" || (counted != unit && (matches!(counted, "" | "元") || PLAIN.contains(&counted)))
}

/// The units in the names of columns of numbers that are not part of the parameter's own titles.
fn named<'s>(sheet: &'s Sheet, names: &Names<'_>, targets: &[Target]) -> Vec<(&'s str, String)> {
    let of_column = |(name, target): (&'s String, &Target)| {
        let path = number(target)?;
        let unit = unit_named(name).filter(|unit| !is_own(names, path, unit))?;
        Some((name.as_str(), unit))
    };
    sheet.columns.iter().zip(targets).filter_map(of_column).collect()
}

/// The path of a parameter that is a number.
fn number(target: &Target) -> Option<&[Step]> {
    match target {
        Target::Param(path, Typing::Integer | Typing::Number) => Some(path),
        _ => None,
    }
}

/// Whether a title of the parameter at a path has the unit.
fn is_own(names: &Names<'_>, path: &[Step], unit: &str) -> bool {
    let schema = names.schema_at(path);
    schema.is_some_and(|schema| names.titles(schema).any(|title| normalized(title).contains(unit)))
}
