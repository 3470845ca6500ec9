//! Numbers in a number format.

use super::{super::style::rounded, fraction, tokens::Token};

/// A number in one of the sections of a format. `None` for powers, conditions, and General.
pub fn shown(sections: &[Vec<Token>], value: f64) -> Option<String> {
    if !value.is_finite() || value.abs() >= 1e15 {
        return None;
    }
    let has_own = |at: usize| sections.get(at).filter(|section| !section.is_empty());
    let (section, sign) = match has_own(1) {
        Some(section) if value < 0.0 => (section, ""),
        _ if value < 0.0 => (sections.first()?, "-"),
        _ if value == 0.0 && has_own(2).is_some() => (has_own(2)?, ""),
        _ => (sections.first()?, ""),
    };
    Some(format!("{sign}{}", section_shown(section, value.abs())?).trim().to_owned())
}

fn section_shown(tokens: &[Token], value: f64) -> Option<String> {
    if tokens.contains(&Token::Sign('/')) {
        return fraction::shown(tokens, value);
    }
    let is_digit = |token: &Token| matches!(token, Token::Sign('0' | '#' | '?'));
    let last = tokens.iter().rposition(is_digit);
    let point =
        tokens.iter().position(|token| *token == Token::Sign('.')).filter(|at| last.is_some_and(|last| *at <= last));
    let end = last.map_or(0, |last| last + 1);
    // Commas behind the last digit divide, others group.
    let scale = tokens[end..].iter().take_while(|token| **token == Token::Sign(',')).count();
    let has_groups = tokens[..end].contains(&Token::Sign(','));
    let percents = tokens.iter().filter(|token| **token == Token::Sign('%')).count();
    let whole_end = point.unwrap_or(end);
    let decimals = tokens[whole_end..end].iter().filter(|token| is_digit(token)).count();
    let factor = 10_f64.powi(2 * i32::try_from(percents).ok()? - 3 * i32::try_from(scale).ok()?);
    if decimals > 15 {
        return None;
    }
    let text = format!("{:.decimals$}", rounded(value * factor, decimals));
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.trim_start_matches('0');

    // Digits are distributed from the right; what is left comes before the first place.
    let places = tokens[..whole_end].iter().filter(|token| is_digit(token)).count();
    let digits: Vec<char> = whole.chars().collect();
    let (mut place, mut decimal, mut started) = (0, 0, false);
    let mut shown = String::new();
    let push = |digit: char, left: usize, shown: &mut String| {
        shown.push(digit);
        if has_groups && left > 0 && left.is_multiple_of(3) {
            shown.push(',');
        }
    };
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Text(text) => shown.push_str(text),
            Token::Bracket(text) => match text.strip_prefix('$') {
                Some(currency) => shown.push_str(&currency.split('-').next().unwrap_or_default().to_uppercase()),
                None if text.starts_with(['<', '>', '=']) || text.starts_with("dbnum") => return None,
                None => {}
            },
            Token::Sign(sign @ ('0' | '#' | '?')) if at < whole_end => {
                let left = places - place - 1;
                if place == 0 {
                    for (index, digit) in digits.iter().enumerate().take(digits.len().saturating_sub(places)) {
                        started = true;
                        push(*digit, digits.len() - index - 1, &mut shown);
                    }
                }
                match digits.len().checked_sub(left + 1).and_then(|index| digits.get(index)) {
                    Some(digit) => {
                        started = true;
                        push(*digit, left, &mut shown);
                    }
                    None if *sign == '0' || started => {
                        started = true;
                        push('0', left, &mut shown);
                    }
                    None => {}
                }
                place += 1;
            }
            Token::Sign(sign @ ('0' | '#' | '?')) => {
                let rest = fraction.get(decimal..).unwrap_or_default();
                if *sign == '0'
                    || rest.bytes().any(|byte| byte != b'0')
                    || tokens[at + 1..end].contains(&Token::Sign('0'))
                {
                    shown.push_str(rest.get(..1).unwrap_or("0"));
                }
                decimal += 1;
            }
            Token::Sign(',') if at < end || at < end + scale => {}
            Token::Sign('/' | '@') | Token::Letters(..) | Token::Half(..) => return None,
            Token::Sign(sign) => shown.push(*sign),
        }
    }
    // A format without digits, such as 免费, is one of words.
    (!tokens.is_empty()).then_some(shown)
}
