//! Validation of a literal scene string.

use std::ops::Range;

use super::{MAX_LENGTH, is_legal};
use crate::{
    error::{Finding, Result, invalid},
    words,
};

/// A character that WeChat does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Illegal {
    character: char,
    /// Position in characters, starting at 1.
    position: usize,
    /// Position in bytes, starting at 0.
    offset: usize,
}

impl Illegal {
    fn shown(&self) -> String {
        let c = self.character;
        if c.is_control() || c.is_whitespace() { format!("U+{:04X}", c as u32) } else { format!("`{c}`") }
    }
}

/// All illegal characters as one finding. `None` if there are none.
fn characters(illegal: &[Illegal]) -> Option<Finding> {
    let first = illegal.first()?;
    if illegal.len() == 1 {
        return Some(words::scene_character(first.shown(), first.position));
    }
    // A run of visible characters is one word.
    let mut shown = String::new();
    for (index, one) in illegal.iter().enumerate() {
        let follows = index > 0 && illegal[index - 1].position + 1 == one.position;
        match (follows && shown.ends_with('`'), one.shown().strip_prefix('`')) {
            (true, Some(rest)) => shown.replace_range(shown.len() - 1.., rest),
            _ if index > 0 => shown.push_str(&format!(", {}", one.shown())),
            _ => shown = one.shown(),
        }
    }
    Some(words::scene_characters(shown, first.position))
}

/// Validates a scene by WeChat's rules without calling WeChat.
///
/// # Errors
/// All findings at once, in this order: `scene_empty`; one `scene_character` with the first 32 illegal characters and the
/// position of the first; `scene_too_long` with the length.
pub fn check(scene: &str) -> Result<()> {
    let mut findings = Vec::new();
    if scene.is_empty() {
        findings.push(words::scene_empty());
    }
    findings.extend(characters(&illegal(scene).take(MAX_LENGTH).collect::<Vec<_>>()));
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

/// The part of a scene that a finding of [`check`] is about, bytes: the first illegal character, or those that are too many.
pub fn range(scene: &str, finding: &Finding) -> Option<Range<usize>> {
    match finding.code {
        words::scene_character::CODE => {
            illegal(scene).next().map(|found| found.offset..found.offset + found.character.len_utf8())
        }
        words::scene_too_long::CODE => scene.char_indices().nth(MAX_LENGTH).map(|(at, _)| at..scene.len()),
        _ => None,
    }
}

/// Characters of a scene that WeChat does not allow, in order.
fn illegal(scene: &str) -> impl Iterator<Item = Illegal> {
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
        assert_eq!(messages, ["the scene contains `商`, U+0020 from character 4 on, which are not allowed"]);
        assert!(error.all_findings()[0].hint.as_deref().unwrap().contains("short id"));
        let error = check("中文海报 场景a").unwrap_err();
        assert_eq!(error.all_findings().len(), 1);
        assert_eq!(
            error.message(),
            "the scene contains `中文海报`, U+0020, `场景` from character 1 on, which are not allowed"
        );
        assert_eq!(
            check("id=商").unwrap_err().message(),
            "the scene contains `商` at character 4, which is not allowed"
        );
        let long = format!("{}商", "a".repeat(33));
        let error = check(&long).unwrap_err();
        let ranges: Vec<_> = error.all_findings().iter().map(|finding| range(&long, finding)).collect();
        assert_eq!(ranges, [Some(33..36), Some(32..36)]);
        assert_eq!(range("", &check("").unwrap_err().all_findings()[0]), None);
        let places: Vec<_> = illegal("id=商&x y").map(|i| (i.character, i.position, i.offset)).collect();
        assert_eq!(places, [('商', 4, 3), (' ', 7, 8)]);
    }
}
