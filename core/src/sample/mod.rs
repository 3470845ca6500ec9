//! Sample codes: pictures that look like WeChat's mini-program codes, are visibly marked as samples, and encode their
//! payload in the rays. [`decode()`] reads the payload from a finished poster. WeChat cannot scan them.

mod correct;
mod decode;
mod geometry;
mod locate;
mod mark;
mod paint;
pub mod payload;
pub mod picture;
mod plane;
pub mod square;
pub mod stamp;

pub use decode::{decode, decode_in};
pub use payload::{DecodeError, Payload};
pub use picture::{SampleStyle, draw};

use crate::{
    asset::Asset,
    code::{CodeNeed, Opens, qr},
    error::{Error, Result},
    scene::Scene,
};

/// AppID of the sample app.
pub const SAMPLE_APPID: &str = "wx0123456789abcdef";
/// Scene of a sample whose parameters need a short link: as long as a real one. Samples create no links.
const LINK_SCENE: &str = "s=sample000000";

/// Draws a code without WeChat: a sample if the code is round, a readable QR code if it is square.
///
/// # Errors
/// `qr_too_long` when the text does not fit in a QR code, [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) when a
/// sample's scene is illegal.
pub fn code(need: &CodeNeed) -> Result<Asset> {
    if let Opens::Qr { text } | Opens::Square { path: text } = &need.opens {
        return qr::draw(need, text).map(Asset::new);
    }
    let style = SampleStyle {
        width: need.width.into(),
        line_color: need.line_color.unwrap_or_default(),
        auto_color: need.auto_color,
        is_hyaline: need.is_hyaline,
    };
    let drawn = payload_of(need).and_then(|payload| draw(&payload, &style).ok());
    drawn.map(Asset::new).ok_or_else(|| Error::internal("the sample code cannot be drawn"))
}

/// The payload of a round sample. `None` if its scene is illegal.
pub fn payload_of(need: &CodeNeed) -> Option<Payload> {
    let (page, scene) = match need.page_and_scene() {
        Some((page, Scene::Text(scene))) => (page, scene.as_str()),
        Some((page, Scene::Long(_))) => (page, LINK_SCENE),
        None => ("", LINK_SCENE),
    };
    Payload::from_scene(scene, Payload::digest_of(SAMPLE_APPID, page, "release"))
}
