//! Notices about all rows before they are checked: how amounts are read, and rows that may be no products.

use std::{cell::RefCell, collections::HashMap};

use super::{
    Target, Typing,
    known::Known,
    names::{Meaning, Names},
    tails::Tails,
};
use crate::words::{self, quote};
use haibao_core::{
    error::Finding,
    template::money::{self, Numbers},
};
use haibao_sheet::{Cells, Sheet, has_sample_name};

/// Rows that a notice names.
const MAX_NAMED: usize = 12;

/// Different texts of a sheet that are compared with each name, and the longest of them, bytes. Comparing those of a large sheet would
/// take minutes.
const MAX_COMPARED: usize = 10_000;
const MAX_TEXT: usize = 256;

/// What people write into cells that have no value.
const PLACEHOLDERS: [&str; 12] = ["-", "--", "---", "—", "——", "–", "－", "/", "／", "无", "暂无", "n/a"];

/// Whether a text is a placeholder for an empty cell.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.len() < 8 && PLACEHOLDERS.contains(&text.to_lowercase().as_str())
}

/// Reports placeholders in these columns, which are read as empty cells.
pub fn placeholders(sheet: &Sheet, columns: &[bool]) -> Option<Finding> {
    let of_column = |at: usize| {
        let mut all = sheet.rows.iter().map(|row| row.get(at).shown()).filter(|text| is_placeholder(text));
        let first = all.next()?;
        Some((&sheet.columns[at], first, 1 + all.count()))
    };
    let found: Vec<_> = (0..columns.len()).filter(|at| columns[*at]).filter_map(of_column).collect();
    let (_, text, _) = found.first()?;
    let named: Vec<String> = found.iter().take(MAX_NAMED).map(|(name, ..)| quote(name)).collect();
    let more = if found.len() > MAX_NAMED { ", ..." } else { "" };
    let count: usize = found.iter().map(|(.., count)| count).sum();
    Some(words::cells_placeholder(count, quote(text.trim()), format!("{}{more}", named.join(", "))))
}

/// Reports rows that look like no products: totals and notes below the table, examples, and rows with names of columns.
pub fn totals(sheet: &Sheet, names: &Names<'_>, known: &Known) -> Vec<Finding> {
    const STARTS: [&str; 12] =
        ["合计", "总计", "小计", "共计", "总数", "平均", "备注：", "备注:", "说明：", "说明:", "total", "subtotal"];
    if sheet.is_json {
        return Vec::new();
    }
    let compared = RefCell::new(HashMap::<String, bool>::new());
    let has_meaning = |text: &str| {
        let mut compared = compared.borrow_mut();
        if let Some(has_meaning) = compared.get(text) {
            return *has_meaning;
        }
        if text.len() > MAX_TEXT || compared.len() >= MAX_COMPARED {
            return false;
        }
        let has_meaning = names.meaning(text) != Meaning::None;
        compared.insert(text.to_owned(), has_meaning);
        has_meaning
    };
    let is_no_product = |row: &&Cells| {
        let cells: Vec<&str> =
            (0..sheet.columns.len()).map(|at| row.get(at).shown().trim()).filter(|text| !text.is_empty()).collect();
        let first = cells.first().map(|text| text.to_lowercase()).unwrap_or_default();
        let is_name = |text: &&&str| known.may_be(text) && has_meaning(text);
        STARTS.iter().any(|start| first.starts_with(start))
            || has_sample_name((0..sheet.columns.len()).map(|at| (at, row.get(at).shown())), &sheet.columns)
            || (cells.len() > 1 && cells.iter().filter(is_name).count() * 2 > cells.len())
    };
    let rows: Vec<&Cells> = sheet.rows.iter().filter(is_no_product).take(MAX_NAMED + 1).collect();
    let numbers: Vec<String> = rows.iter().take(MAX_NAMED).map(|row| row.number.to_string()).collect();
    let more = if rows.len() > MAX_NAMED { ", ..." } else { "" };
    let first = rows.first().map_or("", |row| first_text(row, sheet.columns.len()));
    (!rows.is_empty())
        .then(|| words::rows_no_products(format!("{}{more}", numbers.join(", ")), quote(first)))
        .into_iter()
        .collect()
}

/// Text of the first cell that is not empty.
fn first_text(row: &Cells, columns: usize) -> &str {
    (0..columns).map(|at| row.get(at).shown().trim()).find(|text| !text.is_empty()).unwrap_or_default()
}

/// How an amount of each column of amounts is read. Columns whose unit is not certain are errors, and keys of JSON without a unit
/// follow the rule of JSON.
pub fn amounts<'s>(sheet: &'s Sheet, targets: &[Target], tails: &Tails) -> Vec<Finding> {
    let notice = |(column, target): (usize, &Target)| {
        let Target::Param(_, Typing::Money(numbers)) = target else { return None };
        if *numbers == Numbers::Unclear {
            return None;
        }
        let read = |row: &'s Cells| {
            let text = row.get(column).shown().trim();
            Some((text, money::read(text, *numbers).ok()?))
        };
        // A number alone shows the unit best.
        let is_plain = |(text, _): &(&str, i64)| text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = sheet.rows.iter().filter_map(read).find(is_plain);
        let (text, fen) = plain.or_else(|| sheet.rows.iter().find_map(read))?;
        let (name, shown) = (quote(&sheet.columns[column]), money::shown(fen));
        Some(match numbers {
            Numbers::Fen => words::money_read_fen(name, text, shown),
            Numbers::TenThousands => words::money_read_ten_thousands(name, text, shown),
            _ => words::money_read(name, text, shown),
        })
    };
    // Amounts with 万 in a column of yuan.
    let abbreviated = |(column, target): (usize, &Target)| {
        let Target::Param(_, Typing::Money(Numbers::Yuan | Numbers::Fen)) = target else { return None };
        let read = |row: &'s Cells| {
            let text = row.get(column).shown().trim();
            money::is_scaled(text).then(|| Some((text, money::read(text, Numbers::Yuan).ok()?)))?
        };
        let mut all = sheet.rows.iter().filter_map(read);
        let (text, fen) = all.next()?;
        Some(words::money_scaled(quote(&sheet.columns[column]), 1 + all.count(), text, money::shown(fen)))
    };
    // ¥568 in a column of 万元, 1000分 in one of yuan.
    let with_own_unit = |(column, target): (usize, &Target)| {
        let Target::Param(_, Typing::Money(numbers)) = target else { return None };
        let follows = |text: &str| match numbers {
            Numbers::Fen => money::is_fen(text) || money::is_scaled(text),
            Numbers::TenThousands => money::is_scaled(text),
            Numbers::Yuan => !money::is_fen(text),
            _ => true,
        };
        let amount = |text: &str, numbers: Numbers, row: &Cells| {
            let alone = money::read(text, numbers).ok();
            alone.or_else(|| Some(tails.read(column, text, &Typing::Money(numbers), row)?.fen))
        };
        let read = |row: &'s Cells| {
            let text = row.get(column).shown().trim();
            let fen = amount(text, *numbers, row).filter(|fen| *fen != 0 && !follows(text))?;
            (amount(text, Numbers::Yuan, row) == Some(fen)).then_some((text, fen))
        };
        let mut all = sheet.rows.iter().filter_map(read);
        let (text, fen) = all.next()?;
        let (name, count, shown) = (quote(&sheet.columns[column]), 1 + all.count(), money::shown(fen));
        Some(match numbers {
            Numbers::Yuan => words::money_own_fen(name, count, text, shown),
            _ => words::money_own_unit(name, count, text, shown),
        })
    };
    let all = || targets.iter().enumerate();
    all().filter_map(notice).chain(all().filter_map(abbreviated)).chain(all().filter_map(with_own_unit)).collect()
}
