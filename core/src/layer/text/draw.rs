//! Drawing of texts.

use std::sync::Arc;

use super::{plan::has_effects, words::font_unknown};
use crate::{
    error::Result,
    layer::placer::{Draw, Placement, Placer},
    paint::{
        blur,
        context::Context,
        geometry::PxRect,
        glyph::{DrawnGlyph, GlyphStyle},
        gradient::Ramp,
        ink::{self, Effects, Ink, Part, Shadow},
        list::{Item, ItemContent, Paint},
        raster::premultiply,
    },
    style::WritingMode,
    text::{Fill, FontSet, Line, Paragraph, StyledText},
    words::{self, clusters, quote},
};

impl Draw for StyledText {
    /// Draws nothing if the text is empty.
    fn draw<'a>(&'a self, layer: Placement<'a>, placer: &mut Placer<'a, '_>) -> Result<Option<Arc<Ink>>> {
        let whole = self.spans.iter().any(|span| span.pointer == layer.pointer);
        Ok(placer.text(self, layer, if whole { "text" } else { "spans" }))
    }
}

impl Placer<'_, '_> {
    /// Adds a text in the box of a layer; nothing when it is empty. Its findings report the layer's field of this name.
    pub(crate) fn text(&mut self, text: &StyledText, layer: Placement<'_>, field: &str) -> Option<Arc<Ink>> {
        if text.spans.iter().all(|span| span.text.is_empty()) {
            return None;
        }
        let (scale, context, canvas, rect) = (self.plan.scale, self.context, self.canvas(), layer.rect);
        let fonts = context.fonts_of(&self.plan.template);
        let key = self.key("text").hash(&fonts.version()).data(&(rect, text, canvas)).finish();
        let ink = context.ink(key, || {
            let paragraph = crate::text::fit(fonts, self.shaper, text, rect[2], rect[3]);
            draw((context, fonts), text, paragraph, (rect[0], rect[1]), scale, canvas)
        });
        self.text_findings(layer.pointer, field, text, &ink.paragraph);
        let Some(effects) = effects(text, scale) else {
            self.items.push(Item { key, bounds: ink.bounds, layer: None, content: ItemContent::Text(ink.clone()) });
            return Some(ink);
        };
        let bounds = ink.reach(&effects).intersect(&canvas);
        if !bounds.is_empty() {
            let drawn = ink.clone();
            self.lazy(key, bounds, move || Ok(Paint::Raster(drawn.raster(&effects, bounds))));
        }
        Some(ink)
    }

    fn text_findings(&mut self, layer: &str, field: &str, text: &StyledText, paragraph: &Paragraph) {
        let families = self.context.fonts_of(&self.plan.template).families();
        let mut unknown: Vec<&str> = Vec::new();
        for span in &text.spans {
            if let Some(family) = span.font_families.first().map(String::as_str)
                && !families.iter().any(|known| known == family)
                && !unknown.contains(&family)
            {
                unknown.push(family);
                let finding = font_unknown(quote(family), families.join(", "));
                self.findings.push(finding.pointer(format!("{}/font_family", span.pointer)));
            }
        }
        let pointer = || format!("{layer}/{field}");
        if paragraph.truncated {
            self.findings.push(words::text_truncated().pointer(pointer()));
        }
        if !paragraph.missing.is_empty() {
            let finding = match clusters(&paragraph.missing) {
                (missing, 0) => words::glyph_missing(missing),
                (missing, more) => words::glyphs_missing(missing, more),
            };
            self.findings.push(finding.pointer(pointer()));
        }
    }
}

/// Effects beyond plain colours; none for plain text. Opacity applies to the text as a whole, so that overlapping
/// glyphs and lines do not show through each other.
fn effects(text: &StyledText, scale: f32) -> Option<Effects> {
    let shadow = text.text_shadow.map(|shadow| Shadow {
        x: (shadow.x * scale).round() as i32,
        y: (shadow.y * scale).round() as i32,
        sigma: shadow.blur * scale / 2.0,
        color: premultiply(shadow.color, 1.0),
    });
    let stroke = text.stroke.map(|stroke| premultiply(stroke.color, 1.0));
    has_effects(text).then_some(Effects { stroke, shadow, opacity: text.opacity })
}

/// Rasterises the visible glyphs of a paragraph, or takes them from the cache.
fn draw(
    (context, fonts): (&Context, &FontSet),
    text: &StyledText,
    paragraph: Paragraph,
    origin: (f32, f32),
    scale: f32,
    canvas: PxRect,
) -> Ink {
    let effects = effects(text, scale);
    // Glyphs outside of the canvas may cast a shadow on it.
    let shadow = effects.and_then(|effects| effects.shadow);
    let shadow = shadow.map_or(0, |s| s.x.abs().max(s.y.abs()).saturating_add(blur::reach(s.sigma)));
    let down = text.writing_mode == WritingMode::VerticalRl;
    let place = |x: f32, y: f32| ((origin.0 + x) * scale, (origin.1 + y) * scale);
    let mut parts: Vec<Part> = Vec::with_capacity(text.spans.len());
    for span in &text.spans {
        let fill = match &span.fill {
            Fill::Color(color) => ink::InkFill::Color(premultiply(*color, 1.0)),
            Fill::Gradient(gradient) => ink::InkFill::Ramp(Ramp::new(gradient, block(text, &paragraph, place, scale))),
        };
        parts.push(Part { fill, glyphs: Vec::new(), rules: Vec::new() });
    }
    let stroke = text.stroke.map_or(0.0, |stroke| stroke.width * paragraph.zoom * scale);
    let mut strokes = Vec::new();
    for glyph in &paragraph.glyphs {
        let (x, y) = place(glyph.x, glyph.y);
        // Glyphs are at most a few font sizes large.
        let near = canvas.grow(shadow.saturating_add((4.0 * glyph.size * scale + stroke) as i32));
        if !near.contains(x, y) {
            continue;
        }
        let style = GlyphStyle {
            face: glyph.face,
            id: glyph.id,
            size: glyph.size * scale,
            turned: glyph.turned,
            down,
            stroke: 0.0,
        };
        parts[usize::from(glyph.span)].glyphs.push(context.glyph(fonts, style, x, y));
        if stroke > 0.0 {
            strokes.push(context.glyph(fonts, GlyphStyle { stroke, ..style }, x, y));
        }
    }
    for rule in &paragraph.rules {
        let (x, y) = place(rule.x, rule.y);
        let (width, height) = (rule.width * scale, rule.height * scale);
        // Align thin sides to whole px.
        parts[usize::from(rule.span)].rules.push(if down {
            [x.round(), y, x.round() + width.round().max(1.0), y + height]
        } else {
            [x, y.round(), x + width, y.round() + height.round().max(1.0)]
        });
    }
    let all = parts.iter().map(Part::bounds).chain(strokes.iter().map(DrawnGlyph::bounds));
    let bounds = all.fold(PxRect::default(), |all, one| all.union(&one));
    Ink { parts, strokes, bounds, paragraph }
}

/// The block of lines that a gradient spans, `[x, y, width, height]` in output px, without the space above the first
/// and below the last line.
fn block(text: &StyledText, paragraph: &Paragraph, place: impl Fn(f32, f32) -> (f32, f32), scale: f32) -> [f32; 4] {
    let lines = || paragraph.lines.iter().filter(|line| line.width > 0.0 && line.height > 0.0);
    let min = |of: fn(&Line) -> f32| lines().map(of).fold(f32::MAX, f32::min);
    let max = |of: fn(&Line) -> f32| lines().map(of).fold(f32::MIN, f32::max);
    if lines().next().is_none() {
        return [0.0; 4];
    }
    let leading = (text.line_height - text.largest()).max(0.0) / 2.0 * paragraph.zoom;
    let (across, down) = match text.writing_mode {
        WritingMode::HorizontalTb => (0.0, leading),
        WritingMode::VerticalRl => (leading, 0.0),
    };
    let (left, top) = (min(|line| line.x) + across, min(|line| line.y) + down);
    let (right, bottom) = (max(|line| line.x + line.width) - across, max(|line| line.y + line.height) - down);
    let (x, y) = place(left, top);
    [x, y, (right - left) * scale, (bottom - top) * scale]
}
