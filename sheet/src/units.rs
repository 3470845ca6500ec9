//! Units of money in the names of columns and in remarks: `价格（分）`, `售价（万元）`, `Price ($)`.

/// The unit that a remark names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Yuan: 元.
    Yuan,
    /// Fen: 分.
    Fen,
    /// Ten thousands of yuan: 万元.
    TenThousands,
    /// Another one, or one that is unclear.
    Other,
}

/// Words of yuan, and what may stand before a unit.
const YUAN: [&str; 11] = ["元", "圆", "块", "rmb", "cny", "yuan", "人民币", "¥", "￥", "cn¥", "人民币元"];
const FEN: [&str; 6] = ["分", "fen", "cent", "cents", "分钱", "分人民币"];
/// Units of discounts.
const SHARES: [&str; 2] = ["折", "%"];
/// Numbers that a unit multiplies.
const SCALES: [char; 10] = ['十', '百', '千', '万', '萬', '亿', '億', '角', '毛', '厘'];
/// Other currencies: as a part of a remark, and as a word of it.
const SIGNS: [&str; 15] = ["$", "€", "£", "₩", "円", "฿", "₽", "₫", "₹", "＄", "美元", "美金", "英镑", "法郎", "卢布"];
const CURRENCIES: [&str; 58] = [
    "美刀",
    "刀",
    "欧元",
    "欧",
    "港元",
    "港币",
    "港幣",
    "港纸",
    "日元",
    "日圆",
    "日币",
    "韩元",
    "韩币",
    "韩圆",
    "台币",
    "台幣",
    "新台币",
    "澳元",
    "澳币",
    "澳门元",
    "加元",
    "加币",
    "新元",
    "新币",
    "新加坡元",
    "泰铢",
    "铢",
    "卢比",
    "马币",
    "林吉特",
    "越南盾",
    "比索",
    "克朗",
    "里拉",
    "usd",
    "eur",
    "hkd",
    "jpy",
    "gbp",
    "twd",
    "ntd",
    "krw",
    "aud",
    "cad",
    "sgd",
    "thb",
    "rub",
    "inr",
    "chf",
    "myr",
    "vnd",
    "php",
    "mop",
    "nzd",
    "idr",
    "dollar",
    "dollars",
    "euro",
];
/// What may stand before a scale without 元, which may also be the end of a word.
const BEFORE_SCALES: [&str; 10] = ["", "单位", "以", "按", "约", "rmb", "cny", "人民币", "¥", "￥"];

/// The unit of a remark in lower case without spaces. `None` if it names none: `含税`, `图片`, `积分`.
pub(super) fn unit(remark: &str) -> Option<Unit> {
    let parts = remark.split([',', '，', '、', ';', '；', '|', '｜', '(', '（']);
    let units: Vec<Unit> = parts.flat_map(|own| [part(own), behind(own)]).flatten().collect();
    let is = |unit: Unit| units.contains(&unit);
    match (is(Unit::Other), is(Unit::Fen), is(Unit::Yuan), is(Unit::TenThousands)) {
        (true, ..) | (_, true, true, _) | (_, true, _, true) | (_, _, true, true) => Some(Unit::Other),
        (_, true, ..) => Some(Unit::Fen),
        (_, _, true, _) => Some(Unit::Yuan),
        (_, _, _, true) => Some(Unit::TenThousands),
        _ => None,
    }
}

/// The unit that is written behind another one: 元 of `分/元`. What an amount is for is none: `元/千克`, `元/块`.
fn behind(own: &str) -> Option<Unit> {
    let (_, unit) = own.split_once(['/', '／'])?;
    let is_unit = matches!(unit, "元" | "分") || (unit.chars().count() > 1 && is_word(unit)) || unit == "万元";
    is_unit.then(|| part(unit)).flatten()
}

fn part(part: &str) -> Option<Unit> {
    // A label before, 单位：元, and behind what the amount is for, 元/千克.
    let part = part.rsplit([':', '：']).next().unwrap_or_default();
    let unit = part.split(['/', '／', '每']).next().unwrap_or_default();
    let unit = unit.strip_prefix("in").filter(|rest| is_word(rest)).unwrap_or(unit);
    let unit = unit.strip_prefix("单位").unwrap_or(unit).trim_start_matches(['为', '是', '=']);
    let unit = unit.strip_prefix('以').and_then(|unit| unit.strip_suffix("为单位")).unwrap_or(unit);
    // 万元人民币.
    let unit = unit.strip_suffix("人民币").filter(|rest| !rest.is_empty()).unwrap_or(unit);
    if YUAN.contains(&unit) {
        return Some(Unit::Yuan);
    }
    if FEN.contains(&unit) || YUAN.iter().any(|yuan| unit.strip_prefix(yuan).is_some_and(|rest| FEN.contains(&rest))) {
        return Some(Unit::Fen);
    }
    if CURRENCIES.contains(&unit) || SHARES.contains(&unit) || SIGNS.iter().any(|sign| unit.contains(sign)) {
        return Some(Unit::Other);
    }
    // 万元, 人民币万元, ￥k.
    let yuan = YUAN.iter().filter(|yuan| unit.ends_with(*yuan)).max_by_key(|yuan| yuan.len());
    let scale = yuan.map_or(unit, |yuan| &unit[..unit.len() - yuan.len()]);
    let before = scale.trim_end_matches(SCALES);
    let is_scaled = before.len() < scale.len() && (yuan.is_some() || BEFORE_SCALES.contains(&before));
    let is_letter = ["k", "w", "wan", "thousand", "million"]
        .iter()
        .any(|letter| scale.strip_suffix(letter).is_some_and(|before| BEFORE_SCALES.contains(&before)));
    if is_scaled || is_letter {
        let is_ten_thousand = ['万', '萬'].iter().any(|sign| scale.strip_suffix(*sign) == Some(before));
        return Some(if is_scaled && is_ten_thousand { Unit::TenThousands } else { Unit::Other });
    }
    // 含税元.
    yuan.is_some_and(|yuan| !yuan.is_ascii() && !before.is_empty()).then_some(Unit::Yuan)
}

fn is_word(text: &str) -> bool {
    YUAN.contains(&text) || FEN.contains(&text) || CURRENCIES.contains(&text)
}

/// Whether a unit in lower case without spaces is one of money only: 角 and 块 also count bread and soap, 刀 counts paper.
pub(super) fn is_money(unit: &str) -> bool {
    let unit = unit.split(['/', '／', '每']).next().unwrap_or_default();
    let is_named = unit.chars().count() > 1 && CURRENCIES.contains(&unit);
    is_named || unit.contains('元') || SIGNS.iter().any(|sign| unit.contains(sign))
}

/// Whether a remark on amounts, in lower case without spaces, has a 分 that may be fen or anything else.
pub(super) fn is_unclear(remark: &str) -> bool {
    const OTHERS: [&str; 12] =
        ["积分", "评分", "得分", "学分", "百分", "部分", "分享", "分期", "分类", "分钟", "精确到分", "分销"];
    let short = remark.chars().count() <= 6;
    short && remark.contains('分') && !OTHERS.iter().any(|word| remark.contains(word))
}

/// Whether a remark is a unit of discounts, which are no amounts.
pub(super) fn is_share(remark: &str) -> bool {
    SHARES.contains(&remark)
}

/// The part of a name before a unit at its end that nothing separates from it, if it ends with a word of money: 售价 of `售价分`,
/// price of `pricefen`.
pub(super) fn without_unit(name: &str) -> Option<&str> {
    const UNITS: [&str; 14] =
        ["分", "元", "圆", "角", "万", "萬", "千", "fen", "cents", "cent", "yuan", "rmb", "cny", "usd"];
    const MONEY: [&str; 14] =
        ["价", "價", "价格", "價格", "额", "額", "费", "费用", "金", "租", "成本", "price", "amount", "cost"];
    let bare = UNITS.iter().find_map(|unit| without_end(name, unit))?;
    let is_money = MONEY.iter().any(|word| without_end(bare, word).is_some());
    is_money.then_some(bare)
}

/// The part of a text before its end, in upper or lower case.
fn without_end<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let (before, last) = text.split_at_checked(text.len().checked_sub(end.len())?)?;
    last.eq_ignore_ascii_case(end).then_some(before)
}

/// The end of a name in 分, fen or cents that may be a unit or anything else: `标价含税分`, but not `积分`.
pub(super) fn unclear_suffix(name: &str) -> Option<&str> {
    const OTHERS: [&str; 10] = ["积", "评", "得", "学", "百", "部", "总", "十", "均", "用"];
    let (end, bare) = ["分", "fen", "cents"].iter().find_map(|end| Some((end, without_end(name, end)?)))?;
    (!OTHERS.iter().any(|word| bare.ends_with(word))).then(|| &name[name.len() - end.len()..])
}

/// The part of a name before 万元 at its end. `None` if it ends otherwise, or with a multiple of it: `总价百万元`.
pub(super) fn without_ten_thousands(name: &str) -> Option<&str> {
    let bare = ["万元", "萬元"].iter().find_map(|unit| name.strip_suffix(unit))?;
    (!bare.ends_with(SCALES)).then_some(bare)
}

/// The unit at the end of a name without brackets, if it is neither yuan, 万元 nor fen: `售价美元`.
pub(super) fn other_suffix(name: &str) -> Option<&str> {
    const SUFFIXES: [&str; 17] = [
        "亿元",
        "千元",
        "百元",
        "十万元",
        "百万元",
        "千万元",
        "万万元",
        "美元",
        "美金",
        "欧元",
        "英镑",
        "港元",
        "港币",
        "日元",
        "韩元",
        "台币",
        "澳元",
    ];
    SUFFIXES.iter().find(|suffix| name.len() > suffix.len() && name.ends_with(**suffix)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit_of(remark: &str) -> Option<Unit> {
        unit(&remark.to_lowercase().replace(' ', ""))
    }

    #[test]
    fn units_at_the_end_of_names_are_found() {
        for (name, bare) in [
            ("售价分", Some("售价")),
            ("价格fen", Some("价格")),
            ("PriceFen", Some("Price")),
            ("金额分", Some("金额")),
            ("总价万", Some("总价")),
            ("积分", None),
            ("信用分", None),
            ("会员积分", None),
            ("分", None),
            ("fen", None),
        ] {
            assert_eq!(without_unit(name), bare, "{name}");
        }
        assert_eq!((unclear_suffix("标签分"), unclear_suffix("saleFen")), (Some("分"), Some("Fen")));
        assert_eq!((unclear_suffix("会员积分"), unclear_suffix("分类")), (None, None));
    }

    #[test]
    fn units_are_read_if_they_are_certain() {
        for remark in [
            "元",
            "¥",
            "RMB",
            "人民币",
            "单位：元",
            "单位:元",
            "元/件",
            "元/千克",
            "元/万次",
            "元/块",
            "元/分钟",
            "含税元",
            "元，含税",
            "人民币元",
            "币种：人民币",
            "元，精确到分",
            "in CNY",
            "单位为元",
        ] {
            assert_eq!(unit_of(remark), Some(Unit::Yuan), "{remark}");
        }
        for remark in [
            "分",
            "单位：分",
            "单位分",
            "FEN",
            "人民币：分",
            "RMB分",
            "分/件",
            "人民币分",
            "以分为单位",
            "cent",
            "cents",
            "in cents",
            "含税，分",
        ] {
            assert_eq!(unit_of(remark), Some(Unit::Fen), "{remark}");
        }
        for remark in
            ["万元人民币", "万元", "万", "人民币万元", "RMB万元", "单位：万元", "万元/套", "含税，万元", "¥万"]
        {
            assert_eq!(unit_of(remark), Some(Unit::TenThousands), "{remark}");
        }
        for remark in [
            "千元",
            "百元",
            "亿",
            "角",
            "十万元",
            "元，万元",
            "USD",
            "$",
            "US$",
            "HK$",
            "$/pc",
            "美元",
            "单位：美元",
            "美元/件",
            "€",
            "欧元",
            "港币",
            "日元",
            "澳元",
            "k",
            "¥k",
            "w",
            "元，分",
            "分/元",
            "元/分",
            "in USD",
            "千块",
            "折",
            "%",
        ] {
            assert_eq!(unit_of(remark), Some(Unit::Other), "{remark}");
        }
        for (unit, is) in
            [("千元", true), ("usd", true), ("港币/件", true), ("$", true), ("刀", false), ("角", false), ("万", false)]
        {
            assert_eq!(is_money(unit), is, "{unit}");
        }
        assert!(is_unclear("含分") && !is_unclear("积分") && !is_unclear("精确到分"));
        for remark in
            ["", "含分", "含税", "图片", "积分", "必填", "会员价", "满减", "百分比", "备注", "kg", "老百货", "千人千面"]
        {
            assert_eq!(unit_of(remark), None, "{remark}");
        }
    }
}
