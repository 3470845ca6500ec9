//! Bound of a workbook's parts, before its archive is opened.

use super::{directory::DirectoryBounds, faults::too_large};
use crate::words;
use haibao_core::error::Result;

/// Maximum number of parts. A part takes some hundred bytes in memory, however small it is.
const MAX_PARTS: u64 = 20_000;
/// Maximum size of the records of all parts, bytes.
const MAX_DIRECTORY: u64 = 4 << 20;

/// Rejects an archive with too many parts.
pub(super) fn check(archive: &[u8]) -> Result<()> {
    let DirectoryBounds { members, bytes, .. } = DirectoryBounds::of(archive);
    if members > MAX_PARTS || bytes > MAX_DIRECTORY {
        return Err(too_large(words::excel_parts(MAX_PARTS)));
    }
    Ok(())
}
