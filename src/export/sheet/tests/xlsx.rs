//! Tests of XLSX files as written by spreadsheet programs.

use std::io::{Cursor, Write};

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook, Worksheet};

use super::*;

fn write(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

fn read(bytes: &[u8]) -> Sheet {
    Sheet::read(bytes, Format::Xlsx, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Wraps the XML of sheet rows in an XLSX.
fn raw(rows: &str) -> Vec<u8> {
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    );
    package(&sheet, zip::CompressionMethod::Stored)
}

pub(super) fn package(sheet: &str, method: zip::CompressionMethod) -> Vec<u8> {
    package_with(sheet, None, method)
}

/// Builds an XLSX from the XML of its sheet and shared string table.
pub(super) fn package_with(sheet: &str, texts: Option<&str>, method: zip::CompressionMethod) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let book_rels = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let rels = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("_rels/.rels", rels.as_str()),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &book_rels),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/SharedStrings.xml", texts.unwrap_or_default()),
    ] {
        if text.is_empty() {
            continue;
        }
        archive.start_file(name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn cells_are_read_as_displayed() {
    let bytes = write(|sheet| {
        let (day, moment) = (Style::new().set_num_format("yyyy-mm-dd"), Style::new().set_num_format("yyyy/m/d h:mm"));
        let (clock, duration) = (Style::new().set_num_format("h:mm"), Style::new().set_num_format("[h]:mm:ss"));
        let at = ExcelDateTime::from_ymd(2026, 11, 20).unwrap();
        for column in 0..11 {
            sheet.write_string(0, column, format!("c{column}")).unwrap();
        }
        sheet.write_string(1, 0, " 007 ").unwrap();
        sheet.write_number(1, 1, 12800).unwrap();
        sheet.write_number(1, 2, 0.1 + 0.2).unwrap();
        sheet.write_boolean(1, 3, true).unwrap();
        sheet.write_datetime_with_format(1, 4, &at, &day).unwrap();
        sheet.write_datetime_with_format(1, 5, at.clone().and_hms(19, 30, 0).unwrap(), &moment).unwrap();
        sheet.write_number_with_format(1, 6, 0.8125, &clock).unwrap();
        sheet.write_number_with_format(1, 7, 1.5, &duration).unwrap();
        sheet.write_formula(1, 8, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.write_formula(1, 9, Formula::new("=\"a\"&\"b\"").set_result("ab")).unwrap();
        sheet.write_number(1, 10, -1.5e-7).unwrap();
    });
    let sheet = read(&bytes);
    let cells = [
        " 007 ",
        "12800",
        "0.3",
        "true",
        "2026-11-20",
        "2026-11-20T19:30",
        "19:30",
        "36:00:00",
        "2",
        "ab",
        "-0.00000015",
    ];
    assert_eq!(rows(&sheet), expected(&[(2, &cells)]));
    assert!(sheet.faults.is_empty(), "{:?}", sheet.faults);
}

#[test]
fn merged_cells_and_empty_rows_keep_their_positions() {
    let bytes = write(|sheet| {
        sheet.write_string(1, 0, "a").unwrap();
        sheet.write_string(1, 1, "b").unwrap();
        sheet.merge_range(3, 0, 4, 0, "both", &Style::new()).unwrap();
        sheet.write_string(3, 1, "x").unwrap();
        sheet.write_string(4, 1, "y").unwrap();
        sheet.write_string(7, 1, "z").unwrap();
    });
    assert_eq!(rows(&read(&bytes)), expected(&[(4, &["both", "x"]), (5, &["", "y"]), (8, &["", "z"])]));
}

#[test]
fn invalid_cells_are_faults() {
    let bytes = raw("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c><c r=\"B1\" t=\"str\"><v>b</v></c></row>\
         <row r=\"2\"><c r=\"A2\" t=\"e\"><f>B9/0</f><v>#DIV/0!</v></c></row>\
         <row r=\"3\"><c r=\"A3\"><f>NOW()</f></c><c r=\"B3\" t=\"str\"><f>\"\"</f><v></v></c></row>\
         <row r=\"4\"><c r=\"A4\"><v>12345678901234567890</v></c></row>\
         <row r=\"5\"><c r=\"C5\"><v>1</v></c></row>\
         <row r=\"6\"><c r=\"A6\" t=\"inlineStr\"><is><t>好&amp;</t></is></c></row>");
    let sheet = read(&bytes);
    let faults: Vec<_> = sheet
        .faults
        .iter()
        .flat_map(|(number, all)| all.iter().map(|r| (*number, r.column.as_str(), r.value.as_str(), r.code.as_str())))
        .collect();
    let expected = [
        (2, "a", "#DIV/0!", "cell_error"),
        (3, "a", "", "formula_unknown"),
        (4, "a", "12345678901234567000", "number_digits"),
        (5, "C", "1", "row_ragged"),
    ];
    assert_eq!(faults, expected);
    assert_eq!(sheet.rows.last().map(|row| row.get(0)), Some(Cell::Text("好&")));
}

#[test]
fn failures_csv_can_be_read_as_a_sheet() {
    use crate::export::{Failure, failures};
    let columns = ["id", "nick"].map(str::to_owned);
    let cells = ["-5", "=HYPERLINK(\"http://a.cn\")"].map(str::to_owned);
    let failure = Failure { number: 7, cells: cells.to_vec(), reasons: Vec::new() };
    let list = failures::write(&columns, [&failure]);
    let sheet = csv(&list);
    assert_eq!(sheet.rows[0].texts(2), cells);
    // The same list, saved by Excel as XLSX.
    let shown = write(|page| {
        for (column, name) in ["id", "nick", failures::ROW, failures::REASON].into_iter().enumerate() {
            page.write_string(0, column as u16, name).unwrap();
        }
        page.write_number(1, 0, -5).unwrap();
        page.write_string(1, 1, "'=HYPERLINK(\"http://a.cn\")").unwrap();
    });
    assert_eq!(read(&shown).rows[0].texts(2), cells);
    assert_eq!(csv("nick\n'=1\n").rows[0].texts(1), ["'=1"], "other sheets are not unguarded");
}

#[test]
fn a_sheet_is_chosen_by_name() {
    let mut book = Workbook::new();
    let hidden = book.add_worksheet();
    hidden.set_name("hidden").unwrap().set_hidden(true);
    for name in ["first", "second"] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap().write_string(0, 0, "a").unwrap();
        sheet.write_string(1, 0, name).unwrap();
    }
    book.worksheet_from_index(1).unwrap().set_active(true);
    let bytes = book.save_to_buffer().unwrap();
    let limits = Limits::default();
    let first = |name: Option<&str>| {
        Sheet::read_named(&bytes, Format::Xlsx, name, &limits).map(|sheet| sheet.rows[0].get(0).shown().to_owned())
    };
    assert_eq!(first(None).unwrap(), "first", "hidden sheets are skipped");
    assert_eq!(first(Some("second")).unwrap(), "second");
    let error = first(Some("secnd")).expect_err("no such sheet");
    assert_eq!((error.code(), error.hint_text()), ("sheet_unknown", Some("did you mean `second`?")));
}
