//! Names of columns as people write them: marks around them, and remarks behind them, such as units.

use super::units::{self, Unit};
use haibao_core::template::money::Numbers;

/// A name without the marks of required columns around it, and without a colon behind it: `*售价`, `商品编号：`.
pub(super) fn undecorated(name: &str) -> &str {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '*' | '＊' | '★');
    name.trim_start_matches(is_mark).trim_end_matches(|c| is_mark(c) || matches!(c, ':' | '：'))
}

/// Normalises a name for comparison: `商品 标题` equals `商品标题`, and `Title*` and `*Title:` equal `title`.
pub(in crate::export) fn normalized(name: &str) -> String {
    undecorated(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// A normalised name without the marks that programs write instead of spaces: `product_name`.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).collect()
}

/// A name without a remark at its end, and the remark: `价格（元）`, `价格/元`, `头像(图片)`.
pub(super) fn without_remark(name: &str) -> (&str, &str) {
    let name = name.trim();
    if let Some(inner) = name.strip_suffix([')', '）', ']', '】', '>', '》', '〉', '」', '}'])
        && let Some(at) = inner.rfind(['(', '（', '[', '【', '<', '《', '〈', '「', '{'])
        // `tags[0]` is an element.
        && !inner.ends_with(|c: char| c.is_ascii_digit())
        && at > 0
    {
        let open = inner[at..].chars().next().map_or(0, char::len_utf8);
        return (inner[..at].trim_end(), inner[at + open..].trim());
    }
    // 售价￥.
    if let Some(sign) = name.chars().next_back().filter(|c| matches!(c, '¥' | '￥' | '$' | '＄' | '€' | '£')) {
        let at = name.len() - sign.len_utf8();
        if at > 0 && name[..at].ends_with(|c: char| c.is_alphanumeric()) {
            return (&name[..at], &name[at..]);
        }
    }
    match name.rsplit_once(['/', '／', ':', '：', ' ', '_', '-', '－', '—', '|']) {
        Some((bare, last)) if unit(last).is_some() && !bare.is_empty() => (bare.trim_end(), last.trim()),
        // 总价万元.
        _ => match units::without_ten_thousands(name).filter(|bare| bare.ends_with(char::is_alphanumeric)) {
            Some(bare) => (bare, &name[bare.len()..]),
            None => (name, ""),
        },
    }
}

/// What an amount is for, in the name of its column: `/月` of `租金（元/月）`.
pub(super) fn unit_behind(name: &str) -> Option<String> {
    let remark = normalized(without_remark(undecorated(name)).1);
    let at = remark.find(['/', '／', '每'])?;
    let behind = remark[at..].trim_start_matches(['/', '／', '每']);
    (!behind.is_empty() && unit(&remark) == Some(Unit::Yuan)).then(|| format!("/{behind}"))
}

/// What the remark of a name says in lower case, without spaces and a label before it: 亩 of `面积（单位：亩）`.
pub(super) fn unit_named(name: &str) -> Option<String> {
    let remark = normalized(without_remark(undecorated(name)).1);
    let unit = remark.rsplit([':', '：']).next().unwrap_or_default();
    let unit = unit.strip_prefix("单位").unwrap_or(unit).trim_start_matches(['为', '是']);
    (!unit.is_empty()).then(|| unit.to_owned())
}

/// Whether the remark of a name has a unit of money.
pub(super) fn has_money_unit(name: &str) -> bool {
    unit(without_remark(undecorated(name)).1).is_some()
}

/// The unit that a remark names.
fn unit(remark: &str) -> Option<Unit> {
    units::unit(&normalized(remark))
}

/// The unit in the name of a column of amounts, if it is neither yuan, 万元 nor fen: `售价（千元）`, `价格/$`.
pub(super) fn other_unit(name: &str) -> Option<&str> {
    let name = undecorated(name);
    let (_, remark) = without_remark(name);
    match unit(remark) {
        Some(Unit::Other) => Some(remark),
        Some(_) => None,
        None if units::is_unclear(&normalized(remark)) => Some(remark),
        None => units::other_suffix(name),
    }
}

/// How the numbers of a column of amounts are read, if its name says that they are in fen or in 万元.
pub(super) fn numbers_of(name: &str) -> Option<Numbers> {
    let name = undecorated(name);
    match unit(without_remark(name).1) {
        Some(Unit::Fen) => Some(Numbers::Fen),
        Some(Unit::TenThousands) => Some(Numbers::TenThousands),
        None if units::without_ten_thousands(name).is_some() => Some(Numbers::TenThousands),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_split_off() {
        for (name, bare, remark) in [
            ("价格（元）", "价格", "元"),
            ("价格 (分)", "价格", "分"),
            ("价格【单位：分】", "价格", "单位：分"),
            ("价格/元", "价格", "元"),
            ("头像(图片)", "头像", "图片"),
            ("tags[0]", "tags[0]", ""),
            ("积分", "积分", ""),
            ("原价 分", "原价", "分"),
            ("原价-元", "原价", "元"),
            ("原价<元>", "原价", "元"),
            ("price_fen", "price", "fen"),
            ("售价￥", "售价", "￥"),
            ("old_price", "old_price", ""),
            ("售价/万元", "售价", "万元"),
            ("总价万元", "总价", "万元"),
            ("总價萬元", "总價", "萬元"),
            ("总价百万元", "总价百万元", ""),
            ("（备注）", "（备注）", ""),
            ("a/b", "a/b", ""),
            (")", ")", ""),
        ] {
            assert_eq!(without_remark(name), (bare, remark), "{name}");
        }
    }

    #[test]
    fn units_of_names_are_found() {
        for (name, expected) in [
            ("售价（千元）", Some("千元")),
            ("售价（千元）*", Some("千元")),
            ("售价（万元）", None),
            ("Price (USD)", Some("USD")),
            ("价格/$", Some("$")),
            ("售价$", Some("$")),
            ("售价（折）", Some("折")),
            ("price_usd", Some("usd")),
            ("售价（人民币千元）", Some("人民币千元")),
            ("价（含分）", Some("含分")),
            ("成交价千元", Some("千元")),
            ("总价十万元", Some("十万元")),
            ("总价百万元", Some("百万元")),
            ("总价千万元", Some("千万元")),
            ("价格（元）", None),
            ("价格（分）", None),
            ("售价（分/件）", None),
            ("售价（RMB分）", None),
            ("价（积分）", None),
            ("售价￥", None),
            ("万元户", None),
        ] {
            assert_eq!(other_unit(name), expected, "{name}");
        }
        let in_fen = ["price_fen", "售价(cent)", "售价_分", "原价 分", "原价<分>", "成本（单位：分）*"];
        for name in in_fen {
            assert_eq!(numbers_of(name), Some(Numbers::Fen), "{name}");
        }
        for name in ["总价（万元）", "总价/万元*", "成交价万元", "总价【单位：万元】"] {
            assert_eq!(numbers_of(name), Some(Numbers::TenThousands), "{name}");
        }
        for name in
            ["积分", "原价-元", "fen", "售价（千元）", "总价百万元", "总价千万元", "总价十万元", "总价（十万元）"]
        {
            assert_eq!(numbers_of(name), None, "{name}");
        }
    }
}
