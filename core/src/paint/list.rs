//! The display list: what is drawn, in order, each item with its bounds and the key of all that it depends on.

use std::sync::{Arc, OnceLock};

use crate::error::Result;
use crate::paint::{
    cache::Weigh,
    geometry::PxRect,
    ink::Ink,
    key::Key,
    raster::{Mask, Raster, Target},
};

/// One thing that is drawn.
pub struct Item<'a> {
    /// Hash of all that decides its pixels, its place included.
    pub key: Key,
    /// Where it may leave ink, output px. Nothing is drawn outside.
    pub bounds: PxRect,
    /// The layer that it belongs to, by its place among the placed ones; none for a part of the artwork.
    pub layer: Option<usize>,
    /// What it draws.
    pub content: Content<'a>,
}

/// What an item draws.
pub enum Content<'a> {
    /// Pixels that are at hand: a segment of the artwork.
    Ready(Arc<Raster>),
    /// Pixels or a mask that are made when the first band asks for them.
    Lazy(Lazy<'a>),
    /// Glyphs and lines in plain colours.
    Text(Arc<Ink>),
}

/// Something drawn by a layer, that is kept in the cache of rasters.
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

/// A paint that is made at most once a poster, and taken from the cache when it is there.
pub struct Lazy<'a> {
    make: Make<'a>,
    made: OnceLock<Arc<Paint>>,
}

impl<'a> Lazy<'a> {
    /// From a function that makes it, and the paint itself when it is at hand already.
    pub fn new(make: Make<'a>, made: Option<Arc<Paint>>) -> Self {
        Self { make, made: made.map_or_else(OnceLock::new, OnceLock::from) }
    }
}

impl Item<'_> {
    /// Blends the item into a band. `keep` looks a paint up by key, or makes and keeps it.
    pub fn draw(&self, target: &mut Target<'_>, keep: impl FnOnce(Key, &Make<'_>) -> Result<Arc<Paint>>) -> Result<()> {
        match &self.content {
            Content::Ready(raster) => raster.draw(target),
            Content::Lazy(lazy) => {
                let paint = match lazy.made.get() {
                    Some(paint) => paint.clone(),
                    None => {
                        let paint = keep(self.key, &lazy.make)?;
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
