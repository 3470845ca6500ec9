//! Drawing of barcodes: bars of whole px, and the digits below them.

use std::sync::Arc;

use super::plan::PlannedBarcode;
use crate::{
    code::barcode::PlacedLabel,
    error::{Error, Result},
    layer::{
        boxes::BoxStyle,
        placer::{Draw, PlacedCode, Placement, Placer},
    },
    legibility::Form,
    paint::{
        geometry::PxRect,
        ink::Ink,
        list::Paint,
        raster::{Raster, premultiply},
    },
    style::{TextAlign, TextOverflow, VerticalAlign, WritingMode},
    text::{Fill, StyledSpan, StyledText},
};

impl Draw for PlannedBarcode {
    fn draw<'a>(&'a self, layer: Placement<'a>, placer: &mut Placer<'a, '_>) -> Result<Option<Arc<Ink>>> {
        let (scale, frame, barcode) = (placer.plan.scale, placer.px(layer.rect), &self.barcode);
        let style = BoxStyle {
            background: (self.background.a > 0).then_some(self.background),
            border_radius: self.border_radius,
            ..BoxStyle::PLAIN
        };
        placer.plain_box(style, layer)?;
        let at_layer = |error: Error| error.pointer(layer.pointer);
        let fitting = barcode.font_size(barcode.module(frame.width()).map_err(at_layer)?);
        let largest = self.font_size.map_or(f32::INFINITY, |size| size * scale);
        let font_size = self.digits.then(|| fitting.min(largest));
        let layout = barcode.layout([frame.width(), frame.height()], font_size).map_err(at_layer)?;
        let place = |[x, y, width, height]: [u32; 4]| {
            // Never saturates: `plain_box` rejects boxes far larger than the canvas.
            PxRect::new(frame.x0.saturating_add_unsigned(x), frame.y0.saturating_add_unsigned(y), width, height)
        };
        let color = premultiply(self.color, 1.0);
        let bounds = place(layout.bounds());
        let key =
            placer.key("barcode").data(&(bounds, color, barcode.format, &barcode.value, frame, font_size)).finish();
        let symbol = place(layout.symbol);
        for label in &layout.labels {
            let rect = place(label.rect);
            let side = |px: u32| px as f32 / scale;
            let rect = [rect.x0 as f32 / scale, rect.y0 as f32 / scale, side(rect.width()), side(rect.height())];
            let text = self.text(layer.pointer, label, font_size.unwrap_or_default() / scale);
            placer.text(&text, Placement { rect, ..layer }, "value");
        }
        placer.lazy(key, bounds, move || Ok(Paint::Raster(Raster::new(bounds, layout.pixels(color)))));
        // The digits were added first, so that the bars are the last item.
        placer.codes.push(PlacedCode {
            position: layer.position,
            item: placer.path(placer.items.len().saturating_sub(1)),
            pointer: layer.pointer,
            square: symbol,
            form: Some(Form::Barcode { format: barcode.format, value: &barcode.value }),
            center: 0.0,
            request: None,
        });
        Ok(None)
    }
}

impl PlannedBarcode {
    /// A part of the digits, `font_size` px at scale 1.
    fn text(&self, pointer: &str, label: &PlacedLabel, font_size: f32) -> StyledText {
        let span = StyledSpan {
            pointer: pointer.to_owned(),
            fill: Fill::Color(self.color),
            ..StyledSpan::plain(label.text.clone(), Vec::new(), font_size, 400)
        };
        StyledText {
            min_font_size: font_size / 2.0,
            text_align: TextAlign::Center,
            vertical_align: VerticalAlign::Middle,
            text_overflow: TextOverflow::Shrink,
            ..StyledText::line(vec![span], WritingMode::HorizontalTb)
        }
    }
}
