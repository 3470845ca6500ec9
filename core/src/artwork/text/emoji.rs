//! Pictures of emoji, in the size at which they are drawn: resvg samples a picture without filtering it, so that details of a
//! much larger one would be lost.

use std::{
    collections::{HashMap, HashSet},
    io::Cursor,
    sync::{Arc, Mutex, PoisonError},
};

use image::{
    ExtendedColorType, ImageEncoder, ImageFormat,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use resvg::tiny_skia::Transform;

use super::uses;
use crate::{
    markup::{
        bounds,
        tree::{Document, NodeId},
    },
    paint::{glyph, resize},
    text::FontSet,
};

/// Start of the address of a picture: `emoji:FACE/GLYPH/WIDTHxHEIGHT`.
const SCHEME: &str = "emoji:";

/// The address of a glyph's picture. `size`: width and height at which it is drawn, px; `None` for all that it has.
pub fn address(face: u16, glyph: u16, size: Option<[f32; 2]>) -> String {
    let [width, height] = size.map_or([0, 0], |size| size.map(|side| side.ceil().clamp(1.0, 1000.0) as u32));
    format!("{SCHEME}{face}/{glyph}/{width}x{height}")
}

/// Files of pictures by their addresses.
#[derive(Debug, Default)]
pub struct Pictures {
    known: Mutex<HashMap<String, Arc<Vec<u8>>>>,
}

impl Pictures {
    /// The file of a picture, if this is the address of one. Made once.
    pub fn file(&self, href: &str, fonts: &FontSet) -> Option<Arc<Vec<u8>>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(href) {
            Some(file) => Some(file.clone()),
            None => {
                let file = Arc::new(file(href, fonts)?);
                known.insert(href.to_owned(), file.clone());
                Some(file)
            }
        }
    }
}

fn file(href: &str, fonts: &FontSet) -> Option<Vec<u8>> {
    let mut parts = href.strip_prefix(SCHEME)?.split('/');
    let (face, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (width, height) = parts.next()?.split_once('x')?;
    let size = (width.parse().ok()?, height.parse().ok()?);
    let png = glyph::bitmap(fonts.face(face)?, id)?.png;
    Some(reduced(png, size).unwrap_or_else(|| png.to_vec()))
}

/// A smaller picture. `None` when it would not be smaller.
fn reduced(png: &[u8], to: (u32, u32)) -> Option<Vec<u8>> {
    let picture = image::load_from_memory_with_format(png, ImageFormat::Png).ok()?.into_rgba8();
    let from = picture.dimensions();
    if to.0 == 0 || to.1 == 0 || to.0 >= from.0 || to.1 >= from.1 {
        return None;
    }
    let whole = [0.0, 0.0, f64::from(from.0), f64::from(from.1)];
    let pixels = resize::straight(picture.as_raw(), from, to, whole).ok()?;
    let mut png = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Up);
    encoder.write_image(pixels.as_flattened(), to.0, to.1, ExtendedColorType::Rgba8).ok()?;
    Some(png.into_inner())
}

/// Leads from the units of texts to output px.
#[derive(Debug)]
pub struct Zoom {
    /// Output px per unit of the root. `None`: any.
    root: Option<f32>,
    /// Elements that are drawn elsewhere, too.
    used: HashSet<NodeId>,
}

impl Zoom {
    /// `width`: that of the canvas, output px, if it is known.
    pub fn new(document: &Document<'_>, ids: &HashMap<String, NodeId>, width: Option<u32>) -> Self {
        let uses = document.descendants(0).filter(|id| document.nodes[*id].name == "use");
        let used = uses.filter_map(|id| uses::target(document, id, ids)).collect();
        let across = bounds::canvas(document)[0] as f32;
        let root = width.map(|width| width as f32 / across).filter(|root| root.is_finite());
        Self { root, used }
    }

    /// The transform of a text, without its translation. `None` when it is not known.
    pub fn of(&self, document: &Document<'_>, id: NodeId) -> Option<Transform> {
        let root = self.root?;
        let mut all = Transform::identity();
        for up in document.within(id) {
            let is_plain = up == 0 || matches!(document.nodes[up].name, "text" | "g" | "mask");
            if !is_plain || self.used.contains(&up) {
                return None;
            }
            all = all.post_concat(bounds::transform(document, up));
        }
        Some(all.post_scale(root, root))
    }
}

/// Width and height of a box under a transform, px.
pub fn size([_, _, width, height]: [f32; 4], transform: Transform) -> [f32; 2] {
    [width * transform.sx.hypot(transform.ky), height * transform.kx.hypot(transform.sy)]
}
