//! Tests of the checks, the dry run, the contact sheet and the blank sheet.

use super::{Fixture, members, sheet, table};
use crate::support::payload;

#[test]
fn sheet_without_rows_is_rejected_and_leaves_no_files() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", "nick,id\n");
    let stderr = fixture.fails(&["--rows", "rows.csv", "-o", "out.zip"]);
    assert!(stderr.contains("rows.csv") && stderr.contains("hint:"), "{stderr}");
    assert!(!fixture.path().join("out.zip").exists() && !fixture.path().join("out.zip.part").exists());
}

#[test]
fn invalid_rows_are_reported_and_listed_in_an_exportable_file() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", "nick,id,points,_note\n小满,1,5,\"a, \"\"b\"\"\"\n立秋,商品,6,c\n,3,x,d\n白露,4,,\n");
    let stderr = fixture.fails(&["--rows", "rows.csv", "-o", "out.zip", "--name", "{{nick}}"]);
    assert!(stderr.contains("row 3: id \"商品\":") && stderr.contains("row 4: points \"x\":"), "{stderr}");
    assert!(stderr.contains("2 of 4 rows have no poster") && stderr.contains("out.failures.xlsx"), "{stderr}");
    let inside = members(&fixture.read("out.zip"));
    let names: Vec<&str> = inside.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["小满.png", "白露.png", "manifest.csv", "failures.csv", "failures.xlsx"]);
    let list = fixture.read("out.failures.csv");
    assert_eq!(inside[3].1, list);
    let failures = table(&list);
    assert_eq!(
        (failures[0]["_row"].as_str(), failures[0]["id"].as_str(), failures[1]["_note"].as_str()),
        ("3", "商品", "d")
    );
    assert!(failures[1]["_reason"].contains("points:") && failures[1]["_reason"].contains("nick:"), "{failures:?}");

    // The corrected list can be exported unchanged.
    let repaired = String::from_utf8(list).expect("UTF-8").replace("商品", "2").replace(",3,x,", "处暑,3,7,");
    fixture.write("again.csv", &repaired);
    assert_eq!(fixture.done(&["--rows", "again.csv", "-o", "again.zip"]), "2 of 2 posters in again.zip\n");
}

#[test]
fn strict_rejects_the_sheet_and_dry_run_renders_nothing() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", &(sheet(3) + "夏至,商,1\n"));
    let stderr = fixture.fails(&["--rows", "rows.csv", "-o", "out.zip", "--strict"]);
    assert!(stderr.contains("1 of 4 rows are invalid") && stderr.contains("out.failures.xlsx"), "{stderr}");
    assert!(!fixture.path().join("out.zip").exists() && !fixture.path().join("out.zip.part").exists());
    assert_eq!(table(&fixture.read("out.failures.csv")).len(), 1);
    assert_eq!(fixture.wechat.counters().code_calls, 0);

    fixture.write("good.csv", &sheet(70));
    let dry = fixture.run(&["--rows", "good.csv", "--dry-run"]);
    assert_eq!(String::from_utf8_lossy(&dry.stdout), "70 rows can be drawn\n");
    let stderr = String::from_utf8_lossy(&dry.stderr);
    assert!(stderr.contains("70 new codes from WeChat"), "{stderr}");
    assert_eq!(fixture.wechat.counters().token_calls, 0, "nothing is requested from WeChat");
    fixture.done(&["--rows", "good.csv", "-o", "out.zip"]);
    let again = fixture.run(&["--rows", "good.csv", "--dry-run"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("all codes are cached"), "{again:?}");
}

#[test]
fn contact_sheet_shows_risky_rows() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", &(sheet(30) + "一二三四五六七八九十一二三四五六七八九十,999,1\n"));
    fixture.done(&["--rows", "rows.csv", "--dry-run", "--sheet", "sheet.png"]);
    let picture = image::load_from_memory(&fixture.read("sheet.png")).expect("a picture");
    assert!(picture.width() > 1000 && picture.height() > 800, "{} x {}", picture.width(), picture.height());
}

#[test]
fn blank_sheet_can_be_exported() {
    let fixture = Fixture::new();
    fixture.done(&["--blank", "blank.xlsx"]);
    let stdout = fixture.done(&["--rows", "blank.xlsx", "-o", "out.zip"]);
    assert_eq!(stdout, "1 of 1 poster in out.zip\n", "the sample row");
}

#[test]
fn columns_and_code_options_can_be_set_by_flags() {
    let fixture = Fixture::new();
    fixture.write("rows.csv", "who,number\n小满,5\n");
    let (map, page) = (["--map", "nick=who", "--map", "id=number"], ["--page", "pages/b", "--env-version", "trial"]);
    fixture.done(&[&["--rows", "rows.csv", "-o", "out.zip"], &map[..], &page].concat());
    let pages: Vec<_> = fixture.wechat.log().into_iter().filter_map(|call| call.page).collect();
    assert_eq!(pages, ["pages/b"]);
    assert_eq!(payload(&members(&fixture.read("out.zip"))[0].1).scene, "id=5");
}

/// A sheet as a marketer has it: a title, spare columns, names of photos.
const MARKETING: &str =
    "活动名单,,,,\n\n序号,昵 称,编号,头像(图片),备注\n1,小满,7,小满,老客户\n2,立秋,8,LIQIU.PNG,\n3,白露,9,没有,\n";

#[test]
fn sheet_with_a_title_spare_columns_and_photos_is_exported_as_it_is() {
    let fixture = Fixture::new();
    let png = |red| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = image::RgbImage::from_pixel(64, 64, image::Rgb([red, 40, 40]));
        picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
        bytes.into_inner()
    };
    std::fs::create_dir_all(fixture.path().join("photos/a")).expect("a folder");
    std::fs::write(fixture.path().join("photos/a/小满.PNG"), png(200)).expect("a file");
    std::fs::write(fixture.path().join("photos/liqiu.png"), png(100)).expect("a file");
    fixture.write("rows.csv", MARKETING);
    let map = ["--map", "编号=id", "--map", "头像(图片)=photo", "--map", "昵 称=nick"];
    let stderr = fixture.fails(
        &[&["--rows", "rows.csv", "-o", "out.zip", "--pictures", "photos", "--name", "{{nick}}"], &map[..]].concat(),
    );
    for said in [
        "row 3 has the names of the columns",
        "\"序号\", \"备注\"",
        "row 6: 头像(图片) \"没有\": no picture has this name",
    ] {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    let inside = members(&fixture.read("out.zip"));
    let names: Vec<&str> = inside.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["小满.png", "立秋.png", "manifest.csv", "failures.csv", "failures.xlsx"]);

    // The next sheet needs no mapping, and its pictures may be in an archive.
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["x/小满.png", "立秋.png", "没有.png"] {
        archive
            .start_file(
                name,
                zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored),
            )
            .expect("a member");
        std::io::Write::write_all(&mut archive, &png(10)).expect("a member");
    }
    std::fs::write(fixture.path().join("photos.zip"), archive.finish().expect("an archive").into_inner())
        .expect("a file");
    fixture.write("next.csv", &MARKETING.replace("LIQIU.PNG", "立秋"));
    let stdout = fixture.done(&["--rows", "next.csv", "-o", "next.zip", "--pictures", "photos.zip"]);
    assert_eq!(stdout, "3 of 3 posters in next.zip\n");
    let stderr = fixture.fails(&["--rows", "next.csv", "--dry-run", "--strict-columns"]);
    assert!(stderr.contains("column_unknown"), "{stderr}");
}
