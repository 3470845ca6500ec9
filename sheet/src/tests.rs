//! Tests of all sheet formats with valid and invalid files.

use super::*;

fn csv(bytes: impl AsRef<[u8]>) -> Sheet {
    Sheet::read(bytes.as_ref(), SheetFormat::Csv, &Limits::default())
        .unwrap_or_else(|e| panic!("{e} {:?}", e.hint_text()))
}

/// Number and cells of each row.
fn rows(sheet: &Sheet) -> Vec<(u64, Vec<String>)> {
    sheet.rows.iter().map(|row| (row.number, row.texts(sheet.columns.len()))).collect()
}

fn expected(rows: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
    rows.iter().map(|(number, cells)| (*number, cells.iter().map(|cell| (*cell).to_owned()).collect())).collect()
}

#[test]
fn csv_encodings_are_detected() {
    let text = "title,价格\r\n天青釉花瓶，釉色温润,12800\r\n𠮷野家,1\r\n";
    let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
    };
    for (name, bytes) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8 with BOM", format!("\u{feff}{text}").into_bytes()),
        ("UTF-16LE", utf16(u16::to_le_bytes)),
        ("UTF-16BE", utf16(u16::to_be_bytes)),
        ("GB18030", encoding_rs::GB18030.encode(text).0.into_owned()),
    ] {
        let sheet = csv(bytes);
        assert_eq!(sheet.columns, ["title", "价格"], "{name}");
        assert_eq!(rows(&sheet), expected(&[(2, &["天青釉花瓶，釉色温润", "12800"]), (3, &["𠮷野家", "1"])]), "{name}");
    }
}

#[test]
fn formulas_around_ids_in_csv_are_unwrapped() {
    let sheet = csv("a,b,c\n=\"00123\",\"=\"\"007\"\"\",=“08”\n=A1,=,x\n");
    assert_eq!(rows(&sheet), expected(&[(2, &["00123", "007", "08"]), (3, &["=A1", "=", "x"])]));
}

#[test]
fn the_mark_of_texts_before_ids_in_csv_is_removed() {
    let sheet =
        csv("a,b,c\n'00123,’008, '2026-11-20 \n'n Sync,'tis,''1\n'80s Rock,’90s,'007A\n'4405241980X1012345,'7,'3D\n");
    let found = expected(&[
        (2, &["00123", "008", "2026-11-20"]),
        (3, &["'n Sync", "'tis", "''1"]),
        (4, &["'80s Rock", "’90s", "007A"]),
        (5, &["4405241980X1012345", "7", "'3D"]),
    ]);
    assert_eq!(rows(&sheet), found);
}

#[test]
fn csv_delimiters_are_detected() {
    for text in ["a,b\n1,\"x;y\"\n", "a;b\n1;x;y\n", "a\tb\n1\tx;y\n", "sep=;\na;b\n1;\"x;y\"\n", "\"a,;;\",b\n1,x;y\n"]
    {
        let sheet = csv(text);
        assert_eq!(sheet.columns.len(), 2, "{text:?}");
    }
    assert_eq!(csv("only\n1\n").columns, ["only"]);
}

#[test]
fn csv_rows_are_numbered_as_in_spreadsheet_programs() {
    let text = "a,b\r\n\"two\r\nlines\",1\r\n\r\n,\r\n\r\nlast,2\r\n";
    assert_eq!(rows(&csv(text)), expected(&[(2, &["two\r\nlines", "1"]), (6, &["last", "2"])]));
    assert_eq!(rows(&csv("\n\na\n\nx\n\ny")), expected(&[(5, &["x"]), (7, &["y"])]));
}

#[test]
fn a_million_empty_csv_lines_are_named() {
    // Rows of at most 1 MiB.
    let limits = Limits { text: 4 << 20, ..Limits::service() };
    let lines = "\n".repeat(9 << 17);
    for (text, message) in [
        (format!("a\n{lines}1\n"), "the sheet has too many empty lines"),
        (format!("{lines}a\n1\n"), "the sheet has too many empty lines"),
        (format!("a\n1\n\"{lines}\"\n"), "row 3 has more than 1048576 bytes of text"),
    ] {
        let error = Sheet::read(text.as_bytes(), SheetFormat::Csv, &limits).expect_err("too many");
        assert_eq!((error.code(), error.message()), ("sheet_too_large", message));
    }
}

#[test]
fn ragged_csv_rows_are_faults() {
    let sheet = csv("a,b\n1\n1,2,3\n1,2,\n1,\"2\n3,4\n");
    let faults: Vec<_> = sheet.faults.iter().map(|(number, all)| (*number, all[0].code)).collect();
    assert_eq!(faults, [(2, "row_ragged"), (3, "row_ragged"), (5, "quote_open")], "{sheet:#?}");
    assert_eq!(sheet.faults[&3][0].column, "C");
}

#[test]
fn text_behind_a_closing_quotation_mark_is_a_fault() {
    for (text, faults) in [
        ("a\tb\n\"甲\t1\n乙\t2\n\"丙\t3\n丁\t4\n", vec![2]),
        ("a,b\n\"小满\"茶壶,1\n5,2\n", vec![2]),
        ("a,b\n1,\"x\"\"y\"z\n", vec![2]),
        ("a,b\r\n\r\n1,2\r\n\"x\"y,2\r\n", vec![4]),
        ("a,b\n\"小满\" ,\"1\"\r\n\"x \"\"y\"\"\",\"\"\n3 \"x\" y,\"2\"", vec![]),
        ("a,b\n\"two\nlines\",1\n\n\"\"\"x\"\"\",2\n", vec![]),
    ] {
        let sheet = csv(text);
        let found: Vec<u64> = sheet.faults.keys().copied().collect();
        assert_eq!(found, faults, "{text:?} {sheet:#?}");
        assert!(sheet.faults.values().all(|all| all[0].code == "quote_open"), "{sheet:#?}");
    }
}

mod bars;
mod binary;
mod copies;
mod crops;
mod empty;
mod foreign;
mod headers;
mod hostile;
mod kinds;
mod links;
mod ods_formats;
mod shown;
mod wrong_names;
mod xlsx;

#[test]
fn jsonl_values_keep_their_types() {
    let text =
        "{\"a\": \"007\", \"b\": 1.50, \"c\": null}\n\n{\"d\": [1, {\"e\": true}], \"a\": \"\"}\r\nnot json\n[1]\n";
    let sheet = Sheet::read(text.as_bytes(), SheetFormat::Jsonl, &Limits::default()).unwrap();
    assert_eq!(sheet.columns, ["a", "b", "c", "d"]);
    let cells = |row: usize| (0..4).map(|column| sheet.rows[row].get(column)).collect::<Vec<_>>();
    assert_eq!(cells(0), [Cell::Text("007"), Cell::Json("1.5"), Cell::Empty, Cell::Empty]);
    assert_eq!(cells(1), [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Json("[1,{\"e\":true}]")]);
    let faults: Vec<_> = sheet.faults.iter().map(|(number, all)| (*number, all[0].words.text())).collect();
    assert_eq!(faults[0], (4, "invalid JSON at character 2: expected a value".to_owned()));
    assert!(faults[1].0 == 5 && faults[1].1.ends_with("got an array"), "{faults:?}");
    assert!(sheet.is_json);
}

#[test]
fn json_may_be_a_list_or_go_over_several_lines() {
    let list = "[\n  {\n    \"a\": \"x}\\\"\",\n    \"b\": [1, 2]\n  },\n  { \"a\": \"y\" },\n  7,\n  { \"a\": }\n]\n";
    let objects = "{\n  \"a\": \"x}\\\"\",\n  \"b\": [1, 2]\n}\n{ \"a\": \"y\" }\n";
    for (text, numbers, faults) in
        [(list, &[2, 6, 7, 8][..], 2), (objects, &[1, 5], 0), ("[{\"a\":1},{\"a\":2}]", &[1, 2], 0)]
    {
        assert_eq!(SheetFormat::of("a", text.as_bytes()).unwrap(), SheetFormat::Jsonl, "{text}");
        let sheet = Sheet::read(text.as_bytes(), SheetFormat::Jsonl, &Limits::default()).unwrap();
        assert_eq!(sheet.rows.iter().map(|row| row.number).collect::<Vec<_>>(), numbers, "{text}");
        assert_eq!(sheet.faults.len(), faults, "{text}: {:?}", sheet.faults);
    }
}

#[test]
fn formats_are_detected_by_name_and_content() {
    for (name, bytes, format) in [
        ("a.CSV", "{{title}},价格\n", SheetFormat::Csv),
        ("a.CSV", "{\"a\": 1}\n{\"a\": 2}\n", SheetFormat::Jsonl),
        ("a.txt", "[\n {\n  \"a\": 1}]", SheetFormat::Jsonl),
        ("a.csv", "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n", SheetFormat::Mht),
        ("a.xlsx", "", SheetFormat::Csv),
        ("a.csv", "PK\u{3}\u{4}", SheetFormat::Xlsx),
        ("a.ndjson", "a", SheetFormat::Jsonl),
        ("upload", "\n {\"a\": 1}", SheetFormat::Jsonl),
        ("upload", "a,b", SheetFormat::Csv),
        ("", "", SheetFormat::Csv),
    ] {
        assert_eq!(SheetFormat::of(name, bytes.as_bytes()).ok(), Some(format), "{name} {bytes:?}");
    }
    let old = SheetFormat::of("a.xls", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0]).expect_err("old Excel");
    assert_eq!(old.code(), "sheet_format");
}

mod round_trip {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn csv_cells_round_trip(
            all in prop::collection::vec(prop::collection::vec("[a-c,;\t\"\r\n 商、]{0,6}", 3), 1..8),
            separator in prop::sample::select(vec![b',', b';', b'\t']),
            crlf: bool,
        ) {
            let terminator = if crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
            let mut writer = ::csv::WriterBuilder::new().delimiter(separator).terminator(terminator).from_writer(Vec::new());
            writer.write_record(["one", "two", "three"]).unwrap();
            all.iter().for_each(|row| writer.write_record(row).unwrap());
            let bytes = writer.into_inner().unwrap();
            let expected: Vec<(u64, Vec<String>)> = (2u64..)
                .zip(all)
                .map(|(number, row)| {
                    let shown = row.into_iter().map(|cell| if cell.trim().is_empty() { String::new() } else { cell });
                    (number, shown.collect())
                })
                .filter(|(_, row): &(u64, Vec<String>)| row.iter().any(|cell| !cell.is_empty()))
                .collect();
            match Sheet::read(&bytes, SheetFormat::Csv, &Limits::default()) {
                Ok(sheet) => {
                    prop_assert_eq!(rows(&sheet), expected);
                    prop_assert!(sheet.faults.is_empty(), "{:?}", sheet.faults);
                }
                Err(error) => prop_assert!(error.code() == "sheet_empty" && expected.is_empty(), "{:?}", error),
            }
        }
    }
}
