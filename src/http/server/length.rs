//! A Content-Length beyond 64 bits. hyper rejects it like large or malformed headers.

const NAME: &[u8] = b"content-length:";
/// Digits of the first numbers that exceed 64 bits.
const DIGITS: usize = 20;

/// Looks for such a length in a request's head, as it arrives.
#[derive(Debug, Default)]
pub(super) struct LengthScan {
    line: Line,
    /// Whether the line has no byte so far.
    is_empty: bool,
    is_huge: bool,
    /// Whether the head is complete.
    is_over: bool,
}

/// What the line is so far.
#[derive(Debug, Clone, Copy)]
enum Line {
    /// The start of [`NAME`], of this length.
    Name(usize),
    /// The name and a number with so many digits, without leading zeros.
    Number(usize),
    /// The name, a number with so many digits, and blanks after it.
    Ended(usize),
    Other,
}

impl Default for Line {
    fn default() -> Self {
        Self::Name(0)
    }
}

impl LengthScan {
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while let Some((byte, rest)) = bytes.split_first().filter(|_| !self.is_over) {
            if matches!(self.line, Line::Other) && *byte != b'\n' {
                self.is_empty = false;
                bytes = memchr::memchr(b'\n', bytes).map_or(&[][..], |end| &bytes[end..]);
                continue;
            }
            bytes = rest;
            if *byte == b'\n' {
                self.is_huge |= matches!(self.line, Line::Number(digits) | Line::Ended(digits) if digits >= DIGITS);
                self.is_over = self.is_empty;
                (self.line, self.is_empty) = (Line::default(), true);
                continue;
            }
            self.is_empty &= *byte == b'\r';
            self.line = match (self.line, *byte) {
                (Line::Name(matched), byte) if NAME[matched].eq_ignore_ascii_case(&byte) => match matched + 1 {
                    all if all == NAME.len() => Line::Number(0),
                    matched => Line::Name(matched),
                },
                // A digit that is not a leading zero.
                (Line::Number(digits), b'0'..=b'9') => Line::Number(digits + usize::from(digits > 0 || *byte != b'0')),
                (Line::Number(0), b' ' | b'\t') => Line::Number(0),
                (Line::Number(digits) | Line::Ended(digits), b' ' | b'\t' | b'\r') => Line::Ended(digits),
                _ => Line::Other,
            };
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
            ("GET / HTTP/1.1\r\nContent-Length: 18446744073709551616 \r\n\r\n", true),
            ("GET / HTTP/1.1\r\nContent-Length: 1234567890, 12345678901\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nContent-Length: 12345678901x2345678901\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nContent-Length: 12345678901 2345678901\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nContent-Length: 60\r\n\r\nContent-Length: 99999999999999999999999\r\n", false),
            ("GET /Content-Length:99999999999999999999999 HTTP/1.1\r\nA: b\r\n\r\n", false),
        ] {
            let mut scan = LengthScan::default();
            head.as_bytes().chunks(3).for_each(|part| scan.read(part));
            assert_eq!(scan.is_huge(), expected, "{head}");
        }
    }
}
