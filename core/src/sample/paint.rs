//! Paint for sample codes.

use tiny_skia::Paint;

/// Opaque, anti-aliased paint.
pub(super) fn paint([r, g, b]: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(r, g, b, 255);
    paint
}
