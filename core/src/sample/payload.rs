//! Payload of the emulator's round codes and its encoding.
//!
//! Layout of a message, with sizes in bytes: kind and length (1), digest (4), the scene as a number in base 82 or a
//! digest of the path (16), zero padding, CRC-32 (4). Reed-Solomon parity fills the remaining cells, and a fixed mask
//! makes the dashes look random.

use std::fmt;

use crate::sample::{correct, geometry::Rays};

/// Legal characters of a scene, in the order of WeChat's documentation.
const ALPHABET: &[u8; 82] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$&'()*+,/:;=?@-._~";
/// Length of the header (kind and length, digest), in bytes.
const HEAD: usize = 5;
/// Length of the CRC, in bytes.
const CHECK: usize = 4;
/// Length of a path's digest, in bytes.
const PATH: usize = 16;

/// Payload of a round code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Payload {
    /// Scene, 0 to 32 characters; empty if the code was made from a path.
    pub scene: String,
    /// Digest of the path, see [`Payload::path_of`]; only in codes of `getwxacode`.
    pub path: Option<u128>,
    /// Digest of app, page and version, see [`Payload::digest_of`].
    pub digest: u32,
}

/// Why no payload could be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// No matching set of three locators was found: there is no code of the emulator, or it is too small or covered.
    NotFound,
    /// Locators were found, but the checksum fails: the code is covered, blurred or not the emulator's.
    Damaged,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no code of the emulator was found in the picture",
            Self::Damaged => "a code was found, but its rays cannot be read",
        })
    }
}

impl std::error::Error for DecodeError {}

impl Payload {
    /// Payload for `getwxacodeunlimit`. `None` if the scene has more than 32 characters or an illegal one.
    pub fn from_scene(scene: &str, digest: u32) -> Option<Self> {
        let legal = scene.len() <= 32 && scene.bytes().all(is_legal);
        legal.then(|| Self { scene: scene.to_owned(), path: None, digest })
    }

    /// Payload for `getwxacode`.
    pub fn from_path(path: &str, digest: u32) -> Self {
        Self { scene: String::new(), path: Some(Self::path_of(path)), digest }
    }

    /// Computes [`digest`](Self::digest) from the app, the page (empty for the home page and for codes made from a
    /// path) and the version (`release`, `trial` or `develop`).
    pub fn digest_of(appid: &str, page: &str, env_version: &str) -> u32 {
        let mut hasher = blake3::Hasher::new_derive_key("haibao emulator: app, page, version");
        for part in [appid, page, env_version] {
            // The length prefix makes ("ab", "c") and ("a", "bc") differ.
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let [a, b, c, d, ..] = *hasher.finalize().as_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    /// Computes [`path`](Self::path) from a path with its query.
    pub fn path_of(path: &str) -> u128 {
        let mut bytes = [0; PATH];
        blake3::Hasher::new_derive_key("haibao emulator: path").update(path.as_bytes()).finalize_xof().fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }

    /// The smallest number of rays that can hold the payload, and whether each cell is set. `None` if the scene is
    /// illegal.
    pub(super) fn cells(&self) -> Option<(Rays, Vec<bool>)> {
        let (kind, body) = match self.path {
            Some(path) => (0x80, path.to_le_bytes().to_vec()),
            None if self.scene.len() > 32 => return None,
            None => (self.scene.len() as u8, number(&self.scene)?),
        };
        let rays = Rays::ALL.into_iter().find(|rays| HEAD + body.len() + CHECK <= message_len(*rays))?;
        let cells = rays.cells().len();
        let mut message = vec![kind];
        message.extend(self.digest.to_le_bytes());
        message.extend(body);
        message.resize(message_len(rays) - CHECK, 0);
        message.extend(crc32fast::hash(&message).to_le_bytes());
        let word = masked(correct::protect(&message, cells / 8 - message.len()));
        // Up to seven cells remain; they are set alternately.
        let bit = |i: usize| word.get(i / 8).map_or(i.is_multiple_of(2), |byte| byte >> (7 - i % 8) & 1 == 1);
        Some((rays, (0..cells).map(bit).collect()))
    }

    /// Inverse of [`cells`](Self::cells); corrects wrong bytes, up to half the parity.
    pub(super) fn from_cells(rays: Rays, cells: &[bool]) -> Result<Self, DecodeError> {
        let word: Vec<u8> =
            cells.chunks_exact(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect();
        let parity = word.len().checked_sub(message_len(rays)).ok_or(DecodeError::Damaged)?;
        let mut word = masked(word);
        correct::repair(&mut word, parity).ok_or(DecodeError::Damaged)?;
        let (message, check) = word[..message_len(rays)].split_at(message_len(rays) - CHECK);
        if crc32fast::hash(message).to_le_bytes() != *check {
            return Err(DecodeError::Damaged);
        }
        let (head, body) = message.split_at(HEAD);
        let digest = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
        if head[0] == 0x80 {
            let path = body.first_chunk::<PATH>().ok_or(DecodeError::Damaged)?;
            return Ok(Self { scene: String::new(), path: Some(u128::from_le_bytes(*path)), digest });
        }
        let scene = text(body, usize::from(head[0])).ok_or(DecodeError::Damaged)?;
        Ok(Self { scene, path: None, digest })
    }
}

/// Whether a scene may contain this character.
pub fn is_legal(byte: u8) -> bool {
    ALPHABET.contains(&byte)
}

/// Length of the message, in bytes. The remaining cells hold parity.
fn message_len(rays: Rays) -> usize {
    match rays {
        Rays::Few => 18,
        Rays::Medium => 27,
        Rays::Many => 35,
    }
}

/// Applies or removes the mask, a xorshift sequence with a fixed seed, so that any payload gives evenly spread dashes.
fn masked(mut word: Vec<u8>) -> Vec<u8> {
    let mut state = 0x9e37_79b9u32;
    for byte in &mut word {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *byte ^= state.to_be_bytes()[0];
    }
    word
}

/// Encodes a scene as a number in base 82, little-endian, in the fewest bytes that hold any scene of its length. `None`
/// if it has an illegal character.
fn number(scene: &str) -> Option<Vec<u8>> {
    let bits = scene.len() as f64 * (ALPHABET.len() as f64).log2();
    let mut number = vec![0u8; (bits / 8.0).ceil() as usize];
    for char in scene.bytes().rev() {
        let mut carry = ALPHABET.iter().position(|c| *c == char)?;
        for byte in &mut number {
            carry += usize::from(*byte) * ALPHABET.len();
            *byte = carry as u8;
            carry >>= 8;
        }
    }
    Some(number)
}

/// Inverse of [`number`]. `None` if the number is too large for the length, or the length is over 32.
fn text(number: &[u8], len: usize) -> Option<String> {
    let mut number = number.to_vec();
    let mut text = String::new();
    for _ in 0..(len <= 32).then_some(len)? {
        let mut rest = 0;
        for byte in number.iter_mut().rev() {
            let value = rest << 8 | usize::from(*byte);
            *byte = (value / ALPHABET.len()) as u8;
            rest = value % ALPHABET.len();
        }
        text.push(char::from(ALPHABET[rest]));
    }
    number.iter().all(|byte| *byte == 0).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_alphabet_is_the_documented_one() {
        let signs = "!#$&'()*+,/:;=?@-._~";
        for byte in 0..=255u8 {
            let documented = byte.is_ascii_alphanumeric() || signs.as_bytes().contains(&byte);
            assert_eq!(is_legal(byte), documented, "{:?}", char::from(byte));
        }
    }

    #[test]
    fn rays_grow_with_the_payload() {
        let rays = |payload: Payload| payload.cells().map(|(rays, _)| rays.count());
        let scene = |n: usize| Payload { scene: "~".repeat(n), path: None, digest: 7 };
        assert_eq!([1, 11, 12, 22, 23, 32].map(|n| rays(scene(n)).unwrap()), [36, 36, 54, 54, 72, 72]);
        assert_eq!(rays(Payload::from_path("pages/index/index?id=1", 7)), Some(54));
        assert_eq!(rays(scene(33)), None, "33 characters");
        assert_eq!(rays(Payload { scene: "a b".into(), path: None, digest: 7 }), None, "a space");
    }

    #[test]
    fn digests_depend_on_every_part() {
        let digest = Payload::digest_of;
        let all = [
            digest("a", "b", "release"),
            digest("ab", "", "release"),
            digest("a", "b", "trial"),
            digest("a", "c", "release"),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(!all[i + 1..].contains(one), "{i} is repeated in {all:?}");
        }
    }

    proptest! {
        #[test]
        fn bits_round_trip(scene in "[0-9a-zA-Z!#$&'()*+,/:;=?@._~-]{0,32}", digest: u32) {
            let payload = Payload::from_scene(&scene, digest).unwrap();
            let (rays, cells) = payload.cells().unwrap();
            prop_assert_eq!(Payload::from_cells(rays, &cells), Ok(payload));
        }

        #[test]
        fn noise_is_rejected(cells in prop::collection::vec(any::<bool>(), 600)) {
            for rays in Rays::ALL {
                prop_assert_eq!(Payload::from_cells(rays, &cells[..rays.cells().len()]), Err(DecodeError::Damaged));
            }
        }
    }
}
