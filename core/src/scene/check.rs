//! Validation of a literal scene string.

use super::{MAX_LENGTH, is_legal};
use crate::{
    error::{Finding, Result, invalid},
    words,
};

/// A character that WeChat does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Illegal {
    /// The character.
    pub character: char,
    /// Position in characters, starting at 1.
    pub position: usize,
    /// Position in bytes, starting at 0.
    pub offset: usize,
}

impl Illegal {
    /// The character as a finding.
    pub fn finding(&self) -> Finding {
        let (c, position) = (self.character, self.position);
        if c.is_control() || c.is_whitespace() {
            words::scene_character(format_args!("U+{:04X}", c as u32), position)
        } else {
            words::scene_character(format_args!("`{c}`"), position)
        }
    }
}

/// Validates a scene by WeChat's rules without calling WeChat.
///
/// # Errors
/// All findings at once, in this order: `scene_empty`; `scene_character` for each of the first 32 illegal characters, with
/// its position; `scene_too_long` with the length.
pub fn check(scene: &str) -> Result<()> {
    let mut findings = Vec::new();
    if scene.is_empty() {
        findings.push(words::scene_empty());
    }
    let characters = illegal(scene).take(MAX_LENGTH);
    findings.extend(characters.map(|found| found.finding()));
    let length = scene.chars().count();
    if length > MAX_LENGTH {
        findings.push(words::scene_too_long(length, MAX_LENGTH));
    }
    // The hint is the same for all findings, so only the first one carries it.
    if let Some(first) = findings.first_mut().filter(|first| first.hint.is_none()) {
        *first = first.clone().with_hint(words::scene_rules(MAX_LENGTH));
    }
    if findings.is_empty() { Ok(()) } else { Err(invalid("scene_invalid", findings)) }
}

/// Characters of a scene that WeChat does not allow, in order.
pub fn illegal(scene: &str) -> impl Iterator<Item = Illegal> {
    let places = scene.char_indices().enumerate().filter(|(_, (_, c))| !is_legal(*c));
    places.map(|(index, (offset, character))| Illegal { character, position: index + 1, offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_characters_are_those_of_wechat() {
        let all = ('\0'..='\u{ff}').chain(['商', '😀', '\u{2028}']);
        let legal = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$&'()*+,/:;=?@-._~";
        for c in all {
            assert_eq!(check(&c.to_string()).is_ok(), legal.contains(c), "{c:?}");
        }
    }

    #[test]
    fn length_counts_characters() {
        assert!(check(&"a".repeat(32)).is_ok());
        let error = check(&"a".repeat(33)).unwrap_err();
        assert_eq!(error.message(), "the scene has 33 characters, at most 32 are allowed");
        assert_eq!(check("").unwrap_err().code(), "scene_empty");
    }

    #[test]
    fn findings_name_character_and_position() {
        let error = check("id=商&x y").unwrap_err();
        let messages: Vec<_> = error.all_findings().iter().map(|f| f.message.as_str()).collect();
        let expected = [
            "the scene contains `商` at character 4, which is not allowed",
            "the scene contains U+0020 at character 7, which is not allowed",
        ];
        assert_eq!(messages, expected);
        assert!(error.all_findings()[0].hint.as_deref().unwrap().contains("short id"));
        let places: Vec<_> = illegal("id=商&x y").map(|i| (i.character, i.position, i.offset)).collect();
        assert_eq!(places, [('商', 4, 3), (' ', 7, 8)]);
    }
}
