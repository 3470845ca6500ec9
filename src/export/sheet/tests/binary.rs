//! Binary workbooks: .xls and .xlsb, built record by record.

use std::io::{Cursor, Write};

use super::*;

/// A record of .xls.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// A string in UTF-16 after its length in characters, or in one byte a character.
fn text(text: &str, length_bytes: usize) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = &(units.len() as u32).to_le_bytes()[..length_bytes];
    let (flags, bytes): (u8, Vec<u8>) = match text.is_ascii() {
        true => (0, text.bytes().collect()),
        false => (1, units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
    };
    [length, &[flags], &bytes].concat()
}

/// The file of a workbook's stream.
fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream(name).unwrap().write_all(stream).unwrap();
    file.into_inner().into_inner()
}

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000a;

/// A workbook of Excel 97 with a hidden sheet and one with these records, and shared strings of these records.
fn xls(globals: &[Vec<u8>], cells: &[Vec<u8>]) -> Vec<u8> {
    let start = record(BOF, &[0, 6, 5, 0]);
    let sheet = |name: &str, offset: usize, state: u8| {
        record(0x85, &[&(offset as u32).to_le_bytes()[..], &[state, 0], &text(name, 1)].concat())
    };
    let of = |hidden: usize, shown: usize| {
        [start.clone(), sheet("Hidden", hidden, 1), sheet("表", shown, 0), globals.concat(), record(EOF, &[])].concat()
    };
    let hidden = [start.clone(), label(0, 0, "no"), record(EOF, &[])].concat();
    let first = of(0, 0).len();
    let shown = [record(BOF, &[0, 6, 0x10, 0]), cells.concat(), record(EOF, &[])].concat();
    compound("/Workbook", &[of(first, first + hidden.len()), hidden, shown].concat())
}

/// The start of a cell: row, column and style.
fn place(row: u16, column: u16, style: u16) -> Vec<u8> {
    [row, column, style].into_iter().flat_map(u16::to_le_bytes).collect()
}

fn label(row: u16, column: u16, value: &str) -> Vec<u8> {
    record(0x204, &[place(row, column, 0), text(value, 2)].concat())
}

fn number(row: u16, column: u16, style: u16, value: f64) -> Vec<u8> {
    record(0x203, &[place(row, column, style), value.to_le_bytes().to_vec()].concat())
}

fn formula(row: u16, column: u16, value: [u8; 8]) -> Vec<u8> {
    record(6, &[place(row, column, 0), value.to_vec(), vec![0; 8]].concat())
}

fn read(bytes: &[u8], name: &str) -> Sheet {
    let format = Format::of(name, bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
    let reading = Reading::default();
    Sheet::read_with(bytes, format, &reading).unwrap_or_else(|e| panic!("{name}: {e} {:?}", e.hint_text()))
}

/// Formats `00000` and `[h]:mm`, and the styles general, number of zeros, date and duration.
fn styles() -> Vec<Vec<u8>> {
    let format = |id: u16, code: &str| record(0x41e, &[&id.to_le_bytes()[..], &text(code, 2)].concat());
    let style = |format: u16| record(0xe0, &[&[0, 0][..], &format.to_le_bytes(), &[0; 16]].concat());
    vec![format(164, "00000"), format(165, "[h]:mm"), style(0), style(164), style(14), style(165)]
}

/// Shared strings, the last one with formatting and phonetic data, split into two records within a text.
fn shared() -> Vec<Vec<u8>> {
    let rich =
        [&3_u16.to_le_bytes()[..], &[4 | 8], &2_u16.to_le_bytes(), &5_u32.to_le_bytes(), b"abc", &[9; 8], &[8; 5]];
    let all = [&[0; 8][..], &text("标题", 2), &text("plain", 2), &rich.concat(), &text("中文字", 2)].concat();
    // In the middle of the last text, which goes on with characters of two bytes after new flags.
    let at = all.len() - 4;
    vec![record(0xfc, &all[..at]), record(0x3c, &[&[1][..], &all[at..]].concat())]
}

#[test]
fn xls_is_read_under_any_name() {
    let error = |row, column, value: [u8; 2]| record(0x205, &[place(row, column, 0), value.to_vec()].concat());
    let shared_cell =
        |row, column, index: u32| record(0xfd, &[place(row, column, 0), index.to_le_bytes().to_vec()].concat());
    let rk = |style: u16, bits: u32| [&style.to_le_bytes()[..], &bits.to_le_bytes()].concat();
    let hidden = |row: u16| record(0x208, &[&row.to_le_bytes()[..], &[0; 10], &[0x20, 0, 0, 0]].concat());
    let many = [&[4, 0, 0, 0][..], &rk(1, 7 << 2 | 2), &rk(0, 1250 << 2 | 3), &[1, 0]].concat();
    let chart = [record(BOF, &[0, 6, 0x20, 0]), label(0, 0, "chart"), record(EOF, &[])].concat();
    let cells = [
        hidden(4),
        shared_cell(0, 0, 0),
        label(0, 1, "编号"),
        label(0, 2, "价格"),
        label(0, 3, "日期"),
        chart,
        shared_cell(2, 0, 2),
        number(2, 1, 1, 123.0),
        number(2, 2, 0, 0.1 + 0.2),
        number(2, 3, 2, 46_346.0),
        // Cells in the order in which they were set.
        number(3, 3, 3, 1.5),
        formula(3, 0, [0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        record(0x207, &text("fx 值", 2)),
        record(0xbd, &many),
        record(0xbd, &[&[3, 0, 1, 0][..], &rk(0, 5 << 2 | 2), &[1, 0]].concat()),
        error(4, 2, [1, 0]),
        error(4, 3, [0x17, 1]),
        shared_cell(5, 0, 3),
        formula(5, 1, [1, 0, 1, 0, 0, 0, 0xff, 0xff]),
        formula(5, 2, 2.5_f64.to_le_bytes()),
        shared_cell(5, 3, 99),
    ];
    let bytes = xls(&[styles(), shared()].concat(), &cells);
    for name in ["a.xls", "a.xlsx", "a.csv", "a.et", ""] {
        let sheet = read(&bytes, name);
        assert_eq!(sheet.columns, ["标题", "编号", "价格", "日期"], "{name}");
        let expected = expected(&[
            (3, &["abc", "00123", "0.3", "2026-11-20"]),
            (4, &["fx 值", "5", "", "36:00:00"]),
            (5, &["00007", "12.5", "TRUE", "#REF!"]),
            (6, &["中文字", "TRUE", "2.5", ""]),
        ]);
        assert_eq!(super::rows(&sheet), expected, "{name}");
        assert_eq!(sheet.hidden, HiddenRows { count: 1, first: vec![5] });
        assert_eq!(sheet.faults.keys().copied().collect::<Vec<_>>(), [5]);
        assert!(!sheet.has_unread_pictures);
    }
    let named = Reading { sheet: Some("Hidden"), ..Reading::default() };
    assert_eq!(Sheet::read_with(&bytes, Format::Xls, &named).unwrap_err().code(), "sheet_empty");
    let unknown = Reading { sheet: Some("表格"), ..Reading::default() };
    assert_eq!(Sheet::read_with(&bytes, Format::Xls, &unknown).unwrap_err().code(), "sheet_unknown");
}

#[test]
fn xls_of_excel_95_has_a_code_page() {
    let gbk = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let coded = |row: u16, value: &str| {
        let bytes = gbk(value);
        record(0x204, &[place(row, 0, 0), (bytes.len() as u16).to_le_bytes().to_vec(), bytes].concat())
    };
    let start = [record(BOF, &[0, 5, 5, 0]), record(0x42, &936_u16.to_le_bytes())].concat();
    let name = gbk("表");
    let entry = |offset: u32| record(0x85, &[&offset.to_le_bytes()[..], &[0, 0, name.len() as u8], &name].concat());
    let length = start.len() + entry(0).len() + 4;
    let sheet = [record(BOF, &[0, 5, 0x10, 0]), coded(0, "标题"), coded(1, "天青釉花瓶"), record(EOF, &[])].concat();
    let bytes = compound("/Book", &[start, entry(length as u32), record(EOF, &[]), sheet].concat());
    let sheet = read(&bytes, "a.xls");
    assert_eq!(
        (sheet.columns.as_slice(), super::rows(&sheet)),
        (&["标题".to_owned()][..], expected(&[(2, &["天青釉花瓶"])]))
    );
}

#[test]
fn pictures_in_xls_are_told() {
    let store = [&0x0012_u16.to_le_bytes()[..], &0xf001_u16.to_le_bytes(), &4_u32.to_le_bytes(), &[0; 4]].concat();
    let head = [&[0x0f, 0][..], &0xf000_u16.to_le_bytes(), &20_u32.to_le_bytes()].concat();
    let drawings = [&[0, 0, 0x06, 0xf0][..], &2_u32.to_le_bytes(), &[0; 2]].concat();
    let rows = [label(0, 0, "a"), label(1, 0, "b")];
    for (group, expected) in
        [([head.clone(), drawings.clone(), store].concat(), true), ([head, drawings].concat(), false)]
    {
        assert_eq!(read(&xls(&[record(0xeb, &group)], &rows), "a.xls").has_unread_pictures, expected);
    }
}

#[test]
fn hostile_xls_is_an_error() {
    let fine = [label(0, 0, "a"), label(1, 0, "b")];
    let strings = |count: u32| record(0xfc, &[&count.to_le_bytes()[..], &[0xff; 4], &text("a", 2)].concat());
    assert_eq!(super::rows(&read(&xls(&[strings(u32::MAX)], &fine), "a.xls")).len(), 1, "the count is not trusted");
    let dimensions = record(0x200, &[&[0; 4][..], &[0xff; 10]].concat());
    assert_eq!(super::rows(&read(&xls(&[], &[vec![dimensions], fine.to_vec()].concat()), "a.xls")).len(), 1);
    let twice = vec![label(1, 0, "x"); 20_000];
    for (bytes, code) in [
        (xls(&[record(0x2f, &[1, 0])], &fine), "sheet_broken"),
        (xls(&[], &[]), "sheet_empty"),
        (xls(&[], &[vec![label(0, 0, "a")], twice].concat()), "sheet_broken"),
        (xls(&[], &[label(0, 0, "a"), vec![0x04, 0x02, 0xff, 0xff, 1]]), "sheet_broken"),
        (compound("/Workbook", &[9, 4, 2, 0, 0, 2]), "sheet_broken"),
        (compound("/Workbook", &record(BOF, &[0, 6])), "sheet_broken"),
        (compound("/Workbook", b""), "sheet_broken"),
    ] {
        let error = Sheet::read(&bytes, Format::Xls, &Limits::default()).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.hint_text().is_some());
    }
    let limits = Limits { strings: 1, ..Limits::default() };
    let two = record(0xfc, &[vec![0; 8], text("a", 2), text("b", 2)].concat());
    assert_eq!(Sheet::read(&xls(&[two], &fine), Format::Xls, &limits).unwrap_err().code(), "sheet_too_large");
    // Any byte may be damaged.
    let whole = xls(&[styles(), shared()].concat(), &[fine.to_vec(), vec![number(2, 0, 1, 5.0)]].concat());
    for at in (0..whole.len()).filter(|at| whole[*at] != 0) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let _ = Sheet::read(&bytes, Format::Xls, &Limits::default());
        let _ = Sheet::read(&whole[..at], Format::Xls, &Limits::default());
    }
}

/// A record of .xlsb.
fn binary(kind: u32, data: &[u8]) -> Vec<u8> {
    let number = |mut number: u32| {
        let mut bytes = Vec::new();
        loop {
            let more = number >> 7 > 0;
            bytes.push((number & 0x7f) as u8 | if more { 0x80 } else { 0 });
            number >>= 7;
            if !more {
                return bytes;
            }
        }
    };
    [number(kind), number(data.len() as u32), data.to_vec()].concat()
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    [(units.len() as u32).to_le_bytes().to_vec(), units.iter().flat_map(|unit| unit.to_le_bytes()).collect()].concat()
}

/// A binary workbook with these records as the cells of its second, visible sheet.
fn xlsb(cells: &[Vec<u8>], more: &[(&str, &[u8])]) -> Vec<u8> {
    let relations = |all: &[(&str, &str, &str)]| {
        let all = all.iter().map(|(id, kind, target)| {
            format!("<Relationship Id=\"{id}\" Type=\"http://x/relationships/{kind}\" Target=\"{target}\"/>")
        });
        format!("<Relationships>{}</Relationships>", all.collect::<String>())
    };
    let sheet = |state: u32, id: u32, relation: &str, name: &str| {
        binary(156, &[&state.to_le_bytes()[..], &id.to_le_bytes(), &wide(relation), &wide(name)].concat())
    };
    let book = [binary(131, &[]), sheet(1, 1, "r1", "Hidden"), sheet(0, 2, "r2", "表"), binary(132, &[])].concat();
    let style = |format: u16| binary(47, &[&[0, 0][..], &format.to_le_bytes(), &[0; 12]].concat());
    let styles = [
        binary(44, &[&164_u16.to_le_bytes()[..], &wide("00000")].concat()),
        style(14),
        binary(617, &[0; 4]),
        style(0),
        style(164),
        style(14),
        binary(618, &[]),
    ]
    .concat();
    let strings =
        [binary(19, &[&[0][..], &wide("标题")].concat()), binary(19, &[&[1][..], &wide("rich"), &[0; 8]].concat())];
    let data = [binary(145, &[]), cells.concat(), binary(146, &[]), binary(7, &[0; 12])].concat();
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let all = [("rS", "styles", "styles.bin"), ("rT", "sharedStrings", "sharedStrings.bin")];
    let sheets = [("r1", "worksheet", "worksheets/sheet1.bin"), ("r2", "worksheet", "worksheets/sheet2.bin")];
    let root = relations(&[("r", "officeDocument", "xl/workbook.bin")]);
    let book_relations = relations(&[&all[..], &sheets].concat());
    let parts: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.bin", &book),
        ("xl/_rels/workbook.bin.rels", book_relations.as_bytes()),
        ("xl/styles.bin", &styles),
        ("xl/sharedStrings.bin", strings[0].as_slice()),
        ("xl/worksheets/sheet2.bin", &data),
    ];
    for (name, bytes) in parts.iter().chain(more) {
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
        if name.ends_with("sharedStrings.bin") {
            archive.write_all(&strings[1]).unwrap();
        }
    }
    archive.finish().unwrap().into_inner()
}

fn row(number: u32, is_hidden: bool) -> Vec<u8> {
    let flags = [0, if is_hidden { 0x10 } else { 0 }, 0];
    binary(0, &[&number.to_le_bytes()[..], &[0; 4], &300_u16.to_le_bytes(), &flags, &[0; 4]].concat())
}

fn cell(kind: u32, column: u32, style: u32, value: &[u8]) -> Vec<u8> {
    binary(kind, &[&column.to_le_bytes()[..], &style.to_le_bytes(), value].concat())
}

#[test]
fn xlsb_is_read_under_any_name() {
    let cells = [
        row(0, false),
        cell(7, 0, 0, &0_u32.to_le_bytes()),
        cell(6, 1, 0, &wide("编号")),
        cell(62, 2, 0, &[&[1][..], &wide("日期")].concat()),
        row(2, false),
        cell(7, 0, 0, &1_u32.to_le_bytes()),
        cell(2, 1, 1, &(123_u32 << 2 | 2).to_le_bytes()),
        cell(5, 2, 2, &46_346.0_f64.to_le_bytes()),
        row(3, true),
        cell(8, 0, 0, &wide("fx 值")),
        cell(9, 1, 0, &(0.1_f64 + 0.2).to_le_bytes()),
        cell(10, 2, 0, &[1]),
        row(4, false),
        cell(7, 0, 0, &77_u32.to_le_bytes()),
        cell(3, 1, 0, &[0x2a]),
    ];
    let bytes = xlsb(&cells, &[]);
    for name in ["a.xlsb", "a.xlsx", "a.xls", ""] {
        let sheet = read(&bytes, name);
        assert_eq!(sheet.columns, ["标题", "编号", "日期"], "{name}");
        let expected =
            expected(&[(3, &["rich", "00123", "2026-11-20"]), (4, &["fx 值", "0.3", "TRUE"]), (5, &["", "#N/A", ""])]);
        assert_eq!(super::rows(&sheet), expected, "{name}");
        assert_eq!(sheet.hidden, HiddenRows { count: 1, first: vec![4] });
        assert!(sheet.faults.contains_key(&5) && !sheet.has_unread_pictures);
    }
    assert!(read(&xlsb(&cells, &[("xl/media/image1.png", b"x")]), "a.xlsb").has_unread_pictures);
}

#[test]
fn hostile_xlsb_is_an_error() {
    let fine = [row(0, false), cell(6, 0, 0, &wide("a")), row(1, false), cell(6, 0, 0, &wide("b"))];
    let far = cell(6, u32::MAX, 0, &wide("x"));
    assert_eq!(super::rows(&read(&xlsb(&[fine.to_vec(), vec![far]].concat(), &[]), "a.xlsb")).len(), 1);
    let long = binary(6, &[&[0; 8][..], &u32::MAX.to_le_bytes()].concat());
    let repeated = vec![cell(6, 0, 0, &wide("x")); 20_000];
    for (cells, code) in [
        (vec![], "sheet_empty"),
        (vec![row(0, false), long], "sheet_empty"),
        (vec![row(5, false), cell(6, 0, 0, &wide("a")), row(3, false)], "sheet_broken"),
        ([fine.to_vec(), repeated].concat(), "sheet_broken"),
        // A record of 256 MiB that is not there.
        (vec![vec![6, 0xff, 0xff, 0xff, 0x7f, 1]], "sheet_broken"),
    ] {
        let error = Sheet::read(&xlsb(&cells, &[]), Format::Xlsb, &Limits::default()).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
    }
    let small = Limits { unpacked: 20, ..Limits::default() };
    assert_eq!(Sheet::read(&xlsb(&fine, &[]), Format::Xlsb, &small).unwrap_err().code(), "sheet_too_large");
    let few = Limits { strings: 1, ..Limits::default() };
    assert_eq!(Sheet::read(&xlsb(&fine, &[]), Format::Xlsb, &few).unwrap_err().code(), "sheet_too_large");
    let whole = xlsb(&fine, &[]);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let _ = Sheet::read(&bytes, Format::Xlsb, &Limits::default());
    }
}

#[test]
fn formats_merged_cells_and_hidden_columns_of_binary_workbooks_count() {
    let format = |id: u16, code: &str| record(0x41e, &[&id.to_le_bytes()[..], &text(code, 2)].concat());
    let style = |format: u16| record(0xe0, &[&[0, 0][..], &format.to_le_bytes(), &[0; 16]].concat());
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let globals = [format(164, "# ?/?"), format(165, "m\"月\"d\"日\""), style(0), style(164), style(165)];
    let cells = [
        record(0x7d, &words(&[1, 1, 2560, 0, 1, 0])),
        label(0, 0, "title"),
        label(0, 1, "price"),
        number(1, 0, 1, 1.25),
        number(1, 1, 0, 5.0),
        number(2, 1, 0, 6.0),
        number(3, 0, 2, 46_346.0),
        number(3, 1, 1, 0.5),
        record(0xe5, &words(&[1, 1, 2, 0, 0])),
    ];
    let xls = super::kinds::read_as(&xls(&globals, &cells), Format::Xls).unwrap();
    let expected_xls = expected(&[(2, &["1 1/4", "5"]), (3, &["1 1/4", "6"]), (4, &["11月20日", "0.5"])]);
    assert_eq!(super::rows(&xls), expected_xls);
    assert_eq!((xls.merged_columns.as_slice(), xls.hidden_columns.as_slice()), (&[0][..], &[1][..]));

    let long = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let cells = [
        binary(60, &[long(&[1, 1, 2560, 0]), vec![1, 0]].concat()),
        row(0, false),
        cell(6, 0, 0, &wide("title")),
        cell(6, 1, 0, &wide("price")),
        row(1, false),
        cell(5, 0, 2, &46_346.0_f64.to_le_bytes()),
        cell(5, 1, 0, &5.0_f64.to_le_bytes()),
        row(2, false),
        cell(5, 1, 0, &6.0_f64.to_le_bytes()),
        binary(146, &[]),
        binary(176, &long(&[1, 2, 0, 0])),
    ];
    let xlsb = super::kinds::read_as(&xlsb(&cells, &[]), Format::Xlsb).unwrap();
    assert_eq!(super::rows(&xlsb), expected(&[(2, &["2026/11/20", "5"]), (3, &["2026/11/20", "6"])]));
    assert_eq!((xlsb.merged_columns.as_slice(), xlsb.hidden_columns.as_slice()), (&[0][..], &[1][..]));
}

#[test]
fn formulas_that_were_never_calculated_are_faults() {
    const BLANK: [u8; 8] = [3, 0, 0, 0, 0, 0, 0xff, 0xff];
    const TEXT: [u8; 8] = [0, 0, 0, 0, 0, 0, 0xff, 0xff];
    let header = [label(0, 0, "a"), label(0, 1, "b")];
    let faults = |cells: &[Vec<u8>]| {
        let sheet = read(&xls(&[], &[&header[..], cells].concat()), "a.xls");
        sheet.faults.into_iter().map(|(row, faults)| (row, faults[0].code.clone())).collect::<Vec<_>>()
    };
    let unknown = |row: u64| (row, "formula_unknown".to_owned());
    assert_eq!(faults(&[label(1, 0, "x"), formula(1, 1, BLANK), formula(2, 1, BLANK)]), [unknown(2), unknown(3)]);
    // Its text is missing.
    assert_eq!(faults(&[label(1, 0, "x"), formula(1, 1, TEXT), formula(2, 1, 2_f64.to_le_bytes())]), [unknown(2)]);
    // An empty text.
    assert!(faults(&[label(1, 0, "x"), formula(1, 1, BLANK), formula(2, 1, 2_f64.to_le_bytes())]).is_empty());
}
