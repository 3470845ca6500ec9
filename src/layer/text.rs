//! Paragraphs.

use super::Placer;
use crate::{
    error::Finding,
    plan::Text,
    render::{
        geometry::PxRect,
        list::{Content, Ink, Item},
        raster::premultiply,
    },
};

impl Placer<'_, '_> {
    pub(super) fn text(&mut self, layer: &str, text: &Text, rect: [f32; 4]) {
        if text.text.is_empty() {
            return;
        }
        let key = self.key("text").hash(&self.renderer.fonts.version()).data(&(rect, text)).finish();
        let (scale, renderer) = (self.plan.scale, self.renderer);
        let ink = renderer.ink(key, || {
            let paragraph = crate::text::fit(renderer.fonts(), self.shaper, text, rect[2], rect[3]);
            let size = text.font_size * scale;
            let glyphs: Vec<_> = paragraph
                .glyphs
                .iter()
                .map(|glyph| {
                    let (x, y) = ((rect[0] + glyph.x) * scale, (rect[1] + glyph.y) * scale);
                    renderer.glyph((glyph.face, glyph.id), size, x, y)
                })
                .collect();
            let rules: Vec<[f32; 4]> = paragraph
                .rules
                .iter()
                .map(|rule| {
                    let (x, y) = ((rect[0] + rule.x) * scale, ((rect[1] + rule.y) * scale).round());
                    [x, y, x + rule.width * scale, y + (rule.height * scale).round().max(1.0)]
                })
                .collect();
            let rule_bounds = rules.iter().map(|[x0, y0, x1, y1]| PxRect {
                x0: x0.floor() as i32,
                y0: *y0 as i32,
                x1: x1.ceil() as i32,
                y1: y1.ceil() as i32,
            });
            let bounds = glyphs.iter().map(|glyph| glyph.bounds()).chain(rule_bounds);
            let bounds = bounds.fold(PxRect::default(), |all, one| all.union(&one));
            Ink { glyphs, rules, bounds, paragraph }
        });
        if let Some(family) = &text.font_family
            && !renderer.fonts().families().contains(family)
        {
            let known = renderer.fonts().families().join(", ");
            let finding = Finding::warning("font_unknown", format!("there is no font family {family:?}"))
                .pointer(format!("{layer}/font_family"));
            self.findings.push(finding.hint(format!("known are: {known}; others come from the fonts folder")));
        }
        let pointer = format!("{layer}/text");
        if ink.paragraph.truncated {
            let finding = Finding::warning("text_truncated", "the text does not fit and is cut");
            self.findings.push(finding.pointer(&pointer).hint("shorten it, or give the layer more lines or room"));
        }
        if !ink.paragraph.missing.is_empty() {
            let missing = ink.paragraph.missing.iter().take(8).map(|c| format!("{c:?}")).collect::<Vec<_>>().join(", ");
            let finding = Finding::warning("glyph_missing", format!("no font has a glyph for {missing}"));
            self.findings.push(finding.pointer(pointer).hint("add a font that has it to the fonts folder"));
        }
        let color = premultiply(text.color, text.opacity);
        self.items.push(Item { key, bounds: ink.bounds, content: Content::Text(ink, color) });
    }
}
