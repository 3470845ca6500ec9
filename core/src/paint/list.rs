//! The display list: what is drawn, in order. Each item has its bounds and the key of everything that it depends on.

use std::sync::{Arc, OnceLock};

use crate::{
    error::Result,
    paint::{
        cache::Weigh,
        geometry::PxRect,
        ink::Ink,
        key::Key,
        raster::{Mask, Raster, Target},
    },
};

/// An item of the display list.
pub struct Item<'a> {
    /// Hash of everything that determines its pixels, its position included.
    pub key: Key,
    /// Bounds of its ink, output px. Drawing is clipped to them.
    pub bounds: PxRect,
    /// Index of its layer among the placed layers; `None` for a segment of the artwork.
    pub layer: Option<usize>,
    /// What it draws.
    pub content: Content<'a>,
}

/// What an item draws.
pub enum Content<'a> {
    /// Finished pixels: a segment of the artwork.
    Ready(Arc<Raster>),
    /// Pixels or a mask, made when the first band needs them.
    Lazy(Lazy<'a>),
    /// Glyphs and decorations without effects.
    Text(Arc<Ink>),
}

/// Pixels or coverage drawn by a layer, kept in the paint cache.
#[derive(Debug)]
pub enum Paint {
    /// Coloured pixels.
    Raster(Raster),
    /// Coverage in one premultiplied colour.
    Mask(Mask, [u8; 4]),
}

impl Weigh for Paint {
    fn weigh(&self) -> usize {
        match self {
            Self::Raster(raster) => raster.bytes(),
            Self::Mask(mask, _) => mask.bytes(),
        }
    }
}

/// Makes a paint.
pub type Make<'a> = Box<dyn Fn() -> Result<Paint> + Send + Sync + 'a>;

/// A paint that is made, or taken from the cache, on first use and then kept for the rest of the poster.
pub struct Lazy<'a> {
    make: Make<'a>,
    made: OnceLock<Arc<Paint>>,
}

impl<'a> Lazy<'a> {
    /// Creates it from the function that makes the paint, and the paint itself if it is made already.
    pub fn new(make: Make<'a>, made: Option<Arc<Paint>>) -> Self {
        Self { make, made: made.map_or_else(OnceLock::new, OnceLock::from) }
    }
}

impl Item<'_> {
    /// Blends the item into a band. `get_or_make` returns the cached paint of a key, or makes and caches it.
    ///
    /// # Errors
    /// The error of making the paint.
    pub fn draw(
        &self,
        target: &mut Target<'_>,
        get_or_make: impl FnOnce(Key, &Make<'_>) -> Result<Arc<Paint>>,
    ) -> Result<()> {
        match &self.content {
            Content::Ready(raster) => raster.draw(target),
            Content::Lazy(lazy) => {
                let paint = match lazy.made.get() {
                    Some(paint) => paint.clone(),
                    None => {
                        let paint = get_or_make(self.key, &lazy.make)?;
                        lazy.made.get_or_init(|| paint).clone()
                    }
                };
                match &*paint {
                    Paint::Raster(raster) => raster.draw(target),
                    Paint::Mask(mask, color) => mask.draw(target, 0, 0, *color),
                }
            }
            Content::Text(ink) => ink.draw(target),
        }
        Ok(())
    }
}
