//! Strings of workbooks, in UTF-16 or one byte a character since Excel 97, in a code page before.

use encoding_rs::Encoding;

use super::records::u16_at;

/// Flags of a string ([MS-XLS] 2.5.293): characters of two bytes, phonetic data, formatting runs.
const WIDE: u8 = 1;
const PHONETIC: u8 = 4;
const RICH: u8 = 8;

/// The encoding of a code page, which strings of Excel 95 have.
pub fn encoding(code_page: u16) -> &'static Encoding {
    let label = match code_page {
        936 => "gb18030".to_owned(),
        950 => "big5".to_owned(),
        932 => "shift_jis".to_owned(),
        949 => "euc-kr".to_owned(),
        10_000 | 32_768 => "macintosh".to_owned(),
        65_001 => "utf-8".to_owned(),
        other => format!("windows-{other}"),
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252)
}

/// Characters of one or two bytes.
fn decode(bytes: &[u8], is_wide: bool) -> String {
    match is_wide {
        true => encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0.into_owned(),
        // One byte is the lower half of a UTF-16 unit.
        false => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// A string after its length ([MS-XLS] 2.5.240 and 2.5.294): flags and characters.
pub fn unicode(data: &[u8], characters: usize) -> Option<String> {
    let is_wide = data.first()? & WIDE != 0;
    let length = characters * if is_wide { 2 } else { 1 };
    // A cut-off string ends early.
    let bytes = &data[1..];
    Some(decode(&bytes[..length.min(bytes.len())], is_wide))
}

/// The value of a formula, which goes on in the records after it.
pub fn continued(parts: Vec<&[u8]>, characters: usize) -> Option<String> {
    Segments { parts, part: 0, at: 2 }.characters(characters, None)
}

/// The shared strings ([MS-XLS] 2.4.265), at most `max`. Their number in the file is not trusted. `None` if there are more.
pub fn shared(parts: Vec<&[u8]>, max: u64) -> Option<Vec<String>> {
    let (mut segments, mut strings) = (Segments { parts, part: 0, at: 8 }, Vec::new());
    while let Some(string) = segments.string() {
        if strings.len() as u64 >= max {
            return None;
        }
        strings.push(string);
    }
    Some(strings)
}

/// The data of a record in parts. Characters that go on in the next part are preceded by new flags there.
struct Segments<'s> {
    parts: Vec<&'s [u8]>,
    part: usize,
    at: usize,
}

impl<'s> Segments<'s> {
    /// What is left of the current part, which is not empty. `None` at the end.
    fn rest(&mut self) -> Option<&'s [u8]> {
        loop {
            let part = *self.parts.get(self.part)?;
            if let Some(rest) = part.get(self.at..).filter(|rest| !rest.is_empty()) {
                return Some(rest);
            }
            (self.part, self.at) = (self.part + 1, 0);
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.rest()?.first()?;
        self.at += 1;
        Some(byte)
    }

    fn number(&mut self, bytes: u32) -> Option<usize> {
        (0..bytes).try_fold(0, |sum, place| Some(sum | usize::from(self.byte()?) << (8 * place)))
    }

    fn skip(&mut self, mut bytes: usize) {
        while bytes > 0
            && let Some(rest) = self.rest()
        {
            let some = bytes.min(rest.len());
            self.at += some;
            bytes -= some;
        }
    }

    /// One shared string ([MS-XLS] 2.5.293).
    fn string(&mut self) -> Option<String> {
        let characters = self.number(2)?;
        let flags = self.byte()?;
        let runs = if flags & RICH != 0 { self.number(2)? } else { 0 };
        let phonetic = if flags & PHONETIC != 0 { self.number(4)? } else { 0 };
        let text = self.characters(characters, Some(flags))?;
        self.skip(runs.saturating_mul(4));
        self.skip(phonetic);
        Some(text)
    }

    /// Characters with the flags that were read, or with those that begin here.
    fn characters(&mut self, mut left: usize, flags: Option<u8>) -> Option<String> {
        let (mut text, mut is_wide) = (String::new(), self.is_wide(flags)?);
        while left > 0 {
            let part = self.part;
            let Some(rest) = self.rest() else { break };
            if self.part != part {
                is_wide = self.byte()? & WIDE != 0;
                continue;
            }
            let size = if is_wide { 2 } else { 1 };
            let some = left.min(rest.len() / size);
            if some == 0 {
                // Half a character at the end of a part.
                self.at += 1;
                continue;
            }
            text.push_str(&decode(&rest[..some * size], is_wide));
            self.at += some * size;
            left -= some;
        }
        Some(text)
    }

    fn is_wide(&mut self, flags: Option<u8>) -> Option<bool> {
        let flags = match flags {
            Some(flags) => flags,
            None => self.byte()?,
        };
        Some(flags & WIDE != 0)
    }
}

/// A string of Excel 95 after its length: characters of a code page.
pub fn coded(data: &[u8], bytes: usize, encoding: &'static Encoding) -> String {
    encoding.decode_without_bom_handling(&data[..bytes.min(data.len())]).0.into_owned()
}

/// A string with its length in two bytes.
pub fn long(data: &[u8], encoding: Option<&'static Encoding>) -> Option<String> {
    let length = usize::from(u16_at(data, 0)?);
    match encoding {
        Some(encoding) => Some(coded(&data[2..], length, encoding)),
        None => unicode(&data[2..], length),
    }
}

/// A string with its length in one byte.
pub fn short(data: &[u8], encoding: Option<&'static Encoding>) -> Option<String> {
    let length = usize::from(*data.first()?);
    match encoding {
        Some(encoding) => Some(coded(&data[1..], length, encoding)),
        None => unicode(&data[1..], length),
    }
}
