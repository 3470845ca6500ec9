//! `text-transform`: the case of letters.

use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};

use crate::{
    markup::{
        texts,
        tree::{Document, NodeId},
    },
    text::is_ideograph,
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

    /// What a character becomes. `last`: the one before it that is a part of the word or ends it ([`joins`]).
    pub fn apply(self, c: char, last: Option<char>) -> impl Iterator<Item = char> {
        let is_first = last.is_none_or(|last| !last.is_alphanumeric() || is_word(last));
        let (mut same, mut upper, mut lower, mut rest) = (None, None, None, None);
        match self {
            Self::Upper => upper = Some(c.to_uppercase()),
            // A letter may become several, of which the first is a capital: `Ss` of `ß`.
            Self::Title if is_first => {
                let mut all = c.to_uppercase();
                same = all.next();
                rest = Some(all.flat_map(char::to_lowercase));
            }
            Self::Lower => lower = Some(c.to_lowercase()),
            Self::Title | Self::AsIs => same = Some(c),
        }
        let (upper, lower) = (upper.into_iter().flatten(), lower.into_iter().flatten());
        same.into_iter().chain(upper).chain(lower).chain(rest.into_iter().flatten())
    }
}

/// Whether a character is a word of its own, after which another begins (UAX #29): an ideograph or a kana.
fn is_word(c: char) -> bool {
    is_ideograph(c) && !('가'..='힣').contains(&c)
}

/// Whether a character neither ends a word nor is a letter of it: an apostrophe, or a mark on the letter before it.
pub fn joins(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(c, '\'' | '’') || GeneralCategoryGroup::Mark.contains(category)
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
            (Case::Title, "cafe\u{301}s e\u{301}cole ßa ﬁn", "Cafe\u{301}s E\u{301}cole Ssa Fin"),
            (Case::Title, "中a 新品sale 가a", "中A 新品Sale 가a"),
            (Case::AsIs, "aB", "aB"),
        ] {
            let mut all = String::new();
            for c in text.chars() {
                let last = all.chars().rev().find(|c| !joins(*c));
                all.extend(case.apply(c, last));
            }
            assert_eq!(all, expected);
        }
    }
}
