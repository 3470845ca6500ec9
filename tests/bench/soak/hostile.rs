//! Files that take more memory than their size suggests.

use std::{
    io::{Cursor, Write},
    sync::LazyLock,
};

use image::{ExtendedColorType, ImageEncoder};

/// Pictures of up to 51 megapixels, small as files.
pub static PICTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(pictures);
/// A photo of 12 megapixels, as phones take it.
pub static PHOTO: LazyLock<Vec<u8>> = LazyLock::new(phone_photo);
/// XLSX files that unpack to the largest text that the service accepts, and to more.
pub static SHEETS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(sheets);

/// A JPEG of a few hundred bytes that declares `side` x `side` px.
fn jpeg(side: u16, is_progressive: bool) -> Vec<u8> {
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&image::RgbImage::new(64, 64)).expect("a JPEG");
    let at = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a baseline JPEG");
    if is_progressive {
        jpeg[at + 1] = 0xc2;
    }
    let side = side.to_be_bytes();
    jpeg[at + 5..at + 9].copy_from_slice(&[side[0], side[1], side[0], side[1]]);
    jpeg
}

fn png(side: u32, color: png::ColorType, depth: png::BitDepth, bytes_per_pixel: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&vec![0x55; side as usize * side as usize * bytes_per_pixel]).expect("a picture");
    writer.finish().expect("a PNG");
    out
}

fn pictures() -> Vec<Vec<u8>> {
    let flat = |side: u32| image::RgbImage::from_pixel(side, side, image::Rgb([9, 99, 199]));
    let (webp_side, gif_side) = (3500, 3500);
    let mut webp = Vec::new();
    image::codecs::webp::WebPEncoder::new_lossless(&mut webp)
        .write_image(&flat(webp_side), webp_side, webp_side, ExtendedColorType::Rgb8)
        .expect("a WebP");
    let mut gif = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut gif)
        .encode(&flat(gif_side), gif_side, gif_side, ExtendedColorType::Rgb8)
        .expect("a GIF");
    vec![
        jpeg(7140, false),
        jpeg(3600, true),
        jpeg(16_000, false),
        png(4900, png::ColorType::Rgb, png::BitDepth::Eight, 3),
        png(4900, png::ColorType::Rgba, png::BitDepth::Eight, 4),
        png(2800, png::ColorType::Rgba, png::BitDepth::Sixteen, 8),
        webp,
        gif,
    ]
}

fn phone_photo() -> Vec<u8> {
    let photo = image::RgbImage::from_fn(4000, 3000, |x, y| {
        let noise = super::shots::scatter(u64::from(y) << 32 | u64::from(x / 2)) as u8 / 6;
        image::Rgb([(x / 16) as u8 / 2 + noise, (y / 12) as u8 / 2 + noise, 90 + noise])
    });
    let mut out = Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 88);
    photo.write_with_encoder(encoder).expect("encodes");
    out.into_inner()
}

fn sheets() -> Vec<Vec<u8>> {
    let row = |cells: &str| format!("<row>{cells}</row>");
    let inline = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let head = row(&["title", "price", "goods_id", "product"].map(inline).concat());
    let body = row(&[&"长".repeat(10_000), "12800", "8801", "assets/vase.jpg"].map(inline).concat());
    let texts = |count: usize| {
        let all: String = (0..count).map(|n| format!("<si><t>{n:x}</t></si>")).collect();
        format!("<sst>{all}</sst>")
    };
    let shared = |count: usize| {
        let cells: String = (0..count).step_by(4).map(|n| row(&format!("<c t=\"s\"><v>{n}</v></c>"))).collect();
        format!("{}{cells}", row("<c t=\"s\"><v>0</v></c>"))
    };
    let styles = format!("<styleSheet><cellXfs>{}</cellXfs></styleSheet>", "<xf numFmtId=\"14\"/>".repeat(800_000));
    vec![
        package(&format!("{head}{}", body.repeat(5000)), None, None),
        package(&format!("{head}{}", body.repeat(10_000)), None, None),
        package(&shared(990_000), Some(&texts(990_000)), None),
        package(&shared(1_500_000), Some(&texts(1_500_000)), None),
        package(&format!("{head}{}", body.repeat(5)), None, Some(&styles)),
        package(&row(&inline(&"长".repeat(20 << 20))), None, None),
    ]
}

fn package(rows: &str, texts: Option<&str>, styles: Option<&str>) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", texts.unwrap_or_default().to_owned()),
        ("xl/styles.xml", styles.unwrap_or_default().to_owned()),
    ];
    for (name, text) in parts.iter().filter(|(_, text)| !text.is_empty()) {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        archive.start_file(*name, options).expect("a part");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("a package").into_inner()
}
