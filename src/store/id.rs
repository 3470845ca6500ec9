//! Random ids of short links and keys.

use haibao_core::error::{Error, Result};

/// Length of an id, characters. 62^12 ids are 71.4 bits: with a million links, one guess in 3 * 10^15 hits a link. A
/// scene `s=ID` has 14 characters.
pub(super) const LENGTH: usize = 12;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Largest multiple of 62 that fits a byte. Bytes from here on are rejected; they would bias towards the first
/// characters.
const UNBIASED: u8 = 248;

/// Generates a uniformly distributed random id.
///
/// # Errors
/// `internal` if the system provides no random bytes.
pub(crate) fn generate() -> Result<String> {
    let mut id = String::with_capacity(LENGTH);
    while id.len() < LENGTH {
        let mut bytes = [0; LENGTH + 4];
        getrandom::fill(&mut bytes)
            .map_err(|e| Error::internal("the system provides no random bytes").source(e.to_string()))?;
        let unbiased = bytes.iter().filter(|byte| **byte < UNBIASED);
        id.extend(unbiased.take(LENGTH - id.len()).map(|byte| char::from(ALPHABET[usize::from(byte % 62)])));
    }
    Ok(id)
}

/// Whether a text is a well-formed id: 12 characters of `0-9 A-Z a-z`.
pub fn is_valid(id: &str) -> bool {
    id.len() == LENGTH && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn ids_are_uniform_and_unique() {
        let ids: BTreeSet<_> = (0..10_000).map(|_| generate().unwrap()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| is_valid(id)), "{:?}", ids.first());
        let mut counts = BTreeMap::new();
        ids.iter().flat_map(|id| id.chars()).for_each(|c| *counts.entry(c).or_insert(0) += 1);
        // 120 000 characters: 1935 of each expected, standard deviation 44. Plain `byte % 62` would yield 25 % more of
        // the first eight.
        assert_eq!(counts.len(), 62);
        assert!(counts.values().all(|n| (1670..2200).contains(n)), "{counts:?}");
    }

    #[test]
    fn malformed_ids_are_rejected() {
        assert!(is_valid("0123456789Az"));
        for wrong in ["", "0123456789A", "0123456789Azx", "0123456789A_", "0123456789A商", "012345678é"] {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }
}
