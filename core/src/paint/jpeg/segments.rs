//! Application segments of a JPEG: EXIF and the colour profile.

/// Segments before the first scan: their markers and data.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut at = 2;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..)?;
            let marker = at + rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff))?;
            let (kind, segment) = (bytes[marker + 1], marker + 2);
            match kind {
                0xda => return None,
                0x01 | 0xd0..=0xd9 => at = segment,
                _ => {
                    let length = usize::from(u16::from_be_bytes(*bytes.get(segment..)?.first_chunk()?)).max(2);
                    at = segment + length;
                    return Some((kind, bytes.get(segment + 2..at)?));
                }
            }
        }
    })
}

/// The TIFF data of the first EXIF segment.
pub fn exif(bytes: &[u8]) -> Option<&[u8]> {
    segments(bytes).find_map(|(kind, data)| data.strip_prefix(b"Exif\0\0").filter(|_| kind == 0xe1))
}

/// The ICC profile, joined from its segments: ICC.1, annex B.4. `None` if there is none; without the parts that are
/// missing, and longer than `max` bytes by one part at most.
pub fn icc(bytes: &[u8], max: usize) -> Option<Vec<u8>> {
    let mut parts: Vec<(u8, &[u8])> = segments(bytes)
        .filter(|(kind, _)| *kind == 0xe2)
        .filter_map(|(_, data)| data.strip_prefix(b"ICC_PROFILE\0")?.split_at_checked(2))
        .map(|(place, data)| (place[0], data))
        .take(256)
        .collect();
    parts.sort_by_key(|(number, _)| *number);
    let mut profile = Vec::new();
    for (_, part) in &parts {
        if profile.len() > max {
            break;
        }
        profile.extend_from_slice(part);
    }
    (!parts.is_empty()).then_some(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(kind: u8, data: &[u8]) -> Vec<u8> {
        [&[0xff, kind][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat()
    }

    #[test]
    fn parts_of_a_profile_are_joined_in_order() {
        let part = |number, data: &[u8]| segment(0xe2, &[b"ICC_PROFILE\0", &[number, 2][..], data].concat());
        let jpeg =
            [b"\xff\xd8".to_vec(), part(2, b"second"), segment(0xe2, b"MPF\0"), part(1, b"first"), segment(0xda, b"")];
        assert_eq!(icc(&jpeg.concat(), 100).as_deref(), Some(&b"firstsecond"[..]));
        assert_eq!(icc(&jpeg.concat(), 3).as_deref(), Some(&b"first"[..]));
        assert_eq!(icc(b"\xff\xd8\xff\xda\0\x02", 100), None);
    }

    #[test]
    fn exif_is_found_among_other_segments() {
        let jpeg = [b"\xff\xd8".to_vec(), segment(0xe1, b"http://ns.adobe.com/"), segment(0xe1, b"Exif\0\0MM\0*")];
        assert_eq!(exif(&jpeg.concat()), Some(&b"MM\0*"[..]));
        assert_eq!(exif(b"\xff\xd8\xff\xe1\0\xffExif\0\0"), None);
    }
}
