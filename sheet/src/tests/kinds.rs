//! Sheets as people lay them out: totals, notes, second headers, merged cells, formats of cells, pictures of any size.

use std::io::Cursor;

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Image, Table, TableColumn, TableFunction, Workbook, Worksheet};

use super::*;
use crate::Aim;

/// Reads for a template with the parameters title, price and photo, of which the title is a text.
pub(super) fn read_as(bytes: &[u8], format: SheetFormat) -> Result<Sheet> {
    let aim = |text: &str| {
        let name = match text {
            "title" | "商品名称" => "title",
            "price" | "售价" => "price",
            "photo" | "图片" => "photo",
            _ => return None,
        };
        Some(Aim { name: name.to_owned(), is_text: name == "title", is_number: false })
    };
    let is_name = |text: &str| aim(text).is_some();
    Sheet::read_with(bytes, format, &Reading { is_name: Some(&is_name), aim: Some(&aim), ..Reading::default() })
}

pub(super) fn read(bytes: &[u8], format: SheetFormat) -> Sheet {
    read_as(bytes, format).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

pub(super) fn header(sheet: &mut Worksheet) {
    for (column, name) in ["商品名称", "售价", "图片"].into_iter().enumerate() {
        sheet.write(0, column as u16, name).unwrap();
    }
}

pub(super) fn photo(width: u32, height: u32, red: u8) -> Image {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([red, 0, 0]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    Image::new_from_buffer(bytes.get_ref()).unwrap()
}

#[test]
fn rows_that_are_no_products_are_left_out_and_told() {
    for (text, left_out) in [
        ("商品名称,售价\n花瓶,128\n合计,128\n", vec![(3, "合计")]),
        (
            "商品名称,售价\n花瓶,128\n总计：1 件,\n备注：以上价格含税,\n",
            vec![(3, "总计：1 件"), (4, "备注：以上价格含税")],
        ),
        ("title,price\n商品名称,售价\n花瓶,128\n", vec![(2, "商品名称")]),
        ("商品名称,售价\n花瓶,128\n商品名称,售价\n", vec![(3, "商品名称")]),
        ("序号,商品名称,售价\n1,花瓶,128\n小计,,128\n", vec![(3, "小计")]),
        ("商品名称,售价\n花瓶,128\n总计划表,128\n备注：x,12\n", vec![]),
        ("商品名称\n花瓶\n合计\n", vec![]),
    ] {
        let sheet = read(text.as_bytes(), SheetFormat::Csv);
        let found: Vec<_> = sheet.left_out.first.iter().map(|(row, text)| (*row, text.as_str())).collect();
        assert_eq!((found, sheet.left_out.count), (left_out.clone(), left_out.len()), "{text}");
        assert!(sheet.rows.iter().any(|row| row.texts(3).contains(&"花瓶".to_owned())), "{text}");
        assert_eq!(sheet.rows.len() + left_out.len(), text.lines().count() - 1, "{text}");
    }
}

#[test]
fn several_tables_with_other_columns_are_an_error() {
    for text in [
        "商品名称,售价\n花瓶,128\n商品名称,售价,图片\n碗,12,a\n",
        "商品名称,售价\n花瓶,128\n售价,商品名称\n12,碗\n",
        "title,price\n花瓶,128\n售价,商品名称\n12,碗\n",
    ] {
        let error = read_as(text.as_bytes(), SheetFormat::Csv).expect_err(text);
        assert_eq!(error.code(), "sheet_tables", "{text}");
        assert!(error.to_string().contains("rows 1 and 3"), "{error}");
    }
}

#[test]
fn the_row_of_totals_of_a_table_is_left_out() {
    let bytes = workbook(|sheet| {
        header(sheet);
        sheet.write(1, 0, "花瓶").unwrap();
        sheet.write(1, 1, 128).unwrap();
        let columns = [
            TableColumn::new().set_header("商品名称").set_total_label("全部"),
            TableColumn::new().set_header("售价").set_total_function(TableFunction::Sum),
            TableColumn::new().set_header("图片"),
        ];
        let table = Table::new().set_columns(&columns).set_total_row(true);
        sheet.add_table(0, 0, 2, 2, &table).unwrap();
    });
    let sheet = read(&bytes, SheetFormat::Xlsx);
    assert_eq!(rows(&sheet), expected(&[(2, &["花瓶", "128", ""])]));
    assert_eq!(sheet.left_out.first, [(3, "全部".to_owned())]);
}

#[test]
fn merged_cells_count_for_their_rows() {
    let plain = Style::new();
    let bytes = workbook(|sheet| {
        header(sheet);
        sheet.merge_range(1, 0, 3, 0, "花瓶", &plain).unwrap();
        sheet.write(1, 1, 1).unwrap();
        sheet.write(2, 1, 2).unwrap();
        // Row 4 has no cell of its own; rows 5 and 6 share a photo.
        sheet.write(4, 0, "碗").unwrap();
        sheet.write(5, 0, "杯").unwrap();
        sheet.merge_range(4, 2, 5, 2, "", &plain).unwrap();
        sheet.insert_image_with_offset(4, 2, &photo(20, 30, 1), 2, 4).unwrap();
    });
    let sheet = read(&bytes, SheetFormat::Xlsx);
    let texts =
        expected(&[(2, &["花瓶", "1", ""]), (3, &["花瓶", "2", ""]), (5, &["碗", "", ""]), (6, &["杯", "", ""])]);
    assert_eq!(rows(&sheet), texts);
    assert_eq!(sheet.merged_columns, [0]);
    assert_eq!(sheet.pictures.keys().copied().collect::<Vec<_>>(), [(5, 2), (6, 2)]);
    assert!(sheet.tall_pictures.is_empty(), "{:?}", sheet.tall_pictures);
}

#[test]
fn faults_and_hidden_rows_of_merged_cells_count() {
    let plain = Style::new();
    let bytes = workbook(|sheet| {
        header(sheet);
        sheet.merge_range(1, 0, 2, 0, "", &plain).unwrap();
        sheet.write_formula(1, 0, rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A")).unwrap();
        sheet.merge_range(3, 0, 4, 0, "花瓶", &plain).unwrap();
        sheet.set_row_hidden(3).unwrap();
        for row in 1..5 {
            sheet.write(row, 1, row).unwrap();
        }
    });
    let is_name = |text: &str| text == "售价";
    let reading = Reading { is_name: Some(&is_name), hidden: Hidden::Skip, ..Reading::default() };
    let sheet = Sheet::read_with(&bytes, SheetFormat::Xlsx, &reading).unwrap();
    assert_eq!(sheet.faults.keys().copied().collect::<Vec<_>>(), [2, 3], "{:?}", sheet.faults);
    assert_eq!((sheet.faults[&3][0].code, sheet.faults[&3][0].column.as_str()), ("cell_error", "商品名称"));
    assert_eq!((sheet.rows.len(), sheet.rows[2].number, sheet.rows[2].get(0)), (3, 5, Cell::Text("花瓶")));
    let html = "<table><tr><th>商品名称<th>售价<tr><td rowspan=2>#N/A<td>1<tr><td>2</table>";
    let sheet = read(html.as_bytes(), SheetFormat::Html);
    assert_eq!(sheet.faults.keys().copied().collect::<Vec<_>>(), [2, 3], "{:?}", sheet.faults);
    assert_eq!(sheet.merged_columns, [0]);
}

#[test]
fn faults_of_columns_that_set_nothing_are_none_of_the_row() {
    let text = "商品名称,售价,毛利\n花瓶,128,#DIV/0!\n碗,#REF!,1\n";
    let sheet = read(text.as_bytes(), SheetFormat::Csv);
    assert_eq!(sheet.faults.keys().copied().collect::<Vec<_>>(), [3], "{:?}", sheet.faults);
}

#[test]
fn columns_of_texts_have_what_cells_show() {
    let at = ExcelDateTime::from_ymd(2026, 11, 20).unwrap().and_hms(19, 30, 0).unwrap();
    let bytes = workbook(|sheet| {
        header(sheet);
        for (row, format) in (1..).zip(["m\"月\"d\"日\" h:mm", "yyyy/m/d", "h:mm"]) {
            let style = Style::new().set_num_format(format);
            sheet.write_datetime_with_format(row, 0, &at, &style).unwrap();
            sheet.write_datetime_with_format(row, 1, &at, &style).unwrap();
        }
        for (row, format, number) in [(4, "0.00", 8.5), (5, "#,##0", 1280.0), (6, "0%", 0.85), (7, "General", 0.5)] {
            let style = Style::new().set_num_format(format);
            sheet.write_number_with_format(row, 0, number, &style).unwrap();
            sheet.write_number_with_format(row, 1, number, &style).unwrap();
        }
    });
    let found = rows(&read(&bytes, SheetFormat::Xlsx));
    let value = "2026-11-20 19:30";
    let cells = [
        ("11月20日 19:30", value),
        ("2026/11/20", value),
        ("19:30", value),
        ("8.50", "8.5"),
        ("1,280", "1280"),
        ("85%", "85%"),
        ("0.5", "0.5"),
    ];
    let expected: Vec<_> =
        cells.iter().map(|(title, price)| vec![(*title).to_owned(), (*price).to_owned(), String::new()]).collect();
    assert_eq!(found.into_iter().map(|(_, cells)| cells).collect::<Vec<_>>(), expected);
}

#[test]
fn pictures_belong_to_the_row_of_their_top_edge() {
    // Row height, picture height, and offset of the picture in its row, px; whether the picture belongs to the next row, and
    // whether it is reported as tall.
    for (row_px, picture_px, from_px, is_next, is_tall) in [
        (80, 76, 3, false, false),
        (80, 200, 3, false, true),
        (20, 120, 2, false, true),
        (160, 160, 0, false, false),
        (80, 100, 35, false, true),
        (80, 60, 75, true, false),
        (80, 90, 40, false, true),
    ] {
        let bytes = workbook(|sheet| {
            header(sheet);
            for row in 1..6 {
                sheet.set_row_height_pixels(row, row_px).unwrap();
            }
            for row in 1..4 {
                sheet.write(row, 0, format!("瓶{row}")).unwrap();
                sheet.insert_image_with_offset(row, 2, &photo(40, picture_px, row as u8), 2, from_px).unwrap();
            }
        });
        let sheet = read(&bytes, SheetFormat::Xlsx);
        let rows: Vec<_> = sheet.pictures.keys().map(|(row, _)| *row).collect();
        let shift = u64::from(is_next);
        assert_eq!(rows, [2 + shift, 3 + shift, 4 + shift], "{row_px} {picture_px} {from_px}");
        assert_eq!(!sheet.tall_pictures.is_empty(), is_tall, "{row_px} {picture_px} {from_px}");
        // Each photo is that of its row: the parts are numbered in their order.
        let parts: Vec<_> = sheet.pictures.values().collect();
        assert!(parts.windows(2).all(|pair| pair[0] < pair[1]), "{parts:?}");
    }
}

/// The workbook with another text of its drawing.
pub(super) fn with_drawing(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut part = from.by_index(at).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut bytes).unwrap();
        if name.starts_with("xl/drawings/drawing") {
            bytes = change(&String::from_utf8(bytes).unwrap()).into_bytes();
        }
        to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut to, &bytes).unwrap();
    }
    to.finish().unwrap().into_inner()
}

/// Anchors every picture at its top left corner only, with a size in px, as openpyxl does.
fn with_one_corner(bytes: &[u8], px: u32) -> Vec<u8> {
    with_drawing(bytes, |text| {
        let mut pieces = text.split("<xdr:to>");
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let size = px * 9525;
            whole.push_str(&format!("<xdr:ext cx=\"{size}\" cy=\"{size}\"/>"));
            whole.push_str(piece.split_once("</xdr:to>").unwrap().1);
        }
        whole.replace("twoCellAnchor", "oneCellAnchor")
    })
}

/// Places the pictures at distances from the corner of the sheet, with a size, all in px.
fn with_positions(bytes: &[u8], positions: &[(u32, u32)], px: u32) -> Vec<u8> {
    with_drawing(bytes, |text| {
        let mut pieces = text.split("<xdr:twoCellAnchor");
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for (piece, (x, y)) in pieces.zip(positions) {
            let [x, y, size] = [*x, *y, px].map(|px| px * 9525);
            let rest = piece.split_once("</xdr:to>").unwrap().1;
            whole.push_str(&format!(
                "<xdr:absoluteAnchor><xdr:pos x=\"{x}\" y=\"{y}\"/><xdr:ext cx=\"{size}\" cy=\"{size}\"/>{rest}"
            ));
        }
        whole.replace("</xdr:twoCellAnchor>", "</xdr:absoluteAnchor>")
    })
}

#[test]
fn pictures_at_positions_of_the_sheet_belong_to_the_cells_below_them() {
    let bytes = workbook(|sheet| {
        header(sheet);
        sheet.set_column_width_pixels(0, 150).unwrap();
        for row in 1..4 {
            sheet.write(row, 0, format!("瓶{row}")).unwrap();
            sheet.insert_image(row, 2, &photo(40, 40, row as u8)).unwrap();
        }
        // The second of three rows has the usual height.
        sheet.set_row_height_pixels(1, 90).unwrap();
        sheet.set_row_height_pixels(3, 60).unwrap();
    });
    let x = 150 + 64 + 10;
    let sheet =
        read(&with_positions(&bytes, &[(x, 20 + 5), (x, 20 + 90), (x, 20 + 90 + 20 + 5)], 40), SheetFormat::Xlsx);
    assert_eq!(sheet.pictures.keys().copied().collect::<Vec<_>>(), [(2, 2), (3, 2), (4, 2)]);
    let parts: Vec<_> = sheet.pictures.values().collect();
    assert!(parts.windows(2).all(|pair| pair[0] < pair[1]), "{parts:?}");
    // Below the table and beside it.
    let sheet = read(&with_positions(&bytes, &[(5, 20 + 5), (x, 400), (x + 64 * 3, 30)], 10), SheetFormat::Xlsx);
    assert_eq!(sheet.pictures.keys().copied().collect::<Vec<_>>(), [(2, 0), (2, 5), (15, 2)]);
}

#[test]
fn positions_within_the_shape_of_a_picture_are_not_those_of_the_sheet() {
    let bytes = workbook(|sheet| {
        header(sheet);
        for row in 1..4 {
            sheet.write(row, 0, format!("瓶{row}")).unwrap();
            sheet.insert_image(row, 2, &photo(20, 20, row as u8)).unwrap();
        }
    });
    // A freeform has points to which lines connect.
    let point = "<a:cxnLst><a:cxn ang=\"0\"><a:pos x=\"0\" y=\"0\"/></a:cxn></a:cxnLst>";
    let positions = [(100, 25), (100, 45), (100, 65)];
    for bytes in [bytes.clone(), with_one_corner(&bytes, 20), with_positions(&bytes, &positions, 10)] {
        let drawn = with_drawing(&bytes, |text| text.replace("<xdr:blipFill>", &format!("{point}<xdr:blipFill>")));
        assert_eq!(read(&drawn, SheetFormat::Xlsx).pictures, read(&bytes, SheetFormat::Xlsx).pictures);
        assert_eq!(read(&drawn, SheetFormat::Xlsx).pictures.len(), 3);
    }
}

#[test]
fn pictures_with_one_corner_belong_to_its_cell() {
    // Size of the pictures, and offset in rows of 20 px; whether they belong to the next row.
    for (px, from_px, is_next) in
        [(120, 0, false), (900, 0, false), (30, 0, false), (120, 2, false), (24, 18, true), (900, 16, true)]
    {
        let bytes = workbook(|sheet| {
            header(sheet);
            for row in 1..4 {
                sheet.write(row, 0, format!("瓶{row}")).unwrap();
                sheet.insert_image_with_offset(row, 2, &photo(20, 20, row as u8), 0, from_px).unwrap();
            }
        });
        let sheet = read(&with_one_corner(&bytes, px), SheetFormat::Xlsx);
        let shift = u64::from(is_next);
        let cells: Vec<_> = sheet.pictures.keys().copied().collect();
        assert_eq!(cells, [(2 + shift, 2), (3 + shift, 2), (4 + shift, 2)], "{px} {from_px}");
    }
}

#[test]
fn sheets_without_known_columns_are_not_read_to_their_end() {
    let mut book = Workbook::new();
    for name in ["说明", "其他"] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for row in 0..3000 {
            sheet.write(row, 0, "字").unwrap();
        }
    }
    let sheet = book.add_worksheet().set_name("商品").unwrap();
    header(sheet);
    sheet.write(1, 0, "花瓶").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let asked = std::cell::Cell::new(0);
    let is_name = |text: &str| {
        asked.set(asked.get() + 1);
        text == "商品名称"
    };
    let sheet = Sheet::read_with(&bytes, SheetFormat::Xlsx, &Reading { is_name: Some(&is_name), ..Reading::default() });
    let sheet = sheet.unwrap();
    assert_eq!((sheet.place.name.as_str(), sheet.rows.len()), ("商品", 1));
    // Of rows with one cell, names are looked for among the first 20; the first sheet is read as a whole.
    assert!(asked.get() < 3200, "{} texts were compared", asked.get());
}
