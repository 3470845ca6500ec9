//! What a workbook shows of its pictures: crops, and rows that are hidden.

use rust_xlsxwriter::{ObjectMovement, Workbook};

use super::{
    kinds::{header, photo, read, with_drawing, with_part, workbook},
    *,
};

#[test]
fn crops_of_pictures_are_read() {
    let bytes = workbook(|sheet| {
        header(sheet);
        sheet.write(1, 0, "瓶").unwrap();
        sheet.insert_image(1, 2, &photo(20, 20, 1)).unwrap();
    });
    let crops = |change: &dyn Fn(&str) -> String| {
        let sheet = read(&with_drawing(&bytes, change), SheetFormat::Xlsx);
        sheet.pictures.values().map(|picture| picture.crop).collect::<Vec<_>>()
    };
    for (sides, expected) in [
        ("", None),
        ("l=\"50000\"", Some(Crop::Sides([50_000, 0, 0, 0]))),
        ("l=\"1\" t=\"2\" r=\"3\" b=\"4\"", Some(Crop::Sides([1, 2, 3, 4]))),
        ("r=\"12.5%\"", Some(Crop::Sides([0, 0, 12_500, 0]))),
        ("l=\"-10000\"", Some(Crop::Unread)),
        ("l=\"60000\" r=\"40000\"", Some(Crop::Unread)),
        ("t=\"99999999999\"", Some(Crop::Unread)),
        ("b=\"x\"", Some(Crop::Unread)),
    ] {
        let cut = format!("<a:srcRect {sides}/><a:stretch>");
        assert_eq!(crops(&|text: &str| text.replace("<a:stretch>", &cut)), [expected], "{sides}");
    }
    let turned = |text: &str| {
        let cut = text.replace("<a:stretch>", "<a:srcRect l=\"50000\"/><a:stretch>");
        cut.replace("<a:xfrm>", "<a:xfrm rot=\"5400000\">")
    };
    assert_eq!(crops(&turned), [Some(Crop::Unread)]);
}

#[test]
fn pictures_of_hidden_rows_are_left_out_with_them() {
    let bytes = workbook(|sheet| {
        header(sheet);
        for row in 1..4 {
            sheet.write(row, 0, format!("瓶{row}")).unwrap();
            let photo = photo(20, 20, row as u8).set_object_movement(ObjectMovement::MoveAndSizeWithCellsAfter);
            sheet.insert_image(row, 2, &photo).unwrap();
        }
        sheet.set_row_hidden(2).unwrap();
    });
    for (hidden, expected) in [(Hidden::Skip, vec![2, 4]), (Hidden::Include, vec![2, 3, 4])] {
        let sheet = Sheet::read_with(&bytes, SheetFormat::Xlsx, &Reading { hidden, ..Reading::default() }).unwrap();
        assert_eq!(sheet.pictures.keys().map(|(row, _)| *row).collect::<Vec<_>>(), expected, "{hidden:?}");
    }
}

#[test]
fn a_drawing_that_is_named_again_and_again_is_one() {
    let mut book = Workbook::new();
    for row in [1, 2] {
        let sheet = book.add_worksheet();
        header(sheet);
        sheet.write(1, 0, "瓶").unwrap().write(2, 0, "杯").unwrap();
        sheet.insert_image(row, 2, &photo(20, 20, row as u8)).unwrap();
    }
    // The first sheet names its own drawing a thousand times, and then that of the second sheet.
    let repeated = |text: &str| {
        let start = text.find("<Relationship ").unwrap();
        let end = start + text[start..].find("/>").unwrap() + 2;
        let (own, other) = (text[start..end].repeat(1000), text[start..end].replace("drawing1.xml", "drawing2.xml"));
        format!("{}{own}{other}{}", &text[..start], &text[end..])
    };
    let bytes = with_part(&book.save_to_buffer().unwrap(), "xl/worksheets/_rels/sheet1", repeated);
    let rows: Vec<u64> = read(&bytes, SheetFormat::Xlsx).pictures.keys().map(|(row, _)| *row).collect();
    assert_eq!(rows, [2, 3], "the other drawing is among those that are read");
}
