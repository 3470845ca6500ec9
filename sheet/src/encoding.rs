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
    if has_utf16_ascii(bytes) {
        return Err(unreadable(words::encoding_utf16()));
    }
    // As GB18030, it would be other characters.
    if is_big5(bytes) {
        return Err(unreadable(words::encoding_big5()));
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

/// Whether a text has delimiters or line ends of UTF-16: texts in other encodings have no NUL bytes.
fn has_utf16_ascii(bytes: &[u8]) -> bool {
    let is_delimiter = |byte: u8| matches!(byte, b'\n' | b',' | b';' | b'\t');
    bytes.chunks_exact(2).any(|pair| match pair {
        [0, byte] | [byte, 0] => is_delimiter(*byte),
        _ => false,
    })
}

/// Whether a text is clearly Big5: its pairs of bytes are common characters there, and many of them rare ones in GBK.
fn is_big5(bytes: &[u8]) -> bool {
    /// Fewer pairs say nothing.
    const MIN_PAIRS: usize = 6;
    let (mut pairs, mut big5, mut gbk, mut rest) = (0usize, 0usize, 0usize, bytes);
    while let [first, after @ ..] = rest {
        let (0x81.., [second, behind @ ..]) = (*first, after) else {
            rest = after;
            continue;
        };
        rest = behind;
        // Punctuation is in the same place of both.
        if !(0xa1..=0xa3).contains(first) {
            pairs += 1;
            big5 += usize::from((0xa4..=0xc6).contains(first) && matches!(second, 0x40..=0x7e | 0xa1..=0xfe));
            gbk += usize::from((0xb0..=0xf7).contains(first) && *second >= 0xa1);
        }
    }
    pairs >= MIN_PAIRS && big5 * 10 >= pairs * 9 && gbk * 4 <= pairs * 3
}

#[cfg(test)]
mod tests {
    use encoding_rs::BIG5;

    use super::*;

    #[test]
    fn utf16_without_a_mark_is_named() {
        for bytes_of in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = "商品标题,售价\n手工陶瓷花瓶,128\n".encode_utf16().flat_map(bytes_of).collect();
            let error = decode(&bytes).expect_err("another encoding");
            assert!(error.message().contains("UTF-16 without a byte order mark"), "{error}");
        }
    }

    #[test]
    fn big5_is_told_from_gbk() {
        let big5 = BIG5.encode("商品標題,售價,備註\n手工陶瓷花瓶,128,白色的小花瓶\n").0;
        let error = decode(&big5).expect_err("another encoding");
        assert!(error.message().contains("Big5") && error.hint_text().is_some_and(|hint| hint.contains("UTF-8")));
        for text in
            ["商品标题,售价\n手工陶瓷花瓶,128\n", "商品標題,售價\n手工陶瓷花瓶,128\n", "编号\n一\n", "Größe,Preis"]
        {
            assert_eq!(decode(&GB18030.encode(text).0).expect("text"), text);
        }
    }
}
