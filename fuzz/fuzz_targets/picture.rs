//! Pictures and `data:` URIs: sizes and memory follow the header, and what is decoded can be fitted.
#![no_main]

use haibao::fetch::data_uri;
use haibao_core::{
    asset::Asset,
    paint::picture::{MAX_DECODED_BYTES, MAX_SIDE, MIN_SIDE, Picture, decoded_bytes},
};
use haibao_fuzz::error_code;
use libfuzzer_sys::fuzz_target;

const MAX_DATA: usize = 1 << 16;
/// Maximum memory of a decoded picture. Larger ones take long and show nothing more.
const MAX_MEMORY: u64 = 8 << 20;

fn picture(bytes: &[u8]) {
    let memory = decoded_bytes(bytes);
    assert!(memory <= MAX_DECODED_BYTES);
    if memory > MAX_MEMORY {
        return;
    }
    let picture = match Picture::decode(bytes) {
        Ok(picture) => picture,
        Err(error) => return assert!(error_code(&error).starts_with("picture_"), "{error}"),
    };
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

fn uri(text: &str) {
    match data_uri(text, MAX_DATA) {
        Ok(Asset { bytes, .. }) => {
            assert!((1..=MAX_DATA).contains(&bytes.len()));
            let escaped: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
            let again = data_uri(&format!("data:,{escaped}"), MAX_DATA).expect("percent-encoded bytes");
            assert_eq!(again.bytes, bytes);
            picture(&bytes);
        }
        Err(error) => assert!(["data_uri_invalid", "asset_too_large"].contains(&error_code(&error)), "{error}"),
    }
}

// A picture's file, or a `data:` URI.
fuzz_target!(|data: &[u8]| {
    match std::str::from_utf8(data) {
        Ok(text) if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) => uri(text),
        _ => picture(data),
    }
});
