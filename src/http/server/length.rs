//! A declared length that no number holds. hyper rejects it like large or malformed headers.

const NAME: &[u8] = b"content-length:";
/// Digits of the first numbers that exceed 64 bits.
const DIGITS: usize = 20;

/// Looks for such a length in a request's head, as it arrives.
#[derive(Debug, Default)]
pub(super) struct LengthScan {
    /// Length of the start of [`NAME`] that the line has. `None`: another line.
    matched: Option<usize>,
    /// Digits so far, without leading zeros.
    digits: usize,
    is_huge: bool,
}

impl LengthScan {
    pub(super) fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.matched {
                _ if *byte == b'\n' => (self.matched, self.digits) = (Some(0), 0),
                None => {}
                Some(matched) if matched < NAME.len() => {
                    self.matched = NAME[matched].eq_ignore_ascii_case(byte).then_some(matched + 1);
                }
                Some(_) if byte.is_ascii_digit() => {
                    self.digits += usize::from(self.digits > 0 || *byte != b'0');
                    self.is_huge |= self.digits >= DIGITS;
                }
                Some(_) => {}
            }
        }
    }

    pub(super) fn is_huge(&self) -> bool {
        self.is_huge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lengths_beyond_any_number_are_huge() {
        for (head, expected) in [
            ("GET / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nA: b\r\ncontent-LENGTH:99999999999999999999999\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nContent-Length: 9223372036854775807\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nContent-Length: 00000000000000000000000000012\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nX-Content-Length: 99999999999999999999999\r\n\r\n", false),
            ("GET /Content-Length:99999999999999999999999 HTTP/1.1\r\nA: b\r\n\r\n", false),
        ] {
            let mut scan = LengthScan::default();
            head.as_bytes().chunks(3).for_each(|part| scan.read(part));
            assert_eq!(scan.is_huge(), expected, "{head}");
        }
    }
}
