//! Rules and properties of texts.

use super::{
    color::TextColor,
    fields::{LINE_HEIGHT, Text},
    words,
};
use crate::{
    error::Wording,
    layer::{
        fields::{Fields, RuleContext, SlotSize},
        place::PlaceFields,
    },
    style::WritingMode,
    template::{broken::Broken, exprs::Expressions},
};

impl<L> Fields<L> for Text {
    type Place = PlaceFields;
    const WORDS: &'static [&'static Wording] = words::ROWS;
    const ALTERNATIVES: &'static [&'static str] = &["text", "spans"];

    fn expressions(&self, expressions: &mut Expressions) {
        expressions.add("text", self.text.as_ref());
        expressions.add("color", self.color.solid());
        for (at, span) in self.spans.iter().flatten().enumerate() {
            expressions.add(&format!("spans/{at}/when"), span.when.as_ref());
            expressions.add(&format!("spans/{at}/text"), Some(&span.text));
            expressions.add(&format!("spans/{at}/color"), span.color.as_ref().and_then(TextColor::solid));
        }
    }

    fn rules(&self, RuleContext { pointer, .. }: &RuleContext<'_>) -> Vec<Broken> {
        let mut broken = Vec::new();
        match (&self.text, &self.spans) {
            (None, None) => {
                broken.push(Broken::value(*pointer, words::text_missing()));
            }
            (Some(_), Some(_)) => {
                broken.push(Broken::key(format!("{pointer}/spans"), words::text_twice()));
            }
            _ => {}
        }
        if let Some(least) = self.min_font_size.filter(|least| *least > self.font_size) {
            broken.push(Broken::value(format!("{pointer}/min_font_size"), words::font_size_range(least)));
        }
        let spans = self.spans.iter().flatten().enumerate();
        let spans = spans.filter_map(|(at, span)| Some((format!("{pointer}/spans/{at}/color"), span.color.as_ref()?)));
        for (pointer, color) in std::iter::once((format!("{pointer}/color"), &self.color)).chain(spans) {
            if let TextColor::Gradient(gradient) = color
                && !gradient.stops.is_sorted_by(|one, next| one.0 <= next.0)
            {
                broken.push(Broken::value(format!("{pointer}/gradient/stops"), words::gradient_order()));
            }
        }
        broken
    }

    /// Accents and descenders may extend beyond the line, and the first line beyond a box that is lower.
    fn reach(&self, SlotSize { min: [width, height], .. }: SlotSize) -> f32 {
        let sizes = self.spans.iter().flatten().filter_map(|span| span.font_size);
        let largest = sizes.fold(self.font_size, f32::max);
        let breadth = if self.writing_mode == WritingMode::VerticalRl { width } else { height };
        let overflow = (self.line_height.unwrap_or(largest * LINE_HEIGHT) - breadth).max(0.0);
        let stroke = self.stroke.map_or(0.0, |stroke| stroke.width / 2.0);
        let shadow = self.text_shadow.map_or(0.0, |s| s.x.abs().max(s.y.abs()) + f32::ceil(s.blur * 1.5));
        largest + overflow + stroke + shadow
    }

    fn limits_text(&self) -> bool {
        self.max_lines.is_some()
    }
}
