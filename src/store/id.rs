//! Ids of short links.

use haibao_core::error::{Error, Kind, Result};

/// Characters of an id: 62^12 ids are 71.4 bits, so that with a million links one guess in 3 * 10^15 meets one. With
/// `s=` a code carries 14 characters.
pub(super) const LENGTH: usize = 12;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The largest multiple of 62 that a byte can hold: bytes from here on would make the first letters likelier.
const FAIR: u8 = 248;

/// A new id, each as likely as any other.
///
/// # Errors
/// `internal` when the system gives no random bytes.
pub(super) fn generate() -> Result<String> {
    let mut id = String::with_capacity(LENGTH);
    while id.len() < LENGTH {
        let mut bytes = [0; LENGTH + 4];
        getrandom::fill(&mut bytes).map_err(|e| {
            Error::new(Kind::Internal, "internal", "the system gives no random bytes").source(e.to_string())
        })?;
        let fair = bytes.iter().filter(|byte| **byte < FAIR);
        id.extend(fair.take(LENGTH - id.len()).map(|byte| char::from(ALPHABET[usize::from(byte % 62)])));
    }
    Ok(id)
}

/// Whether a text has the form of an id.
pub fn is_valid(id: &str) -> bool {
    id.len() == LENGTH && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn ids_are_fair_and_never_the_same() {
        let ids: BTreeSet<_> = (0..10_000).map(|_| generate().unwrap()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| is_valid(id)), "{:?}", ids.first());
        let mut counts = BTreeMap::new();
        ids.iter().flat_map(|id| id.chars()).for_each(|c| *counts.entry(c).or_insert(0) += 1);
        // 120 000 characters: 1935 of each, with a standard deviation of 44. `byte % 62` alone would give 25 % more to
        // the first eight.
        assert_eq!(counts.len(), 62);
        assert!(counts.values().all(|n| (1670..2200).contains(n)), "{counts:?}");
    }

    #[test]
    fn what_is_no_id_is_told_apart() {
        assert!(is_valid("0123456789Az"));
        for wrong in ["", "0123456789A", "0123456789Azx", "0123456789A_", "0123456789A商", "012345678é"] {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }
}
