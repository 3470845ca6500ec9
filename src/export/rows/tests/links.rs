//! Cells of pictures that show a text and link to the picture.

use rust_xlsxwriter::{Formula, Workbook};

use super::*;

#[test]
fn pictures_are_taken_from_the_links_of_cells() {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    for (column, name) in ["title", "id", "图片"].into_iter().enumerate() {
        page.write_string(0, column as u16, name).unwrap();
    }
    for row in 1..8 {
        page.write_string(row, 0, format!("瓶{row}")).unwrap();
        page.write_string(row, 1, format!("A{row}")).unwrap();
    }
    page.write_url_with_text(1, 0, "https://a.cn/title", "瓶一").unwrap();
    page.write_url_with_text(1, 2, "https://a.cn/1.jpg", "查看图片").unwrap();
    let formula = Formula::new("=HYPERLINK(\"https://a.cn/2.jpg\",\"查看图片\")").set_result("查看图片");
    page.write_formula(2, 2, formula).unwrap();
    page.write_url_with_text(3, 2, "https://b.cn/other", "https://a.cn/3.jpg").unwrap();
    page.write_url_with_text(4, 2, "https://a.cn/4.jpg", "无").unwrap();
    page.write_url_with_text(5, 2, "mailto:a@b.cn", "茶壶").unwrap();
    page.write_url_with_text(6, 2, "https://a.cn/6.jpg", "花瓶").unwrap();
    page.write_url_with_text(7, 2, "https://a.cn/7.jpg", "[图片]").unwrap();
    let sheet = Sheet::read(&book.save_to_buffer().unwrap(), SheetFormat::Xlsx, &Limits::default()).expect("a sheet");

    let uploaded = |digit: &str| format!("asset:{}", digit.repeat(64));
    let files = HashMap::from([
        ("查看图片".to_owned(), Err(words::picture_none())),
        ("茶壶".to_owned(), Err(words::picture_none())),
        ("花瓶".to_owned(), Ok(uploaded("a"))),
    ]);
    let cells = BTreeMap::from([((8, 2), Ok(uploaded("b")))]);
    let options = RowOptions { pictures: Arc::new(Gallery { has_files: true, files, cells }), ..RowOptions::default() };
    let checked = check(&sheet, &template(), &crate::service::fonts::embedded(), &options).expect("it is checked");

    assert_eq!(reasons(&checked), [(6, "图片", "茶壶", "picture_missing")]);
    let photos: Vec<_> = checked.rows.iter().map(|row| row.params.get("photo").and_then(Value::as_str)).collect();
    let (file, above) = (uploaded("a"), uploaded("b"));
    let expected = [
        Some("https://a.cn/1.jpg"),
        Some("https://a.cn/2.jpg"),
        Some("https://a.cn/3.jpg"),
        None,
        Some(file.as_str()),
        Some(above.as_str()),
    ];
    assert_eq!(photos, expected, "texts that are sources, placeholders, names of files and pictures go before links");
    assert_eq!(checked.rows[0].params["title"], "瓶一", "a text with a link stays the text");
    assert_eq!(checked.rows[0].cells[2], "https://a.cn/1.jpg", "the list of failures names the picture");
    let told: Vec<_> = checked.notices.iter().filter(|notice| notice.code == words::cells_linked::CODE).collect();
    let said = "cells in \"图片\" show a text, and the address that they link to is used as the picture: 2, such as \"查看图片\" with \"https://a.cn/1.jpg\"";
    assert_eq!(told.iter().map(|notice| notice.message.as_str()).collect::<Vec<_>>(), [said]);
}

#[test]
fn pictures_of_wps_that_other_programs_lost_are_told() {
    let text = "title,id,图片\na,1,\"=DISPIMG(\"\"ID_1\"\",1)\"\n";
    let files = HashMap::from([("=DISPIMG(\"ID_1\",1)".to_owned(), Err(words::picture_none()))]);
    for (has_files, files) in [(true, files), (false, HashMap::new())] {
        let gallery = Gallery { has_files, files, ..Gallery::default() };
        let options = RowOptions { pictures: Arc::new(gallery), ..RowOptions::default() };
        let checked = checked_with(text, &options);
        let said: Vec<&str> = checked.bad[0].reasons.iter().map(|reason| reason.message.as_str()).collect();
        let is_told = |said: &&str| said.contains("the picture of this cell is not in this file");
        assert!(said.len() == 1 && said.iter().all(is_told), "a formula is no name of a file: {said:?}");
    }
}

#[test]
fn links_of_pictures_are_sources_like_others() {
    let text = "title,id,图片\n一,1,\"=HYPERLINK(\"\"https://a.cn/1.jpg\"\",\"\"看\"\")\"\n";
    let checked = checked(text);
    assert_eq!(checked.rows[0].params["photo"], "https://a.cn/1.jpg");
    let none = super::checked("title,id,图片\n一,1,查看图片\n");
    assert_eq!(reasons(&none), [(2, "图片", "查看图片", "picture_missing")], "a text without a link is no source");
}

#[test]
fn lists_of_pictures_take_links_and_pictures_of_cells() {
    let photos = "\"photos\": { \"type\": \"array\", \"items\": { \"type\": \"string\", \"format\": \"image\" }, \"title\": \"图集\" }, \"photo\":";
    let layout = LAYOUT.replace("\"photo\":", photos);
    let files = BTreeMap::from([("layout.json".to_owned(), Bytes::from(layout))]);
    let template = haibao_core::render::compile("t", files, &crate::service::fonts::embedded());
    let template = Arc::new(template.unwrap_or_else(|error| panic!("{:#?}", error.all_findings())));
    let link = |to: &str, text: &str| format!("\"=HYPERLINK(\"\"https://a.cn/{to}\"\",\"\"{text}\"\")\"");
    let rows = [
        "title,id,图集".to_owned(),
        format!("一,1,{}", link("1.jpg", "查看图片")),
        format!("二,2,{}", link("other", "https://a.cn/2.jpg、https://a.cn/3.jpg")),
        format!("三,3,{}", link("other", "花瓶、茶壶")),
        "四,4,".to_owned(),
        format!("五,5,{}", link("5.jpg", "无")),
        "六,6,https://a.cn/6.jpg".to_owned(),
    ];
    let uploaded = |digit: &str| format!("asset:{}", digit.repeat(64));
    let files = HashMap::from([
        ("查看图片".to_owned(), Err(words::picture_none())),
        ("花瓶".to_owned(), Ok(uploaded("a"))),
        ("茶壶".to_owned(), Ok(uploaded("b"))),
    ]);
    let cells = BTreeMap::from([((5, 2), Ok(uploaded("c")))]);
    let options = RowOptions { pictures: Arc::new(Gallery { has_files: true, files, cells }), ..RowOptions::default() };
    let checked = check(&sheet(&rows.join("\n")), &template, &crate::service::fonts::embedded(), &options);
    let checked = checked.expect("it is checked");

    assert!(checked.bad.is_empty(), "{:#?}", checked.bad);
    let photos: Vec<_> = checked.rows.iter().map(|row| row.params.get("photos").cloned().unwrap_or_default()).collect();
    let expected = [
        json!(["https://a.cn/1.jpg"]),
        json!(["https://a.cn/2.jpg", "https://a.cn/3.jpg"]),
        json!([uploaded("a"), uploaded("b")]),
        json!([uploaded("c")]),
        Value::Null,
        json!(["https://a.cn/6.jpg"]),
    ];
    assert_eq!(photos, expected, "a picture of a cell is a list of one; texts with sources go before links");
    let told = checked.notices.iter().filter(|notice| notice.code == words::cells_linked::CODE).count();
    assert_eq!(told, 1, "{:#?}", checked.notices);
}
