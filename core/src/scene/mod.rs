//! Scene strings: what a mini-program code carries. At most 32 characters of a small set (WeChat: `getwxacodeunlimit`,
//! parameter `scene`). The convention is written down in docs/scenes.md; `miniprogram/scene.js` is its other half.

mod check;
mod decode;
mod encode;
mod findings;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

pub use check::{Illegal, check, illegal};
pub use decode::{Decoded, decode};
pub use encode::{MAX_PAYLOAD, encode, payload, readable};
pub use findings::findings;

/// What a code's page is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// A scene as WeChat takes it, checked: 1 to 32 legal characters.
    Text(String),
    /// Parameters that do not fit, as JSON ([`payload`]): a short link must be made before the code is asked for.
    Link(String),
}

impl Scene {
    /// Whether a short link must be made.
    pub fn is_link(&self) -> bool {
        matches!(self, Self::Link(_))
    }
}

/// Most characters of a scene.
pub const MAX_LENGTH: usize = 32;
/// The key of a short link: `s=ID` and nothing else.
pub const SHORT_KEY: &str = "s";
/// WeChat's own key, which it may put beside a scene.
pub const SCANCODE_TIME: &str = "scancode_time";
/// The characters that a scene may hold besides letters and digits of ASCII. `%` is not among them, so that nothing
/// can be URL-encoded.
const SIGNS: &str = "!#$&'()*+,/:;=?@-._~";

/// Whether WeChat takes the character in a scene.
pub fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || SIGNS.contains(c)
}

/// The scene of a short link.
pub fn short(id: &str) -> String {
    format!("{SHORT_KEY}={id}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_launch_parameter_is_wechats_example() {
        assert_eq!(launch_parameter("id=123&type=product"), "scene=id%3D123%26type%3Dproduct");
        assert_eq!(launch_parameter("-_.!~*'()"), "scene=-_.!~*'()");
        assert_eq!(launch_parameter("#$+,/:;?@"), "scene=%23%24%2B%2C%2F%3A%3B%3F%40");
    }
}
