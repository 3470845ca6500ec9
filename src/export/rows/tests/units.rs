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
fn a_fraction_of_a_fen_has_a_hint_in_fen() {
    for text in ["12850.5", "\"12,850.5\"", "１２８５０．５", "12850.5分", "12850.5 fen"] {
        let checked = checked(&format!("title,id,成本（分）\na,1,{text}\n"));
        let said: Vec<&str> = checked.bad[0].reasons.iter().map(|reason| reason.message.as_str()).collect();
        let is_hint =
            |said: &&str| said.contains("write 12850 (¥128.50) or 12851 (¥128.51); if the amounts are in yuan");
        assert!(said.len() == 1 && said.iter().all(|said| is_hint(said)), "{text}: {said:?}");
    }
    let negative = checked("title,id,成本（分）\na,1,-0.5\n");
    assert!(negative.bad[0].reasons[0].message.contains("write -1 (-¥0.01) or 0 (¥0.00)"), "{negative:?}");
}
