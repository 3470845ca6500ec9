//! Empty rows and cells are counted, and no reader goes on while its sheet is no longer needed.

use super::{foreign::ods, hostile::rejected, xlsx::package, *};

#[test]
fn reading_ends_when_the_sheet_is_no_longer_needed() {
    let is_over: &dyn Fn() -> bool = &|| true;
    let reading = Reading { is_over: Some(is_over), ..Reading::default() };
    let row = "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>a</t></is></c></row></sheetData></worksheet>";
    for (format, bytes) in [
        (SheetFormat::Csv, b"a\n1\n".to_vec()),
        (SheetFormat::Jsonl, b"{\"a\": 1}\n".to_vec()),
        (SheetFormat::Html, b"<table><tr><td>a</td></tr><tr><td>1</td></tr></table>".to_vec()),
        (SheetFormat::Xlsx, package(row, zip::CompressionMethod::Stored)),
    ] {
        let code = Sheet::read_with(&bytes, format, &reading).expect_err("it is over").code();
        assert_eq!(code, "cancelled", "{format:?}");
    }
}

#[test]
fn empty_rows_and_cells_count() {
    let cell = "<row><c t=\"inlineStr\"><is><t>a</t></is></c></row>";
    for (empty, message) in [
        ("<row/>".repeat((1 << 20) - 1), "the sheet has more than 1048576 rows"),
        (format!("<row>{}</row>", "<c/>".repeat(16_385)), "the sheet has more than 16384 columns"),
        ("<c r=\"A1\"/>".repeat(300_000), "the sheet has more than 262144 cells"),
    ] {
        let sheet = format!("<worksheet><sheetData>{cell}{cell}{empty}</sheetData></worksheet>");
        let limits = Limits { unpacked: if empty.contains('A') { 4 << 20 } else { 8 << 20 }, ..Limits::default() };
        let found = rejected(&package(&sheet, zip::CompressionMethod::Deflated), SheetFormat::Xlsx, &limits);
        assert_eq!(found, ("sheet_too_large", message.to_owned()));
    }
}

#[test]
fn sheet_whose_rows_are_all_hidden_says_so() {
    let row = |n: u8, hidden: &str| {
        format!("<row r=\"{n}\"{hidden}><c r=\"A{n}\" t=\"inlineStr\"><is><t>a</t></is></c></row>")
    };
    let rows = row(1, "") + &row(2, " hidden=\"1\"");
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let bytes = package(&sheet, zip::CompressionMethod::Stored);
    let reading = Reading { hidden: Hidden::Skip, ..Reading::default() };
    let error = Sheet::read_with(&bytes, SheetFormat::Xlsx, &reading).expect_err("no row is shown");
    assert!(error.to_string().contains("all rows below the header are hidden: 1"), "{error}");
}

/// Reads a sheet of one row below its header. The reader asks more than `least` times whether it is still needed, and ends soon after
/// it is not, wherever it is then.
pub(super) fn assert_ends_when_not_needed(bytes: &[u8], format: SheetFormat, least: usize) {
    let asked = std::cell::Cell::new(0_usize);
    let read = |last: usize| {
        asked.set(0);
        let is_over = || {
            asked.set(asked.get() + 1);
            asked.get() > last
        };
        let reading = Reading { is_over: Some(&is_over), ..Reading::default() };
        Sheet::read_with(bytes, format, &reading).map_err(|error| error.code())
    };
    assert_eq!(read(usize::MAX).map(|sheet| sheet.rows.len()), Ok(1), "{format:?}");
    let all = asked.get();
    assert!(all > least, "{format:?}: it asked {all} times");
    for last in (0..all).step_by(all / 8) {
        assert_eq!(read(last).map(|sheet| sheet.rows.len()), Err("cancelled"), "{format:?}: {last} of {all}");
        assert!(asked.get() < last + 16, "{format:?}: it goes on for {} steps", asked.get() - last);
    }
}

#[test]
fn reading_ends_within_empty_rows_and_cells() {
    let row = |text: &str| format!("<row><c t=\"inlineStr\"><is><t>{text}</t></is></c></row>");
    for empty in ["<row/>".repeat(200_000), format!("<row>{}</row>", "<c/>".repeat(16_000)).repeat(20)] {
        let sheet = format!("<worksheet><sheetData>{}{empty}{}</sheetData></worksheet>", row("a"), row("b"));
        assert_ends_when_not_needed(&package(&sheet, zip::CompressionMethod::Stored), SheetFormat::Xlsx, 2000);
    }
    let row = |text: &str| format!("<t:table-row><t:table-cell><p>{text}</p></t:table-cell></t:table-row>");
    let wide = format!("<t:table-row>{}</t:table-row>", "<t:table-cell/>".repeat(16_000));
    for empty in ["<t:table-row/>".repeat(200_000), wide.repeat(10)] {
        let bytes = ods(&format!("<t:table>{}{empty}{}</t:table>", row("a"), row("b")));
        // It is unpacked, and read for the names of the sheets and for its rows.
        assert_ends_when_not_needed(&bytes, SheetFormat::Ods, 6000);
    }
}

#[test]
fn empty_rows_and_cells_of_ods_count() {
    let row = |cells: &str| format!("<t:table-row>{cells}</t:table-row>");
    let start = ["a", "b"].map(|text| row(&format!("<t:table-cell><p>{text}</p></t:table-cell>"))).concat();
    for (empty, message) in [
        ("<t:table-row/>".repeat((1 << 20) - 1), "the sheet has more than 1048576 rows"),
        (row(&"<t:table-cell/>".repeat(16_385)), "the sheet has more than 16384 columns"),
    ] {
        let bytes = ods(&format!("<t:table>{start}{empty}</t:table>"));
        let found = rejected(&bytes, SheetFormat::Ods, &Limits::default());
        assert_eq!(found, ("sheet_too_large", message.to_owned()));
    }
    // Repeated ones are one step each.
    let empty = "<t:table-row t:number-rows-repeated=\"18446744073709551615\"><t:table-cell t:number-columns-repeated=\"16384\"/></t:table-row>";
    let bytes = ods(&format!("<t:table>{start}{}</t:table>", empty.repeat(1000)));
    let sheet = Sheet::read(&bytes, SheetFormat::Ods, &Limits::default()).expect("a sheet");
    assert_eq!(sheet.rows.len(), 1);
}
