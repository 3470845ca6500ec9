//! Numbers as fractions: `# ?/?`, `?/?`, `# ??/16`.

use super::tokens::Token;

/// Most digits of a denominator.
const MAX_DIGITS: usize = 4;

/// A number from 0 up as a fraction. `None` if the format has none, or parts that are not known.
pub fn shown(tokens: &[Token], value: f64) -> Option<String> {
    let slash = tokens.iter().position(|token| *token == Token::Sign('/'))?;
    let is_place = |token: &Token| matches!(token, Token::Sign('0' | '#' | '?'));
    let is_space = |token: &Token| {
        matches!(token, Token::Sign(' ')) || matches!(token, Token::Text(text) if text.trim().is_empty())
    };
    // From the slash to both sides: the numerator, and before it the integer; the denominator.
    let numerator = tokens[..slash].iter().rposition(|token| !is_place(token)).map_or(0, |at| at + 1);
    let has_numerator = numerator < slash;
    let gap = tokens[..numerator].iter().rposition(|token| !is_space(token)).map_or(0, |at| at + 1);
    let whole = tokens[..gap].iter().rposition(|token| !is_place(token)).map_or(0, |at| at + 1);
    let has_whole = whole < gap && gap < numerator;
    let before = if has_whole { whole } else { numerator };
    let end = tokens[slash + 1..].iter().position(|token| !is_digit(token)).map_or(tokens.len(), |at| slash + 1 + at);
    let denominators = &tokens[slash + 1..end];
    if !has_numerator || denominators.is_empty() || denominators.len() > MAX_DIGITS || value >= 1e9 {
        return None;
    }
    let (mut text, mut rest) = (literal(&tokens[..before])?, value);
    let after = literal(&tokens[end..])?;
    let (mut integer, mut fraction) = (0, None);
    if has_whole {
        integer = value.trunc() as u64;
        rest = value.fract();
    }
    let (mut above, below) = match fixed(denominators) {
        Some(below) => ((rest * below as f64).round() as u64, below),
        None => nearest(rest, 10_u64.pow(denominators.len() as u32) - 1),
    };
    if has_whole && above == below {
        (integer, above) = (integer + 1, 0);
    }
    if above > 0 || !has_whole {
        fraction = Some(format!("{above}/{below}"));
    }
    match fraction {
        Some(fraction) if has_whole && integer > 0 => text += &format!("{integer} {fraction}"),
        Some(fraction) => text += &fraction,
        None => text += &integer.to_string(),
    }
    Some(text + &after)
}

fn is_digit(token: &Token) -> bool {
    matches!(token, Token::Sign('#' | '?' | '0'..='9'))
}

/// A denominator that the format gives: `16`. `None` for places of digits.
fn fixed(tokens: &[Token]) -> Option<u64> {
    let digits = tokens.iter().map(|token| if let Token::Sign(c) = token { c.to_digit(10) } else { None });
    let number = digits.collect::<Option<Vec<u32>>>()?.into_iter().fold(0, |all, digit| all * 10 + u64::from(digit));
    (number > 0).then_some(number)
}

/// The text of parts without places of digits.
fn literal(tokens: &[Token]) -> Option<String> {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Text(own) => text.push_str(own),
            Token::Bracket(own) if own.starts_with(['<', '>', '=']) || own.starts_with("dbnum") => return None,
            Token::Bracket(own) => {
                let currency = own.strip_prefix('$').and_then(|own| own.split('-').next()).unwrap_or_default();
                text.push_str(&currency.to_uppercase());
            }
            Token::Sign(c) if !is_digit(token) && !matches!(c, '/' | '@' | '%' | ',' | '.') => text.push(*c),
            _ => return None,
        }
    }
    Some(text)
}

/// The fraction next to a number from 0 up, with a denominator up to `most`: the continued fraction's last convergent, or the
/// semiconvergent next to it if that is nearer.
fn nearest(value: f64, most: u64) -> (u64, u64) {
    let (mut last, mut this) = ((0_u64, 1_u64), (1_u64, 0_u64));
    let mut rest = value;
    for _ in 0..64 {
        let step = rest.floor() as u64;
        let next =
            (step.saturating_mul(this.0).saturating_add(last.0), step.saturating_mul(this.1).saturating_add(last.1));
        if next.1 > most {
            let step = (most - last.1) / this.1.max(1);
            let between = (step * this.0 + last.0, step * this.1 + last.1);
            let distance = |(above, below): (u64, u64)| (above as f64 / below.max(1) as f64 - value).abs();
            return if between.1 > 0 && distance(between) < distance(this) { between } else { this };
        }
        (last, this) = (this, next);
        if rest.fract() < 1e-9 {
            break;
        }
        rest = 1.0 / rest.fract();
    }
    this
}
