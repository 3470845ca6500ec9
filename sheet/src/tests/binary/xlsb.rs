//! Tests of .xlsb with valid and invalid files.

use std::io::{Cursor, Write};

use super::*;

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
        assert_eq!(sheet.hidden, ListedRows { count: 1, first: vec![4] });
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
        let error = Sheet::read(&xlsb(&cells, &[]), SheetFormat::Xlsb, &Limits::default()).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
    }
    let small = Limits { unpacked: 20, ..Limits::default() };
    assert_eq!(Sheet::read(&xlsb(&fine, &[]), SheetFormat::Xlsb, &small).unwrap_err().code(), "sheet_too_large");
    let few = Limits { strings: 1, ..Limits::default() };
    assert_eq!(Sheet::read(&xlsb(&fine, &[]), SheetFormat::Xlsb, &few).unwrap_err().code(), "sheet_too_large");
    // Its two shared strings have ten bytes, of which no cell uses any.
    for (text, is_read) in [(4, false), (5, true)] {
        let limits = Limits { text, ..Limits::default() };
        let read = Sheet::read(&xlsb(&fine, &[]), SheetFormat::Xlsb, &limits);
        assert_eq!(read.is_ok(), is_read, "{text}: {read:?}");
    }
    let whole = xlsb(&fine, &[]);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let _ = Sheet::read(&bytes, SheetFormat::Xlsb, &Limits::default());
    }
}

#[test]
fn empty_rows_and_cells_of_xlsb_count() {
    let start = [row(0, false), cell(6, 0, 0, &wide("a"))];
    let end = [row(200_001, false), cell(6, 0, 0, &wide("b"))];
    let rows: Vec<_> = (1..200_000).map(|number| row(number, false)).collect();
    let blank = [vec![row(1, false)], vec![cell(1, 0, 0, &[]); 16_000]].concat();
    for empty in [rows, vec![blank; 10].concat()] {
        let bytes = xlsb(&[&start[..], &empty, &end].concat(), &[]);
        super::super::empty::assert_ends_when_not_needed(&bytes, SheetFormat::Xlsb, 1500);
    }
    let blanks = [vec![row(0, false)], vec![cell(1, 0, 0, &[]); 16_385]].concat();
    let rows = vec![row(0, false); (1 << 20) + 1];
    for (cells, code) in [(blanks, "sheet_broken"), (rows, "sheet_too_large")] {
        let error = Sheet::read(&xlsb(&cells, &[]), SheetFormat::Xlsb, &Limits::default()).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn formats_merged_cells_and_hidden_columns_of_xlsb_count() {
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
    let xlsb = super::kinds::read_as(&xlsb(&cells, &[]), SheetFormat::Xlsb).unwrap();
    assert_eq!(super::rows(&xlsb), expected(&[(2, &["2026/11/20", "5"]), (3, &["2026/11/20", "6"])]));
    assert_eq!((xlsb.merged_columns.as_slice(), xlsb.hidden_columns.as_slice()), (&[0][..], &[1][..]));
}

#[test]
fn zeros_that_the_view_of_xlsb_hides_are_told() {
    let aim = |name: &str| Some(Aim { name: name.to_owned(), is_text: false, is_number: false });
    for (flags, hidden) in [(0x3ae_u16, 1), (0x3be, 0)] {
        let cells = [
            binary(137, &[&flags.to_le_bytes()[..], &[0; 28]].concat()),
            row(0, false),
            cell(6, 0, 0, &wide("a")),
            row(1, false),
            cell(5, 0, 0, &0.0_f64.to_le_bytes()),
            row(2, false),
            cell(5, 0, 0, &7.0_f64.to_le_bytes()),
        ];
        let reading = Reading { aim: Some(&aim), ..Reading::default() };
        let sheet = Sheet::read_with(&xlsb(&cells, &[]), SheetFormat::Xlsb, &reading).unwrap();
        assert_eq!((sheet.hidden_values.count, sheet.rows.len()), (hidden, 2), "{flags:x}");
    }
}

#[test]
fn links_of_xlsb_are_read() {
    let link = |row: u32, id: &str| {
        let place = [row, row, 0, 0].into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
        binary(494, &[place, wide(id), wide(""), wide(""), wide("")].concat())
    };
    let cells = [
        row(0, false),
        cell(6, 0, 0, &wide("a")),
        row(1, false),
        cell(6, 0, 0, &wide("看图")),
        row(2, false),
        cell(6, 0, 0, &wide("看图")),
        binary(146, &[]),
        binary(178, &[]),
        link(1, "rId1"),
        link(2, "rId2"),
    ];
    let relations = "<Relationships><Relationship Id=\"rId1\" Type=\"http://x/relationships/hyperlink\" Target=\"https://a.cn/1.jpg\" TargetMode=\"External\"/></Relationships>";
    let bytes = xlsb(&cells, &[("xl/worksheets/_rels/sheet2.bin.rels", relations.as_bytes())]);
    let found = read(&bytes, "a.xlsb").links;
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [((2, 0), "https://a.cn/1.jpg".to_owned())]);
    assert!(read(&xlsb(&cells, &[]), "a.xlsb").links.is_empty(), "no relationship has the target");
}
