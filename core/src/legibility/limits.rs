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
/// Height of a barcode as a fraction of its width; lower, it is hard to aim a scanner at it (ISO/IEC 15417).
pub(super) const HEIGHT: f32 = 0.15;
