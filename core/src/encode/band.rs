//! What every format provides: bands encoded one by one and joined into files, and rows read from these files.

use std::{fmt::Debug, sync::Arc};

use bytes::Bytes;

use crate::error::Result;

/// A band in the form of its format. Bands are encoded one by one, cached, and joined into files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedBand {
    /// The encoded rows, opaque to everything but the format.
    pub bytes: Bytes,
    /// Checksum of the rows, as the format defines it.
    pub(super) checksum: u32,
    /// Length of what the checksum covers, bytes.
    pub(super) length: u64,
}

/// What a format provides. An encoder is used by one thread at a time and may keep scratch space.
///
/// A format that cannot join bands keeps their pixels as they are in [`BandEncoder::band`] and encodes them all in
/// [`BandEncoder::assemble`].
pub trait BandEncoder: Debug + Send {
    /// Encodes a band of rows of `width` px. The result depends on the pixels alone, not on other bands.
    fn band(&mut self, pixels: &[[u8; 4]], width: u32) -> EncodedBand;

    /// Joins bands, from top to bottom, into a file of `width` x `height` px.
    fn assemble(&mut self, width: u32, height: u32, bands: &[Arc<EncodedBand>]) -> Bytes;
}

/// Reads a file that the encoder of the same format made, row by row: a poster of 32 megapixels is never decoded as a whole.
pub trait RowReader {
    /// The next row from the top; `None` after the last one. Lossy formats give the pixels that the file shows.
    ///
    /// # Errors
    /// `internal` if the file is not one of the encoder.
    fn next_row(&mut self) -> Result<Option<&[[u8; 3]]>>;
}

/// Constants of a format.
pub(super) struct Properties {
    /// Name in requests, such as `jpeg`.
    pub name: &'static str,
    /// Extension of file names, such as `jpg`.
    pub extension: &'static str,
    pub media_type: &'static str,
    /// Part of cache keys. Must change when the encoder produces different bytes for the same pixels.
    pub version: u32,
}
