//! Scene strings: what a mini-program code carries. At most 32 characters of a small set (wechat: `getwxacodeunlimit`,
//! parameter `scene`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::{
    error::{Finding, Result},
    params::invalid,
    template::json::escape,
};

/// What a code's page is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// A scene as WeChat takes it, checked: 1 to 32 legal characters.
    Text(String),
    /// Parameters that do not fit, as JSON: a short link must be made before the code is asked for.
    Link(String),
}

/// Most characters of a scene.
pub const MAX_LENGTH: usize = 32;
/// The characters that a scene may hold besides letters and digits of ASCII. `%` is not among them, so that nothing
/// can be URL-encoded.
const SIGNS: &str = "!#$&'()*+,/:;=?@-._~";

/// What to do about a scene that WeChat would refuse.
const HINT: &str = "a scene holds at most 32 characters of 0-9 a-z A-Z !#$&'()*+,/:;=?@-._~: pass a short id, and let \
                    the page look up the rest";

/// Checks a scene as WeChat does, before WeChat is asked.
///
/// # Errors
/// `scene_empty`; `scene_too_long` with the length; `scene_character` with each character that is not allowed and its
/// position (from 1, in characters), all at once.
pub fn check(scene: &str) -> Result<()> {
    let mut findings = Vec::new();
    if scene.is_empty() {
        let hint = "say what the page is to show, as \"id=123\"";
        findings.push(Finding::error("scene_empty", "the scene is empty").hint(hint));
    }
    findings.extend(illegal("the scene", scene, |_| false));
    findings.extend(too_long(scene));
    if findings.is_empty() { Ok(()) } else { Err(invalid("scene_invalid", findings)) }
}

/// Temporary.
pub fn encode(map: &serde_json::Map<String, serde_json::Value>) -> Result<Scene> {
    join(map.iter().map(|(k, v)| (k.clone(), v.as_str().map(str::to_owned).unwrap_or_else(|| v.to_string()))))
        .map(Scene::Text)
}

/// Writes pairs as `k=v&k=v`, in their order; pairs with an empty value are left out.
///
/// # Errors
/// As [`check`]; also a key that is empty or holds `=` or `&`, and a value that holds `&`: they could not be read back.
/// Each finding's pointer is the key's (`/id`), the whole scene's is none.
pub fn join<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<String> {
    let mut scene = String::new();
    let mut findings = Vec::new();
    for (key, value) in pairs {
        let (key, value) = (key.as_ref(), value.as_ref());
        if value.is_empty() {
            continue;
        }
        let pointer = format!("/{}", escape(key));
        if key.is_empty() {
            findings.push(Finding::error("scene_character", "a key is empty").pointer(&*pointer).hint(HINT));
        }
        let own = illegal("the key", key, |c| c == '&' || c == '=').chain(illegal("the value", value, |c| c == '&'));
        findings.extend(own.map(|finding| finding.pointer(&*pointer)));
        if !scene.is_empty() {
            scene.push('&');
        }
        scene.push_str(key);
        scene.push('=');
        scene.push_str(value);
    }
    if scene.is_empty() && findings.is_empty() {
        let hint = "give at least one of its values";
        findings.push(Finding::error("scene_empty", "the scene is empty").hint(hint));
    }
    findings.extend(too_long(&scene));
    if findings.is_empty() { Ok(scene) } else { Err(invalid("scene_invalid", findings)) }
}

/// The launch parameter with which the developer tool simulates a scan: `scene=` and the scene as JavaScript's
/// `encodeURIComponent` writes it.
pub fn launch_parameter(scene: &str) -> String {
    // ECMA-262, 19.2.6.4: everything but letters, digits and these.
    const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'!')
        .remove(b'~')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');
    format!("scene={}", utf8_percent_encode(scene, COMPONENT))
}

fn too_long(scene: &str) -> Option<Finding> {
    let length = scene.chars().count();
    let message = || format!("the scene has {length} characters, at most {MAX_LENGTH} are allowed");
    (length > MAX_LENGTH).then(|| Finding::error("scene_too_long", message()).hint(HINT))
}

/// A finding for each of the first few characters that are not allowed.
fn illegal<'a>(
    what: &'static str,
    text: &'a str,
    refused: impl Fn(char) -> bool + 'a,
) -> impl Iterator<Item = Finding> + 'a {
    let legal = move |c: char| (c.is_ascii_alphanumeric() || SIGNS.contains(c)) && !refused(c);
    text.chars().enumerate().filter(move |(_, c)| !legal(*c)).take(MAX_LENGTH).map(move |(index, c)| {
        let shown = if c.is_control() || c.is_whitespace() { format!("U+{:04X}", c as u32) } else { format!("`{c}`") };
        let message = format!("{what} holds {shown} at character {}, which is not allowed", index + 1);
        Finding::error("scene_character", message).hint(HINT)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(result: Result<impl std::fmt::Debug>) -> Vec<(&'static str, Option<String>)> {
        result.unwrap_err().all_findings().iter().map(|f| (f.code, f.pointer.clone())).collect()
    }

    #[test]
    fn the_legal_set_is_wechats() {
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
        assert_eq!(codes(check("")), [("scene_empty", None)]);
    }

    #[test]
    fn a_fault_names_character_and_position() {
        let error = check("id=商&x y").unwrap_err();
        let messages: Vec<_> = error.all_findings().iter().map(|f| f.message.as_str()).collect();
        let expected = [
            "the scene holds `商` at character 4, which is not allowed",
            "the scene holds U+0020 at character 7, which is not allowed",
        ];
        assert_eq!(messages, expected);
        assert!(error.all_findings()[0].hint.as_deref().unwrap().contains("short id"));
    }

    #[test]
    fn pairs_keep_their_order_and_empty_ones_are_left_out() {
        assert_eq!(join([("id", "123"), ("from", ""), ("type", "a=b")]).unwrap(), "id=123&type=a=b");
        assert_eq!(codes(join([("id", "")])), [("scene_empty", None)]);
        assert_eq!(
            codes(join([("id", "a&b"), ("a=b", "1"), ("c/d", "%"), ("", "x")])),
            [
                ("scene_character", Some("/id".into())),
                ("scene_character", Some("/a=b".into())),
                ("scene_character", Some("/c~1d".into())),
                ("scene_character", Some("/".into())),
            ]
        );
        assert_eq!(codes(join([("id", "1".repeat(30))])), [("scene_too_long", None)]);
    }

    #[test]
    fn the_launch_parameter_is_wechats_example() {
        assert_eq!(launch_parameter("id=123&type=product"), "scene=id%3D123%26type%3Dproduct");
        assert_eq!(launch_parameter("-_.!~*'()"), "scene=-_.!~*'()");
        assert_eq!(launch_parameter("#$+,/:;?@"), "scene=%23%24%2B%2C%2F%3A%3B%3F%40");
    }

    proptest::proptest! {
        #[test]
        fn what_is_joined_is_legal(pairs in proptest::collection::vec(("[a-z=&商]{0,4}", ".{0,9}"), 0..5)) {
            if let Ok(scene) = join(pairs) {
                proptest::prop_assert!(check(&scene).is_ok(), "{}", scene);
            }
        }
    }
}
