//! Rows below the header that hold no record: totals, notes, and headers repeated for printing or in another language. Rows
//! that are clearly one of these are skipped; likely ones are exported and reported by the notice `rows_no_products`.

use std::cell::Cell;

use super::{Reading, Sheet, reading::MAX_BEFORE, remark};
use crate::words;
use haibao_core::error::{Error, ErrorKind, Finding, Result};

/// Words that are the whole first cell of a row of totals, in lower case without spaces and a colon at the end.
const TOTALS: [&str; 26] = [
    "合计",
    "总计",
    "小计",
    "共计",
    "总和",
    "汇总",
    "总数",
    "总额",
    "总金额",
    "合计金额",
    "合计数",
    "本页合计",
    "本页小计",
    "累计",
    "平均",
    "平均值",
    "平均数",
    "均价",
    "total",
    "totals",
    "subtotal",
    "grandtotal",
    "sum",
    "average",
    "合計",
    "總計",
];
/// Starts of a first cell that goes on with an amount: 总计：2 件.
const WITH_AMOUNT: [&str; 6] = ["合计", "总计", "小计", "共计", "合計", "總計"];
/// Starts of a note, with the colon that follows.
const NOTES: [&str; 7] = ["备注", "说明", "注", "填写说明", "備註", "note", "notes"];

/// Bytes at the start of a cell that are looked at: cells may have a megabyte each.
const MAX_START: usize = 256;

/// Texts of a sheet that are compared with the names of columns, to find repeated headers. Comparing all those of a sheet of 32 MB
/// would take minutes.
const MAX_COMPARED: usize = 400_000;

/// Column index, text and fault of a cell.
type RawCell = (usize, String, Option<Finding>);

/// What a row below the header is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A row of the table.
    Record,
    /// A total or a note.
    Aside,
    /// A header of the same columns.
    Header,
}

/// What a row is, as far as it is clear. `number` is that of the row; `is_total_row`: the file says so.
/// `compared` counts the texts that were compared with names.
///
/// # Errors
/// `sheet_tables` if the row is a header of other columns: the rows below would be read by the names of the first one, or no
/// header was found before.
pub fn kind(
    cells: &[RawCell],
    (number, is_total_row): (u64, bool),
    sheet: &Sheet,
    reading: &Reading<'_>,
    compared: &Cell<usize>,
) -> Result<RowKind> {
    let texts = || cells.iter().map(|(_, text, _)| text.trim()).filter(|text| !text.is_empty());
    let Some(first) = texts().next() else { return Ok(RowKind::Record) };
    // In a list of texts, each may be what it says.
    let is_list = sheet.columns.iter().filter(|name| !name.is_empty()).count() < 2;
    if is_total_row
        || (!is_list && (is_total(first) || (texts().nth(1).is_none() && (is_note(first) || says_unit(first)))))
    {
        return Ok(RowKind::Aside);
    }
    // Products have digits: amounts, numbers of goods.
    let has_digits = texts().any(|text| start(text).contains(|c: char| c.is_ascii_digit()));
    let count = texts().count();
    if has_digits || count < 2 || compared.get() > MAX_COMPARED {
        return Ok(RowKind::Record);
    }
    compared.set(compared.get() + count);
    let names = reading.names(texts());
    if names < 2 || names * 2 <= count {
        return Ok(RowKind::Record);
    }
    let is_name = |text: &str| reading.names(std::iter::once(text)) > 0;
    let aim = |name: &str| reading.aim.and_then(|aim| aim(name)).map(|aim| aim.name);
    for (column, text, _) in cells.iter().filter(|(_, text, _)| is_name(text.trim())) {
        let own = sheet.columns.get(*column).map_or("", String::as_str);
        let text = text.trim();
        let same = own == text || (aim(own).is_some() && aim(own) == aim(text));
        if !same && reading.names(sheet.columns.iter().map(String::as_str)) == 0 {
            return Err(Error::of(ErrorKind::Invalid, words::header_deep(number, MAX_BEFORE)));
        }
        if !same {
            return Err(Error::of(ErrorKind::Invalid, words::sheet_tables(sheet.header, number)));
        }
    }
    Ok(RowKind::Header)
}

/// The start of a text.
fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_START)]
}

fn is_total(first: &str) -> bool {
    let word: String = start(first).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    if TOTALS.contains(&word.trim_end_matches([':', '：'])) {
        return true;
    }
    let rest = WITH_AMOUNT.iter().find_map(|start| word.strip_prefix(start));
    rest.is_some_and(|rest| {
        let rest = rest.trim_start_matches([':', '：', '(', '（', '共', '¥', '￥']);
        rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn is_note(first: &str) -> bool {
    let word = start(first).trim_start_matches(['*', '※', '★']).to_lowercase();
    NOTES.iter().any(|start| word.strip_prefix(start).is_some_and(|rest| rest.trim_start().starts_with([':', '：'])))
}

/// Whether a short text says the unit of amounts: `以上价格单位：分`.
fn says_unit(first: &str) -> bool {
    const MAX_CHARS: usize = 20;
    first.len() <= MAX_START && first.chars().count() <= MAX_CHARS && remark::said(first).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_long_text_tells_what_it_is() {
        let long = "字".repeat(1 << 20);
        assert!(start(&long).len() <= MAX_START && !start(&long).is_empty());
        assert!(is_total(&format!("合计：2 件{long}")) && is_note(&format!("备注：{long}")));
        assert!(!is_total(&long) && !is_note(&format!("{long}：")));
        assert_eq!(start("合计"), "合计");
    }

    #[test]
    fn totals_and_notes_are_told_from_products() {
        for text in
            ["合计", "合 计：", "总计：2 件", "小计 3", "Total", "GRAND TOTAL", "本页合计", "合计（3件）", "共计￥25"]
        {
            assert!(is_total(text), "{text}");
        }
        for text in ["合计算法入门", "总计划表", "Total Recall", "Summer", "平均主义", "小计算器", "累计签到礼"]
        {
            assert!(!is_total(text), "{text}");
        }
        for text in ["备注：以上价格含税", "说明: a", "注：x", "※注：售完即止", "Note: x"] {
            assert!(is_note(text), "{text}");
        }
        for text in ["以上价格单位：分", "（单位：元）", "以分为单位"] {
            assert!(says_unit(text), "{text}");
        }
        for text in ["单位团购券", "主办单位：拾光", "以上商品均按出厂价销售，价格的计价单位：分，不含运费"]
        {
            assert!(!says_unit(text), "{text}");
        }
        for text in ["备注", "注意：满 100 减 20", "注册会员：免费", "说明书", "Notebook: x"] {
            assert!(!is_note(text), "{text}");
        }
    }
}
