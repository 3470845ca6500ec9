//! Decodes large JPEGs at half their size, which takes a quarter of the memory. A poster shows them at a fraction of it.

use jpeg_decoder::{Decoder, PixelFormat};

/// A JPEG at half its width and height.
pub struct Half {
    /// Width and height, px.
    pub size: (u32, u32),
    /// RGB, 3 bytes per pixel.
    pub pixels: Vec<u8>,
}

/// Decodes a JPEG of 1 or 3 components. `None` if it is damaged.
pub fn half(bytes: &[u8]) -> Option<Half> {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    // The decoder takes the smallest of its factors that reaches this size.
    let (width, height) = decoder.scale(info.width.div_ceil(2), info.height.div_ceil(2)).ok()?;
    let pixels = decoder.decode().ok()?;
    let pixels = match info.pixel_format {
        PixelFormat::RGB24 => pixels,
        PixelFormat::L8 => pixels.into_iter().flat_map(|grey| [grey; 3]).collect(),
        PixelFormat::L16 | PixelFormat::CMYK32 => return None,
    };
    let size = (u32::from(width), u32::from(height));
    (pixels.len() as u64 == u64::from(size.0) * u64::from(size.1) * 3).then_some(Half { size, pixels })
}
