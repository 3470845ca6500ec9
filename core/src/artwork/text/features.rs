//! Features of fonts that `font-variant`, its longhands and `font-feature-settings` turn on.

use crate::{
    markup::{
        fonts, texts,
        tree::{Document, NodeId},
    },
    style::FontFeature,
};

/// Letters that are drawn as small capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caps {
    /// None.
    None,
    /// Lower case letters.
    Lower,
    /// All characters.
    All,
    /// All characters but lower case letters, which stay as they are.
    Upper,
}

impl Caps {
    /// Whether a character is drawn as a small capital.
    pub fn is_small(self, c: char) -> bool {
        match self {
            Self::None => false,
            Self::Lower => c.is_lowercase(),
            Self::All => true,
            Self::Upper => !c.is_lowercase(),
        }
    }
}

/// The words of a longhand of `font-variant`: of the nearest element that declares it, or the shorthand.
fn words<'d>(document: &'d Document<'_>, id: NodeId, name: &str, known: &[&str]) -> impl Iterator<Item = &'d str> {
    let declared = document.within(id).find_map(|up| {
        let node = &document.nodes[up];
        node.style(name).or_else(|| node.attribute("font-variant"))
    });
    declared.unwrap_or_default().split_ascii_whitespace().filter(|word| known.contains(word))
}

/// Which letters are small capitals.
pub fn caps(document: &Document<'_>, id: NodeId) -> Caps {
    let word = words(document, id, "font-variant-caps", fonts::CAPS).last();
    match word {
        Some("small-caps" | "petite-caps") => Caps::Lower,
        Some("all-small-caps" | "all-petite-caps") => Caps::All,
        Some("unicase") => Caps::Upper,
        _ => Caps::None,
    }
}

/// The features of an element's letters; later ones win.
pub fn of(document: &Document<'_>, id: NodeId) -> Vec<FontFeature> {
    let feature = |tag: &[u8; 4], value: u16| FontFeature { tag: *tag, value };
    let mut all = Vec::new();
    for (name, known) in [
        ("font-variant-ligatures", fonts::LIGATURES),
        ("font-variant-caps", fonts::CAPS),
        ("font-variant-numeric", fonts::NUMERIC),
        ("font-variant-east-asian", fonts::EAST_ASIAN),
    ] {
        for word in words(document, id, name, known) {
            all.extend(tags(word).iter().map(|(tag, value)| feature(tag, *value)));
        }
    }
    let settings = texts::style(document, id, "font-feature-settings").unwrap_or_default();
    all.extend(settings.split(',').filter_map(|one| one.parse::<FontFeature>().ok()));
    all
}

/// The features of a word of `font-variant` (CSS Fonts 4, section 6).
fn tags(word: &str) -> &'static [(&'static [u8; 4], u16)] {
    match word {
        "none" => &[(b"liga", 0), (b"clig", 0), (b"dlig", 0), (b"hlig", 0), (b"calt", 0)],
        "common-ligatures" => &[(b"liga", 1), (b"clig", 1)],
        "no-common-ligatures" => &[(b"liga", 0), (b"clig", 0)],
        "discretionary-ligatures" => &[(b"dlig", 1)],
        "no-discretionary-ligatures" => &[(b"dlig", 0)],
        "historical-ligatures" => &[(b"hlig", 1)],
        "no-historical-ligatures" => &[(b"hlig", 0)],
        "contextual" => &[(b"calt", 1)],
        "no-contextual" => &[(b"calt", 0)],
        "titling-caps" => &[(b"titl", 1)],
        "lining-nums" => &[(b"lnum", 1)],
        "oldstyle-nums" => &[(b"onum", 1)],
        "proportional-nums" => &[(b"pnum", 1)],
        "tabular-nums" => &[(b"tnum", 1)],
        "diagonal-fractions" => &[(b"frac", 1)],
        "stacked-fractions" => &[(b"afrc", 1)],
        "ordinal" => &[(b"ordn", 1)],
        "slashed-zero" => &[(b"zero", 1)],
        "jis78" => &[(b"jp78", 1)],
        "jis83" => &[(b"jp83", 1)],
        "jis90" => &[(b"jp90", 1)],
        "jis04" => &[(b"jp04", 1)],
        "simplified" => &[(b"smpl", 1)],
        "traditional" => &[(b"trad", 1)],
        "full-width" => &[(b"fwid", 1)],
        "proportional-width" => &[(b"pwid", 1)],
        "ruby" => &[(b"ruby", 1)],
        _ => &[],
    }
}
