//! Links of cells in .xls files.

use super::records::{u16_at, u32_at};

/// Flags of a link ([MS-OSHARED] 2.3.7.1): it has a target; a name and a frame come before that; the target is a text instead of an
/// object.
const HAS_TARGET: u32 = 1;
const HAS_NAME: u32 = 0x10;
const HAS_FRAME: u32 = 0x80;
const IS_TEXT: u32 = 0x100;

/// Class of the targets that are addresses ([MS-OSHARED] 2.3.7.6).
const ADDRESS: [u8; 16] =
    [0xe0, 0xc9, 0xea, 0x79, 0xf9, 0xba, 0xce, 0x11, 0x8c, 0x82, 0x00, 0xaa, 0x00, 0x4b, 0xa9, 0x0b];

/// The address in the record of a link ([MS-XLS] 2.4.140). `None` for targets of other kinds.
pub fn address(data: &[u8]) -> Option<String> {
    // A range of cells, the class of links, and a version come before.
    let (flags, mut at) = (u32_at(data, 28)?, 32_usize);
    for flag in [HAS_NAME, HAS_FRAME] {
        if flags & flag != 0 {
            let characters = u32_at(data, at)? as usize;
            at = characters.checked_mul(2)?.checked_add(at + 4)?;
        }
    }
    if flags & (HAS_TARGET | IS_TEXT) != HAS_TARGET || data.get(at..)?.first_chunk() != Some(&ADDRESS) {
        return None;
    }
    let length = u32_at(data, at + 16)? as usize;
    let address = data.get(at + 20..)?.get(..length)?;
    let units = (0..length / 2).map_while(|unit| u16_at(address, unit * 2)).take_while(|unit| *unit != 0);
    Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}
