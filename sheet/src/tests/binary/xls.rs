//! Tests of .xls with valid and invalid files.

use super::{xls_file::*, *};

#[test]
fn xls_is_read_under_any_name() {
    let error = |row, column, value: [u8; 2]| record(0x205, &[place(row, column, 0), value.to_vec()].concat());
    let shared_cell =
        |row, column, index: u32| record(0xfd, &[place(row, column, 0), index.to_le_bytes().to_vec()].concat());
    let rk = |style: u16, bits: u32| [&style.to_le_bytes()[..], &bits.to_le_bytes()].concat();
    let hidden = |row: u16| record(0x208, &[&row.to_le_bytes()[..], &[0; 10], &[0x20, 0, 0, 0]].concat());
    let many = [&[4, 0, 0, 0][..], &rk(1, 7 << 2 | 2), &rk(0, 1250 << 2 | 3), &[1, 0]].concat();
    let chart = [record(BOF, &[0, 6, 0x20, 0]), label(0, 0, "chart"), record(EOF, &[])].concat();
    let cells = [
        hidden(4),
        shared_cell(0, 0, 0),
        label(0, 1, "编号"),
        label(0, 2, "价格"),
        label(0, 3, "日期"),
        chart,
        shared_cell(2, 0, 2),
        number(2, 1, 1, 123.0),
        number(2, 2, 0, 0.1 + 0.2),
        number(2, 3, 2, 46_346.0),
        // Cells in the order in which they were set.
        number(3, 3, 3, 1.5),
        formula(3, 0, [0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        record(0x207, &text("fx 值", 2)),
        record(0xbd, &many),
        record(0xbd, &[&[3, 0, 1, 0][..], &rk(0, 5 << 2 | 2), &[1, 0]].concat()),
        error(4, 2, [1, 0]),
        error(4, 3, [0x17, 1]),
        shared_cell(5, 0, 3),
        formula(5, 1, [1, 0, 1, 0, 0, 0, 0xff, 0xff]),
        formula(5, 2, 2.5_f64.to_le_bytes()),
        shared_cell(5, 3, 99),
    ];
    let bytes = xls(&[styles(), shared()].concat(), &cells);
    for name in ["a.xls", "a.xlsx", "a.csv", "a.et", ""] {
        let sheet = read(&bytes, name);
        assert_eq!(sheet.columns, ["标题", "编号", "价格", "日期"], "{name}");
        let expected = expected(&[
            (3, &["abc", "00123", "0.3", "2026-11-20"]),
            (4, &["fx 值", "5", "", "36:00:00"]),
            (5, &["00007", "12.5", "TRUE", "#REF!"]),
            (6, &["中文字", "TRUE", "2.5", ""]),
        ]);
        assert_eq!(super::rows(&sheet), expected, "{name}");
        assert_eq!(sheet.hidden, ListedRows { count: 1, first: vec![5] });
        assert_eq!(sheet.faults.keys().copied().collect::<Vec<_>>(), [5]);
        assert!(!sheet.has_unread_pictures);
    }
    let named = Reading { sheet: Some("Hidden"), ..Reading::default() };
    assert_eq!(Sheet::read_with(&bytes, SheetFormat::Xls, &named).unwrap_err().code(), "sheet_empty");
    let unknown = Reading { sheet: Some("表格"), ..Reading::default() };
    assert_eq!(Sheet::read_with(&bytes, SheetFormat::Xls, &unknown).unwrap_err().code(), "sheet_unknown");
}

#[test]
fn xls_of_excel_95_has_a_code_page() {
    let gbk = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let coded = |row: u16, value: &str| {
        let bytes = gbk(value);
        record(0x204, &[place(row, 0, 0), (bytes.len() as u16).to_le_bytes().to_vec(), bytes].concat())
    };
    let start = [record(BOF, &[0, 5, 5, 0]), record(0x42, &936_u16.to_le_bytes())].concat();
    let name = gbk("表");
    let entry = |offset: u32| record(0x85, &[&offset.to_le_bytes()[..], &[0, 0, name.len() as u8], &name].concat());
    let length = start.len() + entry(0).len() + 4;
    let sheet = [record(BOF, &[0, 5, 0x10, 0]), coded(0, "标题"), coded(1, "天青釉花瓶"), record(EOF, &[])].concat();
    let bytes = compound("/Book", &[start, entry(length as u32), record(EOF, &[]), sheet].concat());
    let sheet = read(&bytes, "a.xls");
    assert_eq!(
        (sheet.columns.as_slice(), super::rows(&sheet)),
        (&["标题".to_owned()][..], expected(&[(2, &["天青釉花瓶"])]))
    );
}

#[test]
fn pictures_in_xls_are_told() {
    let store = [&0x0012_u16.to_le_bytes()[..], &0xf001_u16.to_le_bytes(), &4_u32.to_le_bytes(), &[0; 4]].concat();
    let head = [&[0x0f, 0][..], &0xf000_u16.to_le_bytes(), &20_u32.to_le_bytes()].concat();
    let drawings = [&[0, 0, 0x06, 0xf0][..], &2_u32.to_le_bytes(), &[0; 2]].concat();
    let rows = [label(0, 0, "a"), label(1, 0, "b")];
    for (group, expected) in
        [([head.clone(), drawings.clone(), store].concat(), true), ([head, drawings].concat(), false)]
    {
        assert_eq!(read(&xls(&[record(0xeb, &group)], &rows), "a.xls").has_unread_pictures, expected);
    }
}

#[test]
fn hostile_xls_is_an_error() {
    let fine = [label(0, 0, "a"), label(1, 0, "b")];
    let strings = |count: u32| record(0xfc, &[&count.to_le_bytes()[..], &[0xff; 4], &text("a", 2)].concat());
    assert_eq!(super::rows(&read(&xls(&[strings(u32::MAX)], &fine), "a.xls")).len(), 1, "the count is not trusted");
    let dimensions = record(0x200, &[&[0; 4][..], &[0xff; 10]].concat());
    assert_eq!(super::rows(&read(&xls(&[], &[vec![dimensions], fine.to_vec()].concat()), "a.xls")).len(), 1);
    let twice = vec![label(1, 0, "x"); 20_000];
    for (bytes, code) in [
        (xls(&[record(0x2f, &[1, 0])], &fine), "sheet_broken"),
        (xls(&[], &[]), "sheet_empty"),
        (xls(&[], &[vec![label(0, 0, "a")], twice].concat()), "sheet_broken"),
        (xls(&[], &[label(0, 0, "a"), vec![0x04, 0x02, 0xff, 0xff, 1]]), "sheet_broken"),
        (compound("/Workbook", &[9, 4, 2, 0, 0, 2]), "sheet_broken"),
        (compound("/Workbook", &record(BOF, &[0, 6])), "sheet_broken"),
        (compound("/Workbook", b""), "sheet_broken"),
    ] {
        let error = Sheet::read(&bytes, SheetFormat::Xls, &Limits::default()).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.hint_text().is_some());
    }
    let limits = Limits { strings: 1, ..Limits::default() };
    let two = record(0xfc, &[vec![0; 8], text("a", 2), text("b", 2)].concat());
    assert_eq!(Sheet::read(&xls(&[two], &fine), SheetFormat::Xls, &limits).unwrap_err().code(), "sheet_too_large");
    // Any byte may be damaged.
    let whole = xls(&[styles(), shared()].concat(), &[fine.to_vec(), vec![number(2, 0, 1, 5.0)]].concat());
    for at in (0..whole.len()).filter(|at| whole[*at] != 0) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let _ = Sheet::read(&bytes, SheetFormat::Xls, &Limits::default());
        let _ = Sheet::read(&whole[..at], SheetFormat::Xls, &Limits::default());
    }
}

#[test]
fn formats_merged_cells_and_hidden_columns_of_xls_count() {
    let format = |id: u16, code: &str| record(0x41e, &[&id.to_le_bytes()[..], &text(code, 2)].concat());
    let style = |format: u16| record(0xe0, &[&[0, 0][..], &format.to_le_bytes(), &[0; 16]].concat());
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let globals = [format(164, "# ?/?"), format(165, "m\"月\"d\"日\""), style(0), style(164), style(165)];
    let cells = [
        record(0x7d, &words(&[1, 1, 2560, 0, 1, 0])),
        label(0, 0, "title"),
        label(0, 1, "price"),
        number(1, 0, 1, 1.25),
        number(1, 1, 0, 5.0),
        number(2, 1, 0, 6.0),
        number(3, 0, 2, 46_346.0),
        number(3, 1, 1, 0.5),
        record(0xe5, &words(&[1, 1, 2, 0, 0])),
    ];
    let xls = super::kinds::read_as(&xls(&globals, &cells), SheetFormat::Xls).unwrap();
    let expected_xls = expected(&[(2, &["1 1/4", "5"]), (3, &["1 1/4", "6"]), (4, &["11月20日", "0.5"])]);
    assert_eq!(super::rows(&xls), expected_xls);
    assert_eq!((xls.merged_columns.as_slice(), xls.hidden_columns.as_slice()), (&[0][..], &[1][..]));
}

#[test]
fn formulas_that_were_never_calculated_are_faults() {
    const BLANK: [u8; 8] = [3, 0, 0, 0, 0, 0, 0xff, 0xff];
    const TEXT: [u8; 8] = [0, 0, 0, 0, 0, 0, 0xff, 0xff];
    let header = [label(0, 0, "a"), label(0, 1, "b")];
    let faults = |cells: &[Vec<u8>]| {
        let sheet = read(&xls(&[], &[&header[..], cells].concat()), "a.xls");
        sheet.faults.into_iter().map(|(row, faults)| (row, faults[0].code)).collect::<Vec<_>>()
    };
    let unknown = |row: u64| (row, "formula_unknown");
    assert_eq!(faults(&[label(1, 0, "x"), formula(1, 1, BLANK), formula(2, 1, BLANK)]), [unknown(2), unknown(3)]);
    // An office program has calculated them: their texts are empty.
    let empty = xls(&[], &[&header[..], &[label(1, 0, "x"), formula(1, 1, BLANK)]].concat());
    let mut file = cfb::CompoundFile::open(std::io::Cursor::new(empty)).unwrap();
    file.create_stream("/\u{5}SummaryInformation").unwrap();
    let sheet = read(&file.into_inner().into_inner(), "a.xls");
    assert_eq!((super::rows(&sheet), sheet.faults.len()), (expected(&[(2, &["x", ""])]), 0));
    // Its text is missing.
    assert_eq!(faults(&[label(1, 0, "x"), formula(1, 1, TEXT), formula(2, 1, 2_f64.to_le_bytes())]), [unknown(2)]);
    // An empty text.
    assert!(faults(&[label(1, 0, "x"), formula(1, 1, BLANK), formula(2, 1, 2_f64.to_le_bytes())]).is_empty());
}

#[test]
fn zeros_that_the_view_of_xls_hides_are_told() {
    let aim = |name: &str| Some(Aim { name: name.to_owned(), is_text: false, is_number: false });
    for (flags, hidden) in [(0xa6_u16, 1), (0xb6, 0)] {
        let cells = [
            label(0, 0, "a"),
            number(1, 0, 0, 0.0),
            number(2, 0, 0, 7.0),
            record(0x23e, &[&flags.to_le_bytes()[..], &[0; 16]].concat()),
        ];
        let reading = Reading { aim: Some(&aim), ..Reading::default() };
        let sheet = Sheet::read_with(&xls(&[], &cells), SheetFormat::Xls, &reading).unwrap();
        assert_eq!((sheet.hidden_values.count, sheet.rows.len()), (hidden, 2), "{flags:x}");
    }
}

#[test]
fn links_of_xls_are_read() {
    let wide = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    // Of an address or of a file, with a name before it or none.
    let link = |row: u16, flags: u32, class: u8, target: &str| {
        let place = [row, row, 0, 0].into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let name = [&3_u32.to_le_bytes()[..], &wide("看图")].concat();
        let name = if flags & 0x10 != 0 { name } else { Vec::new() };
        let class = [class, 0xc9, 0xea, 0x79, 0xf9, 0xba, 0xce, 0x11, 0x8c, 0x82, 0x00, 0xaa, 0x00, 0x4b, 0xa9, 0x0b];
        let length = (wide(target).len() as u32).to_le_bytes();
        [&place[..], &[0; 16], &[2, 0, 0, 0], &flags.to_le_bytes(), &name, &class, &length, &wide(target)].concat()
    };
    let long = link(4, 3, 0xe0, "https://a.cn/5.jpg");
    let cells = [
        label(0, 0, "a"),
        label(1, 0, "看图"),
        label(2, 0, "看图"),
        label(3, 0, "看图"),
        label(4, 0, "看图"),
        record(0x1b8, &link(1, 0x17, 0xe0, "https://a.cn/2.jpg?x=1&y=2")),
        record(0x1b8, &link(2, 3, 0xe0, "https://a.cn/3.jpg")),
        record(0x1b8, &link(3, 3, 0x03, "https://a.cn/4.jpg")),
        record(0x1b8, &long[..long.len() - 8]),
    ];
    let sheet = read(&xls(&styles(), &cells), "a.xls");
    let found: Vec<_> = sheet.links.iter().map(|(at, address)| (*at, address.as_str())).collect();
    assert_eq!(found, [((2, 0), "https://a.cn/2.jpg?x=1&y=2"), ((3, 0), "https://a.cn/3.jpg")]);
}
