//! What is checked, told and shown before the work.

use super::{Place, members, sheet, table};
use crate::support::payload;

#[test]
fn a_sheet_without_rows_is_refused_and_leaves_nothing() {
    let place = Place::new();
    place.write("rows.csv", "nick,id\n");
    let said = place.fails(&["--rows", "rows.csv", "-o", "out.zip"]);
    assert!(said.contains("rows.csv") && said.contains("hint:"), "{said}");
    assert!(!place.path().join("out.zip").exists() && !place.path().join("out.zip.part").exists());
}

#[test]
fn bad_rows_are_named_and_listed_and_the_list_is_a_sheet_again() {
    let place = Place::new();
    place.write("rows.csv", "nick,id,points,_note\n小满,1,5,\"a, \"\"b\"\"\"\n立秋,商品,6,c\n,3,x,d\n白露,4,,\n");
    let said = place.fails(&["--rows", "rows.csv", "-o", "out.zip", "--name", "{{nick}}"]);
    assert!(said.contains("row 3: id \"商品\":") && said.contains("row 4: points \"x\":"), "{said}");
    assert!(said.contains("2 of 4 rows have no poster") && said.contains("out.failures.csv"), "{said}");
    let inside = members(&place.read("out.zip"));
    let names: Vec<&str> = inside.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["小满.png", "白露.png", "manifest.csv", "failures.csv"]);
    let list = place.read("out.failures.csv");
    assert_eq!(inside[3].1, list);
    let failures = table(&list);
    assert_eq!(
        (failures[0]["_row"].as_str(), failures[0]["id"].as_str(), failures[1]["_note"].as_str()),
        ("3", "商品", "d")
    );
    assert!(failures[1]["_reason"].contains("points:") && failures[1]["_reason"].contains("nick:"), "{failures:?}");

    // Repaired, it is exported as it is.
    let repaired = String::from_utf8(list).expect("UTF-8").replace("商品", "2").replace(",3,x,", "处暑,3,7,");
    place.write("again.csv", &repaired);
    assert_eq!(place.done(&["--rows", "again.csv", "-o", "again.zip"]), "2 of 2 posters in again.zip\n");
}

#[test]
fn strict_refuses_all_and_a_dry_run_draws_nothing() {
    let place = Place::new();
    place.write("rows.csv", &(sheet(3) + "夏至,商,1\n"));
    let said = place.fails(&["--rows", "rows.csv", "-o", "out.zip", "--strict"]);
    assert!(said.contains("1 of 4 rows are invalid") && said.contains("out.failures.csv"), "{said}");
    assert!(!place.path().join("out.zip").exists() && !place.path().join("out.zip.part").exists());
    assert_eq!(table(&place.read("out.failures.csv")).len(), 1);
    assert_eq!(place.wechat.counters().code_calls, 0);

    place.write("good.csv", &sheet(70));
    let dry = place.run(&["--rows", "good.csv", "--dry-run"]);
    assert_eq!(String::from_utf8_lossy(&dry.stdout), "70 rows can be drawn\n");
    let said = String::from_utf8_lossy(&dry.stderr);
    assert!(said.contains("70 new codes from WeChat"), "{said}");
    assert_eq!(place.wechat.counters().token_calls, 0, "nothing is asked for");
    place.done(&["--rows", "good.csv", "-o", "out.zip"]);
    let again = place.run(&["--rows", "good.csv", "--dry-run"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("all codes are cached"), "{again:?}");
}

#[test]
fn the_rows_that_may_look_bad_are_shown() {
    let place = Place::new();
    place.write("rows.csv", &(sheet(30) + "一二三四五六七八九十一二三四五六七八九十,999,1\n"));
    place.done(&["--rows", "rows.csv", "--dry-run", "--sheet", "sheet.png"]);
    let picture = image::load_from_memory(&place.read("sheet.png")).expect("a picture");
    assert!(picture.width() > 1000 && picture.height() > 800, "{} x {}", picture.width(), picture.height());
}

#[test]
fn a_blank_sheet_can_be_filled_and_exported() {
    let place = Place::new();
    place.done(&["--blank", "blank.xlsx"]);
    let said = place.done(&["--rows", "blank.xlsx", "-o", "out.zip"]);
    assert_eq!(said, "1 of 1 posters in out.zip\n", "its sample row");
}

#[test]
fn columns_and_codes_can_be_named_on_the_command_line() {
    let place = Place::new();
    place.write("rows.csv", "who,number\n小满,5\n");
    let (map, page) = (["--map", "nick=who", "--map", "id=number"], ["--page", "pages/b", "--env-version", "trial"]);
    place.done(&[&["--rows", "rows.csv", "-o", "out.zip"], &map[..], &page].concat());
    let pages: Vec<_> = place.wechat.log().into_iter().filter_map(|call| call.page).collect();
    assert_eq!(pages, ["pages/b"]);
    assert_eq!(payload(&members(&place.read("out.zip"))[0].1).scene, "id=5");
}
