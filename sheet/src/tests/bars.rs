//! Tables with `|`, and web archives.

use super::*;

#[test]
fn bars_separate_cells_if_nothing_else_does() {
    for text in ["标题|编号\n花瓶|1\n", "商品表\n\n标题|编号\n花瓶|1\n", "标题|编号\r\n\"花|瓶\"|1\r\n"]
    {
        let is_name = |text: &str| text == "标题";
        let reading = Reading { is_name: Some(&is_name), ..Reading::default() };
        let sheet = Sheet::read_with(text.as_bytes(), SheetFormat::Csv, &reading).expect(text);
        assert_eq!(sheet.columns, ["标题", "编号"], "{text}");
        assert!(sheet.faults.is_empty(), "{text}: {:?}", sheet.faults);
        assert_eq!(sheet.rows[0].get(1), Cell::Text("1"), "{text}");
    }
    let list = csv("tags\n红|绿\n");
    assert_eq!(rows(&list), expected(&[(2, &["红|绿"])]));
    assert_eq!(csv("a,b|c\n1,2|3\n").columns, ["a", "b|c"]);
}

#[test]
fn tables_of_markdown_and_databases_are_read() {
    let markdown = "| 标题 | 编号 |\n|:---|---:|\n| 花\\|瓶<br>大 | 1 |\n| 碗 |  |\n";
    assert_eq!(rows(&csv(markdown)), expected(&[(3, &["花|瓶\n大", "1"]), (4, &["碗", ""])]));
    let bare = csv("标题 | 编号\n--- | ---\n花瓶 | 1\n");
    assert_eq!((bare.columns.len(), rows(&bare)), (2, expected(&[(3, &["花瓶", "1"])])));
    let mysql = "+----+----+\n| 标题 | 编号 |\n+----+----+\n| 花瓶 | 1 |\n+----+----+\n";
    assert_eq!(rows(&csv(mysql)), expected(&[(4, &["花瓶", "1"])]));
    // A text below the table becomes no poster.
    let note = csv("| a | b |\n|---|---|\n| 1 | 2 |\n\nend\n");
    assert_eq!(note.faults[&5][0].code, "row_ragged");
}

#[test]
fn the_page_with_the_table_of_a_web_archive_is_read() {
    let part = |place: &str, encoding: &str, body: &str| {
        format!(
            "--==x\r\nContent-Location: file:///C:/{place}\r\nContent-Transfer-Encoding: {encoding}\r\nContent-Type: text/html;\r\n\tcharset=\"utf-8\"\r\n\r\n{body}\r\n"
        )
    };
    let head = "MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\nContent-Type: multipart/related;\r\n\tboundary=\"==x\"\r\n\r\nThis document is a single file web page.\r\n\r\n";
    let quoted =
        "<table><tr><td class=3Dx>=E6=A0=87=\r\n=E9=A2=98</td><td>b</td></tr><tr><td>a=3D</td><td>1</td></tr></table>";
    let base64 = "PHRhYmxlPjx0cj48dGQ+5qCH6aKYPC90ZD48dGQ+YjwvdGQ+PC90cj48dHI+\r\nPHRkPmE9PC90ZD48dGQ+MTwvdGQ+PC90cj48L3RhYmxlPg==";
    let frames = part("a.htm", "quoted-printable", "<html><frameset></frameset></html>");
    let tabs = part("a_files/tabstrip.htm", "quoted-printable", "<table><tr><td>Sheet1</td></tr></table>");
    for table in [part("sheet001.htm", "quoted-printable", quoted), part("sheet001.htm", "base64", base64)] {
        let archive = format!("{head}{frames}{tabs}{table}--==x--\r\n");
        let format = SheetFormat::of("a.xls", archive.as_bytes()).unwrap();
        let sheet = Sheet::read(archive.as_bytes(), format, &Limits::default()).unwrap();
        assert_eq!((sheet.columns[0].as_str(), rows(&sheet)), ("标题", expected(&[(2, &["a=", "1"])])));
    }
    let empty = format!("{head}--==x--\r\n");
    let error = Sheet::read(empty.as_bytes(), SheetFormat::Mht, &Limits::default()).expect_err("no page");
    assert_eq!(error.code(), "sheet_format");
}
