//! Headers of several rows, headers with similar names, and remarks below headers.

use rust_xlsxwriter::Workbook;

use super::*;

const NAMES: [&str; 8] = ["商品标题", "商品图", "售价", "售价（分）", "售价（元）", "原价", "原价（分）", "商品编号"];

/// Reads for a template with these names; texts with one of some words are like a parameter.
fn read(bytes: &[u8], format: SheetFormat) -> Result<Sheet> {
    let is_name = |text: &str| NAMES.contains(&text) || text == "尺寸宽";
    let alike = |texts: &[&str]| {
        let words = ["商品名称", "图片", "现价", "市场价", "货号"];
        words.iter().filter(|word| texts.contains(word)).count()
    };
    let reading = Reading { is_name: Some(&is_name), alike: Some(&alike), ..Reading::default() };
    Sheet::read_with(bytes, format, &reading)
}

fn columns(text: &str) -> (Vec<String>, u64, u64) {
    let sheet = read(text.as_bytes(), SheetFormat::Csv).unwrap_or_else(|error| panic!("{text}: {error}"));
    (sheet.columns, sheet.header_first, sheet.header)
}

#[test]
fn groups_and_names_below_them_are_one_header() {
    for (text, names, rows) in [
        (
            "商品标题,商品图,价格,,商品编号\n,,售价,原价,\n花瓶,a,168,198,1\n",
            "商品标题,商品图,售价,原价,商品编号",
            (1, 2),
        ),
        (
            "需求表,,,,\n序号,商品信息,,价格（分）,\n,商品标题,商品图,售价,原价\n1,花瓶,a,168,198\n",
            "序号,商品标题,商品图,售价（分）,原价（分）",
            (2, 3),
        ),
        ("商品标题,尺寸,,商品编号\n,宽,高,\n花瓶,1,2,3\n", "商品标题,尺寸宽,高,商品编号", (1, 2)),
        (
            "商品标题,全部价格,,,\n,价格,,,商品编号\n,售价,原价,其他,\n花瓶,1,2,3,4\n",
            "商品标题,售价,原价,其他,商品编号",
            (1, 3),
        ),
        // A title above the header and a product below it are no parts of it.
        ("门店：西湖,,制表：小王\n商品标题,商品图,售价\n花瓶,a,面议\n", "商品标题,商品图,售价", (2, 2)),
    ] {
        let found: Vec<String> = names.split(',').map(str::to_owned).collect();
        assert_eq!(columns(text), (found, rows.0, rows.1), "{text}");
    }
    // Cells that are merged downwards are in both rows of a page.
    let page = "<table><tr><td rowspan=2>商品标题<td rowspan=2>商品图<td colspan=2>价格<td rowspan=2>商品编号</tr><tr><td>售价<td>原价</tr><tr><td>花瓶<td>a<td>1<td>2<td>3</tr></table>";
    let sheet = read(page.as_bytes(), SheetFormat::Html).unwrap();
    assert_eq!(sheet.columns, ["商品标题", "商品图", "售价", "原价", "商品编号"]);
    assert_eq!((sheet.header_first, sheet.header, sheet.rows.len()), (1, 2, 1));
}

#[test]
fn the_header_may_have_only_similar_names() {
    let text = "双十一,,,,2026-11-01,\nNo.,商品名称,图片,现价,市场价,货号\n1,花瓶,a,168,198,8801\n";
    assert_eq!(columns(text).1, 2);
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").unwrap().write(0, 0, "请按说明填写").unwrap();
    let list = book.add_worksheet().set_name("清单").unwrap();
    for (row, cells) in [["No.", "商品名称", "现价"], ["1", "花瓶", "168"]].iter().enumerate() {
        for (column, text) in cells.iter().enumerate() {
            list.write(row as u32, column as u16, *text).unwrap();
        }
    }
    let sheet = read(&book.save_to_buffer().unwrap(), SheetFormat::Xlsx).unwrap();
    assert_eq!((sheet.place.name.as_str(), sheet.rows.len()), ("清单", 1));
    // Without any such header, the sheets are named.
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").unwrap().write(0, 0, "请按说明填写").unwrap();
    book.add_worksheet().set_name("空表").unwrap();
    let error = read(&book.save_to_buffer().unwrap(), SheetFormat::Xlsx).expect_err("no rows");
    assert!(error.code() == "sheet_empty" && error.to_string().contains("空表"), "{error}");
}

#[test]
fn remarks_below_the_header_are_no_products() {
    let text =
        "商品标题,商品图,售价,商品编号\n必填,必填,\"必填，分\",选填\n例：花瓶,vase.jpg,128,8801\n花瓶,a,168,8802\n";
    let sheet = read(text.as_bytes(), SheetFormat::Csv).unwrap();
    assert_eq!(sheet.columns, ["商品标题", "商品图", "售价（分）", "商品编号"]);
    let left_out: Vec<u64> = sheet.left_out.first.iter().map(|(row, _)| *row).collect();
    assert_eq!((left_out, rows(&sheet)), (vec![2, 3], expected(&[(4, &["花瓶", "a", "168", "8802"])])));
    let unit = read("商品标题,售价\n,（元）\n花瓶,168\n示例,1\n".as_bytes(), SheetFormat::Csv).unwrap();
    assert_eq!(
        (unit.columns[1].as_str(), unit.rows.len()),
        ("售价（元）", 2),
        "an example is directly below the header"
    );
    let list = read("商品标题\n必填\n".as_bytes(), SheetFormat::Csv).unwrap();
    assert_eq!(list.rows.len(), 1);
}

#[test]
fn a_unit_merged_over_columns_counts_for_each_of_them() {
    let page = "<table><tr><td>商品标题<td>售价<td>原价<td>商品编号</tr><tr><td>必填<td colspan=2>（分）<td></tr>\
                <tr><td>花瓶<td>12800<td>16800<td>1</tr></table>";
    let sheet = read(page.as_bytes(), SheetFormat::Html).unwrap();
    assert_eq!((sheet.columns.join(","), sheet.rows.len()), ("商品标题,售价（分）,原价（分）,商品编号".to_owned(), 1));
    // Without a merged cell, the unit is that of its column alone.
    let page = page.replace("<td colspan=2>（分）", "<td>（分）<td>");
    assert_eq!(read(page.as_bytes(), SheetFormat::Html).unwrap().columns[2], "原价");
    let mut book = Workbook::new();
    let list = book.add_worksheet();
    for (row, cells) in [&NAMES[..1], &["必填"], &["花瓶"]].iter().enumerate() {
        list.write(row as u32, 0, cells[0]).unwrap();
    }
    list.write(0, 1, "售价").unwrap();
    list.write(0, 2, "原价").unwrap();
    list.merge_range(1, 1, 1, 2, "单位：分", &rust_xlsxwriter::Format::new()).unwrap();
    list.write(2, 1, 12_800).unwrap();
    list.write(2, 2, 16_800).unwrap();
    let sheet = read(&book.save_to_buffer().unwrap(), SheetFormat::Xlsx).unwrap();
    assert_eq!((sheet.columns.join(","), sheet.rows.len()), ("商品标题,售价（分）,原价（分）".to_owned(), 1));
}

#[test]
fn an_example_by_its_name_is_left_out_beside_other_rows() {
    let header = "商品标题,商品图,售价,商品编号\n";
    for (rows, left_out) in [
        ("示例商品,a,128,8801\n花瓶,b,168,2\n", vec![2]),
        ("示例商品,a,128,8801\n", vec![]),
        ("示例商品1,a,128,1\n示例商品2,b,128,2\n", vec![]),
        ("花瓶,b,168,2\n示例商品,a,128,8801\n", vec![]),
        ("必填,必填,（元）,必填\nSample product,a,128,1\n花瓶,b,168,2\n", vec![2, 3]),
    ] {
        let sheet = read(format!("{header}{rows}").as_bytes(), SheetFormat::Csv).unwrap();
        let found: Vec<u64> = sheet.left_out.first.iter().map(|(row, _)| *row).collect();
        assert_eq!(found, left_out, "{rows}");
    }
}

#[test]
fn tables_of_other_forms_are_named_for_what_they_are() {
    let deep = format!("{}商品标题,商品图,售价\n花瓶,a,1\n", "填表须知,见下\n".repeat(24));
    for (format, text, code, message, hint) in [
        (
            SheetFormat::Jsonl,
            "[{\"商品标题\": \"a\"，\"售价\"：1}]",
            "sheet_broken",
            "invalid JSON at character",
            "the full-width ，: write ,",
        ),
        (
            SheetFormat::Jsonl,
            "｛\"商品标题\"：\"a\"｝",
            "sheet_broken",
            "the JSON cannot be read",
            "the full-width ｛: write {",
        ),
        (
            SheetFormat::Jsonl,
            "花瓶\n碗\n",
            "sheet_broken",
            "the JSON cannot be read",
            "a list with one object for each poster",
        ),
        (
            SheetFormat::Jsonl,
            "{\"code\": 0, \"data\": [{\"商品标题\": \"a\"}]}",
            "sheet_broken",
            "in the member \"data\"",
            "[{...}]",
        ),
        (
            SheetFormat::Jsonl,
            "{\"data\": {\"list\": [{\"商品标题\": \"a\"}]}}",
            "sheet_broken",
            "\"data.list\"",
            "[{...}]",
        ),
        (
            SheetFormat::Csv,
            "商品标题，售价，商品编号\n花瓶，12.5，1\n",
            "sheet_broken",
            "the full-width ，",
            "write , between cells",
        ),
        (
            SheetFormat::Csv,
            deep.as_str(),
            "sheet_tables",
            "row 25 has the names of the columns, but only the first 20 rows",
            "delete the rows above",
        ),
    ] {
        let error = read(text.as_bytes(), format).expect_err(text);
        assert_eq!(error.code(), code, "{text}: {error}");
        assert!(error.message().contains(message), "{text}: {error}");
        assert!(error.hint_text().is_some_and(|own| own.contains(hint)), "{text}: {:?}", error.hint_text());
    }
    // Other objects keep their faults, with the same hint.
    let sheet = read("{\"商品标题\": \"a\"}\n{\"商品标题\"：\"b\"}\n".as_bytes(), SheetFormat::Jsonl).unwrap();
    let hint = sheet.faults[&2][0].words.hint_text();
    assert!(hint.is_some_and(|hint| hint.contains("the full-width ：: write :")), "{:?}", sheet.faults);
    // Lists of objects may be values of a parameter.
    let sheet = read("{\"商品标题\": \"a\", \"规格\": [{\"名\": 1}]}".as_bytes(), SheetFormat::Jsonl).unwrap();
    assert_eq!(sheet.columns, ["商品标题", "规格"]);
    // A comma in a name is no delimiter.
    assert_eq!(read("图，文\na\n".as_bytes(), SheetFormat::Csv).unwrap().columns, ["图，文"]);
}
