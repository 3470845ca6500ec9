//! Draws layers in order, each by its kind.

use std::{ops::Range, sync::Arc};

use super::{
    placer::{Draw, Placement, Placer},
    planned::Planned,
};
use crate::{
    error::Result,
    paint::{
        composite::Composite,
        context::{Observe, Stage},
        geometry::PxRect,
        ink::Ink,
        key::Key,
        list::{self, Group, Item, ItemContent},
        segment::Segment,
    },
    plan::{At, PlannedLayer},
    text::FontRun,
};

macro_rules! draw {
    ($($kind:ident: $Variant:ident,)*) => {
        impl Planned {
            fn draw<'a>(&'a self, layer: Placement<'a>, placer: &mut Placer<'a, '_>) -> Result<Option<Arc<Ink>>> {
                match self { $(Self::$Variant(content) => content.draw(layer, placer),)* }
            }
        }
    };
}
kinds!(draw);

/// A drawn layer.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLayer {
    /// Index in [`crate::plan::Plan::layers`].
    pub position: usize,
    /// JSON pointer of the layer: `/layers/3`, `/layers/3/children/1`.
    pub pointer: String,
    /// Name of its kind, such as `image`. That of a container's background is `shape`.
    pub kind: &'static str,
    /// Its box, output px.
    pub rect: PxRect,
    /// Ink bounds, output px; empty if it draws nothing.
    pub ink: PxRect,
    /// Whether it is a code, judged by the legibility gate.
    pub is_code: bool,
    /// Number of lines of a text.
    pub lines: Option<usize>,
    /// Factor by which a text was shrunk; 1 if it was not.
    pub zoom: f32,
    /// Whether a text is truncated.
    pub truncated: bool,
    /// The shown part of a text.
    pub text: String,
    /// Font face of each part of the text.
    pub fonts: Vec<FontRun>,
}

/// A group of the artwork that is composited as one with the layers in it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedGroup {
    /// Id of the artwork's element; empty if it has none.
    pub element: String,
    /// Effects that make the group necessary, such as `opacity` and `clip-path`.
    pub effects: Vec<&'static str>,
    /// Bounds of what it draws, output px.
    pub bounds: PxRect,
    /// Pixels that are drawn apart from the poster and blended onto it. For a filter, those that it reads.
    pub pixels: u64,
    /// Indices of the layers in it, among the placed ones.
    pub layers: Range<usize>,
}

/// A group while its items are added.
pub(crate) struct OpenGroup<'g> {
    /// Id of the artwork's element.
    pub element: &'g str,
    /// Names of its effects.
    pub effects: &'g [&'static str],
    /// How it is blended.
    pub composite: &'g Arc<Composite>,
    /// Whether its pixels are those that lie beneath it.
    pub shows_beneath: bool,
}

/// Adds layers to the display list.
pub(crate) struct Dispatcher<'a, 's, 'd> {
    pub placer: Placer<'a, 's>,
    pub layers: &'d mut Vec<PlacedLayer>,
    pub groups: &'d mut Vec<PlacedGroup>,
    /// Number of segments added.
    pub segments: usize,
    pub observe: Observe<'d>,
}

impl<'a> Dispatcher<'a, '_, '_> {
    /// Adds a segment of the artwork.
    pub fn segment(&mut self, artwork: &Key, segment: &Arc<Segment>) {
        let key = self.placer.key("segment").hash(artwork).data(&self.segments).finish();
        self.segments += 1;
        let content = ItemContent::Ready(segment.clone());
        self.placer.items.push(Item { key, bounds: segment.rect, layer: None, content });
    }

    /// Adds a group with the items that `add` adds to it.
    ///
    /// # Errors
    /// Errors of `add`.
    pub fn group(
        &mut self,
        artwork: &Key,
        group: OpenGroup<'_>,
        add: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let OpenGroup { element, effects, composite, shows_beneath } = group;
        let (index, first) = (self.groups.len(), self.layers.len());
        self.groups.push(PlacedGroup {
            element: element.to_owned(),
            effects: effects.to_vec(),
            bounds: composite.bounds,
            pixels: 0,
            layers: first..first,
        });
        let outer = std::mem::take(self.placer.items);
        self.placer.within.push(outer.len());
        let added = add(self);
        self.placer.within.pop();
        let members = std::mem::replace(self.placer.items, outer);
        added?;
        let key = self.placer.key("group").hash(artwork).data(&index);
        let group = Group::new(index, members, composite.clone(), shows_beneath);
        let key = match &composite.filter {
            Some(filter) if shows_beneath => list::hash(self.placer.items, key, &filter.source()),
            Some(filter) => list::hash(&group.members, key, &filter.source()),
            None => key,
        };
        let bounds = group.bounds();
        if let Some(placed) = self.groups.get_mut(index) {
            placed.bounds = bounds;
            placed.pixels = composite.filter.as_ref().map_or(bounds, |filter| filter.source()).area();
            placed.layers.end = self.layers.len();
        }
        if composite.filter.is_none() {
            self.layers[first..].iter_mut().for_each(|layer| layer.ink = layer.ink.intersect(&composite.bounds));
        }
        self.placer.items.push(Item { key: key.finish(), bounds, layer: None, content: ItemContent::Group(group) });
        Ok(())
    }

    /// Draws the layers that replace an element, in the layout's order. With `clip`, output px, only within it.
    ///
    /// # Errors
    /// `picture_...` for a picture that cannot be used, `box_size` for a box far larger than the canvas, `barcode_...` for
    /// a box that is too small for a barcode.
    pub fn slot(&mut self, id: &str, rect: [f32; 4], clip: Option<PxRect>) -> Result<()> {
        let (items, layers) = (self.placer.items.len(), self.layers.len());
        self.each(|at| match at {
            At::Slot(slot) if slot == id => Some(rect),
            At::Moved { slot, rect } if slot == id => Some(*rect),
            At::Within { slot, rect: [x, y, width, height] } if slot == id => {
                Some([rect[0] + x, rect[1] + y, *width, *height])
            }
            _ => None,
        })?;
        let Some(clip) = clip else { return Ok(()) };
        for index in items..self.placer.items.len() {
            let Item { key, bounds, .. } = &self.placer.items[index];
            if !clip.covers(bounds) {
                let (key, bounds) = (self.placer.key("clip").hash(key).data(&clip).finish(), bounds.intersect(&clip));
                let item = &mut self.placer.items[index];
                (item.key, item.bounds) = (key, bounds);
            }
        }
        for layer in &mut self.layers[layers..] {
            layer.ink = layer.ink.intersect(&clip);
        }
        Ok(())
    }

    /// Draws the layers above the artwork, in the layout's order.
    ///
    /// # Errors
    /// As [`Dispatcher::slot`].
    pub fn above(&mut self) -> Result<()> {
        self.each(|at| if let At::Box(rect) = at { Some(*rect) } else { None })
    }

    fn each(&mut self, place: impl Fn(&At) -> Option<[f32; 4]>) -> Result<()> {
        let plan = self.placer.plan;
        for (position, layer) in plan.layers.iter().enumerate() {
            if let Some(rect) = place(&layer.at) {
                self.layer(position, layer, rect)?;
            }
        }
        Ok(())
    }

    fn layer(&mut self, position: usize, layer: &'a PlannedLayer, rect: [f32; 4]) -> Result<()> {
        let number = self.layers.len();
        (self.observe)(Stage::Place(Some(number)))?;
        let before = (self.placer.items.len(), self.placer.codes.len());
        let ink = layer.kind.draw(Placement { position, pointer: &layer.pointer, rect }, &mut self.placer)?;
        let paragraph = ink.as_ref().map(|ink| &ink.paragraph);
        // Items are clipped to the canvas; the bounds of a text are not, so that clipped text is detected.
        let mut reach = ink.as_ref().map_or_else(PxRect::default, |ink| ink.bounds);
        for item in self.placer.items.iter_mut().skip(before.0) {
            item.layer = Some(number);
            reach = reach.union(&item.bounds);
        }
        let placed = PlacedLayer {
            position,
            pointer: layer.pointer.clone(),
            kind: layer.kind.name(),
            rect: self.placer.px(rect),
            ink: reach,
            is_code: self.placer.codes.len() > before.1,
            lines: paragraph.map(|p| p.lines.len()),
            zoom: paragraph.map_or(1.0, |p| p.zoom),
            truncated: paragraph.is_some_and(|p| p.truncated),
            text: paragraph.map_or_else(String::new, |p| p.text.clone()),
            fonts: paragraph.map_or_else(Vec::new, |p| p.fonts.clone()),
        };
        self.layers.push(placed);
        (self.observe)(Stage::Place(None))?;
        Ok(())
    }
}
