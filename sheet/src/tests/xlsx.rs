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
    Sheet::read(bytes, SheetFormat::Xlsx, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Wraps the XML of sheet rows in an XLSX.
pub(super) fn raw(rows: &str) -> Vec<u8> {
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
        "TRUE",
        "2026-11-20",
        "2026-11-20 19:30",
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
    assert_eq!(rows(&read(&bytes)), expected(&[(4, &["both", "x"]), (5, &["both", "y"]), (8, &["", "z"])]));
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
        .flat_map(|(number, all)| all.iter().map(|r| (*number, r.column.as_str(), r.value.as_str(), r.code)))
        .collect();
    let expected = [
        (2, "a", "#DIV/0!", "cell_error"),
        (3, "a", "", "formula_unknown"),
        (4, "a", "12345678901234567000", "number_digits"),
    ];
    assert_eq!(faults, expected);
    assert!(sheet.has_unnamed, "C5 is beside the table");
    assert_eq!(sheet.rows.last().map(|row| row.get(0)), Some(Cell::Text("好&")));
}

#[test]
fn failures_csv_can_be_read_as_a_sheet() {
    let cells = ["-5", "=HYPERLINK(\"http://a.cn\")"];
    let list = "\u{feff}id,nick,_row,_reason\r\n-5,\"'=HYPERLINK(\"\"http://a.cn\"\")\",7,\"\"\r\n";
    assert_eq!(csv(list).rows[0].texts(2), cells);
    // The same list, saved by Excel as XLSX.
    let shown = write(|page| {
        for (column, name) in ["id", "nick", guard::ROW, guard::REASON].into_iter().enumerate() {
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
        let reading = Reading { limits, sheet: name, ..Reading::default() };
        Sheet::read_with(&bytes, SheetFormat::Xlsx, &reading).map(|sheet| sheet.rows[0].get(0).shown().to_owned())
    };
    assert_eq!(first(None).unwrap(), "first", "hidden sheets are skipped");
    assert_eq!(first(Some("second")).unwrap(), "second");
    let error = first(Some("secnd")).expect_err("no such sheet");
    assert_eq!((error.code(), error.hint_text()), ("sheet_unknown", Some("did you mean `second`?")));
}

fn read_for(bytes: &[u8], names: &[&str], hidden: Hidden) -> Sheet {
    let is_name = |text: &str| names.contains(&text);
    let reading = Reading { is_name: Some(&is_name), hidden, ..Reading::default() };
    Sheet::read_with(bytes, SheetFormat::of("a.xlsx", bytes).unwrap(), &reading)
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_header_is_found_below_titles() {
    let bytes = write(|sheet| {
        sheet.merge_range(0, 0, 0, 3, "2026 春季活动商品表", &Style::new()).unwrap();
        sheet.write_string(1, 0, "制表：小满").unwrap();
        sheet.write_string(1, 2, "部门：市场").unwrap();
        for (column, name) in ["序号", "标题", "售价", "备注"].into_iter().enumerate() {
            sheet.write_string(4, column as u16, name).unwrap();
        }
        for row in 5..30 {
            sheet.write_number(row, 0, row).unwrap();
            sheet.write_string(row, 1, "花瓶").unwrap();
        }
    });
    let sheet = read_for(&bytes, &["标题", "售价"], Hidden::Include);
    assert_eq!(sheet.columns, ["序号", "标题", "售价", "备注"]);
    assert_eq!((sheet.header, sheet.skipped, sheet.rows[0].number, sheet.rows.len()), (5, 2, 6, 25));
    let unknown = read_for(&bytes, &[], Hidden::Include);
    assert_eq!((unknown.header, unknown.skipped), (2, 1), "a lone cell is a title");
    let text = "商品表\n\n标题,售价\n花瓶,1\n";
    let is_name = |text: &str| text == "标题";
    let reading = Reading { is_name: Some(&is_name), ..Reading::default() };
    let sheet = Sheet::read_with(text.as_bytes(), SheetFormat::Csv, &reading).unwrap();
    assert_eq!((sheet.columns.len(), sheet.header, sheet.rows[0].number), (2, 3, 4));
    assert!(sheet.faults.is_empty(), "{:?}", sheet.faults);
}

#[test]
fn hidden_rows_are_counted_and_left_out_by_choice() {
    let bytes = write(|sheet| {
        for row in 0..6 {
            sheet.write_string(row, 0, format!("r{row}")).unwrap();
        }
        sheet.set_row_hidden(2).unwrap();
        sheet.set_row_hidden(4).unwrap();
    });
    let hidden = ListedRows { count: 2, first: vec![3, 5] };
    for (choice, count) in [(Hidden::Include, 5), (Hidden::Skip, 3)] {
        let sheet = read_for(&bytes, &["r0"], choice);
        assert_eq!((&sheet.hidden, sheet.rows.len()), (&hidden, count));
        assert_eq!(sheet.is_without_hidden, choice == Hidden::Skip);
    }
}

#[test]
fn dates_and_numbers_are_read_by_any_format() {
    let formats = ["yyyy\"年\"m\"月\"d\"日\"", "[$-804]aaaa", "m/d", "mmm-yy", "[DBNum1][$-804]yyyy\"年\"m\"月\"", "e"];
    let bytes = write(|sheet| {
        for column in 0..9_u16 {
            sheet.write_string(0, column, format!("c{column}")).unwrap();
        }
        for (column, format) in (0..).zip(formats) {
            sheet.write_number_with_format(1, column, 46_346, &Style::new().set_num_format(format)).unwrap();
        }
        sheet.write_number_with_format(1, 6, 128, &Style::new().set_num_format("00000")).unwrap();
        sheet.write_number_with_format(1, 7, 128, &Style::new().set_num_format("¥#,##0.00")).unwrap();
        sheet.write_number_with_format(1, 8, -1, &Style::new().set_num_format("yyyy-mm-dd")).unwrap();
    });
    let sheet = read(&bytes);
    let cells = sheet.rows[0].texts(9);
    assert_eq!(cells[..6], ["2026-11-20"; 6], "{cells:?}");
    assert_eq!(cells[6..], ["00128", "128", "-1"]);
    let faults: Vec<_> = sheet.faults[&2].iter().map(|fault| (fault.column.as_str(), fault.code)).collect();
    assert_eq!(faults, [("c8", "date_invalid")]);
}

#[test]
fn cells_with_iso_dates_are_read_as_other_dates() {
    let bytes = raw("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c></row>\
         <row r=\"2\"><c r=\"A2\" t=\"d\"><v>2026-11-20T00:00:00.000Z</v></c></row>\
         <row r=\"3\"><c r=\"A3\" t=\"d\"><v>2026-11-20T19:30:00</v></c></row>\
         <row r=\"4\"><c r=\"A4\" t=\"d\"><v>1899-12-30T09:30:00</v></c></row>\
         <row r=\"5\"><c r=\"A5\" t=\"d\"><v>T09:30:00</v></c></row>");
    let rows: Vec<String> = read(&bytes).rows.iter().map(|row| row.get(0).shown().to_owned()).collect();
    assert_eq!(rows, ["2026-11-20", "2026-11-20 19:30", "09:30", "09:30"]);
}

/// A picture of 2 x 2 px.
pub(super) fn png() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(2, 2, image::Rgb([200, 30, 30])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn pictures_above_and_in_cells_are_found() {
    let image = rust_xlsxwriter::Image::new_from_buffer(&png()).unwrap();
    let bytes = write(|sheet| {
        sheet.write_string(0, 0, "标题").unwrap();
        sheet.write_string(0, 1, "图片").unwrap();
        for row in 1..4 {
            sheet.write_string(row, 0, format!("商品 {row}")).unwrap();
            sheet.set_row_height(row, 60).unwrap();
        }
        sheet.insert_image(1, 1, &image).unwrap();
        // Begins slightly above row 3, in which nearly all of it is.
        let tall = image.clone().set_scale_to_size(40, 60, false);
        sheet.insert_image_with_offset(1, 1, &tall, 0, 76).unwrap();
        sheet.embed_image(3, 1, &image).unwrap();
    });
    let sheet = read(&bytes);
    assert_eq!(sheet.pictures.keys().copied().collect::<Vec<_>>(), [(2, 1), (3, 1), (4, 1)], "{:?}", sheet.pictures);
    assert!(sheet.faults.is_empty(), "{:?}", sheet.faults);
    let mut book = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    for picture in sheet.pictures.values() {
        assert!(book.by_name(&picture.part).is_ok() && picture.crop.is_none(), "{picture:?}");
    }
}

/// Adds parts to a workbook.
fn with_parts(bytes: &[u8], parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new_append(Cursor::new(bytes.to_vec())).unwrap();
    for (name, bytes) in parts {
        archive
            .start_file(
                *name,
                zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored),
            )
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn pictures_in_formulas_of_wps_are_found() {
    let bytes = raw("<row r=\"1\"><c r=\"A1\" t=\"str\"><v>图片</v></c></row>\
         <row r=\"2\"><c r=\"A2\" t=\"str\"><f>_xlfn.DISPIMG(&quot;ID_B&quot;,1)</f><v>=DISPIMG(&quot;ID_B&quot;,1)</v></c></row>\
         <row r=\"3\"><c r=\"A3\" t=\"str\"><f>_xlfn.DISPIMG(&quot;ID_X&quot;,1)</f><v>=DISPIMG(&quot;ID_X&quot;,1)</v></c></row>\
         <row r=\"4\"><c r=\"A4\"><f>_xlfn.DISPIMG(&quot;ID_X&quot;,1)</f></c></row>\
         <row r=\"5\"><c r=\"A5\" t=\"e\"><f>_xlfn.DISPIMG(&quot;ID_X&quot;,1)</f><v>#NAME?</v></c></row>");
    let images = "<etc:cellImages xmlns:etc=\"http://www.wps.cn/officeDocument/2017/etCustomData\" xmlns:xdr=\"x\" xmlns:a=\"a\" xmlns:r=\"r\">\
         <etc:cellImage><xdr:pic><xdr:nvPicPr><xdr:cNvPr id=\"2\" name=\"ID_A\"/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed=\"rId2\"/></xdr:blipFill></xdr:pic></etc:cellImage>\
         <etc:cellImage><xdr:pic><xdr:nvPicPr><xdr:cNvPr id=\"3\" name=\"ID_B\"/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed=\"rId1\"/><a:srcRect t=\"25000\"/></xdr:blipFill></xdr:pic></etc:cellImage>\
         </etc:cellImages>";
    let relations = "<Relationships><Relationship Id=\"rId1\" Type=\"t/image\" Target=\"media/image1.png\"/>\
         <Relationship Id=\"rId2\" Type=\"t/image\" Target=\"media/image2.png\"/></Relationships>";
    let bytes = with_parts(
        &bytes,
        &[
            ("xl/cellimages.xml", images.as_bytes()),
            ("xl/_rels/cellimages.xml.rels", relations.as_bytes()),
            ("xl/media/image1.png", &png()),
        ],
    );
    let sheet = read(&bytes);
    let picture = CellPicture { part: "xl/media/image1.png".to_owned(), crop: Some(Crop::Sides([0, 25_000, 0, 0])) };
    assert_eq!(sheet.pictures.into_iter().collect::<Vec<_>>(), [((2, 0), picture)]);
    assert!(sheet.faults.is_empty(), "{:?}", sheet.faults);
    for row in &sheet.rows[1..] {
        assert_eq!(row.get(0), Cell::Text("=DISPIMG(\"ID_X\",1)"), "row {} names its picture", row.number);
    }
}

#[test]
fn sheets_of_macros_and_charts_are_not_read() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("chart").unwrap();
    book.add_worksheet().set_name("rows").unwrap().write_string(0, 0, "a").unwrap();
    book.worksheet_from_index(1).unwrap().write_string(1, 0, "b").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    // The first sheet becomes one of Excel 4.0 macros.
    let mut from = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut member = from.by_index(at).unwrap();
        let (name, mut content) = (member.name().unwrap().into_owned(), Vec::new());
        std::io::Read::read_to_end(&mut member, &mut content).unwrap();
        let text = String::from_utf8(content).unwrap();
        let (name, text) = match name.as_str() {
            "xl/worksheets/sheet1.xml" => (
                "xl/macrosheets/sheet1.xml".to_owned(),
                text.replace("<worksheet", "<xm:macrosheet").replace("</worksheet", "</xm:macrosheet"),
            ),
            "xl/_rels/workbook.xml.rels" => (
                name,
                text.replace(
                    "relationships/worksheet\" Target=\"worksheets/sheet1.xml",
                    "relationships/xlMacrosheet\" Target=\"macrosheets/sheet1.xml",
                ),
            ),
            _ => (name, text),
        };
        to.start_file(
            name,
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored),
        )
        .unwrap();
        to.write_all(text.as_bytes()).unwrap();
    }
    let sheet = read(&to.finish().unwrap().into_inner());
    assert_eq!(sheet.rows[0].get(0), Cell::Text("b"));
}

#[test]
fn rows_that_are_struck_out_are_found() {
    let struck = Style::new().set_font_strikethrough();
    let bytes = write(|sheet| {
        for (row, styles) in
            [[false, false], [true, true], [false, true], [false, false], [true, true]].iter().enumerate()
        {
            for (column, is_struck) in styles.iter().enumerate() {
                let (row, column, text) = (row as u32, column as u16, format!("{column}a{row}"));
                match is_struck {
                    true => sheet.write_with_format(row, column, text, &struck).unwrap(),
                    false => sheet.write(row, column, text).unwrap(),
                };
            }
        }
    });
    let sheet = read(&bytes);
    assert_eq!((sheet.rows.len(), sheet.struck.count, sheet.struck.named().as_str()), (4, 2, "2, 5"));
}
