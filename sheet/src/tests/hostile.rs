//! Malformed, oversized and malicious sheets result in an error or a fault, without a panic or excessive memory use.

use proptest::prelude::*;

use super::{
    xlsx::{package, package_with},
    *,
};

pub(super) fn rejected(bytes: &[u8], format: SheetFormat, limits: &Limits) -> (&'static str, String) {
    let error = Sheet::read(bytes, format, limits).expect_err("an invalid sheet");
    assert!(error.hint_text().is_some(), "{error} has no hint");
    (error.code(), error.message().to_owned())
}

/// Reads a sheet of few bytes. A reader that goes on without an end, which asks ever more often whether the sheet is still needed, fails.
pub(super) fn read_to_an_end(bytes: &[u8], format: SheetFormat, reading: &Reading<'_>) -> Result<Sheet> {
    /// More than for the largest number of rows, and for all KiB of the largest file of these tests.
    const MAX_ASKED: usize = 1 << 20;
    let asked = std::cell::Cell::new(0_usize);
    let is_over = || {
        asked.set(asked.get() + 1);
        asked.get() > MAX_ASKED
    };
    Sheet::read_with(bytes, format, &Reading { is_over: Some(&is_over), ..*reading })
}

fn code(text: &str, limits: Limits) -> &'static str {
    rejected(text.as_bytes(), SheetFormat::Csv, &limits).0
}

#[test]
fn sheet_without_rows_is_rejected() {
    for (text, format) in [
        ("", SheetFormat::Csv),
        ("\n\n", SheetFormat::Csv),
        ("a,b\n", SheetFormat::Csv),
        ("", SheetFormat::Jsonl),
        ("{}\n", SheetFormat::Jsonl),
    ] {
        assert_eq!(rejected(text.as_bytes(), format, &Limits::default()).0, "sheet_empty", "{text:?}");
    }
}

#[test]
fn unknown_encodings_are_rejected() {
    let latin = [b'a', b'\n', 0xff, 0xff, b'\n'];
    let mut torn = "标题\n天青釉手作花瓶\n".repeat(3).into_bytes();
    torn[40] = 0xff;
    let utf16: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [&latin[..], &torn, &utf16] {
        let (code, message) = rejected(bytes, SheetFormat::Csv, &Limits::default());
        assert_eq!(code, "sheet_encoding", "{message}");
    }
    assert_eq!(rejected(&torn, SheetFormat::Csv, &Limits::default()).1, "line 4 contains bytes that are not UTF-8");
}

#[test]
fn limits_are_enforced() {
    let usual = Limits::default();
    assert_eq!(code("a\n1\n2\n3\n", Limits { rows: 2, ..usual }), "sheet_too_large");
    assert_eq!(code("a,b,c\n1,2,3\n", Limits { columns: 2, ..usual }), "sheet_too_large");
    assert_eq!(code("a\n12345\n12345\n", Limits { text: 8, ..usual }), "sheet_too_large");
    let many: String = (0..300).map(|i| format!("{{\"k{i}\": 1}}\n")).collect();
    assert_eq!(rejected(many.as_bytes(), SheetFormat::Jsonl, &usual).0, "sheet_too_large");
    let deep = format!("{{\"a\": {}1{}}}\n{{\"a\": 1}}", "[".repeat(100_000), "]".repeat(100_000));
    let sheet = Sheet::read(deep.as_bytes(), SheetFormat::Jsonl, &usual).unwrap();
    assert_eq!(sheet.faults[&1][0].code, "row_broken", "{:?}", sheet.faults);
}

#[test]
fn long_texts_and_many_cells_are_not_compared_with_names() {
    // Rows of at most 1 MiB.
    let limits = Limits { text: 4 << 20, ..Limits::service() };
    let asked = std::cell::Cell::new((0, 0));
    let is_name = |text: &str| {
        let (count, longest) = asked.get();
        asked.set((count + 1, longest.max(text.len())));
        text == "name"
    };
    let read = |bytes: &[u8], format| {
        asked.set((0, 0));
        let reading = Reading { limits, is_name: Some(&is_name), ..Reading::default() };
        Sheet::read_with(bytes, format, &reading).map(|sheet| sheet.columns).map_err(|error| error.code())
    };
    let long = "长".repeat(512 << 10);
    let html = |text: &str| format!("<table><tr><td>{text}</td></tr><tr><td>name</td></tr><tr><td>1</td></tr></table>");
    for (format, text) in [
        (SheetFormat::Csv, format!("{long}\nname\n1\n")),
        (SheetFormat::Csv, format!("name,{long}\n1,2\n")),
        (SheetFormat::Csv, format!("{}\nname\n1\n", "a,".repeat(100_000))),
        (SheetFormat::Html, html(&long)),
    ] {
        let columns = read(text.as_bytes(), format);
        assert!(matches!(&columns, Ok(one) if *one == ["name"]) || columns == Err("sheet_too_large"), "{format:?}");
        let (count, longest) = asked.get();
        assert!(longest <= 4096 && count < 1000, "{format:?}: {count} texts of up to {longest} bytes were compared");
    }
    // Before the row is complete.
    let text = format!("p,q\n1,2\n{},3\n", "x".repeat(9 << 17));
    let error = Sheet::read(text.as_bytes(), SheetFormat::Csv, &limits).expect_err("too long");
    assert_eq!((error.code(), error.message()), ("sheet_too_large", "row 3 has more than 1048576 bytes of text"));
    let member = format!("{{\"{long}\": 1}}\n");
    assert_eq!(read(member.as_bytes(), SheetFormat::Jsonl), Err("sheet_too_large"));
}

#[test]
fn a_cell_of_3_megabytes_is_a_fault() {
    let long = "长".repeat(1 << 20);
    let xml = |long: String| {
        format!(
            "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>a</t></is></c></row><row><c t=\"inlineStr\"><is><t>{long}</t></is></c></row>\
             <row><c t=\"inlineStr\"><is><t>b</t></is></c></row></sheetData></worksheet>"
        )
    };
    // The XLSX reader would keep several copies of the cell.
    let bytes = package(&xml(long.clone()), zip::CompressionMethod::Deflated);
    assert_eq!(rejected(&bytes, SheetFormat::Xlsx, &Limits::default()).0, "sheet_too_large");
    for (format, bytes) in [
        (SheetFormat::Csv, format!("a\n{long}\nb\n").into_bytes()),
        (SheetFormat::Jsonl, format!("{{\"a\": \"{long}\"}}\n{{\"a\": \"b\"}}\n").into_bytes()),
        (SheetFormat::Xlsx, package(&xml("长".repeat(300 << 10)), zip::CompressionMethod::Stored)),
    ] {
        let sheet =
            Sheet::read(&bytes, format, &Limits::default()).unwrap_or_else(|error| panic!("{format:?}: {error}"));
        let (_, faults) = sheet.faults.first_key_value().unwrap_or_else(|| panic!("{format:?}: no fault"));
        assert_eq!((faults[0].code, faults[0].value.chars().count()), ("cell_too_long", 60), "{format:?}");
        assert_eq!(sheet.rows[1].get(0), Cell::Text("b"), "{format:?}");
        let kept = sheet.rows[0].get(0).shown().len();
        assert!(
            kept > 64 << 10 && kept < 65 << 10,
            "{format:?}: {kept} bytes are kept, but the row must fail again when it is exported again"
        );
    }
}

#[test]
fn small_workbooks_that_occupy_gigabytes_are_rejected() {
    let limits = Limits::service();
    let sheet = "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c></row></sheetData></worksheet>";
    let cell = |content: &str| {
        format!("<worksheet><sheetData><row><c t=\"inlineStr\"><is>{content}</is></c></row></sheetData></worksheet>")
    };
    let deflated = zip::CompressionMethod::Deflated;
    for (name, bytes) in [
        ("one text", package(&cell(&format!("<t>{}</t>", "x".repeat(8 << 20))), deflated)),
        ("many runs", package(&cell(&"<r><t>xxxxxxxx</t></r>".repeat(200_000)), deflated)),
        ("an attribute", package(&format!("<worksheet a='{}'/>", "x".repeat(8 << 20)), deflated)),
        ("strings", package_with(sheet, Some(&format!("<sst>{}</sst>", "<si><t/></si>".repeat(1_100_000))), deflated)),
    ] {
        assert!(bytes.len() < 400 << 10, "{name}: {} bytes", bytes.len());
        assert_eq!(rejected(&bytes, SheetFormat::Xlsx, &limits).0, "sheet_too_large", "{name}");
    }
}

#[test]
fn few_bytes_that_expand_to_many_cells_are_rejected_or_passed_at_once() {
    let limits = Limits::service();
    let read = |bytes: &[u8], format: SheetFormat, limits: Limits| {
        read_to_an_end(bytes, format, &Reading { limits, ..Reading::default() })
    };
    // Repeated rows that add nothing: totals, blanks, cells beside the table.
    let ods = |rows: &str| super::foreign::ods(&format!("<table:table table:name=\"S\">{rows}</table:table>"));
    let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let header = format!("<table:table-row>{}{}</table:table-row>", cell("a"), cell("b"));
    let one = format!("<table:table-row>{}{}</table:table-row>", cell("1"), cell("2"));
    for (row, left_out) in [
        (format!("{}{}", cell("合计"), cell("128")), usize::MAX),
        (format!("<table:table-cell/><table:table-cell/>{}", cell("note")), 0),
    ] {
        let rows =
            format!("<table:table-row table:number-rows-repeated=\"18446744073709551615\">{row}</table:table-row>");
        let sheet = read(&ods(&format!("{header}{one}{rows}")), SheetFormat::Ods, limits).unwrap();
        assert_eq!((sheet.rows.len(), sheet.left_out.count), (1, left_out), "{row}");
    }
    // Spans of rows and columns. Less text, as a debug build takes long to copy it.
    let spans = |rows: u32, cells: usize| format!("<td colspan=1000 rowspan={rows}>x").repeat(cells);
    let few = Limits { rows: 1000, text: 2 << 20, ..limits };
    for html in [
        format!("<table><tr><td>a</td></tr><tr>{}</table>", spans(2, 20_000)),
        format!("<table><tr><td>a</td></tr><tr>{}{}</table>", spans(1000, 16), "<tr>".repeat(900)),
        format!("<table><tr><td>a<tr><td><td rowspan=1000>{}{}</table>", "x".repeat(1 << 20), "<tr><td>1".repeat(900)),
    ] {
        let error = read(html.as_bytes(), SheetFormat::Html, few).expect_err("too many cells");
        assert!(["sheet_broken", "sheet_too_large"].contains(&error.code()) && error.hint_text().is_some(), "{error}");
    }
    // A long shared string in cells beside the table.
    let cells: String =
        (2..2000).map(|row| format!("<row r=\"{row}\"><c r=\"Z{row}\" t=\"s\"><v>1</v></c></row>")).collect();
    let xml = format!(
        "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>{cells}</sheetData></worksheet>"
    );
    let strings = format!("<sst><si><t>a</t></si><si><t>{}</t></si></sst>", "x".repeat(1_000_000));
    let bytes = package_with(&xml, Some(&strings), zip::CompressionMethod::Deflated);
    assert_eq!(read(&bytes, SheetFormat::Xlsx, few).expect_err("too much text").code(), "sheet_too_large");
}

#[test]
fn strings_and_other_tags_are_counted_apart() {
    let limits = Limits { strings: 1000, ..Limits::default() };
    let cell = |text: &str| format!("<row><c t=\"s\"><v>{text}</v></c></row>");
    let sheet = |rest: &str| format!("<worksheet><sheetData>{}{}</sheetData>{rest}</worksheet>", cell("0"), cell("1"));
    let strings = |count: usize| format!("<sst>{}</sst>", "<si><t>a</t></si>".repeat(count));
    let stored = zip::CompressionMethod::Stored;
    let all = package_with(&sheet(""), Some(&strings(1000)), stored);
    assert_eq!(Sheet::read(&all, SheetFormat::Xlsx, &limits).expect("as many as allowed").rows.len(), 1);
    let found = rejected(&package_with(&sheet(""), Some(&strings(1001)), stored), SheetFormat::Xlsx, &limits);
    assert_eq!(found, ("sheet_too_large", "the workbook has more than 1000 different strings".to_owned()));
    // Of a text of one byte each, without their tags.
    let small = |text: usize| Limits { text, ..Limits::default() };
    assert_eq!(Sheet::read(&all, SheetFormat::Xlsx, &small(500)).expect("few enough bytes").rows.len(), 1);
    assert_eq!(rejected(&all, SheetFormat::Xlsx, &small(499)).0, "sheet_too_large", "bytes of different strings");
    // A part is not read to its end.
    let bytes = package_with(&sheet(&"<foo>".repeat(2 << 20)), Some(&strings(2)), stored);
    let asked = std::cell::Cell::new(0);
    let is_over = || {
        asked.set(asked.get() + 1);
        false
    };
    let error =
        Sheet::read_with(&bytes, SheetFormat::Xlsx, &Reading { limits, is_over: Some(&is_over), ..Reading::default() });
    let error = error.expect_err("too many tags");
    let message = "the workbook has a part with more than 8000 tags beside those of its cells";
    assert_eq!((error.code(), error.message()), ("sheet_too_large", message));
    assert!(asked.get() < 1000, "{} of 10 000 KiB", asked.get());
}

#[test]
fn zip_bomb_is_rejected() {
    let xml = format!("<worksheet><sheetData>{}</sheetData></worksheet>", " ".repeat(4 << 20));
    let bytes = package(&xml, zip::CompressionMethod::Deflated);
    assert!(bytes.len() < 64 << 10, "{} bytes", bytes.len());
    let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
    assert_eq!(rejected(&bytes, SheetFormat::Xlsx, &limits).0, "sheet_too_large");
    // Declare a small size: it is stored 24 bytes after the signature of a central directory header.
    let mut forged = bytes.clone();
    let headers: Vec<usize> = (0..forged.len() - 4).filter(|&at| forged[at..].starts_with(b"PK\x01\x02")).collect();
    headers.iter().for_each(|at| forged[at + 24..at + 28].copy_from_slice(&10u32.to_le_bytes()));
    rejected(&forged, SheetFormat::Xlsx, &limits);
}

#[test]
fn archives_with_too_many_parts_are_not_opened() {
    let book = package("<worksheet><sheetData/></worksheet>", zip::CompressionMethod::Deflated);
    let refused = |bytes: &[u8]| {
        let format = SheetFormat::of("a.xlsx", bytes).expect_err("too many parts");
        assert_eq!(
            (format.code(), rejected(bytes, SheetFormat::Xlsx, &Limits::default()).0),
            ("sheet_too_large", "sheet_too_large")
        );
    };
    // Memory for all members that the end record declares would be allocated.
    let (start, end) = book.split_at(book.len() - 22);
    let mut record = b"PK\x06\x06".to_vec();
    record.extend((56_u64 - 12).to_le_bytes());
    record.resize(24, 0);
    let directory = u64::from(u32::from_le_bytes(end[16..20].try_into().unwrap()));
    for number in [directory, directory, u64::MAX / 2, directory] {
        record.extend(number.to_le_bytes());
    }
    let mut locator = b"PK\x06\x07\0\0\0\0".to_vec();
    locator.extend((start.len() as u64).to_le_bytes());
    locator.extend(1_u32.to_le_bytes());
    let record_of = |count: u64| {
        let mut record = record.clone();
        record[24..32].copy_from_slice(&count.to_le_bytes());
        record[32..40].copy_from_slice(&count.to_le_bytes());
        [start, &record, &locator, end].concat()
    };
    refused(&record_of(20_001));
    refused(&record_of(1 << 40));
    // More members than any workbook has.
    let member = [b"PK\x01\x02".as_slice(), &[0; 42]].concat().repeat(20_001);
    refused(&[start, &member, end].concat());
    // Few members with very long names.
    let mut member = [b"PK\x01\x02".as_slice(), &[0; 42]].concat();
    member[28..30].copy_from_slice(&u16::MAX.to_le_bytes());
    refused(&[start, &member.repeat(100), end].concat());
}

#[test]
fn huge_declared_shared_string_count_is_rejected() {
    let sheet = "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c></row><row><c t=\"s\"><v>1</v></c></row></sheetData></worksheet>";
    let read = |head: &str| {
        let texts = format!("{head}<si><t>a</t></si><si><t>b</t></si></sst>");
        let bytes = package_with(sheet, Some(&texts), zip::CompressionMethod::Stored);
        Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default())
            .map(|sheet| sheet.rows[0].texts(1))
            .map_err(|e| e.code())
    };
    for head in [
        "<sst>",
        "\u{feff}<?xml version=\"1.0\"?>\r\n<!-- > --><sst count=\"9\" uniqueCount=\"2\">",
        "<x:sst xmlns:x='y' uniqueCount = '2'>",
    ] {
        assert_eq!(read(head), Ok(vec!["b".to_owned()]), "{head}");
    }
    let padding = " ".repeat(20 << 10);
    for head in [
        "<sst uniqueCount=\"100000000000\">".to_owned(),
        "<sst uniqueCount = '99999999999999999999999999'>".to_owned(),
        "<sst a='>' uniqueCount='100000000000'>".to_owned(),
    ] {
        assert_eq!(read(&head), Err("sheet_too_large"), "{head}");
    }
    for head in [
        format!("<!-- sst> -->{padding}<sst uniqueCount='100000000000'>"),
        format!("<sst a='>'{padding}uniqueCount='100000000000'>"),
        format!("<a>{padding}</a><sst uniqueCount='100000000000'>"),
    ] {
        assert_eq!(read(&head), Err("sheet_broken"), "{}", &head[..20]);
    }
}

#[test]
fn input_that_expands_in_memory_is_rejected() {
    let usual = Limits::default();
    let wide = format!("a{}b\n1\n", ",".repeat(1000));
    assert_eq!(code(&wide, usual), "sheet_too_large");
    // A single record that spans several lines.
    let long = format!("a,b\n1,2\n\"\n\"{}{}\n", ",\"\n\"".repeat(10), ",".repeat(1100 << 10));
    assert_eq!(code(&long, usual), "sheet_too_large");
    let trailing = format!("a{}\n1{}\n", ",".repeat(1000), ",".repeat(1000));
    assert_eq!(
        Sheet::read(trailing.as_bytes(), SheetFormat::Csv, &usual).unwrap().columns,
        ["a"],
        "commas without names"
    );
    // The same cell reference repeated.
    let cells = "<c r=\"A2\"><v>1</v></c>".repeat(20_000);
    let row = format!(
        "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c></row><row r=\"2\">{cells}</row></sheetData></worksheet>"
    );
    assert_eq!(
        rejected(&package(&row, zip::CompressionMethod::Deflated), SheetFormat::Xlsx, &usual).0,
        "sheet_too_large"
    );
    let line = format!("{{\"a\": [{}0]}}\n{{\"a\": 1}}\n", "0,".repeat(2 << 20));
    let sheet = Sheet::read(line.as_bytes(), SheetFormat::Jsonl, &usual).unwrap();
    assert_eq!(sheet.faults[&1][0].code, "row_broken", "{:?}", sheet.faults);
}

#[test]
fn number_of_faults_is_limited() {
    let header = format!("a{}", ",b".repeat(200));
    let row = format!("\n1{}", ",xx".repeat(200));
    let limits = Limits { cell: 1, ..Limits::default() };
    let few = Sheet::read(format!("{header}{row}").as_bytes(), SheetFormat::Csv, &limits).unwrap();
    let faults = &few.faults[&2];
    assert_eq!((faults.len(), faults[0].column.as_str(), faults[0].code), (20, "b", "cell_too_long"));
    assert_eq!((faults[18].more, faults[19].more), (0, 180), "further faults of the row");
    assert!(faults.capacity() < 40, "room for {} is kept", faults.capacity());
    // 20 in each of 5000 rows are as many as a sheet keeps. Narrower rows, as a debug build takes long to make each fault.
    let (header, row) = (format!("a{}", ",b".repeat(25)), format!("\n1{}", ",xx".repeat(25)));
    let all = Sheet::read(format!("{header}{}", row.repeat(5100)).as_bytes(), SheetFormat::Csv, &limits).unwrap();
    let kept: usize = all.faults.values().map(Vec::len).sum();
    assert_eq!((all.faults.len(), kept), (5100, 100_100), "every row keeps at least one fault");
}

#[test]
fn misplaced_rows_and_columns_are_rejected() {
    let sheet = |rows: &str| {
        package(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"), zip::CompressionMethod::Stored)
    };
    let usual = Limits::default();
    let back = sheet("<row r=\"5\"><c r=\"A5\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>");
    assert_eq!(rejected(&back, SheetFormat::Xlsx, &usual).0, "sheet_broken");
    let far = sheet("<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>");
    assert_eq!(rejected(&far, SheetFormat::Xlsx, &usual).0, "sheet_too_large");
    for bytes in [&b"PK\x03\x04"[..], b"", b"a,b\n1,2\n"] {
        assert_eq!(rejected(bytes, SheetFormat::Xlsx, &usual).0, "sheet_broken");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in [SheetFormat::Csv, SheetFormat::Jsonl, SheetFormat::Xlsx] {
            let _ = Sheet::read(&bytes, format, &Limits::default());
        }
    }

    #[test]
    fn damaged_xlsx_does_not_panic(at in 0usize..4096, byte: u8, cut in 0usize..4096) {
        let xml = "<worksheet><dimension ref=\"A1:B2\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c></row>\
                   <row r=\"2\"><c r=\"A2\" s=\"1\"><f t=\"shared\" si=\"0\" ref=\"A2:A3\">B1</f><v>1</v></c></row>\
                   <row r=\"3\"><c r=\"A3\"><f t=\"shared\" si=\"0\"/></c></row></sheetData></worksheet>";
        let mut bytes = package(xml, zip::CompressionMethod::Stored);
        let end = bytes.len();
        bytes[at % end] = byte;
        let _ = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default());
        bytes.truncate(cut % end);
        let _ = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default());
    }
}
