//! What many cells may refer to, each with a copy of its own, is short.

use std::io::{Cursor, Write};

use super::{foreign::archive, xlsx::package, *};

/// Workbooks of .xlsx, .ods and XML of Excel 2003 with a number in a format that shows `before` and the number.
fn formatted(before: &str) -> [(SheetFormat, Vec<u8>); 3] {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!("<Relationship Id=\"{kind}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |all: &[String]| format!("<Relationships>{}</Relationships>", all.concat());
    let root = relations(&[relation("officeDocument", "xl/workbook.xml")]);
    let book = relations(&[relation("worksheet", "worksheets/sheet1.xml"), relation("styles", "styles.xml")]);
    let styles = format!(
        "<styleSheet><numFmts count=\"1\"><numFmt numFmtId=\"200\" formatCode=\"[${before}]0\"/></numFmts>\
         <cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"200\"/></cellXfs></styleSheet>"
    );
    let xlsx = [
        ("_rels/.rels", root.as_str()),
        (
            "xl/workbook.xml",
            "<workbook xmlns:r=\"r\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"worksheet\"/></sheets></workbook>",
        ),
        ("xl/_rels/workbook.xml.rels", &book),
        ("xl/styles.xml", &styles),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c></row>\
             <row r=\"2\"><c r=\"A2\" s=\"1\"><v>7</v></c></row></sheetData></worksheet>",
        ),
    ];
    let content = format!(
        "<office:document-content><office:automatic-styles><number:currency-style style:name=\"N1\">\
         <number:currency-symbol>{before}</number:currency-symbol><number:number number:decimal-places=\"0\" number:min-integer-digits=\"1\"/>\
         </number:currency-style><style:style style:name=\"ce1\" style:family=\"table-cell\" style:data-style-name=\"N1\"/>\
         </office:automatic-styles><office:body><office:spreadsheet><table:table table:name=\"S\">\
         <table:table-row><table:table-cell office:value-type=\"string\"><text:p>a</text:p></table:table-cell></table:table-row>\
         <table:table-row><table:table-cell table:style-name=\"ce1\" office:value-type=\"float\" office:value=\"7\"/>\
         </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let ods = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", &content)];
    let xml = format!(
        "<?xml version=\"1.0\"?><Workbook><Styles><Style ss:ID=\"s\"><NumberFormat ss:Format=\"[${before}]0\"/></Style></Styles>\
         <Worksheet ss:Name=\"S\"><Table><Row><Cell><Data ss:Type=\"String\">a</Data></Cell></Row>\
         <Row><Cell ss:StyleID=\"s\"><Data ss:Type=\"Number\">7</Data></Cell></Row></Table></Worksheet></Workbook>"
    );
    [(SheetFormat::Xlsx, archive(&xlsx)), (SheetFormat::Ods, archive(&ods)), (SheetFormat::Xml2003, xml.into_bytes())]
}

/// Each of 70 000 cell formats may refer to one pattern, and would have a copy of its texts.
#[test]
fn texts_of_number_formats_are_bounded() {
    for (length, shown) in [(50, "x".repeat(50) + "7"), (500_000, "7".to_owned())] {
        for (format, bytes) in formatted(&"x".repeat(length)) {
            let sheet = Sheet::read(&bytes, format, &Limits::service());
            let sheet = sheet.unwrap_or_else(|error| panic!("{format:?}: {error}"));
            assert_eq!((sheet.rows[0].get(0).shown(), sheet.faults.len()), (shown.as_str(), 0), "{format:?} {length}");
        }
    }
}

/// Each cell of a picture has a copy of the name of its part.
#[test]
fn names_of_parts_of_pictures_are_bounded() {
    let picture = |cell: &str| format!("<c r=\"{cell}\" t=\"str\"><v>=DISPIMG(&quot;P&quot;,1)</v></c>");
    let sheet = format!(
        "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c><c r=\"B1\" t=\"str\"><v>b</v></c></row>\
         <row r=\"2\">{}{}</row></sheetData></worksheet>",
        picture("A2"),
        picture("B2")
    );
    let images = "<cellImages><cellImage><cNvPr name=\"P\"/><blip r:embed=\"r\"/></cellImage></cellImages>";
    for (length, rows, count) in [(100, 1000, 2), (100, 1, 1), (300, 1000, 0), (1_000_000, 1000, 0)] {
        let relations = format!(
            "<Relationships><Relationship Id=\"r\" Type=\"x/image\" Target=\"media/{}\"/></Relationships>",
            "x".repeat(length)
        );
        let parts = [("xl/cellimages.xml", images), ("xl/_rels/cellimages.xml.rels", &relations)];
        let mut book =
            zip::ZipWriter::new_append(Cursor::new(package(&sheet, zip::CompressionMethod::Stored))).unwrap();
        for (name, text) in parts {
            book.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            book.write_all(text.as_bytes()).unwrap();
        }
        let bytes = book.finish().unwrap().into_inner();
        let sheet = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits { rows, ..Limits::service() }).unwrap();
        assert_eq!(sheet.pictures.len(), count, "{length} {rows}");
    }
}
