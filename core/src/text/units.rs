//! Units and measure words after numbers.

/// Units of several characters. Those that begin with another unit come first.
const LONG: &[&str] = &[
    // Lengths, areas and volumes
    "平方厘米",
    "平方公里",
    "平方千米",
    "平方英尺",
    "平方毫米",
    "平方米",
    "平方",
    "立方厘米",
    "立方分米",
    "立方米",
    "立方",
    "千米",
    "公里",
    "厘米",
    "分米",
    "毫米",
    "微米",
    "纳米",
    "公分",
    "公尺",
    "英寸",
    "英尺",
    "英里",
    "海里",
    "平米",
    "公顷",
    "毫升",
    "公升",
    "加仑",
    "厘升",
    "微升",
    // Weights
    "千克",
    "公斤",
    "毫克",
    "微克",
    "公吨",
    "盎司",
    "克拉",
    // Energy and technology
    "千瓦时",
    "千瓦",
    "毫安时",
    "毫安",
    "千卡",
    "大卡",
    "千焦",
    "卡路里",
    "摄氏度",
    "华氏度",
    "像素",
    "赫兹",
    "兆赫",
    "分贝",
    "字节",
    "毫秒",
    "马力",
    // Times
    "个多小时",
    "个半小时",
    "个小时",
    "个多月",
    "个半月",
    "个月",
    "個月",
    "个工作日",
    "个星期",
    "个百分点",
    "小时",
    "小時",
    "分钟",
    "分鐘",
    "秒钟",
    "秒鐘",
    "刻钟",
    "刻鐘",
    "工作日",
    "星期",
    "礼拜",
    "禮拜",
    "周年",
    "週年",
    "周岁",
    "年代",
    "世纪",
    "世紀",
    "季度",
    // Money
    "人民币",
    "人民幣",
    "美元",
    "美金",
    "美分",
    "欧元",
    "歐元",
    "英镑",
    "英鎊",
    "日元",
    "港元",
    "港币",
    "港幣",
    "台币",
    "台幣",
    "韩元",
    "澳元",
    "泰铢",
    "卢布",
    "法郎",
    "积分",
    "積分",
    "金币",
    // People and goods
    "人次",
    "人份",
    "居室",
    "件套",
    "百分点",
    "年级",
];

/// Units and measure words of one character.
const SHORT: &[&str] = &[
    // Dates, times and ages
    "年月日号號时時点點分秒天周週岁歲届屆期晚夜季旬代",
    // Money and shares
    "元圆圓円원角块塊毛折倍成股",
    // Goods
    "件瓶箱袋盒罐桶粒颗顆片张張份套杯枚个個双雙对對只隻支枝条條根包本册冊部台臺辆輛艘架把盏盞顶頂面幅卷捆束朵棵株头頭",
    "匹串盘盤碗壶壺锅鍋盆篮籃筐筒管听板排列行组組款种種类類项項道样樣帖贴貼滴瓣扇座栋棟幢间間户戶席桌场場局轮輪集章篇",
    "首曲页頁段句字词題题步课課门門班级級星等批队隊单單票站",
    // People and times
    "人位名口家次回遍趟顿頓",
    // Measures
    "斤克两兩吨噸米寸吋尺里丈亩畝升度瓦伏磅码碼核档檔线線",
    // Homes, floors and salaries
    "室厅廳卫衛厨层層楼樓房居大小节節薪",
];

/// Words that begin with a unit, but are none after a number: `9.9包邮`, `19.9两件`.
const NO_UNITS: &[&str] =
    &["包邮", "包郵", "人气", "人氣", "两件", "两个", "两瓶", "两盒", "两份", "两张", "两双", "两套"];

/// Units in Latin letters after a number and a space.
const LATIN: &[&str] = &[
    "kg", "g", "mg", "km", "m", "cm", "mm", "ml", "mL", "L", "h", "min", "GB", "MB", "TB", "W", "kW", "kWh", "mAh",
    "Hz", "MHz", "GHz", "oz", "lb", "ft", "m²", "km²", "km/h",
];

/// Skips the longest unit or measure word at the start of a text.
pub(super) fn after(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    long(text).or_else(|| {
        let is_unit = is_squared(first) || SHORT.iter().any(|units| units.contains(first));
        (is_unit && !NO_UNITS.iter().any(|word| text.starts_with(word))).then(|| &text[first.len_utf8()..])
    })
}

/// Skips a unit of several characters at the start of a text.
pub(super) fn long(text: &str) -> Option<&str> {
    LONG.iter().find_map(|unit| text.strip_prefix(unit))
}

/// Skips a known unit in Latin letters at the start of a text.
pub(super) fn after_latin(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c| is_latin(c) || c == '/');
    LATIN.contains(&&text[..text.len() - rest.len()]).then_some(rest)
}

/// Whether a character may be part of a unit in Latin letters.
pub(super) fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'µ' | 'μ' | 'Ω' | '²' | '³')
}

/// Whether a number after a number is a power of ten: `3千元`, `1.2万`.
pub(super) fn is_magnitude(c: char) -> bool {
    matches!(c, '百' | '千' | '万' | '萬' | '亿' | '億' | '兆')
}

/// Units in one square: `㎡`, `㎏`.
fn is_squared(c: char) -> bool {
    matches!(c, '\u{3371}'..='\u{337a}' | '\u{3380}'..='\u{33df}' | '\u{33ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unit_is_found() {
        for (at, unit) in LONG.iter().enumerate() {
            assert!(!LONG[..at].iter().any(|before| unit.starts_with(before)), "{unit} is never found");
        }
        assert_eq!(after("平方厘米的"), Some("的"));
        assert_eq!(after("㎡起"), Some("起"));
        assert_eq!(after("包邮"), None);
        assert_eq!(after("的"), None);
    }

    #[test]
    fn no_measure_word_is_listed_twice() {
        let mut all: Vec<char> = SHORT.iter().flat_map(|units| units.chars()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
