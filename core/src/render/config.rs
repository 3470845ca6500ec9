//! Settings of a renderer.

/// Sizes of a renderer's caches.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Rows of a band. Default 32.
    pub band_rows: u32,
    /// Bytes for encoded bands. Default 12 MiB: about 15 posters of 750 x 1334 px.
    pub band_bytes: usize,
    /// Bytes for fitted pictures, codes, shadows and shapes. Default 16 MiB.
    pub paint_bytes: usize,
    /// Bytes for the artwork's segments: 4 to 30 MB a template of 750 x 1334 px, by what lies over its slots.
    /// Default 104 MiB: the ten starter templates.
    pub artwork_bytes: usize,
    /// Bytes for glyphs. Laid out text takes another quarter of it, and keeps at most as many bytes of evicted glyphs.
    /// Default 8 MiB.
    pub glyph_bytes: usize,
    /// Secret that cache keys are made with. Default: zeros; a service that serves several tenants sets a random one.
    pub secret: [u8; 32],
}

impl Default for Config {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            band_rows: 32,
            band_bytes: 12 * MIB,
            paint_bytes: 16 * MIB,
            artwork_bytes: 104 * MIB,
            glyph_bytes: 8 * MIB,
            secret: [0; 32],
        }
    }
}
