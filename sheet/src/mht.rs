//! Web archives (MHTML, RFC 2557), which Excel saves as "Single File Web Page": finds the page with the table.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use encoding_rs::Encoding;
use memchr::memmem;

use super::encoding;
use crate::words;
use haibao_core::error::{Error, ErrorKind, Result};

/// Bytes of the fields at the start of an archive or one of its parts.
const MAX_FIELDS: usize = 16 << 10;

/// Whether the start of a file, in lower case, is that of a web archive.
pub(super) fn is_archive(start: &str) -> bool {
    let is_field = start.starts_with("mime-version:") || start.starts_with("from: <saved by");
    is_field && start.contains("content-type:")
}

/// The first page of an archive that has cells, or else its first page.
///
/// # Errors
/// `sheet_format` if there is no page, `sheet_encoding`.
pub(super) fn page(bytes: &[u8]) -> Result<String> {
    let (fields, body) = split(bytes);
    let parts = match parameter(&fields, "boundary") {
        Some(boundary) => {
            let mark = format!("--{boundary}").into_bytes();
            let starts: Vec<usize> = memmem::find_iter(body, &mark).map(|at| at + mark.len()).collect();
            let ends = starts.iter().skip(1).map(|at| at - mark.len()).chain([body.len()]);
            starts.iter().zip(ends).map(|(start, end)| split(&body[*start..end])).collect()
        }
        None => vec![(fields, body)],
    };
    let mut first = None;
    for (fields, body) in parts {
        // The names of the sheets.
        let is_tabs =
            field(&fields, "content-location").is_some_and(|name| name.to_lowercase().ends_with("tabstrip.htm"));
        if is_tabs || !field(&fields, "content-type").is_some_and(|kind| kind.to_lowercase().starts_with("text/html")) {
            continue;
        }
        let body = match field(&fields, "content-transfer-encoding").map(str::to_lowercase).as_deref() {
            Some("quoted-printable") => Cow::Owned(unquoted(body)),
            Some("base64") => {
                let text: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                Cow::Owned(STANDARD.decode(text).unwrap_or_default())
            }
            _ => Cow::Borrowed(body),
        };
        let encoding = parameter(&fields, "charset").and_then(|label| Encoding::for_label(label.as_bytes()));
        let decoded = encoding.and_then(|encoding| encoding.decode_without_bom_handling_and_without_replacement(&body));
        let text = match decoded {
            Some(text) => text.into_owned(),
            None => encoding::decode(&body)?.into_owned(),
        };
        if ["<td", "<TD"].iter().any(|tag| text.contains(tag)) {
            return Ok(text);
        }
        first = first.or(Some(text));
    }
    let none = || Error::of(ErrorKind::Unsupported, words::sheet_format_unnamed(words::sheet_web_page()));
    first.ok_or_else(|| none().hint(words::choose_a_sheet()))
}

/// The fields at the start of a text, unfolded, and what follows the empty line below them.
fn split(bytes: &[u8]) -> (String, &[u8]) {
    let bytes = bytes.strip_prefix(b"\r").unwrap_or(bytes);
    let bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
    let ends = [&b"\r\n\r\n"[..], b"\n\n"].map(|end| Some((memmem::find(bytes, end)?, end.len())));
    let (at, length) = ends.into_iter().flatten().min().unwrap_or((bytes.len(), 0));
    let fields = String::from_utf8_lossy(&bytes[..at.min(MAX_FIELDS)]).replace("\r\n", "\n");
    (fields.replace("\n\t", " ").replace("\n ", " "), &bytes[at + length..])
}

/// The value of a field.
fn field<'f>(fields: &'f str, name: &str) -> Option<&'f str> {
    let of = |line: &'f str| line.split_once(':').filter(|(own, _)| own.trim().eq_ignore_ascii_case(name));
    fields.lines().find_map(of).map(|(_, value)| value.trim())
}

/// A parameter of the type of the content, such as its boundary.
fn parameter<'f>(fields: &'f str, name: &str) -> Option<&'f str> {
    let of = |part: &'f str| part.split_once('=').filter(|(own, _)| own.trim().eq_ignore_ascii_case(name));
    let (_, value) = field(fields, "content-type")?.split(';').find_map(of)?;
    Some(value.trim().trim_matches('"')).filter(|value| !value.is_empty())
}

/// Decodes quoted-printable (RFC 2045, 6.7).
fn unquoted(bytes: &[u8]) -> Vec<u8> {
    let (mut text, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let Some(at) = memchr::memchr(b'=', rest) {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        match rest {
            [b'\r', b'\n', ..] => rest = &rest[2..],
            [b'\n', ..] => rest = &rest[1..],
            [high, low, ..] => match (digit(high), digit(low)) {
                (Some(high), Some(low)) => {
                    // Below 256.
                    text.push((high * 16 + low) as u8);
                    rest = &rest[2..];
                }
                _ => text.push(b'='),
            },
            _ => text.push(b'='),
        }
    }
    text.extend_from_slice(rest);
    text
}
