//! Addresses that cells link to: a cell may show `查看图片`, and link to the picture.

use std::collections::btree_map::Entry;

use super::{
    budget::SheetBudget,
    faults::too_large,
    range::Range,
    table::{Limits, Sheet},
};
use crate::words;
use haibao_core::error::Result;

/// Bytes of a link besides its address.
const LINK: usize = size_of::<(Range, String)>();

/// The function of a formula that is a link.
const FUNCTION: &str = "HYPERLINK";

/// Links of a sheet as its reader finds them.
pub struct Links<'l> {
    limits: &'l Limits,
    found: Vec<(Range, String)>,
    /// Their size, bytes.
    size: usize,
}

impl<'l> Links<'l> {
    pub fn new(limits: &'l Limits) -> Self {
        Self { limits, found: Vec::new(), size: 0 }
    }

    /// Notes that cells link to a target. Targets that are no addresses of the web, and those that are longer than cells may be, do
    /// not count.
    ///
    /// # Errors
    /// `sheet_too_large` if all addresses together are larger than the text of a sheet may be.
    pub fn add(&mut self, cells: Range, target: &str) -> Result<()> {
        let target = target.trim();
        if is_address(target) && target.len() <= self.limits.cell {
            charge(&mut self.size, target, self.limits)?;
            self.found.push((cells, target.to_owned()));
        }
        Ok(())
    }

    /// Gives the links to the cells of a sheet that show another text, if their column is used. The first link of a cell counts.
    ///
    /// # Errors
    /// `sheet_too_large` if the links are copied to too many cells.
    pub fn place(self, sheet: &mut Sheet, is_used: impl Fn(usize) -> bool, budget: &mut SheetBudget) -> Result<()> {
        let Sheet { columns, rows, hidden_rows, links, .. } = sheet;
        let mut size = 0;
        for (cells, target) in self.found {
            let (first, last) = cells.rows;
            let part = rows.partition_point(|row| row.number < first)..rows.partition_point(|row| row.number <= last);
            let hidden = hidden_rows.partition_point(|(row, _)| row.number < first)
                ..hidden_rows.partition_point(|(row, _)| row.number <= last);
            let rows = rows.get(part).unwrap_or_default().iter();
            for row in rows.chain(hidden_rows.get(hidden).unwrap_or_default().iter().map(|(row, _)| row)) {
                let columns = cells.columns.0..columns.len().min(cells.columns.1.saturating_add(1));
                budget.charge(columns.len(), 0)?;
                for column in columns.filter(|column| is_used(*column)) {
                    let text = row.get(column).shown().trim();
                    if !text.is_empty()
                        && text != target
                        && let Entry::Vacant(place) = links.entry((row.number, column))
                    {
                        charge(&mut size, &target, self.limits)?;
                        place.insert(target.clone());
                    }
                }
            }
        }
        Ok(())
    }
}

/// Counts the bytes of one more link.
fn charge(size: &mut usize, target: &str, limits: &Limits) -> Result<()> {
    *size += target.len() + LINK;
    if *size > limits.text { Err(too_large(words::sheet_text(limits.text))) } else { Ok(()) }
}

/// Whether a target is an address of the web.
fn is_address(target: &str) -> bool {
    let has = |scheme: &str| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    has("https://") || has("http://")
}

/// The target of a formula that is a link to a literal text: `=HYPERLINK("https://…","查看图片")`.
pub fn of_formula(formula: &str) -> Option<String> {
    arguments(formula).map(|(target, _)| target)
}

/// What such a formula shows, if it says that literally. Programs that write workbooks without calculating store no value.
pub fn shown(formula: &str) -> Option<String> {
    let (target, rest) = arguments(formula)?;
    let Some(name) = rest.strip_prefix([',', ';']) else { return Some(target) };
    let (name, rest) = literal(name)?;
    rest.is_empty().then_some(name)
}

/// The literal target of a formula that is a link, and what follows it.
fn arguments(formula: &str) -> Option<(String, &str)> {
    let formula = formula.trim();
    // OpenDocument names the syntax of formulas.
    let formula = formula.strip_prefix("of:").unwrap_or(formula);
    let formula = formula.strip_prefix('=').unwrap_or(formula).trim_start();
    let (function, rest) = formula.split_at_checked(FUNCTION.len())?;
    if !function.eq_ignore_ascii_case(FUNCTION) {
        return None;
    }
    let arguments = rest.trim_start().strip_prefix('(')?.strip_suffix(')')?;
    let (target, rest) = literal(arguments)?;
    (rest.is_empty() || rest.starts_with([',', ';'])).then_some((target, rest))
}

/// The text between quotation marks at the start, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    let (mut literal, mut rest) = (String::new(), text.trim_start().strip_prefix('"')?);
    loop {
        let (part, after) = rest.split_once('"')?;
        literal.push_str(part);
        // Two quotation marks are one of the text.
        let Some(more) = after.strip_prefix('"') else { return Some((literal, after.trim())) };
        literal.push('"');
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::SheetFormat, *};

    #[test]
    fn links_of_formulas_are_literal() {
        let address = "https://a.cn/b.jpg";
        for formula in [
            "HYPERLINK(\"https://a.cn/b.jpg\")",
            "=HYPERLINK(\"https://a.cn/b.jpg\",\"查看图片\")",
            " = hyperlink ( \"https://a.cn/b.jpg\" , A1 ) ",
            "of:=HYPERLINK(\"https://a.cn/b.jpg\";\"a\")",
        ] {
            assert_eq!(of_formula(formula).as_deref(), Some(address), "{formula}");
        }
        assert_eq!(of_formula("HYPERLINK(\"a\"\"b\")").as_deref(), Some("a\"b"));
        for formula in [
            "",
            "查看图片和其他",
            "HYPERLINK",
            "HYPERLINK(",
            "HYPERLINK(A1,\"x\")",
            "HYPERLINK(\"https://a.cn/\"&A1,\"x\")",
            "HYPERLINK(\"https://a.cn/b.jpg",
            "HYPERLINK(\"https://a.cn/b.jpg)",
            "IF(TRUE,HYPERLINK(\"https://a.cn/b.jpg\"))",
            "\"a\"&\"b\"",
        ] {
            assert_eq!(of_formula(formula), None, "{formula}");
        }
    }

    #[test]
    fn links_show_their_name_or_their_target() {
        for (formula, text) in [
            ("HYPERLINK(\"https://a.cn/b.jpg\",\"查看图片\")", Some("查看图片")),
            ("=HYPERLINK( \"#表2!A1\" ; \"a\"\"b\" )", Some("a\"b")),
            ("HYPERLINK(\"https://a.cn/b.jpg\")", Some("https://a.cn/b.jpg")),
            ("HYPERLINK(\"https://a.cn/b.jpg\",A1)", None),
            ("HYPERLINK(\"https://a.cn/b.jpg\",\"a\"&A1)", None),
            ("HYPERLINK(A1,\"查看图片\")", None),
        ] {
            assert_eq!(shown(formula).as_deref(), text, "{formula}");
        }
    }

    #[test]
    fn only_addresses_of_the_web_count() {
        for target in ["https://a.cn/b.jpg", "HTTP://a.cn"] {
            assert!(is_address(target), "{target}");
        }
        for target in ["", "mailto:a@b.cn", "#Sheet2!A1", "file:///C:/a.jpg", "..\\a.jpg", "https", "图片图片图片"]
        {
            assert!(!is_address(target), "{target}");
        }
    }

    #[test]
    fn links_are_bounded_as_texts_are() {
        let read = || Sheet::read(b"a,b\n1,2\n3,\n5,6\n", SheetFormat::Csv, &Limits::default()).expect("a sheet");
        let all = Range { rows: (1, 1 << 20), columns: (0, 16_383) };
        let place = |limits: &Limits, times: usize| {
            let (mut sheet, mut links) = (read(), Links::new(limits));
            for _ in 0..times {
                links.add(all, "https://a.cn/b.jpg")?;
            }
            links.place(&mut sheet, |column| column == 1, &mut SheetBudget::new(limits))?;
            Ok::<_, haibao_core::error::Error>(sheet.links.into_keys().collect::<Vec<_>>())
        };
        assert_eq!(place(&Limits::default(), 1).ok(), Some(vec![(2, 1), (4, 1)]), "the empty cell has none");
        let error = place(&Limits { text: 100, ..Limits::default() }, 1).expect_err("two copies");
        assert_eq!((error.code(), error.message()), ("sheet_too_large", "the sheet has more than 100 bytes of text"));
        assert_eq!(place(&Limits { text: 1000, ..Limits::default() }, 20).expect_err("many").code(), "sheet_too_large");
        let short = Limits { cell: 17, ..Limits::default() };
        assert_eq!(place(&short, 1).ok(), Some(Vec::new()), "longer than cells");
        // A million cells that are looked at.
        let few = Limits { rows: 1, columns: 1, ..Limits::default() };
        let error = place(&few, 200_000).expect_err("many cells");
        assert_eq!(error.message(), "the sheet repeats its cells and texts too many times");
    }
}
