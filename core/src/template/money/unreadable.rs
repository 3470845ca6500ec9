//! Why a text is no amount of money: what has been read of it, and what to write instead.

use super::{
    decimal::Decimal,
    numbers::{FEN_OR_YUAN, Numbers},
};
use crate::{
    error::Message,
    words::{self, quote},
};

/// Maximum number of amounts that a message names.
const MAX_NAMED: usize = 4;
/// Signs and words of other currencies, in lower case.
const FOREIGN: [&str; 49] = [
    "$", "€", "£", "￡", "₩", "￦", "円", "฿", "₽", "₫", "₹", "jp¥", "usd", "eur", "hkd", "gbp", "jpy", "twd", "krw",
    "sgd", "thb", "美元", "美金", "美刀", "欧元", "港元", "港币", "港幣", "日元", "日圆", "日币", "英镑", "韩元",
    "韩币", "韩圆", "台币", "台幣", "澳元", "澳币", "加元", "新元", "新币", "泰铢", "卢布", "卢比", "法郎", "克朗",
    "比索", "马币",
];
/// Words that change which amount a number is: parts of yuan, what may be another currency, numbers in words.
const OTHERS: [&str; 20] = [
    "千", "万", "萬", "亿", "億", "角", "毛", "厘", "折", "个", "十", "百", "k", "美", "欧", "港", "韩", "澳", "铢",
    "刀",
];
/// Signs and words of yuan, in lower case. Longer ones first.
const YUAN: [&str; 11] = ["元整", "块钱", "cn¥", "人民币", "yuan", "rmb", "cny", "¥", "元", "圆", "块"];
/// Abbreviations that sheets may have behind a number.
const SCALES: [char; 4] = ['万', '萬', '亿', '億'];

/// The message for a text that is no amount. `narrow` has ASCII characters for full-width ones; `is_amount` tells whether a hint may
/// propose a text.
pub(super) fn why(text: &str, narrow: &str, numbers: Numbers, is_amount: &dyn Fn(&str) -> bool) -> Message {
    let plain = &*narrow.to_lowercase();
    // Its sign is no digit.
    let unclear = narrow.trim().strip_suffix(FEN_OR_YUAN).map(str::trim);
    if let Some((amount, number)) =
        unclear.and_then(|own| Some((own, Decimal::read(own.trim_start_matches(['-', '+']))?)))
    {
        return words::money_unclear(quote(amount), number.digits);
    }
    let shown = || quote(text.trim());
    let unreadable = || match numbers {
        Numbers::TenThousands => words::money_not_ten_thousands(shown()),
        Numbers::Fen => words::money_not_in_fen(shown()),
        _ => words::money_unreadable(shown()),
    };
    let has_words = plain.contains(|c: char| c.is_alphabetic() && !matches!(c, '元' | '圆' | '块'));
    let found = found_in(plain);
    let is_range = plain.contains(['~', '—', '至', '到']) || plain.trim_start_matches('-').contains('-');
    match &found[..] {
        [] if has_words => words::money_without_number(shown()),
        [_, ..] if is_foreign(plain) => words::money_foreign(shown()),
        [one] if has_words => {
            // 568万起 has the amount 568万.
            let amount = scaled(plain, one).filter(|_| numbers.has_scales()).unwrap_or(one);
            // In the case of the author.
            let (before, behind) = around(narrow, amount);
            let beside = format!("{before}{behind}");
            let beside = beside.trim();
            let is_clear = !beside.is_empty() && !is_other(beside) && !may_be_mistyped(plain, one);
            match is_clear.then(|| exact(amount, plain, numbers).filter(|own| is_amount(own))).flatten() {
                Some(exact) => words::money_beside(shown(), amount, quote(beside), exact),
                None => unreadable(),
            }
        }
        [_, _, _, ..] if is_date(plain) => words::money_date(shown()),
        [_, _] if is_spoken(plain) => unreadable(),
        // 1e3 is one number.
        [_, _, ..]
            if !is_other(plain) && (is_range || plain.contains(|c: char| c.is_alphabetic() && !c.is_ascii())) =>
        {
            let named: Vec<&str> = found.iter().take(MAX_NAMED).map(String::as_str).collect();
            match exact(&found[0], plain, numbers).filter(|own| is_amount(own)) {
                Some(first) => words::money_several(shown(), named.join(", "), first),
                None => unreadable(),
            }
        }
        _ => unreadable(),
    }
}

/// An amount of a text as a hint writes it. Where a number alone is not yuan, but the author means yuan, it has a sign. `None` if it
/// would be another amount, as the digits of `128分起` and `.5元/张` are.
fn exact(amount: &str, text: &str, numbers: Numbers) -> Option<String> {
    let (before, behind) = text.split_once(amount)?;
    if before.ends_with(['.', ',']) || behind.trim_start().starts_with('分') {
        return None;
    }
    let has_sign = numbers != Numbers::Yuan && YUAN.iter().any(|word| text.contains(word));
    Some(if has_sign && !amount.contains(SCALES) { format!("¥{amount}") } else { amount.to_owned() })
}

/// Whether jiao or fen follow 元 without a unit, as people say amounts: `128块5` is 128.50.
fn is_spoken(text: &str) -> bool {
    let is_digits = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.trim().split_once(['元', '圆', '块']);
    parts.is_some_and(|(yuan, rest)| yuan.ends_with(|c: char| c.is_ascii_digit()) && is_digits(rest.trim()))
}

/// Whether a text has a word that changes which amount a number is.
fn is_other(text: &str) -> bool {
    let text = text.to_lowercase();
    OTHERS.iter().chain(&FOREIGN).any(|word| text.contains(word))
}

/// Whether a text in lower case is an amount of another currency, and not of yuan as well.
fn is_foreign(text: &str) -> bool {
    let rest = FOREIGN.iter().fold(text.to_owned(), |rest, word| rest.replace(word, ""));
    rest.len() < text.len() && !YUAN.iter().any(|word| rest.contains(word))
}

/// The texts before and behind a number, without the units of yuan beside it.
fn around<'t>(text: &'t str, number: &str) -> (&'t str, &'t str) {
    let (before, behind) = text.split_once(number).unwrap_or((text, ""));
    let (mut before, mut behind) = (before.trim(), behind.trim());
    let last = |text: &'t str, unit: &str| {
        let (rest, end) = text.split_at_checked(text.len().checked_sub(unit.len())?)?;
        end.eq_ignore_ascii_case(unit).then_some(rest)
    };
    let first = |text: &'t str, unit: &str| {
        let (start, rest) = text.split_at_checked(unit.len())?;
        start.eq_ignore_ascii_case(unit).then_some(rest)
    };
    while let Some(rest) = YUAN.iter().find_map(|unit| last(before, unit)) {
        before = rest.trim_end();
    }
    while let Some(rest) = YUAN.iter().find_map(|unit| first(behind, unit)) {
        behind = rest.trim_start();
    }
    (before, behind)
}

/// Whether a letter or a number in words is directly beside the digits: O12 and l28 are mistyped, and their digits alone
/// are another amount. Units of yuan are not.
fn may_be_mistyped(text: &str, number: &str) -> bool {
    const IN_WORDS: &str = "〇零一二三四五六七八九两壹贰叁肆伍陆柒捌玖";
    let is_part = |c: char| c.is_ascii_alphabetic() || (c.is_alphabetic() && c < '\u{2e80}') || IN_WORDS.contains(c);
    let Some((before, behind)) = text.split_once(number) else { return false };
    let (before_unit, behind_unit) = around(text, number);
    (before.ends_with(is_part) && before_unit == before.trim())
        || (behind.starts_with(is_part) && behind_unit == behind.trim())
}

/// The number in a text with the 万 or 亿 behind it.
fn scaled<'t>(text: &'t str, number: &str) -> Option<&'t str> {
    let start = text.find(number)?;
    let end = start + number.len();
    let behind = text[end..].trim_start();
    let scale = behind.chars().next().filter(|c| SCALES.contains(c))?;
    Some(&text[start..text.len() - behind.len() + scale.len_utf8()])
}

/// Whether a text begins with a date. Excel makes one of 5-7, in cells of the format of dates also of an amount.
fn is_date(text: &str) -> bool {
    let mut rest = text.trim_start();
    let mut number = |before: &[char]| {
        if !before.is_empty() {
            rest = rest.trim_start().strip_prefix(before)?.trim_start();
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        rest = behind;
        Some(number)
    };
    let parts = (number(&[]), number(&['-', '/', '年']), number(&['-', '/', '月']));
    let (Some(year), Some(month), Some(day)) = parts else { return false };
    let is_part =
        |text: &str, max: u32| text.len() <= 2 && text.parse::<u32>().is_ok_and(|number| (1..=max).contains(&number));
    let is_year = year.len() == 4 && (year.starts_with("19") || year.starts_with("20"));
    is_year && is_part(month, 12) && is_part(day, 31)
}

/// The numbers in a text, each with digits around its points and commas.
fn found_in(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','));
    let parts = parts.map(|part| part.trim_matches(['.', ',']));
    parts.filter(|part| part.contains(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
}
