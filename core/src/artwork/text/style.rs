//! How an element of a text is set: fonts, spacing, and where its baseline lies.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use svgtypes::FontFamily;

use super::features::{self, Caps};
use crate::{
    markup::{
        bounds::inherited,
        texts,
        tree::{Document, NodeId},
    },
    style::{FontFeature, font_names},
    text::{FontSet, Metrics},
};

/// Maximum number of families of a list that are looked at, and of those among them that texts use.
const MAX_LISTED: usize = 64;
const MAX_FAMILIES: usize = 8;
/// Size of synthesised small capitals, in font sizes.
pub const SMALL_CAPS: f32 = 0.7;
/// Tangent of the angle of synthesised italics: 14 degrees.
const SLANT: f32 = 0.249_33;
/// Largest angle of letters, degrees.
const MAX_LEAN: f32 = 60.0;

/// How the letters of an element are set. Lengths in px.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// Families that there are, in the order of preference.
    pub families: Rc<[String]>,
    /// Font size.
    pub size: f32,
    /// Font weight.
    pub weight: u16,
    /// OpenType features.
    pub features: Vec<FontFeature>,
    /// Which letters are drawn as small capitals.
    pub caps: Caps,
    /// By how much a letter leans to the right, per px of height: no font of the set is italic.
    pub slant: f32,
    /// Space after each cluster.
    pub letter_spacing: f32,
    /// Space after each space.
    pub word_spacing: f32,
    /// Distance of the letters above the position of the text.
    pub lift: f32,
    /// Distance of the top edge of its box above the baseline.
    pub ascent: f32,
    /// Distance of the bottom edge of its box below the baseline.
    pub descent: f32,
    /// Whether it is a part of right-to-left text.
    pub is_rtl: bool,
    /// Share of a chunk's length that lies before its position.
    pub anchor: f32,
}

impl Style {
    /// The style of an element with text. `text`: the text element around it, or itself.
    pub fn of(document: &Document<'_>, id: NodeId, text: NodeId, fonts: &FontSet, known: &Families) -> Self {
        let value = |name: &str| inherited(document, id, name).unwrap_or_default();
        let (size, mut weight) = (texts::font_size(document, id), texts::font_weight(document, id));
        let (families, of_face) = known.of(document, id, fonts);
        // The name of a face says its weight.
        if let Some(of_face) = of_face.filter(|_| inherited(document, id, "font-weight").is_none()) {
            weight = of_face;
        }
        let face = fonts.nearest_face(&families, weight);
        let Metrics { ascent, descent } = face.map_or_else(|| fonts.metrics(), |face| face.metrics());
        let (ascent, descent) = (ascent * size, descent * size);
        let x_height = face.and_then(|face| face.ink('x')).map_or(0.5, |ink| ink.ascent) * size;
        let spacing = |name: &str| texts::length(value(name), size, size).unwrap_or(0.0);
        let letter_spacing = spacing("letter-spacing");
        let feature = |tag: &[u8; 4], value: u16| FontFeature { tag: *tag, value };
        let mut features = Vec::new();
        if letter_spacing != 0.0 {
            features.extend([feature(b"liga", 0), feature(b"clig", 0)]);
        }
        if texts::style(document, id, "font-kerning") == Some("none") {
            features.push(feature(b"kern", 0));
        }
        features.extend(features::of(document, id));
        let down = |alignment: &str| match alignment {
            "before-edge" | "text-before-edge" => ascent,
            "after-edge" | "text-after-edge" | "ideographic" => -descent,
            "middle" => x_height / 2.0,
            "central" => (ascent - descent) / 2.0,
            "hanging" => ascent * 0.8,
            "mathematical" => ascent / 2.0,
            _ => 0.0,
        };
        let alignment = match document.attribute(id, "alignment-baseline") {
            None | Some("auto" | "baseline") => value("dominant-baseline"),
            Some(own) => own,
        };
        let inside = document.within(id).take_while(|up| *up != text).chain([text]);
        let shift: f32 = inside.map(|up| shift(document, up, ascent + descent)).sum();
        let is_rtl = value("direction") == "rtl";
        let anchor = match value("text-anchor") {
            "middle" => 0.5,
            "end" => 1.0,
            _ => 0.0,
        };
        Self {
            families,
            size,
            weight,
            features,
            caps: features::caps(document, id),
            slant: slant(value("font-style")),
            letter_spacing,
            word_spacing: spacing("word-spacing"),
            lift: shift - down(alignment),
            ascent,
            descent,
            is_rtl,
            anchor: if is_rtl { 1.0 - anchor } else { anchor },
        }
    }
}

/// By how much letters lean, per px of height.
fn slant(style: &str) -> f32 {
    match style.strip_prefix("oblique ").and_then(|angle| angle.strip_suffix("deg")?.parse::<f32>().ok()) {
        // The most that letters are slanted.
        Some(degrees) => degrees.clamp(-MAX_LEAN, MAX_LEAN).to_radians().tan(),
        None if matches!(style, "italic" | "oblique") => SLANT,
        None => 0.0,
    }
}

/// Families of a list, and the weight of the face that names the first.
type Listed = (Rc<[String]>, Option<u16>);

/// Font families by the elements that declare them, so that each list is read once.
#[derive(Debug, Default)]
pub struct Families(RefCell<HashMap<NodeId, Listed>>);

impl Families {
    /// Families of an element that there are, and the weight if the first of them is named by a face.
    fn of(&self, document: &Document<'_>, id: NodeId, fonts: &FontSet) -> Listed {
        let declares = |up: &NodeId| document.attribute(*up, "font-family").is_some();
        let Some(by) = document.within(id).find(declares) else { return Listed::default() };
        let list = document.attribute(by, "font-family").unwrap_or_default();
        self.0.borrow_mut().entry(by).or_insert_with(|| families(list, fonts)).clone()
    }
}

/// Families of a list that there are, and the weight if the first of them is named by a face.
fn families(list: &str, fonts: &FontSet) -> Listed {
    let Ok(all) = svgtypes::parse_font_families(list) else { return Listed::default() };
    let names = all.into_iter().take(MAX_LISTED).map(|family| match family {
        FontFamily::Named(name) => name,
        generic => generic.to_string(),
    });
    let before_default = names.take_while(|name| !font_names::is_default(name));
    let (mut found, mut weight) = (Vec::<String>::new(), None);
    for (family, own) in before_default.filter_map(|name| font_names::drawn(&name, fonts.families())) {
        if found.is_empty() {
            weight = own;
        }
        if found.len() < MAX_FAMILIES && !found.iter().any(|known| known == family) {
            found.push(family.to_owned());
        }
    }
    (found.into(), weight)
}

/// Distance by which `baseline-shift` raises an element, px. `height`: that of its font.
fn shift(document: &Document<'_>, id: NodeId, height: f32) -> f32 {
    match document.attribute(id, "baseline-shift") {
        None | Some("baseline") => 0.0,
        Some("super") => height / 2.0,
        Some("sub") => -height / 2.0,
        Some(length) => {
            let size = texts::font_size(document, id);
            texts::length(length, size, size).unwrap_or(0.0)
        }
    }
}
