//! Rows directly below the header that say how columns are filled in: units, required or optional, an example.

use super::{raw_row::RawRow, remark};

/// Other remarks, in lower case.
const REMARKS: [&str; 29] = [
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
    "image",
    "picture",
    "date",
    "填写要求",
    "填写说明",
    "要求",
    "单位",
];
/// Words before an example.
const EXAMPLES: [&str; 9] = ["示例", "样例", "例", "例子", "例如", "举例", "填写示例", "example", "sample"];

/// Words before the name of a made-up product, in lower case.
const SAMPLES: [&str; 5] = ["示例", "样例", "范例", "example", "sample"];
/// What such a name says besides, in lower case.
const THINGS: [&str; 38] = [
    "商品", "产品", "宝贝", "标题", "名称", "品名", "数据", "内容", "文字", "文本", "用户", "昵称", "姓名", "活动",
    "课程", "门店", "店铺", "房源", "职位", "岗位", "路线", "线路", "景点", "海报", "行", "product", "item", "goods",
    "name", "title", "data", "row", "text", "event", "course", "user", "shop", "poster",
];

/// Characters of a sentence about a unit.
const MAX_SENTENCE: usize = 20;

/// Whether a remark is a unit of money: `元`, `单位：元`. `含税元` is none, because products may be called 状元.
fn is_unit(remark: &str) -> bool {
    const WORDS: [&str; 20] = [
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
    let unit = remark.trim().trim_start_matches("单位").trim_start_matches([':', '：']).trim();
    WORDS.contains(&unit.to_lowercase().as_str())
}

/// The unit that a remark says.
pub fn unit(remark: &str) -> Option<String> {
    let inner = unbracketed(remark).unwrap_or(remark);
    let found = parts(inner).filter(|part| remark::unit(part).is_some());
    // 分/元 says two.
    let found: Vec<&str> = found.map(bare).collect();
    if found.is_empty() { remark::said(inner).map(str::to_owned) } else { Some(found.join("，")) }
}

/// A unit without a label before it: 元 of `单位：元`.
fn bare(unit: &str) -> &str {
    let unit = unit.strip_prefix('以').and_then(|unit| unit.strip_suffix("为单位")).unwrap_or(unit);
    let bare = unit.trim().trim_start_matches("单位").trim_start_matches([':', '：', '为', '是']).trim();
    if remark::unit(bare).is_some() { bare } else { unit }
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
    let is_part = |part: &str| is_unit(part) || REMARKS.contains(&part.to_lowercase().as_str());
    if text.chars().count() <= MAX_SENTENCE && remark::said(text).is_some() {
        return true;
    }
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

/// Whether the row below a header is an example by the name of its product alone, `示例商品`, and the next row is none: a sheet of
/// such names is a test of its author.
pub fn is_sample(row: &RawRow, next: Option<&RawRow>, columns: &[String]) -> bool {
    let is_named = |row: &RawRow| {
        !row.is_total && has_sample_name(row.cells.iter().map(|(column, text, _)| (*column, text.as_str())), columns)
    };
    is_named(row) && next.is_some_and(|next| !is_named(next))
}

/// Whether the first of these texts with letters is the name of a made-up product: `示例商品`, `样例 1`, `Sample product`. Columns and
/// texts of a row, and the names of the columns.
pub fn has_sample_name<'t>(mut cells: impl Iterator<Item = (usize, &'t str)>, columns: &[String]) -> bool {
    let Some((column, text)) = cells.find(|(_, text)| text.contains(char::is_alphabetic)) else { return false };
    let (text, own) = (text.trim().to_lowercase(), columns.get(column).map(|own| own.to_lowercase()));
    let is_mark = |c: char| c.is_whitespace() || c.is_ascii_digit() || "()（）[]【】#-_·".contains(c);
    SAMPLES.iter().filter_map(|word| text.strip_prefix(word)).any(|rest| {
        let thing = rest.trim_matches(is_mark);
        // 示例标题 in a column 商品标题.
        let is_own = || thing.chars().count() > 1 && own.as_ref().is_some_and(|own| own.contains(thing));
        thing.is_empty() || THINGS.contains(&thing) || is_own()
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
            (&["image", "text", "单位：分", "text"], &[(2, "分")]),
            (&["填写要求", "", "分"], &[(2, "分")]),
            (&["", "", "以分为单位，填整数"], &[(2, "分")]),
            (&["必填", "", "（澳元）"], &[(2, "澳元")]),
            (&["必填", "", "分/元"], &[(2, "分，元")]),
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
    fn made_up_products_are_told_by_their_names() {
        let columns = ["序号", "商品标题", "招牌菜名"].map(str::to_owned);
        let named = |texts: &[&str]| has_sample_name(texts.iter().copied().enumerate(), &columns);
        for texts in [
            &["示例商品", "a.jpg"][..],
            &["1", "示例商品"],
            &["样例 2"],
            &["1", "示例商品标题"],
            &["Sample product 1"],
            &["Example"],
            &["", "示例（商品）"],
            &["3", "", "示例菜名"],
        ] {
            assert!(named(texts), "{texts:?}");
        }
        for texts in [
            &["花瓶", "示例商品"][..],
            &["示例菜名"],
            &["示例花瓶"],
            &["Sample Sale"],
            &["Sampler kit"],
            &["样品盒"],
            &["例假关怀礼盒"],
            &["1", "2"],
            &[],
        ] {
            assert!(!named(texts), "{texts:?}");
        }
        let (sample, other) = (row(&["示例商品", "128"]), row(&["花瓶", "128"]));
        let columns = &columns[1..];
        assert!(is_sample(&sample, Some(&other), columns));
        assert!(!is_sample(&sample, None, columns), "the only row");
        assert!(!is_sample(&sample, Some(&row(&["示例商品2", "9"])), columns), "a sheet of samples");
        assert!(!is_sample(&other, Some(&sample), columns));
    }
}
