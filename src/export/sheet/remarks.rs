//! Rows directly below the header that say how columns are filled in: units, required or optional, an example.

use super::raw_row::RawRow;

/// Units of amounts.
const UNITS: [&str; 20] = [
    "元",
    "万元",
    "分",
    "角",
    "千元",
    "百元",
    "人民币",
    "元人民币",
    "美元",
    "港元",
    "港币",
    "欧元",
    "日元",
    "¥",
    "￥",
    "$",
    "rmb",
    "cny",
    "usd",
    "yuan",
];
/// Other remarks, in lower case.
const REMARKS: [&str; 22] = [
    "必填",
    "选填",
    "可选",
    "必选",
    "非必填",
    "可不填",
    "不必填",
    "可空",
    "可为空",
    "不可为空",
    "不能为空",
    "必须",
    "必填项",
    "选填项",
    "文本",
    "数字",
    "日期",
    "图片",
    "required",
    "optional",
    "text",
    "number",
];
/// Words before an example.
const EXAMPLES: [&str; 9] = ["示例", "样例", "例", "例子", "例如", "举例", "填写示例", "example", "sample"];

/// The unit at the end of a name in brackets or behind a slash: `价格（分）`, `价格/元`.
pub fn unit_of(name: &str) -> Option<&str> {
    let name = name.trim();
    let inner = match name.strip_suffix([')', '）', ']', '】']) {
        Some(inner) => inner.rsplit_once(['(', '（', '[', '【'])?.1,
        None => name.rsplit_once(['/', '／'])?.1,
    };
    unit(inner)
}

/// The unit that a remark is: `元`, `单位：元`.
fn unit(remark: &str) -> Option<&str> {
    let unit = remark.trim().trim_start_matches("单位").trim_start_matches([':', '：']).trim();
    UNITS.contains(&unit.to_lowercase().as_str()).then_some(unit)
}

/// A text without the brackets around all of it.
fn unbracketed(text: &str) -> Option<&str> {
    text.strip_prefix(['(', '（', '[', '【'])?.strip_suffix([')', '）', ']', '】'])
}

/// The parts of a remark.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '，', '、', ';', '；', '/']).map(str::trim)
}

/// Whether a text says how its column is filled in: `必填`, `（元）`, `(20字以内，必填)`.
pub fn is_remark(text: &str) -> bool {
    let is_part = |part: &str| unit(part).is_some() || REMARKS.contains(&part.to_lowercase().as_str());
    match unbracketed(text) {
        Some(inner) => parts(inner).any(is_part) || !inner.contains(|c: char| c.is_ascii_digit()),
        None => parts(text).all(is_part),
    }
}

/// For each cell of a row of remarks its column and its unit, if it has one; `None` if the row is none.
pub fn units(row: &RawRow) -> Option<Vec<(usize, String)>> {
    let texts = || row.cells.iter().map(|(_, text, _)| text.trim());
    if row.is_total || row.cells.iter().any(|(.., fault)| fault.is_some()) {
        return None;
    }
    if is_example(texts().find(|text| !text.is_empty())?) {
        return Some(Vec::new());
    }
    if !texts().all(is_remark) {
        return None;
    }
    let unit = |text: &str| parts(unbracketed(text).unwrap_or(text)).find_map(unit).map(str::to_owned);
    Some(row.cells.iter().filter_map(|(column, text, _)| Some((*column, unit(text.trim())?))).collect())
}

/// Whether a first cell says that its row is an example: `示例`, `例：花瓶`, `（示例）花瓶`.
fn is_example(first: &str) -> bool {
    let text = first.trim_start_matches(['(', '（', '[', '【']).to_lowercase();
    EXAMPLES.iter().filter_map(|word| text.strip_prefix(word)).any(|rest| {
        let rest = rest.trim_start();
        rest.is_empty() || rest.starts_with([':', '：', ')', '）', ']', '】', '(', '（'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(texts: &[&str]) -> RawRow {
        let mut row = RawRow { number: 2, ..RawRow::default() };
        texts.iter().enumerate().for_each(|(column, text)| row.add(column, (*text).to_owned(), None));
        row
    }

    #[test]
    fn rows_of_remarks_are_told_from_products() {
        for (texts, found) in [
            (&["", "", "（元）"][..], &[(2, "元")][..]),
            (&["必填", "选填", "必填，分"], &[(2, "分")]),
            (&["【必填】", "(20字以内，必填)", "单位：万元"], &[(2, "万元")]),
            (&["例：天青釉花瓶", "vase.jpg", "128"], &[]),
            (&["示例", "花瓶", "128"], &[]),
            (&["（示例）花瓶", "a.jpg", "128"], &[]),
        ] {
            let found: Vec<_> = found.iter().map(|(column, unit)| (*column, (*unit).to_owned())).collect();
            assert_eq!(units(&row(texts)), Some(found), "{texts:?}");
        }
        for texts in
            [&["花瓶", "", "（元）"][..], &["例假关怀礼盒", "a", "12"], &["示例商品", "a", "1"], &["（第2版）", "", ""]]
        {
            assert_eq!(units(&row(texts)), None, "{texts:?}");
        }
    }

    #[test]
    fn units_of_groups_are_found() {
        for (name, found) in [
            ("价格（分）", Some("分")),
            ("价格/元", Some("元")),
            ("价格(单位：万元)", Some("万元")),
            ("价格（含税）", None),
            ("价格", None),
        ] {
            assert_eq!(unit_of(name), found, "{name}");
        }
    }
}
