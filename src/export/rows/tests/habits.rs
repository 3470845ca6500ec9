//! Sheets as people write them, for the built-in templates: other names of columns, units, words, marks, hidden and spoiled values.

use rust_xlsxwriter::{Format, Workbook};

use super::*;
use crate::{
    export::outline::{Aims, ColumnNames},
    language::Language,
    service::Catalog,
};
use haibao_sheet::{CellPicture, Reading};

fn built_in(name: &str) -> Arc<Template> {
    Catalog::of_built_in().get(name).expect("it compiles")
}

/// The checked rows of a file, read for a template as exports read it.
fn read(template: &Arc<Template>, bytes: &[u8], options: &RowOptions) -> Result<CheckedRows> {
    let names = ColumnNames::of(template, &options.mapping);
    let is_name = |text: &str| names.has(text);
    let aims = Aims::of(template, &options.mapping);
    let aim = |text: &str| aims.find(text);
    let reading = Reading { is_name: Some(&is_name), aim: Some(&aim), ..Reading::default() };
    let sheet = Sheet::read_with(bytes, SheetFormat::of("", bytes)?, &reading)?;
    check(&sheet, template, &crate::service::fonts::embedded(), options)
}

fn of(name: &str, csv: &str) -> CheckedRows {
    let read = read(&built_in(name), csv.as_bytes(), &RowOptions::default());
    read.unwrap_or_else(|error| panic!("{:#?}", error.all_findings()))
}

/// The parameters of the only row.
fn row_of(name: &str, csv: &str) -> Map<String, Value> {
    let checked = of(name, csv);
    assert_eq!((checked.bad.as_slice(), checked.rows.len()), (&[][..], 1));
    checked.rows[0].params.clone()
}

/// Message of the first reason of each bad row, with its column.
fn said(checked: &CheckedRows) -> Vec<String> {
    checked.bad.iter().map(|bad| format!("{}: {}", bad.reasons[0].column, bad.reasons[0].message)).collect()
}

fn rows(checked: &CheckedRows) -> Vec<&'static str> {
    checked.notices.iter().map(|notice| notice.row().id).collect()
}

const HOUSE: &str = "照片,房源标题,小区,租金,建筑面积,房型,联系人,房源ID";

#[test]
fn columns_may_have_the_names_that_shops_use() {
    let params = row_of("product-share", "主图,商品名称,现价,市场价,SKU\nassets/vase.jpg,花瓶,128,168,A1\n");
    let expected =
        json!({ "product": "assets/vase.jpg", "title": "花瓶", "price": 12800, "original": 16800, "goods_id": "A1" });
    assert_eq!(Value::Object(params), expected);
    let params = row_of("product-share", "Image,Product_Name,Sale price,goods id\nassets/vase.jpg,Vase,128,A1\n");
    assert_eq!(params["title"], "Vase");
    // The title goes before another name, in any order.
    for sheet in ["活动价,售价,商品图,商品标题,商品编号\n99,128", "售价,活动价,商品图,商品标题,商品编号\n128,99"]
    {
        let checked = of("product-share", &format!("{sheet},assets/vase.jpg,花瓶,A1\n"));
        assert_eq!(checked.rows[0].params["price"], 12800);
        assert!(rows(&checked).contains(&words::column_displaced::ID), "{:?}", checked.notices);
    }
    let both = read(
        &built_in("product-share"),
        "商品图,商品标题,活动价,现价,商品编号\nassets/vase.jpg,花瓶,99,128,A1\n".as_bytes(),
        &RowOptions::default(),
    );
    let error = both.expect_err("two prices");
    let twice = &error.all_findings()[0];
    assert_eq!(twice.code, "column_twice");
    assert_eq!(twice.message, "the columns \"活动价\" (C) and \"现价\" (D) both set `price`");
    let same = read(
        &built_in("product-share"),
        "商品图,商品标题,售价,售价,商品编号\nassets/vase.jpg,花瓶,99,128,A1\n".as_bytes(),
        &RowOptions::default(),
    );
    let error = same.expect_err("one name twice");
    let chinese = Language::Chinese.finding(&error.all_findings()[0]);
    assert_eq!(chinese.message, "\"售价\" 列（C）与 \"售价\" 列（D）设置同一个值");
}

#[test]
fn objects_may_name_a_parameter_in_different_ways() {
    let checked = checked("{\"title\": \"a\", \"id\": \"1\"}\n{\"商品标题\": \"b\", \"商品编号\": \"2\"}\n");
    let titles: Vec<_> = checked.rows.iter().map(|row| row.params["title"].clone()).collect();
    assert_eq!(titles, ["a", "b"], "{:?}", checked.bad);
    let both = "{\"title\": \"a\", \"id\": \"1\"}\n{\"title\": \"a\", \"商品标题\": \"b\", \"id\": \"2\"}\n";
    assert_eq!(sheet_findings(both, &RowOptions::default())[0].0, "column_twice");
}

#[test]
fn units_behind_amounts_count_where_the_template_has_a_place() {
    let sheet = |header: &str, price: &str, unit: &str| {
        let header = HOUSE.replace("租金", header);
        format!("{header},价格单位\nassets/living-room.jpg,两居,梧桐里,{price},89㎡,2室1厅,苏禾,H1,{unit}\n")
    };
    for (header, price, unit) in [
        ("租金", "6800元/月", ""),
        ("租金", "￥６，８００／月", ""),
        ("租金", "6800 元每月", ""),
        ("租金", "6800/月", "元/月"),
        ("租金（元/月）", "6800", ""),
        ("租金（元/月）", "6800", "月"),
    ] {
        let checked = of("house-listing", &sheet(header, price, unit));
        assert_eq!(said(&checked), [""; 0], "{header} {price} {unit}");
        let params = &checked.rows[0].params;
        assert_eq!((&params["price"], &params["unit"]), (&json!(680_000), &json!("/月")), "{header} {price} {unit}");
        let notices = rows(&checked);
        assert_eq!(notices.contains(&words::money_unit_sets::ID), price.contains(['/', '／', '每']), "{notices:?}");
        assert_eq!(
            notices.contains(&words::money_unit_named::ID),
            header.contains('/') && unit.is_empty(),
            "{notices:?}"
        );
    }
    let checked = of("house-listing", &sheet("总价（元/套）", "1298000", ""));
    assert!(!checked.rows[0].params.contains_key("unit"), "no period");
    for (price, unit) in [("6800元/月", "/年"), ("6800元/晚", ""), ("6800起", "")] {
        let checked = of("house-listing", &sheet("租金", price, unit));
        assert!(said(&checked)[0].starts_with("租金: "), "{:?}", said(&checked));
        assert!(checked.bad[0].reasons[0].message.contains("has more than the amount 6800"), "{:?}", checked.bad);
    }
    let tour = "风景图,线路名称,天数,第一站,第二站,第三站,价格,团期,线路编号\nassets/lake.jpg,川西,6,a,b,c,4980元/人起,10月,R1\n";
    let checked = of("travel-route", tour);
    assert_eq!(
        (&checked.rows[0].params["price"], rows(&checked).contains(&words::money_unit_drawn::ID)),
        (&json!(498_000), true)
    );
    let plain = of("product-share", "商品图,商品标题,售价,商品编号\nassets/vase.jpg,茶,12.5元/斤,A1\n");
    assert!(said(&plain)[0].contains("\"/斤\""), "{:?}", said(&plain));
}

#[test]
fn amounts_that_are_none_say_what_was_read() {
    let csv =
        "面额,使用门槛,店铺,优惠券ID\n满100减20,100,a,C1\n20,无门槛,a,C2\n面议,100,a,C3\n10-20,100,a,C4\n20,无,a,C5\n";
    let checked = of("coupon", csv);
    let said = said(&checked);
    for (said, expected) in said.iter().zip([
        "面额: \"满100减20\" has several amounts: 100, 20",
        "使用门槛: \"无门槛\" is not an amount",
        "面额: \"面议\" is not an amount",
        "面额: \"10-20\" has several amounts",
    ]) {
        assert!(said.starts_with(expected), "{said}");
    }
    assert_eq!((said.len(), checked.rows.len()), (4, 1), "无 is an empty cell");
    assert!(checked.bad.iter().all(|bad| !bad.reasons[0].message_zh.is_empty()));
}

#[test]
fn shortened_numbers_are_errors_whatever_they_are_for() {
    let csv = format!(
        "{HOUSE},手机号\nassets/living-room.jpg,两居,梧桐里,1E+06,89,2室1厅,苏禾,H1,1.38E+10\nassets/living-room.jpg,两居,梧桐里,5,89,2室1厅,苏禾,6.9E+12,\n"
    );
    let checked = of("house-listing", &csv);
    let found: Vec<_> = reasons(&checked).into_iter().map(|(row, column, _, code)| (row, column, code)).collect();
    let code = "number_shortened";
    assert_eq!(found, [(2, "租金", code), (2, "手机号", code), (3, "房源ID", code)]);
    assert!(rows(&checked).contains(&code), "{:?}", checked.notices);
}

#[test]
fn labels_words_and_marks_are_values() {
    let csv = "节日,主题,祝福语,店铺,店铺ID\n春节,春节,新春大吉,拾光,S1\n中秋节,中秋,月圆,拾光,S1\n春节,SPRING,新春,拾光,S1\n春节,圣诞,新春,拾光,S1\n";
    let checked = of("festival-greeting", csv);
    let themes: Vec<_> = checked.rows.iter().map(|row| row.params["theme"].as_str().expect("a theme")).collect();
    assert_eq!(themes, ["spring", "mid-autumn", "spring"]);
    let reason = &checked.bad[0].reasons[0];
    assert!(reason.message.contains("\"mid-autumn\" (中秋) or \"spring\" (春节)"), "{reason:?}");
    assert!(reason.message_zh.contains("\"spring\"（春节）"), "{reason:?}");
    let marks = checked_with("title,id,new\na,1,√\nb,2,×\nc,3,有\nd,4,无\ne,5,待定\n", &RowOptions::default());
    let new: Vec<_> = marks.rows.iter().map(|row| row.params["new"].as_bool().expect("a boolean")).collect();
    assert_eq!(new, [true, false, true, false]);
    assert_eq!(marks.bad[0].reasons[0].code, "param_type");
    assert!(marks.bad[0].reasons[0].message_zh.contains("√"), "{:?}", marks.bad);
}

#[test]
fn reasons_have_titles_and_no_regular_expressions() {
    let csv = "商品图,商品标题,售价,商品编号\nassets/vase.jpg,花瓶,128,商品 8801\nassets/vase.jpg,花瓶,,A1\n";
    let checked = of("product-share", csv);
    let [pattern, missing] = [0, 1].map(|at| &checked.bad[at].reasons[0]);
    assert_eq!(pattern.message, "expected 1 to 12 characters (letters, digits, _ or -), got string \"商品 8801\"");
    assert!(!pattern.message_zh.contains('^') && pattern.message_zh.contains("长度 1 至 12"), "{pattern:?}");
    assert_eq!((missing.column.as_str(), missing.message.as_str()), ("售价", "no value is given"));
    let wide = &of("product-share", &csv.replace("商品 8801", "ＡＢ８８０１")).bad[0].reasons[0];
    assert!(wide.message.ends_with("write it without full-width characters: \"AB8801\""), "{wide:?}");
    // Without a column of its own.
    let needy = r##"{ "title": "t", "canvas": { "width": 400, "height": 400 },
        "params": { "type": "object", "properties": { "goods": { "type": "object", "title": "商品", "required": ["name"],
            "properties": { "no": { "type": "string", "title": "编号" }, "name": { "type": "string", "title": "名称" } } } } },
        "layers": [ { "type": "text", "box": [0, 0, 300, 60], "text": "{{goods.name}}", "font_size": 20 } ] }"##;
    let files = BTreeMap::from([("layout.json".to_owned(), Bytes::from_static(needy.as_bytes()))]);
    let template = haibao_core::render::compile("t", files, &crate::service::fonts::embedded()).expect("a template");
    let checked = read(&Arc::new(template), "商品.编号\n7\n".as_bytes(), &RowOptions::default()).expect("rows");
    assert_eq!(said(&checked), ["商品 名称: no value is given"]);
}

#[test]
fn file_names_keep_the_format_of_the_posters() {
    let options = RowOptions { file_name: Some("{{title}}.jpg".to_owned()), ..RowOptions::default() };
    let checked = checked_with("title,id\na,1\n", &options);
    assert_eq!(checked.rows[0].file, "a.png");
    let notice =
        checked.notices.iter().find(|notice| notice.code == words::file_name_extension::CODE).expect("a notice");
    assert!(notice.message.contains(".png") && notice.message.contains(".jpg"), "{notice:?}");
    let named = checked_with("title,id,file_name\na,1,b.webp\n", &RowOptions::default());
    assert!(rows(&named).contains(&words::file_name_extension::ID), "{:?}", named.notices);
    for name in ["{{title}}.png", "{{title}}", "{{title}} v1.2"] {
        let options = RowOptions { file_name: Some(name.to_owned()), ..RowOptions::default() };
        assert!(!rows(&checked_with("title,id\na,1\n", &options)).contains(&words::file_name_extension::ID), "{name}");
    }
}

#[test]
fn hidden_values_and_dates_without_format_are_told() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in ["商品图", "商品标题", "售价", "原价", "商品编号", "昵称"].into_iter().enumerate()
    {
        sheet.write(0, column as u16, name).expect("a header");
    }
    let (zeros, nothing) = (Format::new().set_num_format("#,##0;;"), Format::new().set_num_format(";;;"));
    for (row, price) in [(1, 128.0), (2, 0.0)] {
        sheet.write(row, 0, "assets/vase.jpg").expect("a cell");
        sheet.write(row, 1, "花瓶").expect("a cell");
        sheet.write_with_format(row, 2, price, &zeros).expect("a cell");
        sheet.write_with_format(row, 3, 0.0, &zeros).expect("a cell");
        sheet.write(row, 4, "A1").expect("a cell");
        sheet.write_with_format(row, 5, "小满", &nothing).expect("a cell");
    }
    let bytes = book.save_to_buffer().expect("a workbook");
    let checked = read(&built_in("product-share"), &bytes, &RowOptions::default()).expect("rows");
    let hidden: Vec<_> =
        checked.notices.iter().filter(|notice| notice.code == words::cells_hidden_texts::CODE).collect();
    let texts: Vec<String> = hidden.iter().map(|notice| Language::Chinese.finding(notice).message).collect();
    assert_eq!(texts.len(), 2, "{:?}", checked.notices);
    assert!(texts[0].contains("F2, F3") && texts[1].contains("D2, C3, D3"), "{texts:?}");
    let params = &checked.rows[1].params;
    assert_eq!((&params["price"], params.get("nickname")), (&json!(0), None), "the value; the text as shown");

    let csv = "活动名称,活动时间,地点,活动编号\n音乐会,45231,森林,E1\n音乐会,12月19日,45231,E2\n";
    let checked = of("event-invite", csv);
    let serials: Vec<_> = checked.notices.iter().filter(|notice| notice.code == words::date_serial::CODE).collect();
    assert_eq!((serials.len(), checked.rows.len()), (1, 2), "{serials:?}");
    assert!(serials[0].message.contains("2023-11-01"), "{serials:?}");
}

#[test]
fn serials_of_dates_are_read_where_the_template_formats_dates() {
    let layout = r##"{ "title": "t", "canvas": { "width": 400, "height": 400 },
        "params": { "type": "object", "properties": { "start": { "type": "string", "title": "开始" },
          "end": { "type": "integer", "title": "结束" }, "no": { "type": "string", "title": "单号" } } },
        "layers": [ { "type": "text", "box": [0, 0, 300, 60], "text": "{{date start}} {{date end}} {{no}}", "font_size": 20 } ] }"##;
    let files = [("layout.json".to_owned(), layout.into())].into();
    let template = haibao_core::render::compile("t", files, &crate::service::fonts::embedded()).expect("a template");
    let template = Arc::new(template);
    for (csv, expected) in [
        ("开始,结束,单号\n45992,45993,45992\n2026-11-20,,1\n", [("开始", "2025-12-01"), ("结束", "2025-12-02")]),
        // Far from today, these are dates only because the template says so.
        ("开始,结束,单号\n25000,80000,25000\n2026-11-20,,1\n", [("开始", "1968-06-11"), ("结束", "2119-01-11")]),
    ] {
        let checked = read(&template, csv.as_bytes(), &RowOptions::default()).expect("rows");
        assert_eq!((checked.bad.len(), checked.rows.len()), (0, 2), "{:?}", checked.bad);
        let said: Vec<&str> = checked.notices.iter().map(|notice| notice.message.as_str()).collect();
        assert_eq!(said.len(), expected.len(), "{said:?}");
        for (said, (column, date)) in said.iter().zip(expected) {
            assert!(said.contains(column) && said.ends_with(&format!("which is read as {date}")), "{said}");
        }
    }
    // A text that is no date is that of its column.
    for (csv, column) in [("单号,开始\n7,明天\n", "开始"), ("单号,开始\n明天,明天\n", "")] {
        let checked = read(&template, csv.as_bytes(), &RowOptions::default()).expect("rows");
        let reason = &checked.bad[0].reasons[0];
        assert_eq!((reason.code.as_str(), reason.column.as_str()), ("value_invalid", column), "{reason:?}");
    }
}

#[test]
fn pictures_that_are_not_at_hand_are_explained() {
    let csv = "商品图,商品标题,售价,商品编号\n花瓶.jpg,花瓶,128,A1\n[图片],花瓶,128,A2\nwww.a.cn/b.png,花瓶,128,A3\n";
    let checked = of("product-share", csv);
    let said = said(&checked);
    for (said, expected) in said.iter().zip([
        "no pictures were given",
        "the picture of this cell is not in this file",
        "write https://www.a.cn",
    ]) {
        assert!(said.starts_with("商品图: ") && said.contains(expected), "{said}");
    }
    assert_eq!(said.len(), 3, "{said:?}");
}

#[test]
fn invisible_characters_at_the_ends_of_cells_do_not_count() {
    let lines = "{\"title\": \"\u{200b}a\", \"id\": \"A3\u{feff}\", \"kind\": \"\u{200b}\", \"code.scene\": \" \u{200b}u=1\"}\n";
    for text in [
        "title,id\u{200b},price,kind,code.scene\n a,\u{200b}A3\u{feff},\u{200b}, \u{200b} ,\u{200b}u=1 \u{2060}\n",
        lines,
    ] {
        let checked = checked(text);
        assert!(checked.bad.is_empty(), "{:#?}", checked.bad);
        let row = &checked.rows[0];
        assert_eq!(Value::Object(row.params.clone()), json!({ "title": "a", "id": "A3" }), "{text}");
        assert_eq!(row.code.scene, Some(SceneRequest::Text("u=1".into())), "{text}");
    }
}

#[test]
fn rows_without_values_are_left_out() {
    let (template, mapping) = (built_in("product-share"), Mapping::default());
    let aims = Aims::of(&template, &mapping);
    let header = "序号,商品图,商品标题,售价,商品编号,状态\n";
    let mut given =
        sheet(&format!("{header}1,assets/vase.jpg,花瓶,128,A1,\n2,,,,,待定\n3,,,,B2,\n4,,,\u{200b}, ,\n5,,,,,\n"));
    given.pictures.insert((6, 1), CellPicture { part: "a.png".to_owned(), crop: None });
    aims.leave_out_empty(&mut given);
    assert_eq!(given.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4, 6]);
    assert_eq!(given.without_values.first, [(3, "2".to_owned()), (5, "4".to_owned())]);
    let mut alone = sheet(&format!("{header}1,,,,,\n"));
    aims.leave_out_empty(&mut alone);
    assert_eq!((alone.rows.len(), alone.without_values.count), (1, 0));
}

#[test]
fn reasons_have_amounts_in_yuan() {
    let checked =
        of("house-listing", &format!("{HOUSE}\nassets/living-room.jpg,两居,梧桐里,¥12.50,89,2室1厅,苏禾,H1\n"));
    assert!(said(&checked)[0].contains("¥12.50 is not a multiple of ¥1.00"), "{:?}", said(&checked));
}

#[test]
fn units_of_columns_that_are_ignored_do_not_count() {
    for rows in [
        "必填,必填,必填,必填,单位：分\nassets/vase.jpg,花瓶,128,A1,5\n",
        "assets/vase.jpg,花瓶,128,A1,5\n合计,,128,,单位：分\n",
    ] {
        for column in ["积分", "备注", "备注（单位：分）", "备注（元）"] {
            let checked = of("product-share", &format!("商品图,商品标题,售价,商品编号,{column}\n{rows}"));
            let read = checked.notices.iter().filter(|notice| notice.code == words::money_read::CODE);
            assert_eq!(
                read.map(|notice| notice.row().id).collect::<Vec<_>>(),
                [words::money_read::ID],
                "{column} {rows}"
            );
            assert_eq!(checked.rows[0].params["price"], 12800, "{column} {rows}");
        }
    }
}

#[test]
fn parameters_have_the_titles_of_the_language() {
    let template = built_in("product-share");
    let error = template.check(&json!({ "product": "assets/vase.jpg", "title": 1, "price": 12.5, "goods_id": "A1" }));
    let error = error.expect_err("two findings");
    let missing = read(&template, "商品图,售价,商品编号\nassets/vase.jpg,1,A1\n".as_bytes(), &RowOptions::default());
    let missing = missing.expect_err("a column is missing");
    for (language, expected) in [
        (Language::English, ["Product name: ", "Sale price: ", "the required parameter Product name (`title`)"]),
        (Language::Chinese, ["商品标题：", "售价：", "商品标题（`title`）"]),
    ] {
        let all = error.all_findings().iter().chain(missing.all_findings());
        let said: Vec<String> = all.map(|finding| language.finding(finding).message).collect();
        for part in expected {
            assert!(said.iter().any(|message| message.contains(part)), "{part}: {said:?}");
        }
    }
}

#[test]
fn refused_addresses_are_told_beside_other_reasons() {
    let refuse = |source: &AssetSource| match source {
        AssetSource::Url(_) => Err(Error::new(ErrorKind::Invalid, "asset_refused", Message::verbatim("refused"))),
        _ => Ok(()),
    };
    let options = RowOptions { sources: Some(SourceCheck(Arc::new(refuse))), ..RowOptions::default() };
    let csv = "商品图,商品标题,售价,商品编号\nhttp://127.0.0.1/a.jpg,花瓶,面议,A1\nassets/vase.jpg,花瓶,面议,A2\n";
    let checked = read(&built_in("product-share"), csv.as_bytes(), &options).expect("columns");
    let all = |bad: &Failure| bad.reasons.iter().map(|reason| reason.column.clone()).collect::<Vec<_>>();
    assert_eq!(checked.bad.iter().map(all).collect::<Vec<_>>(), [vec!["售价", "商品图"], vec!["售价"]]);
}

#[test]
fn a_cell_with_an_error_has_one_reason() {
    let checked = checked("title,id,photo\na,1,#VALUE!\n");
    assert_eq!(reasons(&checked), [(2, "photo", "#VALUE!", "cell_error")]);
}

#[test]
fn header_without_a_known_name_is_shown() {
    let found = sheet_findings("仓库  数量\nA  2\n", &RowOptions::default());
    assert!(found.len() == 1 && found[0].0 == "column_missing" && found[0].1.contains("\"仓库  数量\""), "{found:?}");
    assert!(found[0].1.contains("\"title\""), "what is required is named: {found:?}");
}
