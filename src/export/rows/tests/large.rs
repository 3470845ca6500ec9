//! Measures time and memory for 200 000 rows, each test in a process of its own. Ignored tests: see CONTRIBUTING.md.

use std::{env, fmt::Write as _, fs, process::Command, time::Instant};

use super::*;
use crate::{
    export::{codes::Codes, risky_rows},
    service::Catalog,
};

/// Resident memory in MiB; 0 on systems without `/proc`.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Whether this process runs the test alone, so that its memory is that of the test. Otherwise runs it in such a process.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "HAIBAO_TEST_ALONE";
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let name = format!("{module}::{test}");
    let mut command = Command::new(env::current_exe().unwrap());
    let status = command.args([&name, "--exact", "--ignored", "--nocapture"]).env(ALONE, "1").status().unwrap();
    assert!(status.success(), "{name} fails, see above");
    false
}

#[test]
#[ignore = "takes a minute"]
fn two_hundred_thousand_rows() {
    if !is_alone("two_hundred_thousand_rows") {
        return;
    }
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
    let (start, mut good, mut codes) = (Instant::now(), 0, Codes::default());
    let checker = Checker::new(&sheet, template.clone(), &*fonts, RowOptions::default()).unwrap();
    let noticed = start.elapsed();
    let mut scout = risky_rows::Scout::new(&template, &fonts, risky_rows::DEFAULT_PICKS);
    for row in checker.windows().flatten() {
        match row {
            RowCheck::Good(row, code) => {
                scout.add(&row.params);
                good += usize::from(codes.add(&code.unwrap()));
            }
            RowCheck::Bad(failure) => panic!("{failure:?}"),
        }
    }
    let (each, all) = (start.elapsed(), memory().saturating_sub(before));
    assert_eq!((good, codes.len()), (200_000, 200_000));
    assert!(all < 200, "checking rows without collecting them takes {all} MiB");
    let own = all.saturating_sub(held);
    assert!(own < 64, "{own} MiB are kept of rows that are checked");
    assert_eq!(scout.picks().len(), risky_rows::DEFAULT_PICKS);
    eprintln!("read: {read:?} ({held} MiB), columns and notices: {noticed:?}, checked: {each:?} ({all} MiB)");
}

#[test]
#[ignore = "takes a minute"]
fn two_hundred_thousand_xlsx_rows() {
    if !is_alone("two_hundred_thousand_xlsx_rows") {
        return;
    }
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
