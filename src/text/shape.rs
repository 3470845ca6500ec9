//! Shaping and line breaking of one paragraph by parley.

use std::borrow::Cow;

use parley::{
    FontContext, FontFamily, FontFamilyName, FontWeight, GenericFamily, Layout, LayoutContext, OverflowWrap,
    StyleProperty,
};

use super::fontset::FontSet;
use crate::plan;

/// Scratch space for shaping; one is used by one thread at a time.
pub struct Shaper {
    fonts: FontContext,
    layouts: LayoutContext<()>,
}

impl std::fmt::Debug for Shaper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shaper")
    }
}

impl Shaper {
    /// Scratch space for a font set.
    pub fn new(fonts: &FontSet) -> Self {
        Self { fonts: fonts.context(), layouts: LayoutContext::new() }
    }

    /// Breaks `text` into lines of at most `width` px. A word that is longer than a line breaks between clusters.
    pub(super) fn lines(&mut self, style: &plan::Text, text: &str, width: f32) -> Layout<()> {
        let mut families = Vec::with_capacity(4);
        if let Some(own) = &style.font_family {
            families.push(FontFamilyName::Named(Cow::Borrowed(own.as_str())));
        }
        families.extend(FontSet::default_families().map(|name| FontFamilyName::Named(Cow::Borrowed(name))));
        families.push(FontFamilyName::Generic(GenericFamily::Emoji));
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(families.into())));
        builder.push_default(StyleProperty::FontSize(style.font_size));
        builder.push_default(StyleProperty::FontWeight(FontWeight::new(f32::from(style.font_weight))));
        builder.push_default(StyleProperty::LetterSpacing(style.letter_spacing));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        let mut layout = builder.build(text);
        layout.break_all_lines(Some(width));
        layout
    }
}
