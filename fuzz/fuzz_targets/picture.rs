//! Pictures and `data:` URIs: sizes and memory follow the header, and what is decoded can be fitted.
#![no_main]

use haibao::fetch::data_uri;
use haibao_core::asset::Asset;
use haibao_fuzz::{check_picture, error_code};
use libfuzzer_sys::fuzz_target;

const MAX_DATA: usize = 1 << 16;

fn uri(text: &str) {
    match data_uri(text, MAX_DATA) {
        Ok(Asset { bytes, .. }) => {
            assert!((1..=MAX_DATA).contains(&bytes.len()));
            let escaped: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
            let again = data_uri(&format!("data:,{escaped}"), MAX_DATA).expect("percent-encoded bytes");
            assert_eq!(again.bytes, bytes);
            check_picture(&bytes);
        }
        Err(error) => assert!(["data_uri_invalid", "asset_too_large"].contains(&error_code(&error)), "{error}"),
    }
}

// A picture's file, or a `data:` URI.
fuzz_target!(|data: &[u8]| {
    match std::str::from_utf8(data) {
        Ok(text) if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) => uri(text),
        _ => check_picture(data),
    }
});
