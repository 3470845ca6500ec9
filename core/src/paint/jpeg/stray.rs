//! Bytes between the segments of a JPEG that belong to none of them. Decoders skip them.

use super::frame::{marker, u16_be};

/// A file without such bytes: zeros behind the data of a scan, and any behind other segments. `None` if there are none.
pub fn without(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = bytes.get(..2)?.to_vec();
    let (mut at, mut is_data) = (2, false);
    while let Some((kind, segment)) = marker(bytes, at) {
        if is_data {
            kept.extend_from_slice(trimmed(bytes.get(at..segment - 2)?));
        }
        let length = match kind {
            // Markers without a segment.
            0x01 | 0xd0..=0xd9 => 0,
            _ => u16_be(bytes, segment)?.max(2),
        };
        at = segment + length;
        kept.extend_from_slice(bytes.get(segment - 2..at)?);
        is_data = kind == 0xda || is_data && matches!(kind, 0xd0..=0xd7);
        if kind == 0xd9 {
            break;
        }
    }
    kept.extend_from_slice(bytes.get(at..)?);
    (kept.len() < bytes.len()).then_some(kept)
}

/// The data of a scan without zeros at its end. One behind 0xff belongs to it.
fn trimmed(data: &[u8]) -> &[u8] {
    let end = data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let is_stuffed = data[..end].last() == Some(&0xff) && end < data.len();
    &data[..if is_stuffed { end + 1 } else { end }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_of_no_segment_are_removed() {
        let tables = b"\xff\xc4\0\x03\0";
        let scan = b"\xff\xda\0\x02\x12\xff\0\0\x34\xff\xd0\x56\xff\0";
        let end = b"\xff\xd9tail\0";
        let sound = [&b"\xff\xd8"[..], tables, scan, tables, scan, end].concat();
        assert_eq!(without(&sound), None);
        let stray = [&b"\xff\xd8"[..], b"\0", tables, b"ab", scan, b"\0\0", tables, scan, b"\0", end].concat();
        assert_eq!(without(&stray), Some(sound));
        assert_eq!(without(b"\xff\xd8\xff\xc4\0\x09"), None);
        assert_eq!(without(b"\xff"), None);
    }
}
