//! How the texts of an artwork are set, for text layers that take their places.

use std::collections::BTreeMap;

use super::style::{Families, Style};
use crate::{
    markup::{
        texts,
        tree::{Document, NodeId},
    },
    text::FontSet,
};

/// How most letters of a text are set. Lengths in px of its element.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The first family of the font set that it names; `None` for the one that texts have by default.
    pub family: Option<String>,
    /// Font size.
    pub size: f32,
    /// Font weight, 1 to 1000.
    pub weight: u16,
    /// Space after each character.
    pub letter_spacing: f32,
    /// Share of a line that lies before its position: 0 for text at the left, 0.5 in the centre, 1 at the right.
    pub anchor: f32,
}

/// The settings of texts by their ids. `document`: before its texts are replaced.
pub fn settings(document: &Document<'_>, fonts: &FontSet) -> BTreeMap<String, Setting> {
    let (families, mut all) = (Families::default(), BTreeMap::new());
    for text in texts::outermost(document) {
        let Some(id) = document.attribute(text, "id") else { continue };
        let Some(element) = main_element(document, text) else { continue };
        let Style { families: named, size, weight, letter_spacing, anchor, .. } =
            Style::of(document, element, text, fonts, &families);
        let family = named.first().filter(|family| *family != fonts.default_family()).cloned();
        all.entry(id.to_owned()).or_insert(Setting { family, size, weight, letter_spacing, anchor });
    }
    all
}

/// The element with the most letters of a text; of several, the first.
fn main_element(document: &Document<'_>, text: NodeId) -> Option<NodeId> {
    let mut counts: BTreeMap<NodeId, usize> = BTreeMap::new();
    for part in document.descendants(text).filter(|id| !document.nodes[*id].text.is_empty()) {
        let parent = document.nodes[part].parent?;
        let count = counts.entry(parent).or_default();
        *count += document.nodes[part].text.chars().filter(|c| !c.is_whitespace()).count();
    }
    // Of several, the last one is found.
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    (most.1 > 0).then_some(most.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        markup::{self, Markup},
        testing,
    };

    fn of(text: &str) -> Option<Setting> {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"99\" height=\"99\"><style>.b{{font-weight:700}}</style>{text}</svg>"
        );
        let xml = markup::parse(&svg).expect("XML");
        let markup = Markup::styled(&svg, &xml).and_then(Markup::plain).expect("SVG");
        settings(&markup.document, &testing::fonts()).remove("t")
    }

    #[test]
    fn texts_are_set_as_most_of_their_letters() {
        for (text, expected) in [
            ("<text id=\"t\" font-size=\"30\">价格</text>", Some((30.0, 400, 0.0, 0.0))),
            (
                "<g font-size=\"20\"><text id=\"t\" class=\"b\" text-anchor=\"middle\">a</text></g>",
                Some((20.0, 700, 0.0, 0.5)),
            ),
            (
                "<text id=\"t\" font-size=\"20\" text-anchor=\"end\">¥<tspan class=\"b\" font-size=\"48\">168</tspan></text>",
                Some((48.0, 700, 0.0, 1.0)),
            ),
            (
                "<text id=\"t\"><tspan style=\"font-size:2em;letter-spacing:3px\">ab</tspan><tspan>cd</tspan></text>",
                Some((32.0, 400, 3.0, 0.0)),
            ),
            (
                "<text id=\"t\" font-family=\"NotoSansSC-SemiBold\" font-size=\"20\">a</text>",
                Some((20.0, 600, 0.0, 0.0)),
            ),
            ("<text id=\"t\"> </text>", None),
            ("<text>a</text>", None),
        ] {
            let found = of(text).map(|found| (found.size, found.weight, found.letter_spacing, found.anchor));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn families_are_those_of_the_font_set() {
        let family =
            |name: &str| of(&format!("<text id=\"t\" font-family=\"{name}\">a</text>")).expect("a text").family;
        assert_eq!((family("Noto Sans SC"), family("Futura"), family("sans-serif")), (None, None, None));
        let other = testing::fonts().families().iter().find(|name| *name != testing::fonts().default_family()).cloned();
        assert_eq!(family(other.as_deref().expect("another family")), other);
    }
}
