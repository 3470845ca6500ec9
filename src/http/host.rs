//! The syntax of the header `Host`.

use std::net::Ipv6Addr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use super::ascii;

/// What names do not have (RFC 3986, section 3.2.2).
#[rustfmt::skip]
const NOT_IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-').remove(b'.').remove(b'_').remove(b'~')
    .remove(b'!').remove(b'$').remove(b'&').remove(b'\'').remove(b'(').remove(b')')
    .remove(b'*').remove(b'+').remove(b',').remove(b';').remove(b'=');
/// What a URL in HTML, JSON or a shell would have to escape.
#[rustfmt::skip]
const NOT_PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'[').remove(b']');

/// Whether a text is `host` or `host:port` with a host that is not empty (RFC 9110, section 7.2; RFC 3986, section 3.2.2).
pub(super) fn is_valid(text: &str) -> bool {
    let (is_host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => (address.parse::<Ipv6Addr>().is_ok(), port),
            None => return false,
        },
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (is_name(host), port)
        }
    };
    is_host && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// Whether a text is valid, and has no characters that a URL in HTML, JSON or a shell would have to escape.
pub(super) fn is_plain(text: &str) -> bool {
    is_valid(text) && ascii::has_none_of(text.as_bytes(), NOT_PLAIN)
}

fn is_name(host: &str) -> bool {
    let mut parts = host.split('%');
    let is_plain = |part: &str| ascii::has_none_of(part.as_bytes(), NOT_IN_NAMES);
    let is_escaped = |part: &str| {
        let is_digit = |byte: u8| byte.is_ascii_hexdigit();
        part.split_at_checked(2).is_some_and(|(digits, rest)| digits.bytes().all(is_digit) && is_plain(rest))
    };
    !host.is_empty() && parts.next().is_some_and(is_plain) && parts.all(is_escaped)
}

/// Whether a text is a port. It may be empty.
fn is_port(text: &str) -> bool {
    text.is_empty() || (text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_the_syntax_of_the_standard() {
        for host in
            ["localhost", "shop.example:8080", "[::1]:80", "[::]", "a_b:1", "127.0.0.1:", "xn--fiq228c.cn", "a.~%41"]
        {
            assert!(is_valid(host), "{host}");
        }
        for host in [
            "", ":80", "a/b", "a@b", "u:p@b", "a b", "a?b", "a#b", "号", "a:b", "a:1:2", "a:65536", "a:+1", "::1",
            "[::1", "[::1]80", "[a]", "[::1]:x", "a%4", "a%zz", "a\\b", "<a>", "a\"b",
        ] {
            assert!(!is_valid(host), "{host}");
        }
    }

    #[test]
    fn hosts_in_urls_need_no_escapes() {
        for host in ["localhost", "shop.example:8080", "[::1]:80", "haibao_app:8080"] {
            assert!(is_plain(host), "{host}");
        }
        for host in ["a'b", "a&b", "a;b", "a%41", ""] {
            assert!(!is_plain(host), "{host}");
        }
    }
}
