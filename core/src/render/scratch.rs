//! Buffers that drawing threads reuse.

use crate::encode::{BandEncoder, EncodedBand, Format};

/// Reusable buffers of a drawing thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// One encoder per format that was used.
    encoders: Vec<(Format, Box<dyn BandEncoder>)>,
    pub pixels: Vec<[u8; 4]>,
}

impl Scratch {
    pub fn encode(&mut self, format: Format, width: u32) -> EncodedBand {
        // The encoder borrows `self`.
        let pixels = std::mem::take(&mut self.pixels);
        let band = self.encoder(format).band(&pixels, width);
        self.pixels = pixels;
        band
    }

    pub fn encoder(&mut self, format: Format) -> &mut dyn BandEncoder {
        let at = self.encoders.iter().position(|(known, _)| *known == format).unwrap_or_else(|| {
            self.encoders.push((format, format.encoder()));
            self.encoders.len() - 1
        });
        &mut *self.encoders[at].1
    }
}
