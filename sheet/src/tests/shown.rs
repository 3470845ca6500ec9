//! What cells show, beside their values: how much of it is kept, and when it counts.

use super::{foreign::ods, kinds::read_as, *};

fn ods_row(cells: &[String]) -> String {
    format!("<table:table-row>{}</table:table-row>", cells.concat())
}

fn ods_text(text: &str) -> String {
    format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
}

fn ods_number(value: &str, shown: &str, times: usize) -> String {
    format!(
        "<table:table-cell office:value-type=\"float\" office:value=\"{value}\" \
         table:number-columns-repeated=\"{times}\"><text:p>{shown}</text:p></table:table-cell>"
    )
}

fn ods_table(rows: &[String]) -> Vec<u8> {
    ods(&format!("<table:table table:name=\"S\">{}</table:table>", rows.concat()))
}

/// An XML Spreadsheet with a style `s` of this number format.
fn xml_2003(format: &str, rows: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Styles>\
         <Style ss:ID=\"s\"><NumberFormat ss:Format=\"{format}\"/></Style></Styles>\
         <Worksheet><Table><Row><Cell><Data ss:Type=\"String\">title</Data></Cell></Row>{rows}</Table></Worksheet></Workbook>"
    )
}

fn code(bytes: &[u8], format: SheetFormat) -> Result<usize, &'static str> {
    let aim = |name: &str| (name == "title").then(|| Aim { name: name.to_owned(), is_text: true, is_number: false });
    let limits = Limits { text: 1 << 20, ..Limits::default() };
    let read = Sheet::read_with(bytes, format, &Reading { limits, aim: Some(&aim), ..Reading::default() });
    read.map(|sheet| sheet.rows[0].get(0).shown().len()).map_err(|error| error.code())
}

#[test]
fn what_cells_show_counts_as_text() {
    let of =
        |shown: &str, times| ods_table(&[ods_row(&[ods_text("title")]), ods_row(&[ods_number("1", shown, times)])]);
    assert_eq!(code(&of(&"/".repeat(500), 1), SheetFormat::Ods), Ok(500));
    assert_eq!(code(&of(&"/".repeat(500), 16_000), SheetFormat::Ods), Err("sheet_too_large"));
    // Longer than any number.
    assert_eq!(code(&of(&"/".repeat(900_000), 16_000), SheetFormat::Ods), Ok(1));
    let error = ods_number("1", &"E".repeat(50_000), 10).replace("office:value-type", "calcext:value-type=\"error\" x");
    let bytes = ods_table(&[ods_row(&[ods_text("title")]), ods_row(&[error])]);
    let sheet = Sheet::read(&bytes, SheetFormat::Ods, &Limits::default()).unwrap();
    assert!(sheet.faults[&2][0].words.text().len() < 200, "{:?}", sheet.faults[&2][0]);
    let cell = "<Cell ss:StyleID=\"s\"><Data ss:Type=\"Number\">1</Data></Cell>";
    let of =
        |times| xml_2003(&format!("0&quot;{}&quot;", "x".repeat(240)), &format!("<Row>{}</Row>", cell.repeat(times)));
    assert_eq!(code(of(1).as_bytes(), SheetFormat::Xml2003), Ok(241));
    assert_eq!(code(of(10_000).as_bytes(), SheetFormat::Xml2003), Err("sheet_too_large"));
    assert_eq!(code(of(17_000).replace("StyleID", "x").as_bytes(), SheetFormat::Xml2003), Err("sheet_broken"));
}

#[test]
fn formats_that_scale_numbers_leave_them_as_they_are() {
    for (value, shown, price) in [
        ("12345", "1.2万", "12345"),
        ("12345.678", "12.35千元", "12345.678"),
        ("12345", "12.3千元", "12345"),
        ("1.2", "1.2万", "1.2万"),
        ("1.24", "1.2万", "1.2万"),
        ("-1280", "-1,280件", "-1,280件"),
        ("0.5", ".5折", ".5折"),
        ("0.855", "86%", "86%"),
        ("7", "NO.007", "NO.007"),
        ("20", "满100减20", "满100减20"),
        ("1280.5", "1.280,50 €", "1280.5"),
        ("12.345", "¥12.35", "12.35"),
    ] {
        let bytes =
            ods_table(&[ods_row(&[ods_text("title"), ods_text("price")]), ods_row(&[ods_number(value, shown, 2)])]);
        let sheet = read_as(&bytes, SheetFormat::Ods).unwrap();
        assert_eq!(super::rows(&sheet), expected(&[(2, &[shown, price])]), "{value} {shown}");
    }
    for format in ["0!.0,&quot;万&quot;", "0.00,&quot;千元&quot;", "0.0,,&quot;百万&quot;"] {
        let row = "<Row><Cell ss:StyleID=\"s\"><Data ss:Type=\"Number\">12345.678</Data></Cell></Row>";
        let sheet = Sheet::read(xml_2003(format, row).as_bytes(), SheetFormat::Xml2003, &Limits::default()).unwrap();
        assert_eq!(sheet.rows[0].get(0), Cell::Text("12345.678"), "{format}");
    }
}

#[test]
fn pictures_of_html_cells_with_a_text_are_left_out() {
    let html = "<table><tr><th>title<th>price</tr>\
        <tr><td><img src=\"https://cdn/icon.png\">商品A<td><img src=a.png><br>\n<img src=b.png></tr></table>";
    let sheet = Sheet::read(html.as_bytes(), SheetFormat::Html, &Limits::default()).unwrap();
    assert_eq!(super::rows(&sheet), expected(&[(2, &["商品A", "a.png"])]));
}
