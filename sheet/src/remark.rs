//! Names of columns as people write them: marks around them, and remarks behind them, such as units.

use crate::units::{self, Unit};
use haibao_core::template::money::Numbers;

/// A name without the marks of required columns around it, and without a colon behind it: `*售价`, `商品编号：`.
pub fn undecorated(name: &str) -> &str {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '*' | '＊' | '★');
    name.trim_start_matches(is_mark).trim_end_matches(|c| is_mark(c) || matches!(c, ':' | '：'))
}

/// Normalises a name for comparison: `商品 标题` equals `商品标题`, and `Title*` and `*Title:` equal `title`.
pub fn normalized(name: &str) -> String {
    undecorated(name).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// A normalised name without the marks that programs write instead of spaces: `product_name`.
pub fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).collect()
}

/// A name without a remark at its end, and the remark: `价格（元）`, `价格/元`, `头像(图片)`.
pub fn without_remark(name: &str) -> (&str, &str) {
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
        _ => {
            let ten_thousands = units::without_ten_thousands(name).filter(|bare| bare.ends_with(char::is_alphanumeric));
            match ten_thousands.or_else(|| units::without_unit(name)) {
                Some(bare) => (bare, &name[bare.len()..]),
                None => (name, ""),
            }
        }
    }
}

/// What an amount is for, in the name of its column: `/月` of `租金（元/月）`.
pub fn unit_behind(name: &str) -> Option<String> {
    let remark = normalized(without_remark(undecorated(name)).1);
    let at = remark.find(['/', '／', '每'])?;
    let behind = remark[at..].trim_start_matches(['/', '／', '每']);
    (!behind.is_empty() && unit(&remark) == Some(Unit::Yuan)).then(|| format!("/{behind}"))
}

/// What the remark of a name says in lower case, without spaces and a label before it: 亩 of `面积（单位：亩）`.
pub fn unit_named(name: &str) -> Option<String> {
    let remark = normalized(without_remark(undecorated(name)).1);
    let unit = remark.rsplit([':', '：']).next().unwrap_or_default();
    let unit = unit.strip_prefix("单位").unwrap_or(unit).trim_start_matches(['为', '是']);
    (!unit.is_empty()).then(|| unit.to_owned())
}

/// The unit of money in the remark of a name, without a label before it: 万元 of `价格（单位：万元）`.
pub fn money_unit(name: &str) -> Option<&str> {
    let remark = without_remark(undecorated(name)).1;
    unit(remark)?;
    let bare = remark.rsplit([':', '：']).next().unwrap_or(remark).trim();
    let bare = bare.strip_prefix("单位").unwrap_or(bare).trim_start_matches(['为', '是', ' ']);
    Some(if unit(bare).is_some() { bare } else { remark })
}

/// The unit that a remark names.
pub fn unit(remark: &str) -> Option<Unit> {
    units::unit(&normalized(remark))
}

/// Whether a unit is one of money only, and not also of goods: `千元`, `USD`.
pub fn is_money(unit: &str) -> bool {
    units::is_money(&normalized(unit))
}

/// The unit that a title or a note says amounts are in: 万元 of `价格单位：万元，含税`, 分 of `以分为单位`. `None` if it says none, or
/// that of points.
pub fn said(text: &str) -> Option<&str> {
    const LABELS: [&str; 4] = ["单位", "币种", "unit", "currency"];
    /// Longer words are no units.
    const MAX_CHARS: usize = 8;
    let is_unit = |word: &str| {
        word.chars().count() <= MAX_CHARS
            && !word.contains(|c: char| c.is_ascii_digit())
            && !units::is_share(word)
            && unit(word).is_some()
    };
    let lower = text.to_ascii_lowercase();
    let at_label = |(at, label): (usize, &str)| {
        // 积分单位：分.
        if text[..at].trim_end().ends_with('分') {
            return None;
        }
        // Texts may be long, and have many labels: no more is looked at than a unit may have.
        let before = text[..at].strip_suffix('为').and_then(|before| {
            let mut last = before.char_indices().rev().take(MAX_CHARS + 1);
            last.find(|(_, c)| *c == '以').map(|(at, c)| &before[at + c.len_utf8()..])
        });
        let behind =
            text[at + label.len()..].trim_start_matches([' ', ':', '：', '为', '是', '均', '都', '/', '／', '(', '（']);
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '¥' | '￥' | '$' | '＄' | '€' | '£');
        let mut chars = behind.char_indices().enumerate();
        let end = chars.find(|(count, (_, c))| *count > MAX_CHARS || !is_part(*c));
        let behind = &behind[..end.map_or(behind.len(), |(_, (at, _))| at)];
        before.into_iter().chain([behind]).find(|word| is_unit(word))
    };
    LABELS.iter().find_map(|label| lower.match_indices(label).find_map(at_label))
}

/// The unit of a column of amounts by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'n> {
    /// The name has none.
    None,
    /// Numbers are read by it.
    Known(Numbers, &'n str),
    /// It is neither yuan, 万元 nor fen: `售价（千元）`, `价格/$`.
    Other(&'n str),
    /// It may be yuan or fen: `价（含分）`.
    Unclear(&'n str),
}

/// The unit of a column of amounts by its name.
pub fn named(name: &str) -> Named<'_> {
    let name = undecorated(name);
    let (_, remark) = without_remark(name);
    let own = money_unit(name).unwrap_or(remark);
    match unit(remark) {
        Some(Unit::Yuan) => Named::Known(Numbers::Yuan, own),
        Some(Unit::Fen) => Named::Known(Numbers::Fen, own),
        Some(Unit::TenThousands) => Named::Known(Numbers::TenThousands, own),
        Some(Unit::Other) if remark.contains('分') => Named::Unclear(remark),
        Some(Unit::Other) => Named::Other(remark),
        None if units::is_unclear(&normalized(remark)) => Named::Unclear(remark),
        None => match (units::other_suffix(name), units::unclear_suffix(name)) {
            (Some(suffix), _) => Named::Other(suffix),
            (None, Some(suffix)) => Named::Unclear(suffix),
            (None, None) => Named::None,
        },
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
            ("售价分", "售价", "分"),
            ("价格fen", "价格", "fen"),
            ("（备注）", "（备注）", ""),
            ("a/b", "a/b", ""),
            (")", ")", ""),
        ] {
            assert_eq!(without_remark(name), (bare, remark), "{name}");
        }
    }

    #[test]
    fn units_of_names_are_found() {
        for (name, unit) in [
            ("售价（千元）", "千元"),
            ("售价（千元）*", "千元"),
            ("Price (USD)", "USD"),
            ("价格/$", "$"),
            ("售价$", "$"),
            ("售价（折）", "折"),
            ("price_usd", "usd"),
            ("售价（人民币千元）", "人民币千元"),
            ("成交价千元", "千元"),
            ("总价十万元", "十万元"),
            ("总价百万元", "百万元"),
            ("总价千万元", "千万元"),
            ("总价（十万元）", "十万元"),
        ] {
            assert_eq!(named(name), Named::Other(unit), "{name}");
        }
        for (name, unit) in
            [("价（含分）", "含分"), ("售价（元，分）", "元，分"), ("售价（分/元）", "分/元"), ("标签分", "分")]
        {
            assert_eq!(named(name), Named::Unclear(unit), "{name}");
        }
        for (name, unit) in [
            ("price_fen", "fen"),
            ("售价(cent)", "cent"),
            ("售价_分", "分"),
            ("原价 分", "分"),
            ("原价<分>", "分"),
            ("成本（单位：分）*", "分"),
            ("售价分", "分"),
            ("pricefen", "fen"),
            ("售价（分/件）", "分/件"),
            ("售价（RMB分）", "RMB分"),
        ] {
            assert_eq!(named(name), Named::Known(Numbers::Fen, unit), "{name}");
        }
        for name in ["总价（万元）", "总价/万元*", "成交价万元", "总价【单位：万元】"] {
            assert_eq!(named(name), Named::Known(Numbers::TenThousands, "万元"), "{name}");
        }
        for (name, unit) in [("原价-元", "元"), ("价格（元）", "元"), ("售价￥", "￥"), ("售价（单位为元）", "元")]
        {
            assert_eq!(named(name), Named::Known(Numbers::Yuan, unit), "{name}");
        }
        for name in ["积分", "价（积分）", "万元户", "售价", "价格（含税）"] {
            assert_eq!(named(name), Named::None, "{name}");
        }
    }

    #[test]
    fn titles_and_notes_say_units() {
        for (text, unit) in [
            ("商品导出（价格单位：分）", Some("分")),
            ("注：价格单位为分", Some("分")),
            ("备注：总价单位为万元", Some("万元")),
            ("单位：万元/套", Some("万元")),
            ("单位：美元", Some("美元")),
            ("Unit: USD", Some("USD")),
            ("币种：港币", Some("港币")),
            ("以分为单位，填整数", Some("分")),
            ("单位: 元", Some("元")),
            ("商品价格表（单位/分）", Some("分")),
            ("价格单位（分）", Some("分")),
            ("价格单位均为分", Some("分")),
            ("主办单位（拾光）", None),
            ("时长单位：分钟", None),
            ("会员积分单位：分", None),
            ("单位：件", None),
            ("折扣单位：折", None),
            ("主办单位：拾光", None),
            ("unit price", None),
            ("售价", None),
        ] {
            assert_eq!(said(text), unit, "{text}");
        }
        // Looking at the rest of the text for each label would take hours.
        for label in ["unit", "为单位", "单位："] {
            assert_eq!(said(&label.repeat(1 << 16)), None, "{label}");
            assert_eq!(said(&format!("{}单位：分", label.repeat(1 << 10))), Some("分"), "{label}");
        }
    }
}
