//! Texts under names of other formats: the content tells what they are.

use super::{foreign::texts, *};

#[test]
fn csv_is_read_under_names_of_json() {
    let expected = [["标题", "编号"], ["甲", "1"]];
    for name in ["a.json", "a.jsonl", "a.ndjson", "a.xlsx", "a.yaml", "a.yml"] {
        for text in ["标题,编号\n甲,1\n", "\"标题\",\"编号\"\n\"甲\",\"1\"\n", "标题;编号\n甲;1\n"] {
            assert_eq!(texts(name, text.as_bytes()), expected, "{name}: {text}");
        }
        let json = "[{ \"标题\": \"甲\", \"编号\": \"1\" }]";
        assert_eq!(texts(name, json.as_bytes()), expected, "{name}: {json}");
    }
    // What may be JSON with a fault is reported as such.
    for text in ["{\"title\": \"a\"", "\"title\": \"a\"}", "[1, 2]", "null\n", "\"a\"\n", "｛\"title\"：\"a\"｝", ""]
    {
        assert_eq!(SheetFormat::of("a.json", text.as_bytes()).unwrap(), SheetFormat::Jsonl, "{text}");
    }
}

#[test]
fn yaml_is_named_with_what_to_do() {
    let list = "- title: 花瓶\n  price: 12\n";
    let start = format!("---\n{list}");
    let item = "- title: a\n- title: b\n";
    for (name, text) in [
        ("a.yaml", list),
        ("a.yml", "# 名单\ntitle: 花瓶\nprice: 12\n"),
        ("a.yml", "- 花瓶\n- 杯\n"),
        ("a.yml", "---\n"),
        ("a.csv", list),
        ("a.xlsx", item),
        ("a.json", list),
        ("", start.as_str()),
    ] {
        let error = SheetFormat::of(name, text.as_bytes()).expect_err(text);
        assert!(error.code() == "sheet_format" && error.to_string().contains("YAML"), "{text}: {error}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("JSON")), "{text}: {error}");
    }
    // Tables with such texts.
    for text in
        ["标题,备注\n- a: b,c\n", "- 标题\n- 花瓶\n", "标题: 名称,价格\n花瓶,1\n", "---\n花瓶\n", "a: b\nc: d\n"]
    {
        assert_eq!(SheetFormat::of("a.csv", text.as_bytes()).unwrap(), SheetFormat::Csv, "{text}");
    }
}
