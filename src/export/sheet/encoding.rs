//! Decodes bytes of unknown encoding to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030};

use crate::words;
use haibao_core::{
    error::{Error, ErrorKind, Message, Result},
    template::source::is_utf16,
};

/// Decodes UTF-8, UTF-16 with a byte order mark, or GB18030. Chinese versions of Excel write GB18030, a superset of GBK
/// and GB 2312.
///
/// # Errors
/// `sheet_encoding` if the bytes are valid in none of these encodings.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
        return clean(text.ok_or_else(|| unreadable(words::encoding_mark(encoding.name())))?);
    }
    let fault = match str::from_utf8(bytes) {
        Ok(text) => return clean(Cow::Borrowed(text)),
        Err(fault) => fault,
    };
    if mostly_utf8(bytes) {
        let line = 1 + bytes[..fault.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        return Err(unreadable(words::encoding_line(line)));
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => clean(text),
        None => Err(unreadable(words::encoding_unknown())),
    }
}

/// Rejects NUL characters. Tables never contain them, but ASCII in UTF-16 without a byte order mark does.
fn clean(text: Cow<'_, str>) -> Result<Cow<'_, str>> {
    if is_utf16(text.as_bytes()) {
        return Err(unreadable(words::encoding_utf16()));
    }
    if text.contains('\0') {
        return Err(unreadable(words::encoding_nul()));
    }
    Ok(text)
}

fn unreadable(reason: Message) -> Error {
    Error::of(ErrorKind::Invalid, words::sheet_encoding(reason))
}

/// Whether the text is UTF-8 with a few invalid sequences. Chinese text in GB18030 rarely contains valid three-byte
/// UTF-8 sequences.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut valid, mut faults) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| c.len_utf8() >= 3).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    valid > 4 * faults
}
