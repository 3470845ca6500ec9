//! `an+b` of `:nth-child()` and its relatives.

/// `an+b`, `odd`, `even` or a number.
pub fn read(text: &str) -> Option<(i32, i32)> {
    let text: String = text.trim().to_ascii_lowercase();
    match text.as_str() {
        "odd" => return Some((2, 1)),
        "even" => return Some((2, 0)),
        _ => {}
    }
    let number = |text: &str| -> Option<i32> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        (!digits.contains(char::is_whitespace)).then(|| digits.parse().ok())?
    };
    let Some((a, b)) = text.split_once('n') else { return Some((0, number(&text)?)) };
    let a = match a {
        "" | "+" => 1,
        "-" => -1,
        a => number(a)?,
    };
    let b = b.trim();
    let b = match b.strip_prefix(['+', '-']).map(str::trim_start) {
        Some(digits) if !digits.starts_with(|c: char| c.is_ascii_digit()) => return None,
        Some(digits) if b.starts_with('-') => number(digits)?.checked_neg()?,
        Some(digits) => number(digits)?,
        None if b.is_empty() => 0,
        None => return None,
    };
    Some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_read() {
        for (text, formula) in
            [("odd", (2, 1)), ("3", (0, 3)), ("-n+3", (-1, 3)), ("2n - 1", (2, -1)), ("n", (1, 0)), ("+2n", (2, 0))]
        {
            assert_eq!(read(text), Some(formula), "{text}");
        }
        for text in ["", "x", "2 n", "n+ +1", "- n"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
