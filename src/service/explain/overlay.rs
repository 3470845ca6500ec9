//! Draws the layers' boxes over a poster, band by band: a poster of 32 megapixels is never decoded as a whole.

use std::sync::Arc;

use bytes::Bytes;
use image::{Rgba, RgbaImage};
use imageproc::{
    drawing::{draw_filled_rect_mut, draw_text_mut, text_size},
    rect::Rect,
};

use crate::service::Composed;
use haibao_core::{
    encode::Format,
    error::{Error, Result},
    paint::geometry::PxRect,
    render::PlacedLayer,
    text::{Face, FontSet},
};

/// Format of overlays, whatever that of the poster is: lossless, so that thin lines stay sharp.
pub const FORMAT: Format = Format::Png;
/// Rows of a band.
const ROWS: u32 = 128;
/// Height of a label, px.
const LABEL: f32 = 16.0;
/// Space around the text of a label, px.
const PADDING: (u32, u32) = (8, 6);

/// The poster with every layer's box and name drawn over it, in [`FORMAT`]. Boxes of texts are blue, of pictures green, of
/// codes red, of shapes grey; a lighter box marks the ink bounds. `observe` is called before each band; its error ends the
/// drawing.
///
/// # Errors
/// `internal`, and those of `observe`.
pub fn overlay(composed: &Composed, fonts: &FontSet, mut observe: impl FnMut() -> Result<()>) -> Result<Bytes> {
    let rendered = &composed.rendered;
    let mut poster = rendered.format.rows(&rendered.bytes)?;
    let face = fonts.face(0).ok_or_else(|| Error::internal("there is no font"))?;
    let marks = marks(composed, face);
    let (width, height) = (rendered.width, rendered.height);
    let mut encoder = FORMAT.encoder();
    let mut bands = Vec::with_capacity(height.div_ceil(ROWS) as usize);
    for top in (0..height).step_by(ROWS as usize) {
        observe()?;
        let mut band = RgbaImage::new(width, ROWS.min(height - top));
        for row in band.chunks_exact_mut(4 * width as usize) {
            let Some(from) = poster.next_row()? else { break };
            faded(row, from);
        }
        marks.iter().for_each(|mark| mark.draw(&mut band, top as i32, face));
        let (pixels, _) = band.as_raw().as_chunks::<4>();
        bands.push(Arc::new(encoder.band(pixels, width)));
    }
    Ok(encoder.assemble(width, height, &bands))
}

/// Blends RGB halfway to white, so that boxes stand out.
fn faded(to: &mut [u8], from: &[[u8; 3]]) {
    let (to, _) = to.as_chunks_mut::<4>();
    for (to, [r, g, b]) in to.iter_mut().zip(from) {
        *to = [r.midpoint(255), g.midpoint(255), b.midpoint(255), 255];
    }
}

/// What is drawn over a layer.
struct Mark {
    color: Rgba<u8>,
    boxes: Vec<(PxRect, Rgba<u8>)>,
    /// Left, top, width and height of the label, px.
    label: (i32, i32, u32, u32),
    name: String,
}

fn marks(composed: &Composed, face: &Face) -> Vec<Mark> {
    let mark = |placed: &PlacedLayer| {
        let color = match composed.plan.layers.get(placed.position).map(|layer| &layer.kind) {
            _ if placed.is_code => Rgba([210, 20, 50, 255]),
            Some(kind) if kind.text().is_some() => Rgba([20, 90, 220, 255]),
            Some(kind) if kind.shows_picture() => Rgba([0, 130, 70, 255]),
            _ => Rgba([110, 110, 110, 255]),
        };
        let mut boxes = vec![(placed.rect, color)];
        if placed.ink != placed.rect {
            boxes.push((placed.ink, lighter(color)));
        }
        let name = format!("{} {}", placed.pointer.trim_start_matches("/layers/"), placed.kind);
        let (width, height) = text_size(LABEL, &face.font, &name);
        // At the right edge, where text rarely extends.
        let (x, y) = (placed.rect.x1.saturating_sub_unsigned(width + PADDING.0).max(0), placed.rect.y0.max(0));
        Mark { color, boxes, label: (x, y, width + PADDING.0, height + PADDING.1), name }
    };
    composed.rendered.layers.iter().map(mark).collect()
}

impl Mark {
    /// Draws the part that lies on a band.
    fn draw(&self, band: &mut RgbaImage, top: i32, face: &Face) {
        let rows = band.height() as i32;
        for (rect, color) in &self.boxes {
            if rect.width() > 0 && rect.height() > 0 {
                outline(band, rect, top, *color);
            }
        }
        let (x, y, width, height) = self.label;
        if (y - top) < rows && y.saturating_add_unsigned(height) > top {
            draw_filled_rect_mut(band, Rect::at(x, y - top).of_size(width, height), self.color);
            draw_text_mut(band, Rgba([255; 4]), x + 4, y - top + 2, LABEL, &face.font, &self.name);
        }
    }
}

/// Draws the edges of a box that lie on a band, the part within its sides.
fn outline(band: &mut RgbaImage, rect: &PxRect, top: i32, color: Rgba<u8>) {
    let (width, rows) = (band.width() as i32, band.height() as i32);
    let (x0, x1, y0, y1) = (rect.x0, rect.x1 - 1, rect.y0 - top, rect.y1 - 1 - top);
    for y in [y0, y1].into_iter().filter(|y| (0..rows).contains(y)) {
        (x0.max(0)..=x1.min(width - 1)).for_each(|x| band.put_pixel(x as u32, y as u32, color));
    }
    for x in [x0, x1].into_iter().filter(|x| (0..width).contains(x)) {
        (y0.max(0)..=y1.min(rows - 1)).for_each(|y| band.put_pixel(x as u32, y as u32, color));
    }
}

fn lighter(Rgba([r, g, b, a]): Rgba<u8>) -> Rgba<u8> {
    Rgba([r.midpoint(255), g.midpoint(255), b.midpoint(255), a])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_show_what_the_whole_would() {
        let fonts = FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("fonts");
        let face = fonts.face(0).expect("a font");
        let mark = |x, y, width, height| {
            let rect = PxRect::new(x, y, width, height);
            let color = Rgba([210, 20, 50, 255]);
            let ink = PxRect::new(x + 3, y - 2, width, height / 2);
            Mark {
                color,
                boxes: vec![(rect, color), (ink, lighter(color))],
                label: (x, y.max(0), 60, 22),
                name: "0 text".to_owned(),
            }
        };
        let marks = [
            mark(5, 5, 90, 30),
            mark(-10, -20, 400, 500),
            mark(40, 120, 30, 60),
            mark(2, 127, 9, 1),
            mark(20, 128, 30, 128),
        ];
        let (width, height) = (110, 300);
        let draw = |rows: u32| {
            let mut all = Vec::new();
            for top in (0..height).step_by(rows as usize) {
                let mut band = RgbaImage::new(width, rows.min(height - top));
                marks.iter().for_each(|mark| mark.draw(&mut band, top as i32, face));
                all.extend(band.into_raw());
            }
            all
        };
        let whole = draw(height);
        assert!(whole.iter().any(|value| *value > 0));
        for rows in [1, 7, ROWS] {
            assert!(draw(rows) == whole, "bands of {rows} rows");
        }
    }
}
