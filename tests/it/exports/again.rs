//! Failures that are exported again: from `failures.xlsx` alone, with the pictures of cells.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{Image, Workbook};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{Fixture, members};
use crate::support::talk;

/// A sheet whose pictures are in its cells. The id of the first row is invalid.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in ["昵称", "编号", "图片"].into_iter().enumerate() {
        sheet.write(0, column as u16, name).expect("a header");
    }
    for (row, nick, id) in [(1, "小满", "商"), (2, "立秋", "8")] {
        sheet.write(row, 0, nick).expect("a nickname");
        sheet.write(row, 1, id).expect("an id");
        let mut photo = Cursor::new(Vec::new());
        let picture = image::RgbImage::from_pixel(80, 72, image::Rgb([200, 40, 40 * row as u8]));
        picture.write_to(&mut photo, image::ImageFormat::Png).expect("a picture");
        let image = Image::new_from_buffer(&photo.into_inner()).expect("a picture");
        sheet.embed_image(row, 2, &image).expect("a picture in a cell");
    }
    book.save_to_buffer().expect("a workbook")
}

/// A workbook with another text in all of its strings.
fn with_text(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a workbook");
    let mut copy = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).expect("a part");
        let (name, mut content) = (member.name().expect("a name").into_owned(), Vec::new());
        member.read_to_end(&mut content).expect("a part");
        if name.ends_with("sharedStrings.xml") {
            let text = String::from_utf8(content).expect("UTF-8");
            assert!(text.contains(from), "{text}");
            content = text.replace(from, to).into_bytes();
        }
        copy.start_file(name, options).expect("a part");
        copy.write_all(&content).expect("a part");
    }
    copy.finish().expect("a workbook").into_inner()
}

#[test]
fn rows_with_pictures_in_cells_are_exported_again_from_the_list_alone() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path().join("rows.xlsx"), workbook()).expect("a file");
    // The data of a demo is gone after it.
    let said = fixture.fails(&["--rows", "rows.xlsx", "-o", "out.zip", "--demo"]);
    assert!(said.contains("out.failures.xlsx") && !said.contains("not in the list"), "{said}");
    let list = fixture.read("out.failures.xlsx");
    assert!(members(&fixture.read("out.zip")).contains(&("failures.xlsx".to_owned(), list.clone())));
    std::fs::write(fixture.path().join("again.xlsx"), with_text(&list, ">商<", ">7<")).expect("a file");
    let stdout = fixture.done(&["--rows", "again.xlsx", "-o", "again.zip", "--demo"]);
    assert_eq!(stdout, "1 of 1 poster in again.zip\n");
    let posters = members(&fixture.read("again.zip"));
    let poster = image::load_from_memory(&posters[0].1).expect("a poster").to_rgb8();
    assert_eq!(poster.get_pixel(170, 22).0, [200, 40, 40], "its own picture");
}

#[test]
fn names_of_other_formats_are_refused() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", "nick,id\n小满,1\n");
    for (arguments, own) in [
        (&["--rows", "rows.csv", "-o", "out.rar"][..], "out.zip"),
        (&["--rows", "rows.csv", "--dry-run", "--sheet", "sheet.jpg"], "sheet.png"),
        (&["--blank", "blank.csv"], "blank.xlsx"),
    ] {
        let said = fixture.fails(arguments);
        assert!(said.contains("names another format") && said.contains(own), "{said}");
    }
    let said = fixture.fails(&["--rows", "rows.csv", "-o", "x.zip", "--map", "nick=nobody"]);
    assert!(!said.contains("on the page"), "{said}");
    assert!(!fixture.path().join("sheet.jpg").exists() && !fixture.path().join("blank.csv").exists());
    // A folder may be named after its sheet.
    let said = fixture.done(&["--rows", "rows.csv", "-o", "out-rows.csv", "--demo"]);
    assert!(fixture.path().join("out-rows.csv/manifest.csv").is_file(), "{said}");
}

#[test]
fn list_is_not_exported_over_the_posters_of_the_other_rows() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", "nick,id\n小满,1\n立秋,商\n");
    for (output, list) in [("out.zip", "out.failures.csv"), ("out", "out/failures.xlsx")] {
        fixture.fails(&["--rows", "rows.csv", "-o", output]);
        let before = fixture.read(list);
        let said = fixture.fails(&["--rows", list, "-o", output]);
        assert!(said.contains("the posters there would be replaced") && said.contains("-o"), "{said}");
        assert!(fixture.read(list) == before, "{list} has changed");
    }
    let posters = members(&fixture.read("out.zip"));
    assert!(posters.iter().any(|(name, _)| name == "2.png"), "the poster of row 2 is replaced");
    fixture.write("rows.csv", "nick,id\n小满,1\n立秋,2\n");
    fixture.done(&["--rows", "rows.csv", "-o", "out.zip"]);
    let list = fixture.path().join("out.failures.xlsx");
    assert!(!list.exists(), "every row has a poster, but a list of failures is left");
}

#[test]
fn posters_of_an_earlier_export_in_a_folder_are_told() {
    let fixture = Fixture::new();
    let told = "posters of an earlier export";
    fixture.write("rows.csv", "nick,id\n小满,1\n立秋,2\n");
    let said = talk(&fixture.run(&["--rows", "rows.csv", "-o", "out"]));
    assert!(!said.contains(told), "there is none: {said}");
    fixture.write("rows.csv", "nick,id\n白露,3\n");
    let said = talk(&fixture.run(&["--rows", "rows.csv", "-o", "out"]));
    assert!(said.contains(told) && fixture.path().join("out/2.png").is_file(), "the other poster stays: {said}");
}
