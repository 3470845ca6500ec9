//! Limits of the legibility gate.

/// Two limits: beyond the first, scanning may fail (warning); beyond the second, it will fail (error).
pub(super) type Limits<T> = (T, T);

/// Side of a round code, px.
pub(super) const SIDE: Limits<usize> = (110, 80);
/// Module of a QR code or barcode, px.
pub(super) const MODULE: Limits<f32> = (3.0, 2.0);
/// Contrast ratio.
pub(super) const CONTRAST: Limits<f32> = (4.5, 3.0);
/// Occluded fraction of the code.
pub(super) const OCCLUDED: Limits<f32> = (0.015, 0.05);
/// Occluded fraction of the dark or light modules of one of 25 tiles.
pub(super) const OCCLUDED_TILE: Limits<f32> = (0.3, 0.7);
/// Disturbed fraction of the quiet zone.
pub(super) const DISTURBED: Limits<f32> = (0.01, 0.10);
/// Height of a barcode's bars as a fraction of their width. The first is the minimum for scanning by hand (ISO/IEC 15417,
/// which also requires 5 mm; EAN-13 has 73 % at its nominal size). Below the second, a scan line that is tilted by 3 degrees
/// misses the bars at one end.
pub(super) const BAR_HEIGHT: Limits<f32> = (0.15, 0.05);
/// Font size of a text, in widths of the canvas: 12 px of 750. Ours, as no standard has one: a phone that is 375 pt wide shows it at
/// 6 pt.
pub(super) const MIN_TEXT: f32 = 12.0 / 750.0;
/// Factor by which a text may be shrunk that is smaller than [`LARGE_TEXT`] then.
pub(super) const MIN_ZOOM: f32 = 0.5;
/// Font size of a text that is read however far it was shrunk, in widths of the canvas.
pub(super) const LARGE_TEXT: f32 = 2.0 * MIN_TEXT;
/// Minimum height of a barcode's bars, modules. A scanner reads several lines, and its picture is blurred by a module or
/// two.
pub(super) const MIN_BAR_MODULES: f32 = 5.0;
