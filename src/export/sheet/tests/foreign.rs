//! Tables under names of other formats: read if possible, else named for what they are.

use std::io::{Cursor, Write};

use super::*;

fn texts(name: &str, bytes: &[u8]) -> Vec<Vec<String>> {
    let format = Format::of(name, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let sheet = Sheet::read(bytes, format, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let rows = sheet.rows.iter().map(|row| row.texts(sheet.columns.len()));
    std::iter::once(sheet.columns.clone()).chain(rows).collect()
}

#[test]
fn html_is_read_under_any_name() {
    let html = "\u{feff}<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><head><meta charset=utf-8><style><!-- td { mso-number-format:\"\\@\"; } --></style></head>\
        <body><table border=1><thead><tr><th>标题</th><th>编号</th><th>售价</th></tr></thead>\n\
        <tr><td>天青釉&nbsp;花瓶<br>小号</td><td style=\"mso-number-format:'\\@'\">00123</td><td> ¥12.50 </td></tr>\
        <tr><td colspan=2>甲 &lt;乙&gt;</td><td>5</td></tr><tr></tr>\
        <tr><td>丙<td>2<td>3</table></body></html>";
    let expected =
        [["标题", "编号", "售价"], ["天青釉 花瓶\n小号", "00123", "¥12.50"], ["甲 <乙>", "", "5"], ["丙", "2", "3"]];
    for name in ["a.xls", "a.xlsx", "a.csv", "a"] {
        assert_eq!(texts(name, html.as_bytes()), expected, "{name}");
    }
    let gbk = encoding_rs::GB18030
        .encode("<table><tr><td>标题</td></tr><tr><td>天青釉手作花瓶</td></tr></table>")
        .0
        .into_owned();
    assert_eq!(texts("a.xls", &gbk), [["标题"], ["天青釉手作花瓶"]]);
}

#[test]
fn xml_2003_is_read_under_any_name() {
    let xml = "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>\
        <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">\
        <Worksheet ss:Name=\"S\"><Table><Row><Cell><Data ss:Type=\"String\">标题</Data></Cell><Cell ss:Index=\"3\"><Data ss:Type=\"String\">日期</Data></Cell></Row>\
        <Row ss:Index=\"4\"><Cell><Data ss:Type=\"Number\">12.5</Data></Cell><Cell ss:Index=\"3\"><Data ss:Type=\"DateTime\">2026-11-20T00:00:00.000</Data></Cell></Row>\
        <Row ss:Hidden=\"1\"><Cell><Data ss:Type=\"Boolean\">1</Data></Cell><Cell/><Cell><Data ss:Type=\"DateTime\">1899-12-31T19:30:00.000</Data></Cell></Row>\
        </Table></Worksheet><Worksheet ss:Name=\"T\"><Table><Row><Cell><Data>no</Data></Cell></Row></Table></Worksheet></Workbook>";
    for name in ["a.xls", "a.xml", "a.csv"] {
        assert_eq!(Format::of(name, xml.as_bytes()).unwrap(), Format::Xml2003, "{name}");
    }
    let sheet = Sheet::read(xml.as_bytes(), Format::Xml2003, &Limits::default()).unwrap();
    let rows: Vec<_> = sheet.rows.iter().map(|row| (row.number, row.texts(3))).collect();
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    assert_eq!(rows, [(4, row(["12.5", "", "2026-11-20"])), (5, row(["TRUE", "", "19:30"]))]);
    assert_eq!(sheet.hidden, HiddenRows { count: 1, first: vec![5] });
}

#[test]
fn csv_is_read_under_any_name() {
    for name in ["a.xlsx", "a.xls", "a.ods", "a"] {
        assert_eq!(texts(name, "标题,编号\n甲,1\n".as_bytes()), [["标题", "编号"], ["甲", "1"]], "{name}");
    }
}

#[test]
fn other_files_are_named() {
    let archive = |parts: &[(&str, &str)]| {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            archive
                .start_file(
                    *name,
                    zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored),
                )
                .unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    };
    let compound = |stream: &str| {
        let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
        bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    for (bytes, what) in [
        (
            archive(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "")]),
            "OpenDocument",
        ),
        (archive(&[("word/document.xml", "")]), "Word"),
        (archive(&[("xl/workbook.bin", "")]), ".xlsb"),
        (archive(&[("a.jpg", "")]), "ZIP archive"),
        (compound("Workbook"), ".xls"),
        (compound("EncryptedPackage"), "password"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        (b"\x89PNG\r\n".to_vec(), "picture"),
    ] {
        for name in ["a.xlsx", "a.csv", ""] {
            let error = Format::of(name, &bytes).expect_err(what);
            assert_eq!(error.code(), "sheet_format");
            assert!(error.message().contains(what) && error.hint_text().is_some(), "{what}: {error}");
        }
    }
}

#[test]
fn broken_markup_is_an_error_or_a_sheet() {
    for text in [
        "<table>",
        "<table><tr><td",
        "<table><tr><td>a<tr><td>b",
        "<html><style>",
        "<table><tr><td colspan=99999999>a<td>b</table>",
    ] {
        let format = Format::of("a.xls", text.as_bytes()).unwrap();
        if let Err(error) = Sheet::read(text.as_bytes(), format, &Limits::default()) {
            assert!(error.hint_text().is_some(), "{text}: {error}");
        }
    }
}
