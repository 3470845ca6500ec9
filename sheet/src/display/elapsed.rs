//! Elapsed times in a number format: `[h]:mm`, `[mm]:ss`.

use super::tokens::Token;

/// Longer times are dates, days: the first serial number after the year 9999.
const MAX_DAYS: f64 = 2_958_466.0;
/// Most decimals of seconds, as in programs.
const MAX_DECIMALS: usize = 3;

/// The unit that a token counts in full, `h`, `m` or `s`, and its minimum number of digits: `[hh]`.
fn unit(token: &Token) -> Option<(char, usize)> {
    let Token::Bracket(text) = token else { return None };
    let first = text.chars().next().filter(|c| matches!(c, 'h' | 'm' | 's'))?;
    text.chars().all(|c| c == first).then_some((first, text.len()))
}

/// Whether a format is one of elapsed times.
pub fn is_elapsed(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| unit(token).is_some())
}

/// A time in days in a format of elapsed times. `None` for negative times, which programs do not show, and for other formats.
pub fn shown(tokens: &[Token], days: f64) -> Option<String> {
    let mut units = tokens.iter().filter_map(unit);
    let (largest, _) = units.next()?;
    let decimals = tokens.iter().filter(|token| **token == Token::Sign('0')).count();
    if units.next().is_some() || !(0.0..MAX_DAYS).contains(&days) || decimals > MAX_DECIMALS {
        return None;
    }
    let scale = 10_u64.pow(decimals as u32);
    // Rounded to the smallest unit, then cut off: 59.9 s are a minute, 59 s are none.
    let parts = (days * 86_400.0 * scale as f64).round() as u64;
    let (seconds, fraction) = (parts / scale, format!("{:0decimals$}", parts % scale));
    let mut fraction = fraction.chars();
    let mut shown = String::new();
    let mut has_seconds = false;
    for token in tokens {
        match token {
            Token::Text(text) => shown.push_str(text),
            Token::Bracket(text) if text.starts_with(['<', '>', '=']) || text.starts_with("dbnum") => return None,
            Token::Bracket(_) => {
                let Some((unit, least)) = unit(token) else { continue };
                let total = match unit {
                    'h' => seconds / 3600,
                    'm' => seconds / 60,
                    _ => seconds,
                };
                has_seconds |= unit == 's';
                shown.push_str(&format!("{total:0least$}"));
            }
            Token::Letters('m', least @ (1 | 2)) if largest == 'h' => {
                shown.push_str(&format!("{:0least$}", seconds / 60 % 60, least = *least));
            }
            Token::Letters('s', least @ (1 | 2)) if largest != 's' => {
                has_seconds = true;
                shown.push_str(&format!("{:0least$}", seconds % 60, least = *least));
            }
            Token::Sign('0') if has_seconds => shown.extend(fraction.next()),
            Token::Sign('0' | '#' | '?' | '@') | Token::Letters(..) | Token::Half(..) => return None,
            Token::Sign(c) => shown.push(*c),
        }
    }
    Some(shown.trim().to_owned())
}
