//! `text-transform`: the case of letters.

use crate::markup::{
    texts,
    tree::{Document, NodeId},
};

/// How the letters of an element are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// As they are.
    AsIs,
    /// In capitals.
    Upper,
    /// In lower case.
    Lower,
    /// The first letter of each word as a capital.
    Title,
}

impl Case {
    /// The case of an element's letters.
    pub fn of(document: &Document<'_>, id: NodeId) -> Self {
        match texts::style(document, id, "text-transform") {
            Some("uppercase") => Self::Upper,
            Some("lowercase") => Self::Lower,
            Some("capitalize") => Self::Title,
            _ => Self::AsIs,
        }
    }

    /// What a character becomes. `last`: the one before it, apostrophes left out.
    pub fn apply(self, c: char, last: Option<char>) -> impl Iterator<Item = char> {
        let is_first = last.is_none_or(|last| !last.is_alphanumeric());
        let (mut upper, mut lower, mut same) = (None, None, None);
        match self {
            Self::Upper => upper = Some(c.to_uppercase()),
            Self::Title if is_first => upper = Some(c.to_uppercase()),
            Self::Lower => lower = Some(c.to_lowercase()),
            Self::Title | Self::AsIs => same = Some(c),
        }
        upper.into_iter().flatten().chain(lower.into_iter().flatten()).chain(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_change_their_case() {
        for (case, text, expected) in [
            (Case::Upper, "straße ﬁ 中é", "STRASSE FI 中É"),
            (Case::Lower, "ÀB 12", "àb 12"),
            (Case::Title, "hello wörld it's a-b 3d", "Hello Wörld It's A-B 3d"),
            (Case::AsIs, "aB", "aB"),
        ] {
            let mut all = String::new();
            for c in text.chars() {
                let last = all.chars().rev().find(|c| !matches!(c, '\'' | '’'));
                all.extend(case.apply(c, last));
            }
            assert_eq!(all, expected);
        }
    }
}
