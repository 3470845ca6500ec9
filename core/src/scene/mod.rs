//! Scene strings, the payload of a mini-program code: at most 32 characters of a restricted set (WeChat:
//! `getwxacodeunlimit`, parameter `scene`). docs/scenes.md specifies the format; `miniprogram/scene.js` decodes it on the
//! page.

mod check;
mod decode;
mod encode;
mod findings;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

pub use check::{check, range};
pub use decode::{Decoded, decode};
pub use encode::{MAX_PAYLOAD, encode, payload, readable};
pub use findings::findings;

/// Payload of a code for its page.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// A validated scene string: 1 to 32 legal characters.
    Text(String),
    /// Parameters that do not fit, as JSON ([`payload`]). A short link must be stored before the code is requested.
    #[serde(rename = "link")]
    Long(String),
}

impl Scene {
    /// Whether the scene needs a short link.
    pub fn needs_link(&self) -> bool {
        matches!(self, Self::Long(_))
    }
}

/// Maximum length of a scene, characters.
pub const MAX_LENGTH: usize = 32;
/// Key of a short link, which is `s=ID` and nothing else.
pub const SHORT_KEY: &str = "s";
/// Key reserved by WeChat, which may add it to the page's query next to the scene.
pub const SCANCODE_TIME: &str = "scancode_time";
/// Characters allowed in a scene besides ASCII letters and digits. `%` is not allowed, which rules out URL encoding.
const SIGNS: &str = "!#$&'()*+,/:;=?@-._~";

/// Whether WeChat allows the character in a scene.
pub fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || SIGNS.contains(c)
}

/// The scene of a short link.
pub fn short(id: &str) -> String {
    format!("{SHORT_KEY}={id}")
}

/// Launch parameter that simulates a scan in the WeChat developer tool: `scene=` and the scene encoded as by JavaScript's
/// `encodeURIComponent`.
pub fn launch_parameter(scene: &str) -> String {
    // ECMA-262, 19.2.6.4: escapes everything except letters, digits and these characters.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launch_parameter_matches_the_example_of_wechat() {
        assert_eq!(launch_parameter("id=123&type=product"), "scene=id%3D123%26type%3Dproduct");
        assert_eq!(launch_parameter("-_.!~*'()"), "scene=-_.!~*'()");
        assert_eq!(launch_parameter("#$+,/:;?@"), "scene=%23%24%2B%2C%2F%3A%3B%3F%40");
    }
}
