//! A marketer's workbook as it is: a merged title, spare columns, prices with signs and units, photos by file name, above cells, in
//! cells, and in a formula of WPS.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{Format, Image, Workbook};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{Fixture, members};
use crate::support::talk;

fn photo(red: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(400, 400, image::Rgb([red, 40, 40]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

/// The workbook, for product-share.
pub(crate) fn workbook() -> Vec<u8> {
    let (mut book, wide) = (Workbook::new(), Format::new());
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 6, "双十一活动商品", &wide).expect("a title");
    for (column, name) in
        ["序号", "商品标题", "售价（元）", "商品图", "商品编号", "备注", "日期"].into_iter().enumerate()
    {
        sheet.write(1, column as u16, name).expect("a header");
    }
    let prices = ["¥12.50", "89.9元", "1,280.00", "128", "66"];
    for (row, price) in (2..).zip(prices) {
        let number = row - 1;
        sheet.write(row, 0, number).expect("a number");
        sheet.write(row, 1, format!("花瓶{number}")).expect("a title");
        sheet.write(row, 2, price).expect("a price");
        sheet.write(row, 4, format!("A{number}")).expect("an id");
        sheet.write(row, 5, "老客户").expect("a note");
        sheet.set_row_height_pixels(row, 90).expect("a height");
    }
    sheet.write(2, 3, "花瓶一").expect("a file");
    sheet.write(3, 3, "VASE2.JPG").expect("a file");
    let image = |red| Image::new_from_buffer(&photo(red)).expect("a picture");
    sheet.embed_image(4, 3, &image(120)).expect("a picture in a cell");
    // 80 px high, and slightly below the top of its row.
    let above = image(160).set_scale_width(0.2).set_scale_height(0.2);
    sheet.insert_image_with_offset(5, 3, &above, 4, 3).expect("a picture above a cell");
    sheet.write_formula(6, 3, "=DISPIMG(\"ID_5\",1)").expect("a formula");
    with_cell_images(&book.save_to_buffer().expect("a workbook"))
}

/// Adds the part of WPS that formulas name.
fn with_cell_images(bytes: &[u8]) -> Vec<u8> {
    let mut from = ZipArchive::new(Cursor::new(bytes)).expect("a workbook");
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for at in 0..from.len() {
        let mut member = from.by_index(at).expect("a part");
        let (name, mut content) = (member.name().expect("a name").into_owned(), Vec::new());
        member.read_to_end(&mut content).expect("a part");
        to.start_file(name, options).expect("a part");
        to.write_all(&content).expect("a part");
    }
    let images = "<etc:cellImages xmlns:etc=\"http://www.wps.cn/officeDocument/2017/etCustomData\"><etc:cellImage><xdr:pic>\
        <xdr:nvPicPr><xdr:cNvPr id=\"2\" name=\"ID_5\"/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed=\"rId1\"/></xdr:blipFill>\
        </xdr:pic></etc:cellImage></etc:cellImages>";
    let relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
        Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image\" Target=\"media/wps5.png\"/></Relationships>";
    for (name, content) in [
        ("xl/cellimages.xml", images.as_bytes().to_vec()),
        ("xl/_rels/cellimages.xml.rels", relations.as_bytes().to_vec()),
        ("xl/media/wps5.png", photo(200)),
    ] {
        to.start_file(name, options).expect("a part");
        to.write_all(&content).expect("a part");
    }
    to.finish().expect("a workbook").into_inner()
}

/// The photos that the workbook names.
pub(crate) fn photos() -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, red) in [("照片/花瓶一.png", 40), ("照片/vase2.png", 80)] {
        archive.start_file(name, options).expect("a member");
        archive.write_all(&photo(red)).expect("a member");
    }
    archive.finish().expect("an archive").into_inner()
}

#[test]
fn a_marketers_workbook_is_exported_by_one_command() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path().join("活动.xlsx"), workbook()).expect("a file");
    std::fs::write(fixture.path().join("photos.zip"), photos()).expect("a file");
    let arguments = ["--lang", "zh", "export", "product-share", "--rows", "活动.xlsx", "--pictures", "photos.zip"];
    let mut command = crate::support::haibao(fixture.path());
    let output =
        command.args(arguments).args(["-o", "out.zip", "--demo", "--name", "{{row}}"]).output().expect("it runs");
    let said = talk(&output);
    assert!(output.status.success(), "{said}");
    for expected in ["第 2 行是列名", "读作 ¥", "\"序号\"", "\"备注\"", "5 个示例码，来自模拟的微信"]
    {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    // Each poster shows the photo of its row: the reds differ by 40.
    let inside = members(&fixture.read("out.zip"));
    for (row, red) in [("3", 40), ("4", 80), ("5", 120), ("6", 160), ("7", 200)] {
        let (_, poster) =
            inside.iter().find(|(name, _)| *name == format!("{row}.png")).unwrap_or_else(|| panic!("{row}: {said}"));
        let poster = image::load_from_memory(poster).expect("a poster").to_rgb8();
        let own = |pixel: &image::Rgb<u8>| pixel.0[0].abs_diff(red) < 4 && pixel.0[1].abs_diff(40) < 4;
        let share =
            poster.pixels().filter(|pixel| own(pixel)).count() * 10 / (poster.width() * poster.height()) as usize;
        assert!(share > 0, "row {row} has not its photo");
    }
}
