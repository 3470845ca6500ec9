//! Sample codes: pictures that look like WeChat's mini-program codes, say plainly that they are samples, and carry their
//! payload in their rays. [`decode()`] tells which code a finished poster holds. WeChat cannot scan them.

mod correct;
mod decode;
pub mod geometry;
mod locate;
pub mod mark;
mod paint;
pub mod payload;
pub mod picture;
mod plane;
pub mod square;
pub mod stamp;

pub use decode::{decode, decode_in};
pub use payload::{DecodeError, Payload};
pub use picture::{Style, draw};

use crate::{
    asset::Asset,
    code::{CodeNeed, Opens, qr},
    error::{Error, Result},
    scene::Scene,
};

/// AppID of the sample app.
pub const SAMPLE_APPID: &str = "wx0123456789abcdef";
/// Scene of a sample whose parameters need a short link: as long as a real one, since none is made for a sample.
const LINK_SCENE: &str = "s=sample000000";

/// The picture of a code without asking WeChat: a sample where the code is round, a readable QR code where it is square.
///
/// # Errors
/// `qr_too_long`, when a QR code's text does not fit.
pub fn code(need: &CodeNeed) -> Result<Asset> {
    if let Opens::Qr { text } | Opens::Square { path: text } = &need.opens {
        return qr::draw(need, text).map(Asset::new);
    }
    let style = Style {
        width: need.width.into(),
        line_color: need.line_color.unwrap_or_default(),
        auto_color: need.auto_color,
        is_hyaline: need.is_hyaline,
    };
    let drawn = payload_of(need).and_then(|payload| draw(&payload, &style).ok());
    drawn.map(Asset::new).ok_or_else(|| Error::internal("the sample code cannot be drawn"))
}

/// The payload of a round sample; none when its scene is not legal.
pub fn payload_of(need: &CodeNeed) -> Option<Payload> {
    let (page, scene) = match need.page_and_scene() {
        Some((page, Scene::Text(scene))) => (page, scene.as_str()),
        Some((page, Scene::Long(_))) => (page, LINK_SCENE),
        None => ("", LINK_SCENE),
    };
    Payload::from_scene(scene, Payload::digest_of(SAMPLE_APPID, page, "release"))
}
