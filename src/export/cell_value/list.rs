//! Lists as cells have them.

/// Separators by kind: a text is divided by the first kind that it has.
const SEPARATORS: [&[char]; 5] = [&['|', '｜'], &['\n', '\r'], &['；', ';'], &['、'], &['，', ',']];

/// What a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    /// Texts and words.
    Words,
    /// Names of files and URLs, which may have separators.
    Pictures,
    /// Numbers, which may have commas. `is_one`: the whole text is one number.
    Numbers { is_one: bool },
}

/// The parts of a list.
pub(super) fn parts(text: &str, items: Items) -> impl Iterator<Item = &str> {
    let kind = SEPARATORS.into_iter().find(|kind| text.contains(*kind) && separates(kind, text, items));
    let parts = text.split(move |c| kind.is_some_and(|kind| kind.contains(&c)));
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// Whether characters separate items, and are not part of one.
fn separates(kind: &[char], text: &str, items: Items) -> bool {
    match items {
        Items::Pictures if kind.contains(&',') || kind.contains(&';') => {
            let is_url = |part: &str| part.starts_with("http://") || part.starts_with("https://");
            !text.contains([',', ';']) || text.split(kind).all(|part| is_url(part.trim()))
        }
        // 1,280 is one number; 100，200 are two.
        Items::Numbers { is_one } if kind.contains(&',') => !is_one || (text.contains('，') && has_plain_digits(text)),
        _ => true,
    }
}

/// Whether a text has digits, none of which are full-width.
fn has_plain_digits(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && !text.contains(|c: char| ('０'..='９').contains(&c))
}
