//! Checks of pictures: sizes and memory follow the header, and what is decoded can be fitted.

use haibao_core::paint::picture::{MAX_DECODED_BYTES, MAX_SIDE, MIN_SIDE, Picture, decoded_bytes};

use crate::{check_findings, error_code};

/// Maximum memory of a decoded picture. Larger ones take long and show nothing more.
const MAX_MEMORY: u64 = 8 << 20;

/// Checks a picture's file.
///
/// # Panics
/// If something does not hold.
pub fn check_picture(bytes: &[u8]) {
    let memory = decoded_bytes(bytes);
    assert!(memory <= MAX_DECODED_BYTES);
    if memory > MAX_MEMORY {
        return;
    }
    let picture = match Picture::decode(bytes) {
        Ok(picture) => picture,
        Err(error) => return assert!(error_code(&error).starts_with("picture_"), "{error}"),
    };
    check_findings(picture.faults());
    let (width, height) = (picture.width(), picture.height());
    assert!(memory >= u64::from(width) * u64::from(height) * 3, "{memory} bytes for {width} x {height} px");
    assert!([width, height].iter().all(|side| (MIN_SIDE..=MAX_SIDE).contains(side)));
    let whole = [0.0, 0.0, f64::from(width), f64::from(height)];
    let half = [f64::from(width) / 4.0, f64::from(height) / 4.0, f64::from(width) / 2.0, f64::from(height) / 2.0];
    for (to, crop) in [((16, 9), whole), ((1, 33), half)] {
        let pixels = picture.part(to, crop).expect("the part is within the picture");
        assert_eq!(pixels.len() as u32, to.0 * to.1);
        assert!(pixels.iter().all(|[r, g, b, a]| r.max(g).max(b) <= a), "premultiplied");
    }
}
