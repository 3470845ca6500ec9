//! Bytes of unknown encoding to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030};

use haibao_core::error::{Error, Kind, Result};

/// UTF-8, UTF-16 with a byte order mark, or GB18030 (of which GBK and GB 2312 are parts), which Excel writes in China.
///
/// # Errors
/// `sheet_encoding`.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
        return clean(text.ok_or_else(|| unreadable(format!("the file is not the {} that it says", encoding.name())))?);
    }
    let fault = match str::from_utf8(bytes) {
        Ok(text) => return clean(Cow::Borrowed(text)),
        Err(fault) => fault,
    };
    if mostly_utf8(bytes) {
        let line = 1 + bytes[..fault.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        return Err(unreadable(format!("line {line} holds bytes that are not UTF-8")));
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => clean(text),
        None => Err(unreadable("the text is neither UTF-8 nor GB18030".to_owned())),
    }
}

/// NUL is in no table, and in every UTF-16 text without a byte order mark.
fn clean(text: Cow<'_, str>) -> Result<Cow<'_, str>> {
    if text.contains('\0') {
        return Err(unreadable("the file holds NUL characters, it is no text in UTF-8 or GB18030".to_owned()));
    }
    Ok(text)
}

fn unreadable(message: String) -> Error {
    Error::new(Kind::Invalid, "sheet_encoding", message).hint("save it as \"CSV UTF-8\", or as .xlsx")
}

/// Whether the text is UTF-8 with a few broken places: Chinese text in GB18030 has hardly a valid character of three
/// bytes.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut faults) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| c.len_utf8() >= 3).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    whole > 4 * faults
}
