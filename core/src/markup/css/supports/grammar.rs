//! Grammars in the value definition syntax (CSS Values 4, section 2).

use crate::markup::css::scan::Scanner;

/// A grammar.
#[derive(Debug, PartialEq)]
pub enum Grammar<'g> {
    /// `auto`
    Word(&'g str),
    /// `/`, `,` or a character in quotation marks.
    Mark(char),
    /// `<length>`, with what follows the name in its brackets: `<length [0,∞]>`
    Type(&'g str, &'g str),
    /// `blur( )`, or a block: `'[' ']'`
    Function(&'g str, Box<Grammar<'g>>),
    /// `a b`
    Sequence(Vec<Grammar<'g>>),
    /// `a && b`
    All(Vec<Grammar<'g>>),
    /// `a || b`
    Some(Vec<Grammar<'g>>),
    /// `a | b`
    One(Vec<Grammar<'g>>),
    /// `a?`, `a*`, `a+`, `a{1,4}`; with `#`, between commas.
    Repeat {
        /// What is repeated.
        one: Box<Grammar<'g>>,
        /// How often at least.
        min: usize,
        /// How often at most.
        max: usize,
        /// Whether there are commas in between.
        has_commas: bool,
    },
    /// `[ a? b? ]!`
    NotEmpty(Box<Grammar<'g>>),
}

/// Joins the grammars around a combinator.
type Join<'g> = fn(Vec<Grammar<'g>>) -> Grammar<'g>;

/// Reads a grammar. `None` when it is malformed.
pub fn parse(text: &str) -> Option<Grammar<'_>> {
    let mut scanner = Scanner::new(text);
    let grammar = joined(&mut scanner, 0)?;
    scanner.is_at_end().then_some(grammar)
}

fn joined<'g>(scanner: &mut Scanner<'g>, level: usize) -> Option<Grammar<'g>> {
    // From the loosest to the tightest.
    let levels: [(&str, Join<'g>); 4] =
        [("|", Grammar::One), ("||", Grammar::Some), ("&&", Grammar::All), ("", Grammar::Sequence)];
    let Some((separator, join)) = levels.get(level) else { return repeated(scanner) };
    let mut all = vec![joined(scanner, level + 1)?];
    loop {
        scanner.gap();
        let rest = scanner.rest();
        let operator = match rest.as_bytes() {
            [b'|', b'|', ..] => "||",
            [b'|', ..] => "|",
            [b'&', b'&', ..] => "&&",
            _ => "",
        };
        let is_end = rest.is_empty() || rest.starts_with([')', ']', '}']) || rest.starts_with("']'");
        if is_end || operator != *separator {
            return if all.len() == 1 { all.pop() } else { Some(join(all)) };
        }
        scanner.at += operator.len();
        all.push(joined(scanner, level + 1)?);
    }
}

/// Reads a grammar with the multipliers after it.
fn repeated<'g>(scanner: &mut Scanner<'g>) -> Option<Grammar<'g>> {
    let mut grammar = single(scanner)?;
    loop {
        let mut has_commas = false;
        let (min, max) = match scanner.peek() {
            Some('?') => (0, 1),
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('!') => {
                scanner.at += 1;
                grammar = Grammar::NotEmpty(Box::new(grammar));
                continue;
            }
            Some('#') => {
                has_commas = true;
                if scanner.rest().starts_with("#{") {
                    scanner.at += 1;
                    range(scanner)?
                } else {
                    (1, usize::MAX)
                }
            }
            Some('{') => range(scanner)?,
            _ => return Some(grammar),
        };
        scanner.at += 1;
        grammar = Grammar::Repeat { one: Box::new(grammar), min, max, has_commas };
    }
}

/// Reads `{4}`, `{1,4}` or `{1,}` up to the last bracket.
fn range(scanner: &mut Scanner<'_>) -> Option<(usize, usize)> {
    scanner.at += 1;
    let text = scanner.until(&['}']);
    let (min, max) = text.split_once(',').unwrap_or((text, text));
    Some((min.parse().ok()?, if max.is_empty() { usize::MAX } else { max.parse().ok()? }))
}

fn single<'g>(scanner: &mut Scanner<'g>) -> Option<Grammar<'g>> {
    scanner.gap();
    let rest = scanner.rest();
    if let Some(inner) = rest.strip_prefix('<') {
        let end = inner.find('>')?;
        scanner.at += end + 2;
        let (name, arguments) = inner[..end].split_once(' ').unwrap_or((&inner[..end], ""));
        return Some(Grammar::Type(name, arguments));
    }
    match rest.as_bytes() {
        [c @ (b'/' | b','), ..] => {
            scanner.at += 1;
            return Some(Grammar::Mark(char::from(*c)));
        }
        [b'\'', c, b'\'', ..] if *c != b'[' => {
            scanner.at += 3;
            return Some(Grammar::Mark(char::from(*c)));
        }
        _ => {}
    }
    let (open, close, name) = if rest.starts_with("'['") {
        ("'['", "']'", "[")
    } else if rest.starts_with('[') {
        ("[", "]", "")
    } else {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(rest.len());
        let name = Some(&rest[..end]).filter(|name| !name.is_empty())?;
        scanner.at += end;
        if scanner.peek() != Some('(') {
            return Some(Grammar::Word(name));
        }
        ("(", ")", name)
    };
    scanner.at += open.len();
    scanner.gap();
    let inner = match scanner.rest().starts_with(close) {
        true => Grammar::Sequence(Vec::new()),
        false => joined(scanner, 0)?,
    };
    scanner.gap();
    scanner.rest().starts_with(close).then(|| scanner.at += close.len())?;
    Some(if name.is_empty() { inner } else { Grammar::Function(name, Box::new(inner)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinators_bind() {
        let word = Grammar::Word;
        let a_and_b = Grammar::Sequence(vec![word("a"), word("b")]);
        let all = Grammar::All(vec![a_and_b, word("c")]);
        let some = Grammar::Some(vec![all, word("d")]);
        assert_eq!(parse("a b && c || d | e"), Some(Grammar::One(vec![some, word("e")])));
        let list = Grammar::Repeat { one: Box::new(word("a")), min: 1, max: 4, has_commas: true };
        let optional = Grammar::Repeat { one: Box::new(list), min: 0, max: 1, has_commas: false };
        assert_eq!(parse("f( [ a#{1,4}? ] )"), Some(Grammar::Function("f", Box::new(optional))));
        let number = Grammar::Type("number", "[0,∞]");
        assert_eq!(
            parse("<number [0,∞]>/':'"),
            Some(Grammar::Sequence(vec![number, Grammar::Mark('/'), Grammar::Mark(':')]))
        );
        let block = Grammar::Function("[", Box::new(Grammar::NotEmpty(Box::new(word("a")))));
        assert_eq!(parse("'[' a! ']'"), Some(block));
        for text in ["", "a |", "[ a", "a ]", "f( a", "<a", "a{x}", "'[' a ]"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
