//! `data:` URIs: RFC 2397, with those relaxed rules of the WHATWG Fetch standard that lose no data.

use std::borrow::Cow;

use base64::{
    DecodeError, Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use memchr::{memchr, memchr3};
use percent_encoding::percent_decode_str;

use crate::words;
use haibao_core::{
    asset::Asset,
    error::{Error, ErrorKind, Finding, Result},
};

/// Standard alphabet; padding is optional because many encoders omit it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes a base64 or percent-encoded `data:` URI. The media type is ignored: the renderer detects the format from the
/// bytes.
///
/// `max_bytes` limits the decoded size.
///
/// # Errors
/// `data_uri_invalid` (not a data URI, bad base64, empty) or `asset_too_large`.
pub fn data_uri(uri: &str, max_bytes: usize) -> Result<Asset> {
    let rest = uri
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case("data:"))
        .and_then(|_| uri.get(5..))
        .ok_or_else(|| invalid(words::data_none()))?;
    let (head, body) = rest.split_once(',').ok_or_else(|| invalid(words::data_comma()))?;
    let is_base64 = head.rsplit_once(';').is_some_and(|(_, last)| last.trim().eq_ignore_ascii_case("base64"));
    let bytes = if is_base64 { from_base64(body, max_bytes)? } else { from_percent(body, max_bytes)? };
    if bytes.is_empty() {
        return Err(invalid(words::data_empty()));
    }
    Ok(Asset::new(bytes))
}

fn from_base64(body: &str, max_bytes: usize) -> Result<Vec<u8>> {
    // A photo has millions of symbols and none of these.
    let mut text: Cow<'_, [u8]> = match memchr(b'%', body.as_bytes()) {
        Some(_) => percent_decode_str(body).into(),
        None => body.as_bytes().into(),
    };
    if memchr3(b'\t', b'\r', b'\n', &text).is_some() {
        text.to_mut().retain(|b| !matches!(b, b'\t' | b'\r' | b'\n'));
    }
    let padding = text.iter().rev().take_while(|b| **b == b'=').count();
    check_size((text.len() - padding) as u64 * 3 / 4, max_bytes)?;
    BASE64.decode(text.as_ref()).map_err(|e| match e {
        // Form decoding turns + into a space. Skipping it would corrupt all following bytes.
        DecodeError::InvalidByte(at, b' ') => invalid(words::data_space(at)),
        DecodeError::InvalidByte(at, b'-' | b'_') => invalid(words::data_alphabet(at)),
        DecodeError::InvalidByte(at, byte) => invalid(words::data_character(byte.escape_ascii(), at)),
        _ => invalid(words::data_truncated()),
    })
}

fn from_percent(body: &str, max_bytes: usize) -> Result<Vec<u8>> {
    let decoded = percent_decode_str(body);
    check_size(decoded.clone().count() as u64, max_bytes)?;
    Ok(decoded.collect())
}

fn check_size(bytes: u64, max_bytes: usize) -> Result<()> {
    if bytes <= max_bytes as u64 {
        return Ok(());
    }
    Err(Error::of(ErrorKind::TooLarge, words::data_too_large(bytes, max_bytes)))
}

fn invalid(finding: Finding) -> Error {
    Error::of(ErrorKind::Invalid, finding)
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
    fn invalid_uris_are_explained() {
        for (uri, expected) in [
            ("", "not a data: URI"),
            ("数据:,x", "not a data: URI"),
            ("http://a/", "not a data: URI"),
            ("data:image/png;base64", "no comma"),
            ("data:image/png;base64,", "no data"),
            ("data:,", "no data"),
            ("data:;base64,iVB Rw==", "space at position 3"),
            ("data:;base64,iV-_", "URL-safe alphabet (at position 2)"),
            ("data:;base64,iV*B", "character '*' at position 2"),
            ("data:;base64,iVBORw==iVBO", "character '=' at position 6"),
            ("data:;base64,iVBOR", "truncated"),
        ] {
            let error = data_uri(uri, 100).expect_err(uri);
            assert_eq!(error.code(), "data_uri_invalid", "{uri}");
            assert!(error.message().contains(expected), "{uri}: {error}");
        }
    }

    #[test]
    fn the_limit_applies_to_decoded_bytes() {
        assert!(data_uri("data:;base64,AAAA", 3).is_ok());
        assert!(data_uri("data:;base64,AAA=", 2).is_ok());
        assert!(data_uri("data:,%00%00", 2).is_ok());
        for (uri, max) in [("data:;base64,AAAA", 2), ("data:,%00%00", 1)] {
            assert_eq!(data_uri(uri, max).expect_err(uri).code(), "asset_too_large");
        }
    }
}
