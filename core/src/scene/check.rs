//! Validation of a literal scene string.

use std::fmt;

use super::{MAX_LENGTH, is_legal};
use crate::error::{Finding, Result, invalid};

/// Hint for a scene that WeChat would reject.
const HINT: &str = "a scene holds at most 32 characters of 0-9 a-z A-Z !#$&'()*+,/:;=?@-._~: pass parameters as an \
                    object instead, which is escaped or becomes a short link; or pass a short id";

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

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (c, position) = (self.character, self.position);
        if c.is_control() || c.is_whitespace() {
            write!(f, "the scene holds U+{:04X} at character {position}, which is not allowed", c as u32)
        } else {
            write!(f, "the scene holds `{c}` at character {position}, which is not allowed")
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
        findings.push(empty());
    }
    let characters = illegal(scene).take(MAX_LENGTH);
    findings.extend(characters.map(|found| Finding::error("scene_character", found.to_string())));
    let length = scene.chars().count();
    if length > MAX_LENGTH {
        let message = format!("the scene has {length} characters, at most {MAX_LENGTH} are allowed");
        findings.push(Finding::error("scene_too_long", message));
    }
    // The hint is the same for all findings, so only the first one carries it.
    if let Some(first) = findings.first_mut() {
        first.hint.get_or_insert_with(|| HINT.to_owned());
    }
    if findings.is_empty() { Ok(()) } else { Err(invalid("scene_invalid", findings)) }
}

/// Characters of a scene that WeChat does not allow, in order.
pub fn illegal(scene: &str) -> impl Iterator<Item = Illegal> {
    let places = scene.char_indices().enumerate().filter(|(_, (_, c))| !is_legal(*c));
    places.map(|(index, (offset, character))| Illegal { character, position: index + 1, offset })
}

/// Finding for an empty scene.
pub(super) fn empty() -> Finding {
    Finding::error("scene_empty", "the scene is empty").hint("say what the page is to show, as \"id=123\"")
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
            "the scene holds `商` at character 4, which is not allowed",
            "the scene holds U+0020 at character 7, which is not allowed",
        ];
        assert_eq!(messages, expected);
        assert!(error.all_findings()[0].hint.as_deref().unwrap().contains("short id"));
        let places: Vec<_> = illegal("id=商&x y").map(|i| (i.character, i.position, i.offset)).collect();
        assert_eq!(places, [('商', 4, 3), (' ', 7, 8)]);
    }
}
