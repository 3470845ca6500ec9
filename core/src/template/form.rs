//! Says in words what a `pattern` requires, for people who do not read regular expressions.

use crate::{
    error::{Argument, Message},
    words,
};

/// Longest pattern that is read, bytes.
const MAX_PATTERN: usize = 200;

/// What a text must be: how many of which characters, for patterns of one class, such as `^[0-9A-Za-z_-]{1,12}$`. `None` for others.
pub(super) fn characters(pattern: &str) -> Option<Message> {
    let inner = pattern.strip_prefix('^')?.strip_suffix('$').filter(|_| pattern.len() <= MAX_PATTERN)?;
    let (class, rest) = match inner.strip_prefix('[') {
        Some(rest) => {
            let end = closing(rest)?;
            (kinds(&rest[..end])?, &rest[end + 1..])
        }
        None => (vec![words::kind_digits()], inner.strip_prefix("\\d")?),
    };
    let kinds = joined(class)?;
    Some(match count(rest)? {
        (1, Some(1)) => words::form_one(kinds),
        (least, Some(most)) if least == most => words::form_exactly(most, kinds),
        (0, Some(most)) => words::form_up_to(most, kinds),
        (least, Some(most)) => words::form_between(least, most, kinds),
        (0 | 1, None) => words::form_of(kinds),
        (least, None) => words::form_from(least, kinds),
    })
}

/// Position of the bracket that closes a class.
fn closing(class: &str) -> Option<usize> {
    let mut is_escaped = false;
    class.char_indices().find_map(|(at, c)| {
        let is_end = c == ']' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}

/// The characters of a class, without its brackets.
fn kinds(class: &str) -> Option<Vec<Message>> {
    let mut rest: Vec<(char, bool)> = Vec::new();
    let mut all = class.chars();
    while let Some(c) = all.next() {
        rest.push(if c == '\\' { (all.next()?, true) } else { (c, false) });
    }
    if matches!(rest.first(), Some(('^', false)))
        || rest.iter().any(|(c, is_escaped)| !is_escaped && matches!(c, '[' | '&' | '~'))
    {
        return None;
    }
    let (mut upper, mut lower, mut digits, mut others) = (false, false, false, Vec::new());
    let mut at = 0;
    while let Some(&(first, is_escaped)) = rest.get(at) {
        let range = match (rest.get(at + 1), rest.get(at + 2)) {
            (Some(('-', false)), Some((last, _))) => Some(*last),
            _ => None,
        };
        match (first, range) {
            ('d', None) if is_escaped => digits = true,
            ('w', None) if is_escaped => {
                (upper, lower, digits) = (true, true, true);
                others.push(Message::verbatim('_'));
            }
            (first, range) if is_escaped && (first.is_ascii_alphanumeric() || range.is_some()) => return None,
            ('A', Some('Z')) => upper = true,
            ('a', Some('z')) => lower = true,
            ('0', Some('9')) => digits = true,
            (first, Some(last)) => others.push(words::kind_range(first, last)),
            (' ', None) => others.push(words::kind_space()),
            (first, None) => others.push(Message::verbatim(first)),
        }
        at += if range.is_some() { 3 } else { 1 };
    }
    let letters = match (upper, lower) {
        (true, true) => Some(words::kind_letters()),
        (true, false) => Some(words::kind_upper()),
        (false, true) => Some(words::kind_lower()),
        (false, false) => None,
    };
    Some(letters.into_iter().chain(digits.then(words::kind_digits)).chain(others).collect())
}

/// Kinds of characters in a list.
fn joined(kinds: Vec<Message>) -> Option<Argument> {
    let mut kinds = kinds.into_iter().map(Argument::from);
    let (last, first) = (kinds.next_back()?, kinds.reduce(|all, kind| words::comma(all, kind).into()));
    Some(match first {
        Some(first) => words::or(first, last).into(),
        None => last,
    })
}

/// The least and the greatest number of characters of a quantifier.
fn count(quantifier: &str) -> Option<(usize, Option<usize>)> {
    Some(match quantifier {
        "" => (1, Some(1)),
        "+" => (1, None),
        "*" => (0, None),
        "?" => (0, Some(1)),
        _ => {
            let inner = quantifier.strip_prefix('{')?.strip_suffix('}')?;
            let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
            let most = if most.is_empty() { None } else { Some(most.trim().parse().ok()?) };
            (least.trim().parse().ok()?, most)
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn patterns_of_one_class_are_said_in_words() {
        for (pattern, expected) in [
            ("^[0-9A-Za-z_-]{1,12}$", Some("1 to 12 characters (letters, digits, _ or -)")),
            ("^[0-9A-Za-z_-]{0,14}$", Some("at most 14 characters (letters, digits, _ or -)")),
            ("^\\d{11}$", Some("11 characters (digits)")),
            ("^[A-Z]$", Some("one character (capital letters)")),
            ("^[a-z0-9.]+$", Some("characters of these kinds: small letters, digits or .")),
            ("^[\\w\\-]*$", Some("characters of these kinds: letters, digits, _ or -")),
            ("^[一-龥 ]{2,}$", Some("at least 2 characters (一 to 龥 or spaces)")),
            ("^[1-9][0-9]*$", None),
            ("^(a|b)$", None),
            ("^[^a]$", None),
            ("[a-z]", None),
            ("^[a-z$", None),
            ("^[]$", None),
            ("^$", None),
            ("^[\\p{L}]$", None),
        ] {
            assert_eq!(super::characters(pattern).map(|message| message.text()).as_deref(), expected, "{pattern}");
        }
    }
}
