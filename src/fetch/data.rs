//! `data:` URIs (RFC 2397, with the leniencies of the WHATWG Fetch standard that lose nothing).

use std::borrow::Cow;

use base64::{
    DecodeError, Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use percent_encoding::percent_decode_str;

use haibao_core::{
    asset::Asset,
    error::{Error, Kind, Result},
};

/// Padding may be missing: many writers leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes a `data:` URI, base64 or percent-encoded. The media type is not looked at: the renderer decides by the bytes.
///
/// `max_bytes` bounds the decoded bytes.
///
/// # Errors
/// `data_uri_invalid` (not a data URI, bad base64, empty) or `asset_too_large`.
pub fn data_uri(uri: &str, max_bytes: usize) -> Result<Asset> {
    let rest = uri
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case("data:"))
        .and_then(|_| uri.get(5..))
        .ok_or_else(|| invalid("this is not a data: URI"))?;
    let (head, body) = rest.split_once(',').ok_or_else(|| invalid("the data: URI has no comma before its data"))?;
    let is_base64 = head.rsplit_once(';').is_some_and(|(_, last)| last.trim().eq_ignore_ascii_case("base64"));
    let bytes = if is_base64 { from_base64(body, max_bytes)? } else { from_percent(body, max_bytes)? };
    if bytes.is_empty() {
        return Err(invalid("the data: URI has no data"));
    }
    Ok(Asset::new(bytes))
}

fn from_base64(body: &str, max_bytes: usize) -> Result<Vec<u8>> {
    let mut text: Cow<'_, [u8]> = percent_decode_str(body).into();
    if text.iter().any(|b| matches!(b, b'\t' | b'\r' | b'\n')) {
        text.to_mut().retain(|b| !matches!(b, b'\t' | b'\r' | b'\n'));
    }
    let symbols = text.iter().rev().skip_while(|b| **b == b'=').count();
    within(symbols as u64 * 3 / 4, max_bytes)?;
    BASE64.decode(text.as_ref()).map_err(|e| match e {
        // A decoder of HTML forms turns + into a space. Dropping it would shift every byte behind it.
        DecodeError::InvalidByte(at, b' ') => invalid(format!("the base64 has a space at position {at}"))
            .hint("write + as %2B where the URI travels in a query string or a form"),
        DecodeError::InvalidByte(at, b'-' | b'_') => invalid(format!("the base64 is of the URL-safe kind (at {at})"))
            .hint("use the standard alphabet with + and /"),
        DecodeError::InvalidByte(at, byte) => {
            invalid(format!("the base64 has the character '{}' at position {at}", byte.escape_ascii()))
        }
        _ => invalid("the base64 is cut off").hint("check that the URI arrives whole"),
    })
}

fn from_percent(body: &str, max_bytes: usize) -> Result<Vec<u8>> {
    let decoded = percent_decode_str(body);
    within(decoded.clone().count() as u64, max_bytes)?;
    Ok(decoded.collect())
}

fn within(bytes: u64, max_bytes: usize) -> Result<()> {
    if bytes <= max_bytes as u64 {
        return Ok(());
    }
    let message = format!("the data: URI holds {bytes} bytes, the limit is {max_bytes}");
    Err(Error::new(Kind::TooLarge, "asset_too_large", message).hint("shrink the picture, or give its URL"))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, "data_uri_invalid", message)
        .hint("write data:image/png;base64,... or data:image/jpeg;base64,...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_decode() {
        for (uri, bytes) in [
            ("data:image/png;base64,iVBORw==", &b"\x89PNG"[..]),
            ("data:image/png;base64,iVBORw", b"\x89PNG"),
            ("DATA:;BASE64,iVBORw%3D%3D", b"\x89PNG"),
            ("data:image/png;charset=x; base64,iVBO\r\nRw==", b"\x89PNG"),
            ("data:,a%20b%00", b"a b\0"),
            ("data:text/plain,100%", b"100%"),
            ("data:text/plain;base64x,abc,d", b"abc,d"),
        ] {
            let asset = data_uri(uri, 100).unwrap_or_else(|e| panic!("{uri}: {e}"));
            assert_eq!(asset.bytes, bytes, "{uri}");
            assert_eq!(asset.hash, blake3::hash(bytes));
        }
    }

    #[test]
    fn broken_ones_say_what_is_wrong() {
        for (uri, said) in [
            ("", "not a data: URI"),
            ("数据:,x", "not a data: URI"),
            ("http://a/", "not a data: URI"),
            ("data:image/png;base64", "no comma"),
            ("data:image/png;base64,", "no data"),
            ("data:,", "no data"),
            ("data:;base64,iVB Rw==", "space at position 3"),
            ("data:;base64,iV-_", "URL-safe kind (at 2)"),
            ("data:;base64,iV*B", "character '*' at position 2"),
            ("data:;base64,iVBORw==iVBO", "character '=' at position 6"),
            ("data:;base64,iVBOR", "cut off"),
        ] {
            let error = data_uri(uri, 100).expect_err(uri);
            assert_eq!(error.code(), "data_uri_invalid", "{uri}");
            assert!(error.message().contains(said), "{uri}: {error}");
        }
    }

    #[test]
    fn the_limit_counts_decoded_bytes() {
        assert!(data_uri("data:;base64,AAAA", 3).is_ok());
        assert!(data_uri("data:;base64,AAA=", 2).is_ok());
        assert!(data_uri("data:,%00%00", 2).is_ok());
        for (uri, max) in [("data:;base64,AAAA", 2), ("data:,%00%00", 1)] {
            assert_eq!(data_uri(uri, max).expect_err(uri).code(), "asset_too_large");
        }
    }
}
