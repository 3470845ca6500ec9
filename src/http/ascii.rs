//! Sets of ASCII characters.

use percent_encoding::{AsciiSet, percent_encode};

/// Whether a text is ASCII without any character of a set. The loop over its bytes is that of an optimised crate.
pub(super) fn has_none_of(text: &[u8], set: &'static AsciiSet) -> bool {
    let mut parts = percent_encode(text, set);
    // A part is what needs no encoding, or one encoded character.
    parts.next().is_none_or(|part| part.as_bytes() == text) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use percent_encoding::NON_ALPHANUMERIC;

    use super::*;

    #[test]
    fn characters_of_the_set_are_found() {
        const SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-');
        for good in ["", "a", "a-9Z"] {
            assert!(has_none_of(good.as_bytes(), SET), "{good}");
        }
        for bad in ["%", "%25", "a b", "a%", ".a", "号", "a号"] {
            assert!(!has_none_of(bad.as_bytes(), SET), "{bad}");
        }
    }
}
