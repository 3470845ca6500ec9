//! Central disc of the codes: a seal with 样例 and DEMO, which marks them as samples.

use tiny_skia::{FillRule, LineCap, LineJoin, Paint, PathBuilder, Pixmap, Stroke, Transform};

use crate::sample::{geometry::DISC, paint::paint};

/// Colour of the seal, RGB: vermilion.
pub(super) const SEAL: [u8; 3] = [0xd6, 0x3a, 0x2b];

/// Strokes of a character: points in a square of 100 units, y pointing down.
type Strokes = &'static [&'static [[f32; 2]]];

/// 样
const YANG: Strokes = &[
    &[[3.0, 32.0], [41.0, 32.0]],
    &[[22.0, 5.0], [22.0, 96.0]],
    &[[21.0, 35.0], [14.0, 52.0], [3.0, 68.0]],
    &[[24.0, 42.0], [38.0, 58.0]],
    &[[55.0, 5.0], [62.0, 19.0]],
    &[[87.0, 5.0], [79.0, 19.0]],
    &[[49.0, 27.0], [95.0, 27.0]],
    &[[52.0, 47.0], [91.0, 47.0]],
    &[[44.0, 69.0], [99.0, 69.0]],
    &[[71.5, 28.0], [71.5, 97.0]],
];
/// 例
const LI: Strokes = &[
    &[[22.0, 4.0], [15.0, 24.0], [3.0, 44.0]],
    &[[14.0, 33.0], [14.0, 97.0]],
    &[[28.0, 14.0], [66.0, 14.0]],
    &[[45.0, 15.0], [39.0, 38.0], [27.0, 60.0]],
    &[[42.0, 36.0], [62.0, 36.0], [55.0, 66.0], [44.0, 84.0], [29.0, 96.0]],
    &[[38.0, 54.0], [51.0, 66.0]],
    &[[77.0, 20.0], [77.0, 72.0]],
    &[[96.0, 5.0], [96.0, 95.0], [84.0, 91.0]],
];
/// The letters DEMO in a rectangle of 100 by 22 units.
const DEMO: Strokes = &[
    &[[0.0, 0.0], [0.0, 22.0], [8.0, 22.0], [15.0, 16.0], [15.0, 6.0], [8.0, 0.0], [0.0, 0.0]],
    &[[42.0, 0.0], [28.0, 0.0], [28.0, 22.0], [42.0, 22.0]],
    &[[28.0, 11.0], [40.0, 11.0]],
    &[[54.0, 22.0], [54.0, 0.0], [63.0, 14.0], [72.0, 0.0], [72.0, 22.0]],
    &[[92.0, 0.0], [85.0, 6.0], [85.0, 16.0], [92.0, 22.0], [99.0, 16.0], [99.0, 6.0], [92.0, 0.0]],
];

/// Draws the disc. `to_pixels` maps radii of the code to pixels.
pub(super) fn draw(pixmap: &mut Pixmap, to_pixels: Transform) {
    if let Some(disc) = PathBuilder::from_circle(0.0, 0.0, DISC) {
        pixmap.fill_path(&disc, &paint(SEAL), FillRule::Winding, to_pixels, None);
    }
    if let Some(line) = PathBuilder::from_circle(0.0, 0.0, DISC * 0.9) {
        let stroke = Stroke { width: DISC * 0.028, ..Stroke::default() };
        pixmap.stroke_path(&line, &paint([255; 3]), &stroke, to_pixels, None);
    }
    let side = DISC * 0.66;
    for (strokes, x) in [(YANG, -side - DISC * 0.035), (LI, DISC * 0.035)] {
        write(pixmap, strokes, 8.6, to_pixels.pre_translate(x, -DISC * 0.46).pre_scale(side / 100.0, side / 100.0));
    }
    let width = DISC * 0.72;
    write(
        pixmap,
        DEMO,
        5.4,
        to_pixels.pre_translate(-width / 2.0, DISC * 0.41).pre_scale(width / 100.0, width / 100.0),
    );
}

fn write(pixmap: &mut Pixmap, strokes: Strokes, width: f32, to_pixels: Transform) {
    let mut path = PathBuilder::new();
    for stroke in strokes {
        for (i, [x, y]) in stroke.iter().enumerate() {
            if i == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
        }
    }
    let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
    let white: Paint = paint([255; 3]);
    if let Some(path) = path.finish() {
        pixmap.stroke_path(&path, &white, &stroke, to_pixels, None);
    }
}
