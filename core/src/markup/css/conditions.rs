//! Conditions of `@media` and `@supports`, joined by `and` or by `or`, or negated.

use super::scan::Scanner;

/// Whether conditions hold up to the end of the text; `operand` reads one. The inner `None` means unknown. `None` when the
/// text cannot be read, such as one that mixes `and` with `or`, or joins what `not` negates.
pub fn joined<'a>(
    mut scanner: Scanner<'a>,
    mut operand: impl FnMut(&mut Scanner<'a>) -> Option<Option<bool>>,
) -> Option<Option<bool>> {
    scanner.gap();
    // `not(` is a function.
    let mut negated = scanner;
    if negated.ident().is_some_and(|word| word.eq_ignore_ascii_case("not")) && negated.gap() {
        let own = operand(&mut negated)?;
        return negated.is_at_end().then(|| own.map(|own| !own));
    }
    let (mut result, mut joins): (Option<Option<bool>>, Option<bool>) = (None, None);
    loop {
        scanner.gap();
        let own = operand(&mut scanner)?;
        result = Some(match (result, joins) {
            (Some(before), Some(true)) => all(before, own),
            (Some(before), Some(false)) => any(before, own),
            _ => own,
        });
        scanner.gap();
        joins = match scanner.ident().map(|word| word.to_ascii_lowercase()).as_deref() {
            Some("and") if joins != Some(false) => Some(true),
            Some("or") if joins != Some(true) => Some(false),
            Some(_) => return None,
            None if scanner.is_at_end() => return result,
            None => return None,
        };
        if scanner.peek() == Some('(') {
            return None;
        }
    }
}

/// Whether either holds.
pub fn any(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Whether both hold.
pub fn all(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    any(a.map(|a| !a), b.map(|b| !b)).map(|none| !none)
}
