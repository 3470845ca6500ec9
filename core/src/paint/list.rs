//! The display list: what is drawn, in order. Each item has its bounds and the key of everything that it depends on.

use std::sync::{Arc, OnceLock};

use crate::{
    error::Result,
    paint::{
        cache::Weigh,
        composite::{Composite, Filter},
        geometry::PxRect,
        ink::Ink,
        key::{Key, KeyMaker},
        raster::{self, Mask, Raster, Target},
        segment::Segment,
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
    pub content: ItemContent<'a>,
}

/// What an item draws.
pub enum ItemContent<'a> {
    /// Finished pixels: a segment of the artwork.
    Ready(Arc<Segment>),
    /// Pixels or a mask, made when the first band needs them.
    Lazy(Lazy<'a>),
    /// Glyphs and decorations without effects.
    Text(Arc<Ink>),
    /// Items that are blended as one.
    Group(Group<'a>),
}

/// Pixels or coverage drawn by a layer, kept in the paint cache.
#[derive(Debug)]
pub enum Paint {
    /// Coloured pixels.
    Raster(Raster),
    /// Coverage in one premultiplied colour.
    Mask(Mask, [u8; 4]),
    /// A rectangle in one premultiplied colour.
    Fill(PxRect, [u8; 4]),
}

impl Weigh for Paint {
    fn weigh(&self) -> usize {
        match self {
            Self::Raster(raster) => raster.bytes(),
            Self::Mask(mask, _) => mask.bytes(),
            Self::Fill(..) => size_of::<Self>(),
        }
    }
}

/// Rasterises a paint that is not in the cache.
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

/// Items that are blended as one.
pub struct Group<'a> {
    /// Index of the group among the placed ones.
    pub index: usize,
    /// Its items, in drawing order.
    pub members: Vec<Item<'a>>,
    /// How they are blended.
    pub composite: Arc<Composite>,
    /// Whether its pixels are those of the items before it, instead of its own.
    shows_beneath: bool,
    /// The pixels of a group with a filter, made on first use.
    filtered: OnceLock<Arc<Paint>>,
}

/// What is drawn next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A layer, by its index among the placed ones; `None` for the artwork.
    Layer(Option<usize>),
    /// The compositing of a group, by its index among the placed ones.
    Group(usize),
}

/// A cache of paints.
pub trait Paints {
    /// Returns the cached paint of a key, or makes and caches it.
    ///
    /// # Errors
    /// Errors of `make`.
    fn get_or_make(&self, key: Key, make: &mut dyn FnMut() -> Result<Paint>) -> Result<Arc<Paint>>;
}

/// What items are drawn with.
pub struct Brush<'b> {
    /// The cache of paints.
    pub paints: &'b dyn Paints,
    /// Called before each subject. An error stops the drawing.
    pub observe: &'b mut dyn FnMut(Subject) -> Result<()>,
}

/// Rows of a group that are composited at a time, which bounds the memory of nested groups.
const STRIP_ROWS: u32 = 32;

/// Hashes the keys of the items that touch a part of the canvas.
pub fn hash<'s>(list: &[Item<'_>], key: KeyMaker<'s>, frame: &PxRect) -> KeyMaker<'s> {
    let touching = list.iter().filter(|item| !item.bounds.intersect(frame).is_empty());
    touching.fold(key, |key, item| match &item.content {
        // A filtered group has the keys of all members in its own.
        ItemContent::Group(group) if group.composite.filter.is_none() => {
            hash(&group.members, key.hash(&item.key), frame).bytes(b"end of group")
        }
        _ => key.hash(&item.key),
    })
}

/// The item at a path: indices, that of the outermost group first.
pub fn find<'l, 'a>(list: &'l [Item<'a>], path: &[usize]) -> Option<&'l Item<'a>> {
    let (first, rest) = path.split_first()?;
    let item = list.get(*first)?;
    match &item.content {
        ItemContent::Group(group) if !rest.is_empty() => find(&group.members, rest),
        _ => Some(item),
    }
}

/// Blends items into the part `frame` of the canvas, in order. With `until`, a path as in [`find`], the item there and all
/// that follow are left out.
///
/// # Errors
/// Errors of making a paint, and of the brush.
pub fn draw(
    list: &[Item<'_>],
    until: Option<&[usize]>,
    frame: PxRect,
    pixels: &mut [[u8; 4]],
    brush: &mut Brush<'_>,
) -> Result<()> {
    let (whole, part) = match until {
        None => (list, None),
        Some([]) => (&list[..0], None),
        Some([last, rest @ ..]) => {
            (&list[..list.len().min(*last)], list.get(*last).filter(|_| !rest.is_empty()).zip(Some(rest)))
        }
    };
    let items = whole.iter().map(|item| (item, None)).chain(part.map(|(item, until)| (item, Some(until))));
    for (index, (item, until)) in items.enumerate() {
        let mut target = Target::new(frame, item.bounds, pixels);
        if !target.clip().is_empty() {
            item.draw(&mut target, &list[..index], until, brush)?;
        }
    }
    Ok(())
}

impl Item<'_> {
    /// Draws it. `beneath`: the items before it.
    fn draw(
        &self,
        target: &mut Target<'_>,
        beneath: &[Item<'_>],
        until: Option<&[usize]>,
        brush: &mut Brush<'_>,
    ) -> Result<()> {
        (brush.observe)(Subject::Layer(self.layer))?;
        match &self.content {
            ItemContent::Ready(segment) => segment.draw(target),
            ItemContent::Lazy(lazy) => {
                let paint = match lazy.made.get() {
                    Some(paint) => paint.clone(),
                    None => {
                        let paint = brush.paints.get_or_make(self.key, &mut || (lazy.make)())?;
                        lazy.made.get_or_init(|| paint).clone()
                    }
                };
                paint.draw(target);
            }
            ItemContent::Text(ink) => ink.draw(target),
            ItemContent::Group(group) => {
                let source = if group.shows_beneath { beneath } else { &group.members };
                group.draw(self.key, target, source, until, brush)?;
            }
        }
        Ok(())
    }
}

impl Paint {
    fn draw(&self, target: &mut Target<'_>) {
        match self {
            Self::Raster(raster) => raster.draw(target),
            Self::Mask(mask, color) => mask.draw(target, 0, 0, *color),
            Self::Fill(rect, color) => raster::fill(target, *rect, *color),
        }
    }
}

impl<'a> Group<'a> {
    /// A group of items.
    pub fn new(index: usize, members: Vec<Item<'a>>, composite: Arc<Composite>, shows_beneath: bool) -> Self {
        Self { index, members, composite, shows_beneath, filtered: OnceLock::new() }
    }

    /// Bounds of what it draws, output px.
    pub fn bounds(&self) -> PxRect {
        match self.composite.filter {
            Some(_) => self.composite.bounds,
            None => self.ink().intersect(&self.composite.bounds),
        }
    }

    fn ink(&self) -> PxRect {
        self.members.iter().fold(PxRect::default(), |all, item| all.union(&item.bounds))
    }

    fn draw(
        &self,
        key: Key,
        target: &mut Target<'_>,
        source: &[Item<'_>],
        until: Option<&[usize]>,
        brush: &mut Brush<'_>,
    ) -> Result<()> {
        let bounds = target.clip().intersect(&self.composite.bounds);
        let filtered = match (&self.composite.filter, until) {
            (None, _) => None,
            (Some(filter), Some(_)) => Some(Arc::new(self.filtered(&**filter, source, until, brush)?)),
            (Some(filter), None) => Some(match self.filtered.get() {
                Some(paint) => paint.clone(),
                None => {
                    let paints = brush.paints;
                    let paint = paints.get_or_make(key, &mut || self.filtered(&**filter, source, None, brush))?;
                    self.filtered.get_or_init(|| paint).clone()
                }
            }),
        };
        let mut pixels = Vec::new();
        for top in (bounds.y0..bounds.y1).step_by(STRIP_ROWS as usize) {
            let strip = PxRect { y0: top, y1: bounds.y1.min(top + STRIP_ROWS as i32), ..bounds };
            pixels.clear();
            pixels.resize(strip.area() as usize, [0; 4]);
            match &filtered {
                Some(paint) => paint.draw(&mut Target::new(strip, strip, &mut pixels)),
                None => draw(&self.members, until, strip, &mut pixels, brush)?,
            }
            (brush.observe)(Subject::Group(self.index))?;
            self.composite.draw(target, strip, &mut pixels);
        }
        Ok(())
    }

    fn filtered(
        &self,
        filter: &dyn Filter,
        source: &[Item<'_>],
        until: Option<&[usize]>,
        brush: &mut Brush<'_>,
    ) -> Result<Paint> {
        let frame = filter.source();
        let mut pixels = vec![[0; 4]; frame.area() as usize];
        draw(source, until, frame, &mut pixels, brush)?;
        (brush.observe)(Subject::Group(self.index))?;
        filter.apply(pixels).map(Paint::Raster)
    }
}
