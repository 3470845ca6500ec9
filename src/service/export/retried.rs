//! The pictures that failed rows have in their cells, for the workbook from which they are exported again.

use std::collections::HashSet;

use crate::{
    export::{
        Failure,
        failures::{PicturesBySource, sources},
    },
    service::App,
};
use haibao_core::template::assets;

/// Maximum size of the pictures of a workbook, bytes, where memory is shared.
pub const MAX_SHARED: u64 = 16 << 20;
/// Maximum size of the pictures of a workbook, bytes, on the command line.
pub const MAX_ALONE: u64 = 256 << 20;

/// Reads the uploaded pictures that the cells of these rows name, as long as all have at most so many bytes together. Those that are
/// missing are left out: their cells keep the name.
pub async fn of_failures(app: &App, failures: &[Failure], max_bytes: u64) -> PicturesBySource {
    let (mut pictures, mut seen, mut left) = (PicturesBySource::new(), HashSet::new(), max_bytes);
    for source in sources(failures) {
        let hash = source.strip_prefix("asset:").and_then(assets::upload).filter(|_| seen.insert(source));
        let Some(hash) = hash else { continue };
        let Ok(found) = app.uploads.find_picture(&hash).await else { continue };
        let Some(rest) = left.checked_sub(found.bytes) else { continue };
        if let Ok(asset) = app.uploads.read(&found).await {
            left = rest;
            pictures.insert(source.to_owned(), asset.bytes);
        }
    }
    pictures
}
