//! Units of columns and of cells.

use super::*;

#[test]
fn amounts_with_another_unit_than_their_column_are_told() {
    let told = |text: &str| {
        let found = checked(text).notices.into_iter().filter(|notice| notice.row().id == words::money_own_unit::ID);
        found.map(|notice| notice.message).collect::<Vec<_>>()
    };
    let message = |column: &str, count: usize, text: &str, amount: &str| {
        [format!(
            "amounts in \"{column}\" with a sign or unit of their own do not follow the unit in its name: {count}, such as {text} as {amount}"
        )]
    };
    assert_eq!(
        told("title,id,成本（万元）\na,1,568\nb,2,¥568\nc,3,568元\nd,4,568万元\n"),
        message("成本（万元）", 2, "¥568", "¥568.00")
    );
    assert_eq!(
        told("title,id,成本（分）\na,1,12800\nb,2,￥12800\nc,3,5分\n"),
        message("成本（分）", 1, "￥12800", "¥12800.00")
    );
    for text in [
        "title,id,成本（元）\na,1,¥568\n",
        "title,id,成本（万元）\na,1,568\nb,2,5万\n",
        "title,id,成本（分）\na,1,5 fen\n",
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}

#[test]
fn units_of_numbers_are_told_or_refused() {
    let told = |text: &str| notices(text, &RowOptions::default());
    let message = "units behind numbers in \"售价\" are left out, and the numbers are not converted: 3, such as \"10亩\", \"1周\"";
    assert_eq!(
        told("title,id,售价\na,1,10亩\nb,2,5件\nc,3,1周\nd,4,2 亩\ne,5,7\n"),
        [("number_unit", message.to_owned())]
    );
    let named = "the numbers of the column \"售价（亩）\" are in 亩, and are not converted to another unit";
    assert_eq!(told("title,id,售价（亩）\na,1,10\n"), [("number_unit", named.to_owned())]);
    for text in
        ["title,id,售价（必填）\na,1,10\n", "title,id,售价\na,1,89㎡\nb,2,50%\n", "title,id,售价（㎡）\na,1,10\n"]
    {
        let found = told(text);
        assert!(found.iter().all(|(code, _)| *code != "number_unit"), "{found:?}");
    }
    for header in ["售价（万）", "售价（单位：万件）", "售价（十万）", "售价（百万元）", "售价（千人）", "售价（打）"]
    {
        let found = sheet_findings(&format!("title,id,{header}\na,1,12\n"), &RowOptions::default());
        assert_eq!(found[0].0, "column_unit", "{header} {found:?}");
    }
    // Units of their own, and words that begin like a multiple.
    for (header, is_told) in [
        ("售价（千卡）", true),
        ("售价（千瓦时）", true),
        ("售价（万粉）", true),
        ("售价（百分比）", false),
        ("售价（打卡）", false),
    ] {
        let found = told(&format!("title,id,{header}\na,1,350\n"));
        assert_eq!(found.iter().any(|(code, _)| *code == "number_unit"), is_told, "{header} {found:?}");
    }
}

#[test]
fn amounts_in_file_names_are_told() {
    let told = |pattern: &str| {
        let options = RowOptions { file_name: Some(pattern.to_owned()), ..RowOptions::default() };
        let found = notices("title,id,cost\na,1,128\n", &options);
        found.iter().filter(|(code, _)| *code == words::file_name_money::CODE).count()
    };
    assert_eq!((told("{{title}}-{{cost}}"), told("{{title}}-{{money cost}}")), (1, 0));
}

#[test]
fn lists_in_file_names_have_no_hint_to_iterate() {
    let error = check_pattern("{{tags}}", &template()).expect_err("a list");
    let finding = &error.all_findings()[0];
    let hint = finding.hint.clone().unwrap_or_default();
    assert!(hint.contains("single values"), "`each` is not allowed in a pattern: {finding:?}");
}

#[test]
fn a_fraction_of_a_fen_has_a_hint_in_fen() {
    for text in ["12850.5", "\"12,850.5\"", "１２８５０．５", "12850.5分", "12850.5 fen"] {
        let checked = checked(&format!("title,id,成本（分）\na,1,{text}\n"));
        let said: Vec<&str> = checked.bad[0].reasons.iter().map(|reason| reason.message.as_str()).collect();
        let is_hint =
            |said: &&str| said.contains("write 12850 (¥128.50) or 12851 (¥128.51); if the amounts are in yuan");
        assert!(said.len() == 1 && said.iter().all(is_hint), "{text}: {said:?}");
    }
    let negative = checked("title,id,成本（分）\na,1,-0.5\n");
    assert!(negative.bad[0].reasons[0].message.contains("write -1 (-¥0.01) or 0 (¥0.00)"), "{negative:?}");
}

/// The checked rows of a file, read for the template as exports read it.
fn read(text: &str, options: &RowOptions) -> Result<CheckedRows> {
    use crate::export::outline::{Aims, ColumnNames};
    use haibao_sheet::Reading;
    let template = template();
    let names = ColumnNames::of(&template, &options.mapping);
    let is_name = |text: &str| names.has(text);
    let aims = Aims::of(&template, &options.mapping);
    let aim = |text: &str| aims.find(text);
    let reading = Reading { is_name: Some(&is_name), aim: Some(&aim), ..Reading::default() };
    let sheet = Sheet::read_with(text.as_bytes(), SheetFormat::of("", text.as_bytes())?, &reading)?;
    check(&sheet, &template, &crate::service::fonts::embedded(), options)
}

/// The costs of the rows of a sheet, or the sentences of what is wrong with its columns.
fn costs(text: &str, options: &RowOptions) -> std::result::Result<Vec<i64>, Vec<String>> {
    match read(text, options) {
        Ok(checked) => {
            assert!(checked.bad.is_empty(), "{:#?}", checked.bad);
            Ok(checked.rows.iter().map(|row| row.params["cost"].as_i64().expect("fen")).collect())
        }
        Err(error) => Err(error.all_findings().iter().map(|finding| finding.message.clone()).collect()),
    }
}

#[test]
fn keys_of_json_with_a_unit_are_read_by_it() {
    let line = |key: &str, cost: &str| format!("{{\"title\": \"a\", \"id\": \"1\", \"{key}\": {cost}}}\n");
    for (key, cost, fen) in [
        ("cost", "1280", 1280),
        ("成本", "1280", 1280),
        ("成本（元）", "128", 12800),
        ("成本(元)", "12.8", 1280),
        ("cost_yuan", "\"128\"", 12800),
        ("成本（分）", "1280", 1280),
        ("成本（分）", "\"1280\"", 1280),
        ("成本（万元）", "1.2", 1_200_000),
        ("成本（分）", "\"¥12.80\"", 1280),
    ] {
        let text = line(key, cost);
        assert_eq!(costs(&text, &RowOptions::default()), Ok(vec![fen]), "{text}");
        let told = notices(&text, &RowOptions::default());
        let read = told.iter().filter(|(code, _)| *code == "money_read").count();
        assert_eq!(read > 0, key.contains(['元', '分', '_']), "{text}: {told:?}");
    }
    for (key, sentence) in [
        ("成本（美元）", "the amounts of the column \"成本（美元）\" are in 美元, which is neither yuan, 万元 nor fen"),
        ("cost_usd", "the amounts of the column \"cost_usd\" are in usd, which is neither yuan, 万元 nor fen"),
    ] {
        assert_eq!(costs(&line(key, "12"), &RowOptions::default()), Err(vec![sentence.to_owned()]));
    }
    let list = "[\n  {\"title\": \"a\", \"id\": \"1\", \"成本（元）\": 1280}\n]";
    assert_eq!(costs(list, &RowOptions::default()), Ok(vec![128_000]));
}

#[test]
fn repeated_headers_with_another_unit_are_errors() {
    let none = RowOptions::default();
    for (first, sentence) in [
        ("成本（元）", "the amounts of the column \"成本（元）\" are in 元 by its name, but in 分 by row 3"),
        ("成本", "row 3 says \"分\", but the name of the column \"成本\" has no unit"),
    ] {
        let text = format!("title,id,{first}\na,A,10\n商品标题,商品编号,成本（分）\nb,B,1000\n");
        assert_eq!(costs(&text, &none), Err(vec![sentence.to_owned()]), "{text}");
    }
    let same = "title,id,成本（元）\na,A,10\n商品标题,商品编号,成本（元）\nb,B,20\n";
    assert_eq!(costs(same, &none), Ok(vec![1000, 2000]));
    // Directly below the header, in another language.
    assert_eq!(costs("title,id,cost\n商品标题,商品编号,成本（分）\na,A,1000\n", &none), Ok(vec![1000]));
}

#[test]
fn units_that_contradict_the_name_of_a_column_are_errors() {
    let none = RowOptions::default();
    let differ = "the amounts of the column \"成本（分）\" are in 分 by its name, but in 元 by row 2";
    assert_eq!(costs("title,id,成本（分）\n,,元\na,1,10\n", &none), Err(vec![differ.to_owned()]));
    assert_eq!(costs("title,id,成本（分）\n,,分\na,1,10\n", &none), Ok(vec![10]));
    assert_eq!(costs("title,id,成本\n,,分\na,1,10\n", &none), Ok(vec![10]));
    for header in ["成本（分/元）", "成本（元，分）"] {
        let found = costs(&format!("title,id,{header}\na,1,10\n"), &none).expect_err(header);
        assert!(found.len() == 1 && found[0].contains("yuan or fen?"), "{found:?}");
    }
    for unit in ["（澳元）", "单位：千元"] {
        let found = costs(&format!("title,id,成本\n必填,必填,{unit}\na,1,10\n"), &none).expect_err(unit);
        assert!(found[0].contains("neither yuan"), "{found:?}");
    }
    for rows in ["填写要求,,分\na,1,1000\n", "image,text,单位：分\na,1,1000\n", ",,\"以分为单位，填整数\"\na,1,1000\n"]
    {
        assert_eq!(costs(&format!("title,id,成本\n{rows}"), &none), Ok(vec![1000]), "{rows}");
    }
    let group = "title,id,价格（分）,\n,,成本（元）,price\na,1,10,5\n";
    let differ = "the amounts of the column \"成本（元）\" are in 元 by its name, but in 分 by row 1";
    assert_eq!(costs(group, &none), Err(vec![differ.to_owned()]));
    let example = costs("title,id,成本\n示例商品,1,1000分\na,1,1000\n", &none).expect_err("an example in fen");
    assert_eq!(example, ["row 2 says \"1000分\", but the name of the column \"成本\" has no unit"]);
    let (columns, findings) =
        Columns::look(&sheet("title,id,成本（元，分）\na,1,10\n"), &template(), &Mapping::default());
    assert_eq!((findings.len(), columns.notices.len()), (1, 0), "no reading beside the error");
}

#[test]
fn mapped_columns_have_the_unit_of_their_names() {
    let with = |column: &str| {
        let pairs = vec![(column.to_owned(), "cost".to_owned())];
        RowOptions { mapping: Mapping { pairs, ..Mapping::default() }, ..RowOptions::default() }
    };
    for (column, fen) in [
        ("售出价分", 1250),
        ("价格fen", 1250),
        ("pricefen", 1250),
        ("金额分", 1250),
        ("金额", 125_000),
        ("金额（分）", 1250),
    ] {
        let text = format!("title,id,{column}\na,1,1250\n");
        assert_eq!(costs(&text, &with(column)), Ok(vec![fen]), "{column}");
    }
    assert_eq!(costs("title,id,成本分\na,1,1250\n", &RowOptions::default()), Ok(vec![1250]));
    let found = costs("title,id,标签分\na,1,1250\n", &with("标签分")).expect_err("it may be fen");
    assert!(found[0].contains("yuan or fen?"), "{found:?}");
    // The name does not have what the row says.
    let found = costs("title,id,金额\n,,分\na,1,1250\n", &with("金额")).expect_err("a unit below");
    assert_eq!(found, ["row 2 says \"分\", but the name of the column \"金额\" has no unit"]);
}

#[test]
fn amounts_in_fen_in_a_column_of_yuan_are_told() {
    let text = "title,id,成本\na,1,1000分\nb,2,2000\n";
    assert_eq!(costs(text, &RowOptions::default()), Ok(vec![1000, 200_000]));
    let told: Vec<_> = checked(text).notices;
    let told = told.iter().find(|notice| notice.row().id == words::money_own_fen::ID).expect("a notice");
    assert_eq!(
        told.message,
        "amounts in \"成本\" with 分 behind them are read as fen, and the others as yuan: 1, such as 1000分 as ¥10.00"
    );
    let chinese = crate::language::Language::Chinese.finding(told).message;
    assert!(chinese.contains("1000分 读作 ¥10.00"), "{chinese}");
}

#[test]
fn units_in_titles_and_notes_are_errors_beside_columns_without_one() {
    let sheet = |title: &str, header: &str, note: &str| format!("{title},,\ntitle,id,{header}\na,1,12800\n{note},,\n");
    let found = |csv: &str| costs(csv, &RowOptions::default()).err().unwrap_or_default();
    for unit in ["分", "万元", "千元", "美元", "港币"] {
        let title = format!("商品导出（价格单位：{unit}）");
        let said = |row: u64, text: &str| {
            vec![format!("row {row} says \"{text}\", but the name of the column \"成本\" has no unit")]
        };
        assert_eq!(found(&sheet(&title, "成本", "")), said(1, &title));
        let note = format!("注：价格单位为{unit}");
        assert_eq!(found(&sheet("", "成本", &note)), said(4, &note));
        assert_eq!(found(&sheet(&title, "成本（元）", "")), [""; 0], "{unit}");
    }
    for title in ["商品导出（单位：元）", "时长单位：分钟", "会员积分单位：分", "折扣单位：折", "主办单位：拾光"]
    {
        assert_eq!(found(&sheet(title, "成本", "")), [""; 0], "{title}");
    }
    let error = read(&sheet("单位：万元", "成本", ""), &RowOptions::default()).expect_err("a unit above");
    let chinese = crate::language::Language::Chinese.finding(&error.all_findings()[0]);
    assert!(chinese.message.contains("单位：万元") && chinese.message.contains("列名没有写单位"), "{chinese:?}");
    assert!(chinese.hint.is_some_and(|hint| hint.contains("（万元）")));
}

#[test]
fn units_in_columns_of_their_own_are_errors_beside_amounts_without_one() {
    let sheet =
        |header: &str, name: &str, unit: &str| format!("title,id,{header},{name}\na,1,12800,元\nb,2,9,{unit}\n");
    let found = |csv: &str| costs(csv, &RowOptions::default()).err().unwrap_or_default();
    for (name, unit) in [
        ("单位", "分"),
        ("单位", "万元"),
        ("单位", "USD"),
        ("单位", "港币/件"),
        ("价格单位", "千"),
        ("币种", "USD"),
        ("Currency", "港币"),
    ] {
        let said = format!("row 3 says \"{unit}\", but the name of the column \"成本\" has no unit");
        assert_eq!(found(&sheet("成本", name, unit)), [said], "{name} {unit}");
        assert_eq!(found(&sheet("成本（元）", name, unit)), [""; 0], "the name of the column goes before");
    }
    for (name, unit) in [
        ("单位", "件"),
        ("单位", "块"),
        ("单位", "刀"),
        ("单位", "元"),
        ("币种", "CNY"),
        ("备注", "分"),
        ("_单位", "分"),
    ] {
        assert_eq!(found(&sheet("成本", name, unit)), [""; 0], "{name} {unit}");
    }
}

#[test]
fn a_unit_below_the_table_is_a_note() {
    let found = costs("title,id,成本\na,1,12800\n以上价格单位：分,,\n", &RowOptions::default());
    let said = "row 3 says \"以上价格单位：分\", but the name of the column \"成本\" has no unit";
    assert_eq!(found, Err(vec![said.to_owned()]));
    let yuan = costs("title,id,成本\na,1,128\n以上价格单位：元,,\n", &RowOptions::default());
    assert_eq!(yuan, Ok(vec![12800]), "the note is no product");
}

#[test]
fn amounts_have_the_same_forms_in_yuan_and_in_fen() {
    for text in ["12e3", "1.28e2", "128.", "5角"] {
        for header in ["成本", "成本（分）"] {
            let checked = checked(&format!("title,id,{header}\na,1,{text}\n"));
            let said: Vec<&str> = checked.bad.iter().map(|bad| bad.reasons[0].message.as_str()).collect();
            assert!(said.len() == 1 && said[0].contains("is not an amount of money"), "{header} {text}: {said:?}");
        }
    }
}

#[test]
fn hints_about_amounts_have_the_unit_of_the_column() {
    for (header, text, hint) in [
        ("成本", "\"1,280,00\"", "such as ¥12.50 or 1,280.00"),
        ("成本（分）", "\"1,280,00\"", "such as 1280, or yuan with a sign, such as ¥12.80"),
        ("成本（万元）", "\"1,28\"", "such as 568 or 129.8"),
        ("成本", "128元/斤", "write 128 alone"),
        ("成本（分）", "128元/斤", "write ¥128 alone"),
        ("成本（分）", "¥128~168", "such as ¥128,"),
    ] {
        let checked = checked(&format!("title,id,{header}\na,1,{text}\n"));
        let said: Vec<&str> = checked.bad.iter().map(|bad| bad.reasons[0].message.as_str()).collect();
        assert!(said.len() == 1 && said[0].contains(hint), "{header} {text}: {said:?}");
    }
}

#[test]
fn objects_name_a_parameter_in_different_ways() {
    let photo =
        |key: &str, id: u8| format!("{{\"title\": \"a\", \"id\": \"{id}\", \"{key}\": \"https://a.cn/{id}.jpg\"}}\n");
    let found = checked(&(photo("图片", 1) + &photo("Picture", 2) + &photo("photo", 3)));
    let photos: Vec<_> = found.rows.iter().map(|row| row.params.get("photo").and_then(Value::as_str)).collect();
    let expected = [Some("https://a.cn/1.jpg"), Some("https://a.cn/2.jpg"), Some("https://a.cn/3.jpg")];
    assert_eq!(photos, expected, "no object loses its picture");
    assert!(found.notices.is_empty(), "{:?}", found.notices);
    // In one object, the parameter's title goes before another name, as in a row.
    let both =
        "{\"title\": \"a\", \"id\": \"1\", \"图片\": \"https://a.cn/1.jpg\", \"Picture\": \"https://a.cn/2.jpg\"}";
    let found = checked(both);
    assert_eq!(found.rows[0].params["photo"], "https://a.cn/1.jpg");
    assert!(found.notices.iter().any(|notice| notice.row().id == words::column_displaced::ID), "{:?}", found.notices);
    // Also beside the second one of the columns that have its own names.
    let both =
        "{\"title\": \"a\", \"id\": \"2\", \"Picture\": \"https://a.cn/3.jpg\", \"photo\": \"https://a.cn/2.jpg\"}";
    let found = checked(&(photo("图片", 1) + both));
    let photos: Vec<_> = found.rows.iter().map(|row| row.params["photo"].as_str()).collect();
    assert_eq!(photos, [Some("https://a.cn/1.jpg"), Some("https://a.cn/2.jpg")], "{:?}", found.bad);
}

#[test]
fn amounts_of_json_keep_their_unit_in_the_list_of_failures() {
    let line = |cost: &str| format!("{{\"title\": \"七个字的标题呀\", \"id\": \"1\", \"cost\": {cost}}}\n");
    let checked = checked(&(line("1280") + &line("\"¥12.80\"")));
    let has = |at: usize, text: &str| checked.bad[at].cells.iter().any(|cell| cell == text);
    assert!(has(0, "1280分") && has(1, "¥12.80"), "{:?}", checked.bad);
}

#[test]
fn amounts_of_json_are_read_alike_from_the_list_of_failures() {
    let costs = |checked: &CheckedRows| -> Vec<std::result::Result<Value, String>> {
        let read = |params: Map<String, Value>| template().check(&params.into()).expect("valid")["cost"].clone();
        let good = checked.rows.iter().map(|row| (row.number, Ok(read(row.params.clone()))));
        let bad = checked.bad.iter().map(|bad| (bad.number, Err(bad.reasons[0].message.clone())));
        good.chain(bad).collect::<BTreeMap<_, _>>().into_values().collect()
    };
    let line = |title: &str, cost: &str| format!("{{\"title\": \"{title}\", \"id\": \"A1\", \"cost\": {cost}}}\n");
    let unclear = ["\"1280\"", "\"1,280\""];
    let others = ["1280", "1280.0", "12.5", "\"¥12.80\"", "\"12.80\"", "\"1280分\"", "\"面议\""];
    let text = |title: &str| unclear.iter().chain(&others).copied().map(|cost| line(title, cost)).collect::<String>();
    let first = costs(&checked(&text("短")));
    // All rows fail for another reason, and are corrected.
    let failed = text("七个字的标题呀");
    let list = crate::export::failures::write(&sheet(&failed).columns, &checked(&failed).bad);
    let list = String::from_utf8(list).expect("UTF-8").replace("七个字的标题呀", "短");
    let second = costs(&checked(&list));
    let fen = |all: &[std::result::Result<Value, String>]| all.iter().map(|one| one.clone().ok()).collect::<Vec<_>>();
    assert_eq!(fen(&first), fen(&second), "{list}");
    assert_eq!(first[..unclear.len()], second[..unclear.len()], "refused with the same words");
    assert_eq!(fen(&first).iter().flatten().count(), 5, "{first:?}");
}

#[test]
fn lists_of_amounts_are_the_same_in_the_list_of_failures() {
    let fees = r#""fees": { "type": "array", "items": { "type": "integer", "format": "money" }, "title": "费用" }"#;
    let layout = LAYOUT.replacen("\"cost\":", &format!("{fees}, \"cost\":"), 1);
    let files = BTreeMap::from([("layout.json".to_owned(), Bytes::from(layout))]);
    let fonts = crate::service::fonts::embedded();
    let template = Arc::new(haibao_core::render::compile("t", files, &fonts).expect("a template"));
    let read = |text: &str| check(&sheet(text), &template, &fonts, &RowOptions::default()).expect("known columns");
    for (key, fen) in [("费用", [1280, 50]), ("费用（元）", [128_000, 5000]), ("费用（分）", [1280, 50])] {
        let line = format!("{{\"title\": \"七个字的标题呀\", \"id\": \"1\", \"{key}\": [1280, 50]}}\n");
        assert_eq!(read(&line.replace("七个字的标题呀", "a")).rows[0].params["fees"], json!(fen), "{key}");
        let list = crate::export::failures::write(&sheet(&line).columns, &read(&line).bad);
        let corrected = String::from_utf8(list).expect("UTF-8").replace("七个字的标题呀", "a");
        let again = read(&corrected);
        assert!(again.bad.is_empty(), "{corrected}: {:#?}", again.bad);
        assert_eq!(again.rows[0].params["fees"], json!(fen), "{corrected}");
    }
}
