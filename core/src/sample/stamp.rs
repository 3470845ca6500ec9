//! Makes pictures of the same code differ in their bytes but not in their pixels, as WeChat's do. This exposes clients
//! that compare pictures or build keys by their bytes.

/// Length of the signature and the first chunk (IHDR) of a PNG.
const PNG_HEAD: usize = 8 + 25;

/// Inserts a serial number as a comment: a COM segment in a JPEG, a tEXt chunk in a PNG.
pub fn stamped(picture: Vec<u8>, serial: u64) -> Vec<u8> {
    let (at, comment) = if picture.starts_with(b"\x89PNG") {
        let mut chunk = b"tEXtComment\0".to_vec();
        chunk.extend(format!("{serial:016x}").bytes());
        let crc = crc32fast::hash(&chunk).to_be_bytes();
        let length = (chunk.len() as u32 - 4).to_be_bytes();
        (PNG_HEAD, [&length[..], &chunk, &crc].concat())
    } else {
        // After SOI and the first segment (JFIF), whose length excludes its marker.
        let first = picture.get(4..6).map_or(0, |length| usize::from(length[0]) << 8 | usize::from(length[1]));
        (4 + first, [&b"\xff\xfe\x00\x12"[..], format!("{serial:016x}").as_bytes()].concat())
    };
    let mut stamped = picture;
    let at = at.min(stamped.len());
    stamped.splice(at..at, comment);
    stamped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Payload, SampleStyle, draw};

    #[test]
    fn bytes_differ_and_pixels_do_not() {
        for is_hyaline in [false, true] {
            let payload = Payload::from_scene("id=1", 7).unwrap();
            let plain = draw(&payload, &SampleStyle { is_hyaline, ..SampleStyle::default() }).unwrap();
            let stamped = [1, 2].map(|serial| stamped(plain.clone(), serial));
            assert_ne!(stamped[0], stamped[1]);
            let pixels = |bytes: &[u8]| image::load_from_memory(bytes).expect("still a picture").to_rgba8();
            assert!(pixels(&plain) == pixels(&stamped[0]), "is_hyaline {is_hyaline}: the pixels changed");
        }
    }
}
