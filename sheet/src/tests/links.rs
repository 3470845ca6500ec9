//! Cells that show a text and link to an address.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Format as Style, Formula};

use super::{
    foreign::ods,
    kinds::{header, read, workbook},
    *,
};

type Links = BTreeMap<(u64, usize), String>;

/// Links by row number and column.
fn links(all: &[(u64, usize, &str)]) -> Links {
    all.iter().map(|(row, column, address)| ((*row, *column), (*address).to_owned())).collect()
}

#[test]
fn links_of_xlsx_are_read() {
    let bytes = workbook(|sheet| {
        header(sheet);
        for row in 1..9 {
            sheet.write(row, 0, format!("瓶{row}")).unwrap();
        }
        sheet.write_url_with_text(1, 0, "https://a.cn/title", "瓶一").unwrap();
        sheet.write_url_with_text(1, 2, "https://a.cn/1.jpg?x=1&y=2", "查看图片").unwrap();
        let formula = Formula::new("=HYPERLINK(\"https://a.cn/2.jpg\",\"查看图片\")").set_result("查看图片");
        sheet.write_formula(2, 2, formula).unwrap();
        sheet.write_url_with_text(3, 2, "mailto:a@b.cn", "写信").unwrap();
        sheet.write_url_with_text(4, 2, "internal:Sheet1!A1", "上面").unwrap();
        sheet.write_url(5, 2, "https://a.cn/5.jpg").unwrap();
        sheet.merge_range(6, 2, 7, 2, "看图", &Style::new()).unwrap();
        sheet.write_url_with_text(6, 2, "https://a.cn/7.jpg", "看图").unwrap();
        let formula = Formula::new("=HYPERLINK(\"https://a.cn/\"&A1,\"查看图片\")").set_result("查看图片");
        sheet.write_formula(8, 2, formula).unwrap();
    });
    let sheet = read(&bytes, SheetFormat::Xlsx);
    assert_eq!((sheet.rows.len(), sheet.rows[0].get(2)), (8, Cell::Text("查看图片")));
    let photos = [
        (2, 2, "https://a.cn/1.jpg?x=1&y=2"),
        (3, 2, "https://a.cn/2.jpg"),
        (7, 2, "https://a.cn/7.jpg"),
        (8, 2, "https://a.cn/7.jpg"),
    ];
    assert_eq!(sheet.links, links(&photos), "not of texts");
    let without = Sheet { links: Links::new(), ..sheet.clone() };
    assert!(sheet.memory() > without.memory(), "links occupy memory");
    let all = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default()).unwrap().links;
    assert_eq!(all, links(&[&photos[..], &[(2, 0, "https://a.cn/title")]].concat()), "what columns set is not known");
}

#[test]
fn formulas_of_csv_that_are_links_show_their_text() {
    let text = "商品名称,图片\n\"=HYPERLINK(\"\"https://a.cn/1\"\",\"\"花瓶\"\")\",\"=HYPERLINK(\"\"https://a.cn/1.jpg\"\",A2)\"\n";
    let sheet = read(text.as_bytes(), SheetFormat::Csv);
    assert_eq!(sheet.rows[0].get(0), Cell::Text("花瓶"));
    assert_eq!(sheet.rows[0].get(1), Cell::Text("=HYPERLINK(\"https://a.cn/1.jpg\",A2)"), "what A2 shows is not known");
    assert_eq!(sheet.links, links(&[(2, 1, "https://a.cn/1.jpg")]));
}

#[test]
fn links_of_formulas_need_no_stored_value() {
    // XlsxWriter stores the number 0.
    for stored in ["<v></v>", "<v>0</v>", ""] {
        let link = |target: &str| format!("<f>HYPERLINK({target},&quot;查看&quot;)</f>");
        let bytes = super::xlsx::raw(&format!(
            "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>商品</v></c><c r=\"B1\" t=\"str\"><v>图片</v></c></row>\
             <row r=\"2\"><c r=\"A2\" t=\"str\"><v>瓶</v></c><c r=\"B2\">{}{stored}</c></row>\
             <row r=\"3\"><c r=\"A3\" t=\"str\"><v>壶</v></c><c r=\"B3\">{}</c></row>",
            link("&quot;https://a.cn/2.jpg&quot;"),
            link("A3"),
        ));
        let sheet = Sheet::read(&bytes, SheetFormat::Xlsx, &Limits::default()).unwrap();
        assert_eq!(sheet.rows[0].get(1), Cell::Text("查看"), "{stored:?}: as the program that calculates it shows it");
        assert_eq!(sheet.links, links(&[(2, 1, "https://a.cn/2.jpg")]), "{stored:?}");
        assert_eq!(sheet.faults[&3][0].code, "formula_unknown", "only literal links are known");
    }
}

#[test]
fn links_of_hidden_rows_are_left_out_with_them() {
    let bytes = workbook(|sheet| {
        header(sheet);
        for row in 1..4 {
            sheet.write(row, 0, format!("瓶{row}")).unwrap();
        }
        sheet.write_url_with_text(1, 2, "https://a.cn/2.jpg", "查看").unwrap();
        sheet.merge_range(2, 2, 3, 2, "查看", &Style::new()).unwrap();
        sheet.write_url_with_text(2, 2, "https://a.cn/3.jpg", "查看").unwrap();
        sheet.set_row_hidden(2).unwrap();
    });
    for (hidden, rows) in [(Hidden::Skip, vec![2, 4]), (Hidden::Include, vec![2, 3, 4])] {
        let sheet = Sheet::read_with(&bytes, SheetFormat::Xlsx, &Reading { hidden, ..Reading::default() }).unwrap();
        assert_eq!(sheet.links.keys().map(|(row, _)| *row).collect::<Vec<_>>(), rows, "{hidden:?}");
        assert_eq!(sheet.links[&(4, 2)], "https://a.cn/3.jpg", "{hidden:?}: merged with the hidden row");
    }
}

#[test]
fn links_of_ods_are_read() {
    let cell = |attributes: &str, text: &str| {
        format!(
            "<table:table-cell office:value-type=\"string\" {attributes}><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let row = |attributes: &str, cells: [String; 2]| {
        format!("<table:table-row {attributes}>{}</table:table-row>", cells.concat())
    };
    let link = |target: &str| format!("<text:a xlink:href=\"{target}\">查看图片</text:a>");
    let formula = "table:formula=\"of:=HYPERLINK(&quot;https://a.cn/2.jpg&quot;;&quot;查看图片&quot;)\"";
    let bytes = ods(&format!(
        "<table:table>{}</table:table>",
        [
            row("", [cell("", "title"), cell("", "photo")]),
            row("", [cell("", &link("https://a.cn/title")), cell("", &link("https://a.cn/1.jpg?x=1&amp;y=2"))]),
            row("table:number-rows-repeated=\"2\"", [cell("", "瓶"), cell(formula, "查看图片")]),
            row("", [cell("", "瓶"), cell("", &link("#Sheet2"))]),
        ]
        .concat()
    ));
    let sheet = read(&bytes, SheetFormat::Ods);
    assert_eq!(sheet.rows[0].get(1), Cell::Text("查看图片"));
    let expected = [(2, 1, "https://a.cn/1.jpg?x=1&y=2"), (3, 1, "https://a.cn/2.jpg"), (4, 1, "https://a.cn/2.jpg")];
    assert_eq!(sheet.links, links(&expected));
}

#[test]
fn links_of_html_xml_2003_and_csv_are_read() {
    let html = "<table><tr><td>title</td><td>photo</td></tr>\
        <tr><td>一</td><td rowspan=2><a href='https://a.cn/1.jpg?x=1&amp;y=2' target=_blank>查看<b>图片</b></a></td></tr>\
        <tr><td>二</td></tr><tr><td>三</td><td><a href=\"photos/3.jpg\">查看图片</a></td></tr>\
        <tr><td>四</td><td>=HYPERLINK(\"https://a.cn/4.jpg\",\"查看图片\")</td></tr></table>\
        <table><tr><td>五</td><td rowspan=9><a href=https://a.cn/5.jpg>查看图片</a></td></tr></table>\
        <table><tr><td>六</td><td>没有</td></tr></table>";
    let cell =
        |attributes: &str, text: &str| format!("<Cell {attributes}><Data ss:Type=\"String\">{text}</Data></Cell>");
    let row = |cells: [String; 2]| format!("<Row>{}</Row>", cells.concat());
    let formula = "ss:Formula=\"=HYPERLINK(&quot;https://a.cn/4.jpg&quot;,&quot;查看图片&quot;)\"";
    let xml = format!(
        "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet><Table>{}</Table></Worksheet></Workbook>",
        [
            row([cell("", "title"), cell("", "photo")]),
            row([cell("", "一"), cell("ss:MergeDown=\"1\" ss:HRef=\"https://a.cn/1.jpg?x=1&amp;y=2\"", "查看图片")]),
            "<Row><Cell><Data ss:Type=\"String\">二</Data></Cell></Row>".to_owned(),
            row([cell("", "三"), cell("ss:HRef=\"photos/3.jpg\"", "查看图片")]),
            row([cell("", "四"), cell(formula, "查看图片")]),
        ]
        .concat()
    );
    let csv = "title,photo\n一,\"=HYPERLINK(\"\"https://a.cn/2.jpg\"\",\"\"查看图片\"\")\"\n二,=HYPERLINK(A1)\n";
    let both =
        [(2, 1, "https://a.cn/1.jpg?x=1&y=2"), (3, 1, "https://a.cn/1.jpg?x=1&y=2"), (5, 1, "https://a.cn/4.jpg")];
    for (format, text, expected) in [
        (SheetFormat::Html, html, [&both[..], &[(6, 1, "https://a.cn/5.jpg")]].concat()),
        (SheetFormat::Xml2003, xml.as_str(), both.to_vec()),
        (SheetFormat::Csv, csv, vec![(2, 1, "https://a.cn/2.jpg")]),
    ] {
        let sheet = read(text.as_bytes(), format);
        assert_eq!(sheet.links, links(&expected), "{format:?}");
        assert!(sheet.faults.is_empty(), "{format:?}: {:?}", sheet.faults);
    }
}
