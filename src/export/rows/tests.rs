//! Tests of sheets checked against a template.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::export::{columns::Mapping, pictures::Gallery};
use haibao_core::asset::AssetSource;
use haibao_sheet::{Limits, SheetFormat};

mod guesses;
mod habits;
mod large;
mod links;
mod units;

const LAYOUT: &str = r##"{
  "title": "t", "canvas": { "width": 400, "height": 400 },
  "params": { "type": "object", "required": ["title", "id"], "properties": {
    "title": { "type": "string", "maxLength": 6, "title": "商品标题" },
    "id": { "type": "string", "title": "商品编号" },
    "price": { "type": "integer", "minimum": 0, "title": "售价" },
    "new": { "type": "boolean", "title": "新品" },
    "kind": { "enum": ["a", "b"] },
    "tags": { "type": "array", "maxItems": 3, "items": { "type": "string", "maxLength": 2 }, "title": "标签" },
    "goods": { "type": "object", "properties": {
      "name": { "type": "string", "title": "名称" }, "sizes": { "type": "array", "items": { "type": "integer" } } } },
    "cost": { "type": "integer", "format": "money", "title": "成本" },
    "photo": { "type": "string", "format": "image", "title": "图片", "x-titles": { "en": ["Photo", "Picture"] } },
    "one": { "type": "string", "title": "双关" }, "two": { "type": "string", "title": "双关" },
    "scene": { "type": "string" }
  } },
  "code": { "page": "pages/a", "scene": { "id": "{{id}}" } },
  "layers": [
    { "type": "text", "box": [0, 0, 300, 60], "text": "{{title}}", "font_size": 20 },
    { "type": "code", "box": [0, 100, 280, 280] } ]
}"##;

fn template() -> Arc<Template> {
    let files = BTreeMap::from([("layout.json".to_owned(), Bytes::from_static(LAYOUT.as_bytes()))]);
    Arc::new(
        haibao_core::render::compile("t", files, &crate::service::fonts::embedded())
            .unwrap_or_else(|error| panic!("{:#?}", error.all_findings())),
    )
}

fn sheet(text: &str) -> Sheet {
    let format = SheetFormat::of("", text.as_bytes()).unwrap();
    Sheet::read(text.as_bytes(), format, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn checked_with(text: &str, options: &RowOptions) -> CheckedRows {
    check(&sheet(text), &template(), &crate::service::fonts::embedded(), options)
        .unwrap_or_else(|error| panic!("{:#?}", error.all_findings()))
}

fn checked(text: &str) -> CheckedRows {
    checked_with(text, &RowOptions::default())
}

/// Row number, column, value and code of each reason.
fn reasons(checked: &CheckedRows) -> Vec<(u64, &str, &str, &str)> {
    assert!(checked.bad.iter().all(|bad| !bad.reasons.is_empty()), "a failure without a reason");
    let all = checked.bad.iter().flat_map(|bad| bad.reasons.iter().map(move |reason| (bad.number, reason)));
    all.map(|(number, r)| (number, r.column.as_str(), r.value.as_str(), r.code.as_str())).collect()
}

fn params(text: &str) -> Value {
    let checked = checked(text);
    assert!(checked.bad.is_empty(), "{:#?}", checked.bad);
    Value::Object(checked.rows[0].params.clone())
}

/// Code and message of each problem with the sheet as a whole.
fn sheet_findings(text: &str, options: &RowOptions) -> Vec<(&'static str, String)> {
    let error =
        check(&sheet(text), &template(), &crate::service::fonts::embedded(), options).expect_err("an invalid sheet");
    let describe = |f: &Finding| (f.code, format!("{} {}", f.message, f.hint.clone().unwrap_or_default()));
    error.all_findings().iter().map(describe).collect()
}

#[test]
fn columns_are_found_by_name_and_by_title() {
    let expected = json!({ "title": "花瓶", "id": "007", "price": 12800, "new": true });
    for header in
        ["title,id,price,new", "Title, ID ,PRICE,New", "商品标题,商品 编号,售价,新品", "title*,商品编号,price,新 品"]
    {
        assert_eq!(params(&format!("{header}\n花瓶,007,12800,是\n")), expected, "{header}");
    }
}

#[test]
fn columns_can_set_parts_of_parameters() {
    let text = "title,id,goods.名称,goods.sizes[0],goods.sizes[1],tags[0],tags[2]\na,1,杯,3,4,,新\n";
    let expected = json!({ "title": "a", "id": "1", "goods": { "name": "杯", "sizes": [3, 4] }, "tags": ["新"] });
    assert_eq!(params(text), expected, "an empty element leaves no gap");
    assert_eq!(params("title,id,tags\na,1,红、新\n")["tags"], json!(["红", "新"]));
    let jsonl = "{\"title\": \"a\", \"id\": \"1\", \"goods\": {\"name\": \"b\"}, \"tags\": [\"x\"], \"price\": null}\n";
    assert_eq!(params(jsonl), json!({ "title": "a", "id": "1", "goods": { "name": "b" }, "tags": ["x"] }));
}

#[test]
fn an_empty_cell_is_an_absent_parameter() {
    assert_eq!(params("title,id,price,kind,scene\na,1,, ,\n"), json!({ "title": "a", "id": "1" }));
}

#[test]
fn failures_name_every_invalid_cell() {
    let text = "商品标题,id,price,tags,goods.sizes[1],goods.sizes[2],code.scene,page\n\
                七个字的标题呀,1,,,,,,\n\
                a,,12.5,,,,,\n\
                a,1,abc,红|三个字,,,,\n\
                a,1,1,,,x,商,/a\n\
                a,1,1,,,,,\n\
                a,1\n";
    let checked = checked(text);
    let expected = [
        (2, "商品标题", "七个字的标题呀", "param_invalid"),
        (3, "price", "12.5", "param_type"),
        (3, "id", "", "param_missing"),
        (4, "price", "abc", "param_type"),
        (4, "tags", "红|三个字", "param_invalid"),
        (5, "goods.sizes[2]", "x", "param_type"),
        (5, "page", "/a", "page_slash"),
        (5, "code.scene", "商", "scene_character"),
        (7, "", "", "row_ragged"),
    ];
    let (mut found, mut expected) = (reasons(&checked), expected.to_vec());
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{:#?}", checked.bad);
    assert_eq!(checked.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [6]);
    assert_eq!(checked.bad[0].cells[0], "七个字的标题呀");
}

#[test]
fn scene_error_is_attributed_to_the_column_of_its_parameter() {
    let long = "x".repeat(5000);
    let checked = checked(&format!("title,商品编号\na,{long}\n"));
    let found = reasons(&checked);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].3.starts_with("scene_"), "{found:?}");
}

#[test]
fn code_columns_yield_to_parameters_of_the_same_name() {
    let text = "title,id,scene,code.scene,page,env_version,is_hyaline\na,1,of the parameter,u=1,pages/b,trial,是\n";
    let checked = checked(text);
    let row = &checked.rows[0];
    assert_eq!(row.params["scene"], "of the parameter");
    assert_eq!(row.code.scene, Some(SceneRequest::Text("u=1".into())));
    assert_eq!((row.code.page.as_deref(), row.code.is_hyaline), (Some("pages/b"), Some(true)));
    let code = CodeFields { page: Some("pages/c".into()), ..CodeFields::default() };
    let options = RowOptions { code, ..RowOptions::default() };
    let checked = checked_with("title,id,scene.u,scene.v\na,1,7,\na,1,7,\na,1,8,9\n", &options);
    let scenes: Vec<_> = checked.rows.iter().map(|row| row.code.scene.clone().unwrap()).collect();
    let map = |value: Value| SceneRequest::Map(value.as_object().unwrap().clone());
    assert_eq!(scenes, [map(json!({"u": "7"})), map(json!({"u": "7"})), map(json!({"u": "8", "v": "9"}))]);
    assert_eq!(checked.codes.len(), 2, "duplicate codes are counted once");
    assert_eq!(checked.rows[0].code.page.as_deref(), Some("pages/c"));
}

#[test]
fn problems_of_all_rows_are_reported_once() {
    let none = RowOptions::default();
    let found = sheet_findings("titel,id,color\na,1,red\n", &none);
    assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), ["column_like"], "{found:?}");
    assert!(found[0].1.contains("\"titel\" the parameter 商品标题 (`title`)?"), "{found:?}");
    let strict = RowOptions { mapping: Mapping { is_strict: true, ..Mapping::default() }, ..RowOptions::default() };
    let found = sheet_findings("title,id,color\na,1,red\n", &strict);
    assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), ["column_unknown"], "{found:?}");
    let found = sheet_findings("title\na\n", &none);
    assert!(found[0].0 == "column_missing" && found[0].1.contains("商品编号 (`id`)"), "{found:?}");
    let twice = sheet_findings("title,商品标题,id\na,b,1\n", &none).swap_remove(0);
    assert_eq!(twice.0, "column_twice");
    assert!(twice.1.ends_with("map the right one to title, or remove the other"), "{twice:?}");
    assert_eq!(sheet_findings("title,id,tags,tags[0]\na,b,c,d\n", &none)[0].0, "column_twice");
    assert_eq!(sheet_findings("title,id,双关\na,1,x\n", &none)[0].0, "column_ambiguous");
    let pattern = RowOptions { file_name: Some("{{nick}}".into()), ..none };
    assert_eq!(sheet_findings("title,id\na,1\n", &pattern)[0].0, "name_unknown");
    let each = RowOptions { file_name: Some("{{#each tags}}{{this}}{{/each}}".into()), ..RowOptions::default() };
    assert_eq!(sheet_findings("title,id\na,1\n", &each)[0].0, "file_name_invalid");
}

#[test]
fn the_hint_of_a_question_can_be_typed() {
    let fonts = crate::service::fonts::embedded();
    let error = check(&sheet("\"商品\n名称\",id\na,1\n"), &template(), &fonts, &RowOptions::default());
    let error = error.expect_err("a question");
    let hint = error.all_findings()[0].hint.clone().unwrap_or_default();
    assert!(hint.contains("map \"商品 名称\" to title"), "{hint}");
    let pairs = vec![("商品 名称".to_owned(), "title".to_owned())];
    let options = RowOptions { mapping: Mapping { pairs, ..Mapping::default() }, ..RowOptions::default() };
    assert_eq!(checked_with("\"商品\n名称\",id\na,1\n", &options).rows[0].params["title"], "a");
}

#[test]
fn columns_can_be_mapped_or_ignored() {
    let map = |pairs: &[(&str, &str)]| RowOptions {
        mapping: Mapping {
            pairs: pairs.iter().map(|(name, column)| ((*name).to_owned(), (*column).to_owned())).collect(),
            ..Mapping::default()
        },
        ..RowOptions::default()
    };
    let text = "Name,_note,#,编码,_reason,title\n花瓶,x,y,7,z,w\n";
    let checked = checked_with(text, &map(&[("title", "name"), ("id", "编码")]));
    assert_eq!(Value::Object(checked.rows[0].params.clone()), json!({ "title": "花瓶", "id": "7" }));
    let found = sheet_findings("title,id\na,1\n", &map(&[("title", "titel"), ("nothing", "id")]));
    assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), ["map_unknown", "map_unknown"], "{found:?}");
}

/// Code and message of each notice.
fn notices(text: &str, options: &RowOptions) -> Vec<(&'static str, String)> {
    let checked = checked_with(text, options);
    checked.notices.iter().map(|notice| (notice.code, notice.message.clone())).collect()
}

#[test]
fn unknown_columns_are_ignored_with_a_notice() {
    let text = "序号,title,id,备注,价格\n1,花瓶,7,x,5\n";
    let expected = [
        ("column_like", "is the column \"价格\" the parameter 售价 (`price`)?"),
        ("columns_ignored", "columns without a parameter are ignored: \"序号\", \"备注\""),
    ];
    let expected = expected.map(|(code, message)| (code, message.to_owned()));
    assert_eq!(notices(text, &RowOptions::default()), expected);
    assert_eq!(params(text), json!({ "title": "花瓶", "id": "7" }));
}

#[test]
fn kept_columns_need_no_mapping() {
    let kept = BTreeMap::from([("品名".to_owned(), "title".to_owned()), ("旧列".to_owned(), "gone".to_owned())]);
    let options = RowOptions { mapping: Mapping { kept, ..Mapping::default() }, ..RowOptions::default() };
    let checked = checked_with("品名,id,旧列\n花瓶,7,x\n", &options);
    assert_eq!(Value::Object(checked.rows[0].params.clone()), json!({ "title": "花瓶", "id": "7" }));
    assert_eq!(checked.notices[0].code, "column_mapped");
    let own = checked_with("品名,标题,title,id\nx,y,花瓶,7\n", &options);
    assert_eq!(own.rows[0].params["title"], "花瓶", "a name goes before what was mapped once");
    let told: Vec<_> = own.notices.iter().map(|notice| (notice.code, notice.message.as_str())).collect();
    let ignored = "the column \"品名\" does not set `商品标题` as in an earlier sheet, because the column \"title\" has this name";
    assert!(told.contains(&("columns_ignored", ignored)), "{told:?}");
    let pairs = vec![("品名".to_owned(), "title".to_owned())];
    let options = RowOptions { mapping: Mapping { pairs, ..Mapping::default() }, ..RowOptions::default() };
    let given = checked_with("品名,title,id\nx,花瓶,7\n", &options);
    assert_eq!(given.rows[0].params["title"], "x", "what is mapped for this sheet goes before names");
    let told: Vec<_> = given.notices.iter().map(|notice| (notice.code, notice.message.as_str())).collect();
    let displaced = "the column \"title\" is ignored, because another column sets `商品标题`";
    assert!(told.contains(&("columns_ignored", displaced)), "{told:?}");
    // A column with a name of the template keeps what it was mapped to.
    let kept = BTreeMap::from([("商品标题".to_owned(), "id".to_owned()), ("商品编号".to_owned(), "title".to_owned())]);
    let options = RowOptions { mapping: Mapping { kept, ..Mapping::default() }, ..RowOptions::default() };
    let swapped = checked_with("商品标题,商品编号\n7,花瓶\n", &options);
    assert_eq!(Value::Object(swapped.rows[0].params.clone()), json!({ "title": "花瓶", "id": "7" }));
}

#[test]
fn amounts_are_yuan_unless_the_header_says_fen() {
    for (header, cell, fen) in [
        ("成本", "128", 12800),
        ("成本", "¥12.50", 1250),
        ("cost", "1,280.00", 128_000),
        ("成本（元）", "89.9元", 8990),
        ("成本(分)", "1280", 1280),
        ("成本（单位：分）", "1280", 1280),
        ("cost/分", "¥12.80", 1280),
    ] {
        let text = format!("title,id,{header}\na,1,\"{cell}\"\n");
        assert_eq!(params(&text)["cost"], json!(fen), "{header} {cell}");
        let found = notices(&text, &RowOptions::default());
        assert!(found.iter().any(|(code, text)| *code == "money_read" && text.contains(cell)), "{found:?}");
    }
    let checked = checked("title,id,成本(分)\na,1,12.5\n");
    assert_eq!(reasons(&checked), [(2, "成本(分)", "12.5", "param_type")]);
    assert!(checked.bad[0].reasons[0].message.contains("write 12 (¥0.12) or 13 (¥0.13)"), "{:?}", checked.bad);
    let found = notices("title,id,cost\na,1,128\n", &RowOptions::default());
    assert_eq!(found, [("money_read", "amounts in \"cost\" are yuan: 128 is taken as ¥128.00".to_owned())]);
}

#[test]
fn amounts_in_ten_thousands_are_read_and_told() {
    for text in ["title,id,cost（万元）\na,1,129.8\n", "title,id,成本万元\na,1,129.8\n", "title,id,cost\na,1,129.8万\n"]
    {
        assert_eq!(params(text)["cost"], 129_800_000, "{text}");
    }
    let told = |text: &str| notices(text, &RowOptions::default());
    let unit = "amounts in \"cost（万元）\" are 万元 (10,000 yuan): 129.8 is taken as ¥1298000.00";
    assert_eq!(told("title,id,cost（万元）\na,1,129.8\n"), [("money_read", unit.to_owned())]);
    let plain = "amounts in \"cost\" are yuan: 5 is taken as ¥5.00";
    let scaled = "amounts in \"cost\" with 万 or 亿 are taken in full: 2, such as 1.2万 as ¥12000.00";
    assert_eq!(
        told("title,id,cost\na,1,1.2万\nb,2,5\nc,3,3亿\n"),
        [("money_read", plain.to_owned()), ("money_read", scaled.to_owned())]
    );
}

#[test]
fn mapped_columns_can_be_ignored() {
    let pairs = vec![("编号".to_owned(), "id".to_owned()), ("cost".to_owned(), String::new())];
    let options = RowOptions { mapping: Mapping { pairs, ..Mapping::default() }, ..RowOptions::default() };
    let checked = checked_with("title,编号,cost\na,1,5\n", &options);
    assert_eq!(Value::Object(checked.rows[0].params.clone()), json!({ "title": "a", "id": "1" }));
}

#[test]
fn amounts_in_json_are_fen_or_have_a_unit() {
    let line = |cost: &str| format!("{{\"title\": \"a\", \"id\": \"1\", \"cost\": {cost}}}\n");
    assert_eq!(params(&line("1280"))["cost"], 1280);
    let checked = checked(&(line("\"¥12.80\"") + &line("\"1280\"") + &line("12.8")));
    assert_eq!(checked.rows.len(), 1);
    assert_eq!(reasons(&checked), [(2, "cost", "1280", "param_type"), (3, "cost", "12.8", "param_type")]);
}

#[test]
fn names_of_pictures_lead_to_their_sources() {
    let source = format!("asset:{}", "a".repeat(64));
    let files = HashMap::from([
        ("花瓶".to_owned(), Ok(source.clone())),
        ("杯子.jpg".to_owned(), Err(crate::words::picture_none())),
    ]);
    let cells = BTreeMap::from([((4, 2), Ok(source.clone()))]);
    let options = RowOptions { pictures: Arc::new(Gallery { has_files: true, files, cells }), ..RowOptions::default() };
    let checked = checked_with("title,id,picture\na,1,花瓶\nb,2,杯子.jpg\nc,3,[图片]\nd,4,\n", &options);
    let photos: Vec<_> = checked.rows.iter().map(|row| row.params.get("photo").and_then(Value::as_str)).collect();
    assert_eq!(photos, [Some(source.as_str()), Some(source.as_str()), None]);
    assert_eq!(reasons(&checked), [(3, "picture", "杯子.jpg", "picture_missing")]);
    assert_eq!(checked.rows[1].cells[2], source, "the retry names the picture");
}

#[test]
fn placeholders_are_no_optional_numbers_and_pictures() {
    let files = HashMap::from([
        ("无".to_owned(), Err(crate::words::picture_none())),
        ("暂无".to_owned(), Ok(format!("asset:{}", "a".repeat(64)))),
    ]);
    let pictures = Arc::new(Gallery { has_files: true, files, cells: BTreeMap::new() });
    let options = RowOptions { pictures, ..RowOptions::default() };
    let text = "title,id,成本,price,图片,tags\n-,1,--,/,无,a\nb,—,N/A,暂无,暂无,-\n";
    let checked = checked_with(text, &options);
    assert_eq!(reasons(&checked), []);
    let params: Vec<_> = checked.rows.iter().map(|row| Value::Object(row.params.clone())).collect();
    let file = format!("asset:{}", "a".repeat(64));
    assert_eq!(params[0], json!({ "title": "-", "id": "1", "tags": ["a"] }));
    assert_eq!(params[1], json!({ "title": "b", "id": "—", "photo": file, "tags": ["-"] }), "a file of that name");
    let told: Vec<_> = checked.notices.iter().filter(|notice| notice.code == "cells_placeholder").collect();
    assert_eq!(told.len(), 1, "{:?}", checked.notices);
    assert!(told[0].message.contains("such as \"--\""), "{told:?}");
    let required = LAYOUT.replace("[\"title\", \"id\"]", "[\"title\", \"id\", \"cost\"]");
    let files = BTreeMap::from([("layout.json".to_owned(), Bytes::from(required))]);
    let fonts = crate::service::fonts::embedded();
    let template = Arc::new(haibao_core::render::compile("t", files, &fonts).expect("a template"));
    let checked = check(&sheet("title,id,成本\na,1,--\n"), &template, &fonts, &RowOptions::default()).expect("checked");
    assert_eq!(reasons(&checked), [(2, "成本", "--", "param_type")], "a required amount");
}

#[test]
fn sources_of_pictures_are_checked_without_fetching_them() {
    let photo = LAYOUT.replace(
        "{ \"type\": \"code\"",
        "{ \"type\": \"image\", \"box\": [0, 0, 10, 10], \"when\": \"{{photo}}\", \"src\": \"{{photo}}\" }, { \"type\": \"code\"",
    );
    let files = BTreeMap::from([("layout.json".to_owned(), Bytes::from(photo))]);
    let fonts = crate::service::fonts::embedded();
    let template = Arc::new(haibao_core::render::compile("t", files, &fonts).expect("a template"));
    let refuse = |source: &AssetSource| match source {
        AssetSource::Url(_) => Err(Error::new(ErrorKind::Invalid, "asset_refused", Message::verbatim("refused"))),
        _ => Ok(()),
    };
    let options = RowOptions { sources: Some(SourceCheck(Arc::new(refuse))), ..RowOptions::default() };
    let sheet = sheet("title,id,photo\na,1,http://10.0.0.1/x.png\nb,2,\n");
    let checked = check(&sheet, &template, &fonts, &options).expect("checked");
    assert_eq!(reasons(&checked), [(2, "photo", "http://10.0.0.1/x.png", "asset_refused")]);
}

#[test]
fn file_name_comes_from_cell_pattern_or_row_number() {
    let files = |text: &str, pattern: Option<&str>| {
        let options = RowOptions { file_name: pattern.map(str::to_owned), ..RowOptions::default() };
        checked_with(text, &options).rows.into_iter().map(|row| row.file).collect::<Vec<_>>()
    };
    let rows = "title,id\na/b,1\nA/B,2\nc,3\nd,4\ne,5\nf,6\ng,7\nh,8\ni,9\n";
    assert_eq!(files(rows, None)[..2], ["02.png", "03.png"]);
    assert_eq!(files(rows, Some("{{title}}.png"))[..3], ["a_b.png", "A_B (2).png", "c.png"]);
    assert_eq!(files(rows, Some("{{row}}-{{id}}{{price}}"))[..2], ["02-1.png", "03-2.png"]);
    let own = "title,id,file_name\na,1,x.png\na,2,\n";
    assert_eq!(files(own, Some("{{id}}")), ["x.png", "2.png"]);
}

#[test]
fn parallel_checks_keep_row_order() {
    // More than are checked in parallel.
    let count = WINDOW + 500;
    let text: String = (0..count).map(|i| format!("a,{i}\n")).collect();
    let checked = checked(&format!("title,id\n{text}"));
    let numbers: Vec<u64> = checked.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (2..2 + count as u64).collect::<Vec<u64>>());
    assert_eq!(checked.codes.len(), count);
}
