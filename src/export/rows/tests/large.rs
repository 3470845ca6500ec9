//! Measures time and memory for 200 000 rows. Ignored by default because it takes a minute; run with:
//!
//! ```text
//! cargo test --lib export::rows::tests::large -- --ignored --nocapture
//! ```

use std::{fmt::Write as _, fs, time::Instant};

use super::*;
use crate::{export::risky_rows, service::Catalog};

/// Resident memory in MiB; 0 on systems without `/proc`.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[test]
#[ignore = "takes a minute"]
fn two_hundred_thousand_rows() {
    let mut text = "product,title,price,original,nickname,avatar,goods_id,sharer_id,page,file_name\n".to_owned();
    for i in 0..200_000 {
        let _ = writeln!(
            text,
            "assets/vase.jpg,春日限定｜天青釉手工拉坯陶瓷花瓶 {i},{},23900,小满的生活选物{i},assets/lin.jpg,{},u{i},,小满-{i}",
            16800 + i % 100,
            8800 + i % 50
        );
    }
    let fonts = crate::service::fonts::embedded();
    let template = Catalog::new("", fonts.clone()).get("product-share").unwrap();
    let before = memory();
    let start = Instant::now();
    let sheet = Sheet::read(text.as_bytes(), SheetFormat::Csv, &Limits::default()).unwrap();
    let (read, held) = (start.elapsed(), memory().saturating_sub(before));
    assert_eq!(sheet.rows.len(), 200_000);
    assert!(held < 200, "the sheet takes {held} MiB");
    let (start, mut good) = (Instant::now(), 0);
    let checker = Checker::new(&sheet, template.clone(), &*fonts, RowOptions::default()).unwrap();
    let mut sorter = Sorter::new(&RowOptions::default());
    for first in (0..sheet.rows.len()).step_by(32) {
        for outcome in checker.check(first..first + 32) {
            good += usize::from(matches!(sorter.sort(outcome), RowCheck::Good(..)));
        }
    }
    let (each, flat) = (start.elapsed(), memory().saturating_sub(before));
    assert_eq!(good, 200_000);
    assert!(flat < 200, "checking rows without collecting them takes {flat} MiB");
    let start = Instant::now();
    let checked = check(&sheet, &template, &fonts, &RowOptions::default()).unwrap();
    let (check, all) = (start.elapsed(), memory().saturating_sub(before));
    assert_eq!((checked.rows.len(), checked.bad.len(), checked.codes.len()), (200_000, 0, 200_000));
    let start = Instant::now();
    let picks = risky_rows::pick(&checked, &template, &fonts, risky_rows::DEFAULT_PICKS);
    let pick = start.elapsed();
    assert_eq!(picks.len(), risky_rows::DEFAULT_PICKS);
    eprintln!("read: {read:?} ({held} MiB), checked without collecting: {each:?} ({flat} MiB)");
    eprintln!("checked and collected: {check:?} ({all} MiB with the rows), picked: {pick:?}");
}

#[test]
#[ignore = "takes a minute"]
fn two_hundred_thousand_xlsx_rows() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..=200_000 {
        for column in 0..10 {
            match column % 2 {
                0 => sheet.write_string(row, column, format!("小满的生活选物 {row}")).unwrap(),
                _ => sheet.write_number(row, column, row).unwrap(),
            };
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    drop(book);
    let start = Instant::now();
    let sheet = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default()).unwrap();
    let read = start.elapsed();
    assert_eq!(sheet.rows.len(), 200_000);
    eprintln!("read: {} KiB of XLSX in {read:?}", bytes.len() / 1024);
}
