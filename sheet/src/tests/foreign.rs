//! Tables under names of other formats: read if possible, else named for what they are.

use std::io::{Cursor, Write};

use super::*;

pub(super) fn texts(name: &str, bytes: &[u8]) -> Vec<Vec<String>> {
    let format = SheetFormat::of(name, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
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
    let shop = "<table><tr><th>title</th><th>photo</th></tr><tr><td>=\"00012\"</td><td><img src='https://a/b.jpg?x=1&amp;y=2'></td></tr>\
                <tr><td>x</td><td>name <img src=\"c.png\"></td></tr></table>";
    let expected = [["title", "photo"], ["00012", "https://a/b.jpg?x=1&y=2"], ["x", "name"]];
    assert_eq!(texts("a.xls", shop.as_bytes()), expected, "formulas around ids, and pictures");
    let gbk = encoding_rs::GB18030
        .encode("<table><tr><td>标题</td></tr><tr><td>天青釉手作花瓶</td></tr></table>")
        .0
        .into_owned();
    assert_eq!(texts("a.xls", &gbk), [["标题"], ["天青釉手作花瓶"]]);
}

#[test]
fn merged_cells_do_not_shift_others() {
    let html = "<table><tr><th>名</th><th>价</th><th>号</th></tr>\
        <tr><td rowspan=2>杯</td><td>12</td><td>001</td></tr><tr><td>13</td><td>002</td></tr>\
        <tr><td>碗</td><td rowspan=\"9\">5</td><td>003</td></tr></table><table><tr><td>碟</td><td>6</td><td>004</td></tr></table>";
    let expected =
        [["名", "价", "号"], ["杯", "12", "001"], ["杯", "13", "002"], ["碗", "5", "003"], ["碟", "6", "004"]];
    assert_eq!(texts("a.xls", html.as_bytes()), expected);
    let cell =
        |attributes: &str, text: &str| format!("<Cell{attributes}><Data ss:Type=\"String\">{text}</Data></Cell>");
    let row = |cells: &[String]| format!("<Row>{}</Row>", cells.concat());
    let xml = format!(
        "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet><Table>{}{}</Table></Worksheet></Workbook>",
        row(&[cell("", "a"), cell("", "b"), cell("", "c")]),
        row(&[cell(" ss:MergeAcross=\"1\"", "杯"), cell("", "002")])
    );
    assert_eq!(texts("a.xls", xml.as_bytes()), [["a", "b", "c"], ["杯", "", "002"]]);
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
        assert_eq!(SheetFormat::of(name, xml.as_bytes()).unwrap(), SheetFormat::Xml2003, "{name}");
    }
    let sheet = Sheet::read(xml.as_bytes(), SheetFormat::Xml2003, &Limits::default()).unwrap();
    let rows: Vec<_> = sheet.rows.iter().map(|row| (row.number, row.texts(3))).collect();
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    assert_eq!(rows, [(4, row(["12.5", "", "2026-11-20"])), (5, row(["TRUE", "", "19:30"]))]);
    assert_eq!(sheet.hidden, ListedRows { count: 1, first: vec![5] });
}

#[test]
fn csv_is_read_under_any_name() {
    for name in ["a.xlsx", "a.xls", "a.ods", "a"] {
        assert_eq!(texts(name, "标题,编号\n甲,1\n".as_bytes()), [["标题", "编号"], ["甲", "1"]], "{name}");
    }
}

/// A ZIP archive.
pub(super) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in parts {
        archive.start_file(*name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An OpenDocument sheet with these tables.
pub(super) fn ods(tables: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)])
}

#[test]
fn ods_is_read_under_any_name() {
    let text = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let typed = |kind: &str, value: &str, shown: &str| {
        format!("<table:table-cell office:value-type=\"{kind}\" {value}><text:p>{shown}</text:p></table:table-cell>")
    };
    let empty = "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell table:number-columns-repeated=\"1024\"/></table:table-row>";
    let rows = [
        format!("<table:table-row>{}{}{}{}</table:table-row>", text("标题"), text("编号"), text("价格"), text("日期")),
        empty.to_owned(),
        format!(
            "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell office:value-type=\"string\"><office:annotation><text:p>note</text:p></office:annotation><text:p>a<text:s text:c=\"2\"/><text:span>b</text:span></text:p><text:p>c &amp; d</text:p></table:table-cell>{}{}{}</table:table-row>",
            typed("float", "office:value=\"123\"", "00123"),
            typed("currency", "office:value=\"12.5\"", "¥12.50"),
            typed("date", "office:date-value=\"2026-11-20T19:30:00\"", "20.11.26")
        ),
        format!(
            "<table:table-row table:visibility=\"collapse\"><table:covered-table-cell/><table:table-cell table:number-columns-repeated=\"2\" office:value-type=\"float\" office:value=\"7\"><text:p>7</text:p></table:table-cell>{}</table:table-row>",
            typed("boolean", "office:boolean-value=\"true\"", "WAHR")
        ),
        "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell/></table:table-row>".to_owned(),
    ];
    let bytes = ods(&format!(
        "<table:table table:name=\"S\">{}</table:table><table:table table:name=\"T\"><table:table-row>{}</table:table-row></table:table>",
        rows.concat(),
        text("no")
    ));
    for name in ["a.ods", "a.xlsx", "a.xls", "a"] {
        assert_eq!(SheetFormat::of(name, &bytes).unwrap(), SheetFormat::Ods, "{name}");
    }
    let sheet = Sheet::read(&bytes, SheetFormat::Ods, &Limits::default()).unwrap();
    assert_eq!(sheet.columns, ["标题", "编号", "价格", "日期"]);
    let first: &[&str] = &["a  b\nc & d", "00123", "12.5", "2026-11-20 19:30"];
    assert_eq!(super::rows(&sheet), expected(&[(4, first), (5, first), (6, &["", "7", "7", "TRUE"])]));
    assert_eq!(sheet.hidden, ListedRows { count: 1, first: vec![6] });
}

#[test]
fn ods_shows_its_first_visible_sheet() {
    let row = |text: &str| {
        format!(
            "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell></table:table-row>"
        )
    };
    let table = |style: &str, name: &str, rows: [&str; 2]| {
        format!(
            "<table:table table:name=\"{name}\" table:style-name=\"{style}\">{}{}</table:table>",
            row(rows[0]),
            row(rows[1])
        )
    };
    let style = |name: &str, display: &str| {
        format!(
            "<style:style style:name=\"{name}\" style:family=\"table\"><style:table-properties table:display=\"{display}\"/></style:style>"
        )
    };
    let styles =
        format!("<office:automatic-styles>{}{}</office:automatic-styles>", style("ta1", "true"), style("ta2", "false"));
    let of = |tables: &str| ods(&format!("{styles}{tables}"));
    let (hidden, shown) = (table("ta2", "隐藏", ["a", "1"]), table("ta1", "表", ["b", "2"]));
    let read = |bytes: &[u8], sheet| {
        Sheet::read_with(bytes, SheetFormat::Ods, &Reading { sheet, ..Reading::default() }).map(|sheet| sheet.columns)
    };
    assert_eq!(read(&of(&(hidden.clone() + &shown)), None).unwrap(), ["b"]);
    assert_eq!(read(&of(&(hidden.clone() + &shown)), Some("隐藏")).unwrap(), ["a"]);
    assert_eq!(read(&of(&hidden), None).unwrap(), ["a"], "as in XLSX, if all are hidden");
    assert_eq!(read(&of(&shown), Some("表格")).unwrap_err().code(), "sheet_unknown");
}

#[test]
fn only_values_of_ods_cells_are_read() {
    let cell = |attributes: &str, inner: &str| format!("<table:table-cell {attributes}>{inner}</table:table-cell>");
    let text = |text: &str| cell("office:value-type=\"string\"", &format!("<text:p>{text}</text:p>"));
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let shapes = "<table:shapes><draw:custom-shape><text:p>beside</text:p></draw:custom-shape></table:shapes>";
    let in_cell = "<draw:frame><draw:image xlink:href=\"Pictures/1.png\"><text:p/></draw:image><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame><draw:g><draw:rect><text:p>r</text:p></draw:rect></draw:g>";
    let error = "office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"";
    let rows = [
        row(&[text("a"), text("b"), text("c")]),
        row(&[
            cell(&format!("table:formula=\"of:=1/0\" {error}"), "<text:p>#DIV/0!</text:p>"),
            cell("table:formula=\"of:=NA()\" office:value-type=\"string\"", "<text:p>Err:502</text:p>"),
            cell("table:formula=\"of:=[.A1]\"", ""),
        ]),
        row(&[
            cell("office:value-type=\"string\"", &format!("{in_cell}<text:p>own</text:p>")),
            "<table:covered-table-cell office:value-type=\"string\"><text:p>covered</text:p></table:covered-table-cell>".to_owned(),
            cell("table:formula=\"of:=T(1)\" office:value-type=\"string\" office:string-value=\"\"", ""),
        ]),
        row(&[text("#DIV/0! as text"), text("#N/A"), text("z")]),
    ];
    let bytes = ods(&format!("<table:table table:name=\"S\">{shapes}{}</table:table>", rows.concat()));
    let sheet = Sheet::read(&bytes, SheetFormat::Ods, &Limits::default()).unwrap();
    let codes = |number| sheet.faults.get(&number).map(|all| all.iter().map(|fault| fault.code).collect::<Vec<_>>());
    assert_eq!(codes(2).unwrap(), ["cell_error", "cell_error", "formula_unknown"]);
    assert_eq!((codes(3), codes(4)), (None, None), "a typed text is no error");
    let rows = super::rows(&sheet);
    assert_eq!(rows[1..], expected(&[(3, &["own", "", ""]), (4, &["#DIV/0! as text", "#N/A", "z"])]));
    assert!(sheet.has_unread_pictures);
}

#[test]
fn hostile_ods_is_an_error() {
    let full = "<table:table-cell office:value-type=\"string\"><text:p>x</text:p></table:table-cell>";
    let wide = format!(
        "<table:table><table:table-row>{}</table:table-row></table:table>",
        full.replace("<table:table-cell", "<table:table-cell table:number-columns-repeated=\"4000000000\"")
    );
    let high = format!(
        "<table:table><table:table-row>{full}</table:table-row><table:table-row table:number-rows-repeated=\"18446744073709551615\">{full}</table:table-row></table:table>"
    );
    for (tables, code) in [
        (wide.as_str(), "sheet_broken"),
        (&high, "sheet_too_large"),
        ("", "sheet_broken"),
        ("<table:table>", "sheet_empty"),
    ] {
        let error = Sheet::read(&ods(tables), SheetFormat::Ods, &Limits::default()).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
    }
    let error =
        Sheet::read(&archive(&[("mimetype", "x")]), SheetFormat::Ods, &Limits::default()).expect_err("no content");
    assert_eq!(error.code(), "sheet_broken");
}

/// A few bytes may expand to gigabytes of text, or to endless rows.
#[test]
fn repetitions_of_ods_are_bounded() {
    let cell = |times: u32, text: &str| {
        format!(
            "<table:table-cell table:number-columns-repeated=\"{times}\" office:value-type=\"string\">{text}</table:table-cell>"
        )
    };
    let row = |attributes: &str, cells: &str| format!("<table:table-row {attributes}>{cells}</table:table-row>");
    let header = row("", &cell(1, "<text:p>a</text:p>"));
    let long = "x".repeat(1 << 20);
    let spaces = "<text:s text:c=\"1000\"/>".repeat(12_500);
    let paragraphs = format!("<text:p>{long}</text:p>").repeat(10);
    let times = "table:number-rows-repeated=\"200000\"";
    let beside = row(times, &format!("{}{}", "<table:table-cell/>".repeat(5), cell(1, "<text:p>note</text:p>")));
    let hidden = row(&format!("{times} table:visibility=\"collapse\""), &cell(1, "<text:p>b</text:p>"));
    let wide = row("table:number-rows-repeated=\"1000000\"", &cell(16_000, "<text:p>n</text:p>"));
    let limits = Limits { text: 4 << 20, ..Limits::default() };
    let reading = Reading { limits, hidden: Hidden::Skip, ..Reading::default() };
    let read = |rows: &str| {
        let bytes = ods(&format!("<table:table>{header}{rows}</table:table>"));
        super::hostile::read_to_an_end(&bytes, SheetFormat::Ods, &reading)
    };
    for (what, rows) in [
        ("cells", row("", &cell(16_000, &format!("<text:p>{long}</text:p>")))),
        ("spaces", row("", &cell(1, &format!("<text:p>x{spaces}</text:p>")))),
        ("paragraphs", row("", &cell(1, &paragraphs))),
        ("rows", row("table:number-rows-repeated=\"18446744073709551615\"", &cell(1, "<text:p>b</text:p>"))),
        ("wide rows", wide),
    ] {
        let error = read(&rows).expect_err(what);
        assert_eq!(error.code(), "sheet_too_large", "{what}: {error}");
    }
    let data = row("", &cell(1, "<text:p>c</text:p>"));
    let sheet = read(&format!("{}{}{data}", beside.repeat(1000), hidden.repeat(1000))).expect("one row");
    assert_eq!((sheet.rows.len(), sheet.has_unnamed), (1, true));
    assert_eq!((sheet.hidden.count, sheet.hidden.first.len(), sheet.hidden.first[0]), (200_000_000, 10, 200_000_002));
}

#[test]
fn other_files_are_named() {
    let compound = |stream: &str| {
        let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
        bytes.extend(format!("{stream}\0").encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    for (bytes, what) in [
        (
            archive(&[
                ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
                ("META-INF/manifest.xml", "<manifest:encryption-data/>"),
            ]),
            "OpenDocument sheet with a password",
        ),
        (archive(&[("mimetype", "application/vnd.oasis.opendocument.text")]), "OpenDocument file that is no sheet"),
        (archive(&[("word/document.xml", "")]), "Word"),
        (archive(&[("a.jpg", "")]), "ZIP archive"),
        (compound("WordDocument"), "Word"),
        (compound("Contents"), "old Office program"),
        (compound("EncryptedPackage"), "password"),
        (b"%PDF-1.7".to_vec(), "PDF"),
        (b"\x89PNG\r\n".to_vec(), "picture"),
        (b"{\\rtf1\\ansi hello}".to_vec(), "RTF"),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n".to_vec(), "SVG"),
        (b"<?xml version=\"1.0\"?><root><row>a</row></root>".to_vec(), "XML file"),
    ] {
        for name in ["a.xlsx", "a.csv", ""] {
            let error = SheetFormat::of(name, &bytes).expect_err(what);
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
        let format = SheetFormat::of("a.xls", text.as_bytes()).unwrap();
        if let Err(error) = Sheet::read(text.as_bytes(), format, &Limits::default()) {
            assert!(error.hint_text().is_some(), "{text}: {error}");
        }
    }
}

#[test]
fn formats_merged_cells_and_hidden_columns_of_ods_count() {
    let cell = |attributes: &str, shown: &str| {
        format!("<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>")
    };
    let text = |shown: &str| cell("office:value-type=\"string\"", shown);
    let number = |kind: &str, value: &str, shown: &str| {
        cell(&format!("office:value-type=\"{kind}\" office:value=\"{value}\""), shown)
    };
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let date = "table:number-rows-spanned=\"2\" office:value-type=\"date\" office:date-value=\"2026-11-20\"";
    let bytes = ods(&format!(
        "<table:table table:name=\"S\"><table:table-column/><table:table-column table:visibility=\"collapse\"/>{}</table:table>",
        [
            row(&[text("title"), text("price")]),
            row(&[cell(date, "11月20日"), number("float", "12.345", "12.35")]),
            row(&["<table:covered-table-cell/>".to_owned(), number("currency", "12.5", "$12.50")]),
            row(&[number("percentage", "0.855", "85.5%"), number("float", "1.28", "1.28万")]),
            row(&[number("float", "0.25", "1/4"), number("float", "1280", "¥1,280.00")]),
            row(&[number("float", "8.5", "###"), number("float", "128000", "1.28E+05")]),
        ]
        .concat()
    ));
    let sheet = super::kinds::read_as(&bytes, SheetFormat::Ods).unwrap();
    let found = expected(&[
        (2, &["11月20日", "12.35"]),
        (3, &["11月20日", "$12.50"]),
        (4, &["85.5%", "1.28万"]),
        (5, &["1/4", "1280"]),
        (6, &["8.5", "128000"]),
    ]);
    assert_eq!(super::rows(&sheet), found);
    assert_eq!((sheet.merged_columns.as_slice(), sheet.hidden_columns.as_slice()), (&[0][..], &[1][..]));
}

#[test]
fn formats_merged_cells_and_hidden_columns_of_xml_2003_count() {
    let style = |id: &str, code: &str| format!("<Style ss:ID=\"{id}\"><NumberFormat ss:Format=\"{code}\"/></Style>");
    let cell = |attributes: &str, kind: &str, value: &str| {
        format!("<Cell{attributes}><Data ss:Type=\"{kind}\">{value}</Data></Cell>")
    };
    let row = |cells: &[String]| format!("<Row>{}</Row>", cells.concat());
    let xml = format!(
        "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Styles><Style ss:ID=\"Default\"/>{}</Styles>\
         <Worksheet><Table><Column/><Column ss:Hidden=\"1\"/>{}</Table></Worksheet></Workbook>",
        [style("z", "00000"), style("d", "m&quot;月&quot;d&quot;日&quot;"), style("f", "Fixed"), style("r", "# ?/?")]
            .concat(),
        [
            row(&[cell("", "String", "title"), cell("", "String", "price")]),
            row(&[
                cell(" ss:MergeDown=\"1\" ss:StyleID=\"z\"", "Number", "128"),
                cell(" ss:StyleID=\"f\"", "Number", "8.499999999999999")
            ]),
            row(&[cell(" ss:Index=\"2\"", "Number", "6")]),
            row(&[cell(" ss:StyleID=\"d\"", "DateTime", "2026-11-20T00:00:00.000"), cell("", "Number", "1.2E2")]),
            row(&[cell(" ss:StyleID=\"r\"", "Number", "0.75"), cell("", "Number", "1234567890123456")]),
        ]
        .concat()
    );
    let sheet = super::kinds::read_as(xml.as_bytes(), SheetFormat::Xml2003).unwrap();
    let found = expected(&[
        (2, &["00128", "8.5"]),
        (3, &["00128", "6"]),
        (4, &["11月20日", "120"]),
        (5, &["3/4", "1234567890123456"]),
    ]);
    assert_eq!(super::rows(&sheet), found);
    assert_eq!(sheet.faults[&5][0].code, "number_digits");
    assert_eq!((sheet.merged_columns.as_slice(), sheet.hidden_columns.as_slice()), (&[0][..], &[1][..]));
}

#[test]
fn texts_around_notes_of_ods_are_kept() {
    let row = |text: &str| {
        format!("<table:table-row><table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row>")
    };
    let note = "Hello<office:annotation><text:p>no</text:p></office:annotation> world";
    let bytes = ods(&format!("<table:table table:name=\"S\">{}{}</table:table>", row("a"), row(note)));
    let sheet = Sheet::read(&bytes, SheetFormat::Ods, &Limits::default()).unwrap();
    assert_eq!(sheet.rows[0].get(0), Cell::Text("Hello world"));
}
