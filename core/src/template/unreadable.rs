//! Why a text is no amount of money: what has been read of it, and what to write instead.

use crate::{
    error::Message,
    words::{self, quote},
};

/// Most amounts that a message names.
const MAX_NAMED: usize = 4;
/// Words that make another amount of a number: parts of yuan, other currencies, numbers in words.
const OTHERS: [&str; 26] = [
    "千", "万", "萬", "亿", "億", "角", "毛", "厘", "美", "欧", "港", "日元", "英镑", "韩", "台币", "刀", "折", "usd",
    "eur", "hkd", "gbp", "jpy", "个", "十", "百", "k",
];

/// The message for a text that is no amount. `plain` has ASCII characters for full-width ones, in lower case.
pub(super) fn why(text: &str, plain: &str) -> Message {
    let shown = || quote(text.trim());
    let has_words = plain.contains(|c: char| c.is_alphabetic() && !matches!(c, '元' | '圆' | '块'));
    let is_other = OTHERS.iter().any(|word| plain.contains(word));
    let numbers = numbers(plain);
    let is_range = plain.contains(['~', '—', '至', '到']) || plain.trim_start_matches('-').contains('-');
    match &numbers[..] {
        [] if has_words => words::money_without_number(shown()),
        [one] if has_words && !is_other => {
            let rest = plain.replacen(one.as_str(), "", 1);
            let rest = rest.trim().trim_matches(['¥', '元', ' ']).trim();
            words::money_beside(shown(), one, quote(rest))
        }
        // 1e3 is one number.
        [_, _, ..] if !is_other && (is_range || plain.contains(|c: char| c.is_alphabetic() && !c.is_ascii())) => {
            let named: Vec<&str> = numbers.iter().take(MAX_NAMED).map(String::as_str).collect();
            words::money_several(shown(), named.join(", "), &numbers[0])
        }
        _ => words::money_unreadable(shown()),
    }
}

/// The numbers in a text, each with digits around its points and commas.
fn numbers(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','));
    let parts = parts.map(|part| part.trim_matches(['.', ',']));
    parts.filter(|part| part.contains(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
}
