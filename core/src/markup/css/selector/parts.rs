//! Parts of selectors without selectors in them.

use std::borrow::Cow;

use super::{AttributeTest, Combinator, Namespaces};
use crate::markup::css::scan::Scanner;

/// The combinator that is next, with the white space after it.
pub fn combinator(scanner: &mut Scanner<'_>) -> Option<Combinator> {
    let combinator = match scanner.peek()? {
        '>' => Combinator::Child,
        '+' => Combinator::Next,
        '~' => Combinator::Later,
        _ => return None,
    };
    scanner.at += 1;
    scanner.gap();
    Some(combinator)
}

/// A condition on an attribute, in its brackets. `None` as well for a prefix that is not declared.
pub fn attribute<'a>(scanner: &mut Scanner<'a>, namespaces: &Namespaces) -> Option<AttributeTest<'a>> {
    scanner.eat('[');
    scanner.gap();
    let has_any = scanner.eat('*') || scanner.peek() == Some('|');
    let mut name = if has_any { Cow::Borrowed("") } else { scanner.ident()? };
    if scanner.rest().starts_with('|') && !scanner.rest().starts_with("|=") {
        scanner.at += 1;
        if !has_any {
            namespaces.is_svg(&name)?;
        }
        name = scanner.ident()?;
    } else if has_any {
        return None;
    }
    scanner.gap();
    let mut test = AttributeTest { name, operator: ' ', value: Cow::Borrowed(""), ignores_case: false };
    if scanner.eat(']') {
        return Some(test);
    }
    test.operator = scanner.peek().filter(|c| "=~|^$*".contains(*c))?;
    scanner.at += 1;
    if test.operator != '=' && !scanner.eat('=') {
        return None;
    }
    scanner.gap();
    test.value = match scanner.peek()? {
        '"' | '\'' => scanner.string()?,
        _ => scanner.ident()?,
    };
    scanner.gap();
    if let Some(flag) = scanner.ident() {
        if !flag.eq_ignore_ascii_case("i") {
            return None;
        }
        test.ignores_case = true;
        scanner.gap();
    }
    scanner.eat(']').then_some(test)
}
