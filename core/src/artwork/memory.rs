//! Estimates the memory of drawing artwork in advance: pixmaps, and the layers of groups, masks and filters besides them.
//! Large artwork is drawn in strips, which bounds it.

use resvg::{
    tiny_skia::Rect,
    usvg::{Group, ImageKind, Mask, Node, Paint, Path, Tree, filter::Kind},
};

use super::{
    blurs,
    cut::{Blends, Cut, GroupContent, Isolated, Part},
    extent::{ink, union},
    filter, lines,
};
use crate::template::ArtworkMemory;

/// Memory of pixmaps and layers that artwork is drawn with at most, bytes: a canvas of the maximum size without layers.
pub const MAX_BYTES: u64 = 128 << 20;
/// Memory that the filters of groups around slots take at most for a poster, bytes.
pub const MAX_FILTER_BYTES: u64 = 224 << 20;
/// Multiple of the limit from which artwork is refused that the smallest strips do not bring below it: filters whose regions
/// are far larger than the canvas, which some design tools write, exceed it only while they are drawn.
const REFUSED: f32 = 2.0;
/// Minimum rows of a strip. Blurs reach less far than two strips of this height.
const MIN_ROWS: u32 = 256;
/// Pixels of a canvas from which its segments are compressed.
pub const PACKED_PIXELS: u64 = 3 << 20;
/// Canvases that the segments of small artwork take: the whole, and what is repeated over slots.
const PLAIN_CANVASES: f32 = 2.0;
/// Assumed size of a compressed segment, in those of its pixels. Photos in artwork take more.
const PACKED_SHARE: f32 = 0.25;

/// Largest side of a layer in pixmaps: resvg's `max_filter_bbox`.
const MAX_SIDE: f32 = 5.0;
/// Copies of a filter's region besides the results of its primitives: the cropped group, an input and a buffer.
const FILTER_COPIES: f32 = 3.0;
/// A blurred mask and its buffer, in layers of four channels.
const BLUR_COPIES: f32 = 0.5;

/// A mask of one channel, in layers of four.
const COVERAGE: f32 = 0.25;

/// Memory of reading artwork, bytes per byte of its text: the text that usvg reads, what is parsed of both, and decoded pictures.
const PER_BYTE: u64 = 4;
/// Memory of reading artwork, bytes per element.
const PER_ELEMENT: u64 = 1 << 10;

/// Memory of reading artwork whose text has this many bytes, and few elements.
pub fn of_text(bytes: usize) -> u64 {
    bytes as u64 * PER_BYTE
}

/// Memory of reading artwork, by its text.
pub fn of_reading(text: &[u8]) -> u64 {
    let tags = text.iter().filter(|byte| **byte == b'<').count();
    of_text(text.len()) + tags as u64 * PER_ELEMENT
}

/// Memory of artwork that is cut at its slots, on a canvas of this width in px.
pub fn of(tree: &Tree, cut: &Cut<'_>, width: u32) -> ArtworkMemory {
    let canvas = Canvas::of_tree(tree, width, 1.0);
    let groups = canvas.of_parts(&cut.parts, false);
    ArtworkMemory { drawn: canvas.drawn(tree, cut), kept: groups.kept, each: groups.results + groups.buffers }
}

/// Memory of artwork that cannot be cut at its slots, as [`of`].
pub fn of_uncut(tree: &Tree, width: u32) -> ArtworkMemory {
    of(tree, &Cut { parts: Vec::new(), blends: Blends::No }, width)
}

/// Bytes that the filters of groups around slots take, on a canvas of this size in px.
pub fn of_filters(tree: &Tree, cut: &Cut<'_>, (width, height): (u32, u32)) -> u64 {
    let groups = Canvas::of_tree(tree, width, 1.0).of_parts(&cut.parts, false);
    (width as f32 * height as f32 * 4.0 * (groups.results + groups.buffers)) as u64
}

/// Bytes that a poster's artwork takes, of which a canvas has this many pixels. If it is drawn already, only the filters
/// on layers count.
pub fn bytes(memory: ArtworkMemory, pixels: u64, is_drawn: bool) -> u64 {
    let canvas = pixels as f32 * 4.0;
    if is_drawn {
        return (canvas * memory.each) as u64;
    }
    let segments =
        if pixels < PACKED_PIXELS { PLAIN_CANVASES + memory.kept } else { PACKED_SHARE * (1.0 + memory.kept) };
    let drawn = (canvas * memory.drawn).min(MAX_BYTES as f32);
    (drawn + canvas * segments).max(canvas * memory.each) as u64
}

/// Rows of the strips that artwork of this size in px is drawn in: all of it, if its pixmaps and layers take at most `limit`
/// bytes. `None` if they take more than twice as much even in the smallest strips.
pub fn strip_rows(tree: &Tree, cut: &Cut<'_>, (width, height): (u32, u32), limit: u64) -> Option<u32> {
    let canvas = width as f32 * height as f32 * 4.0;
    let mut rows = height;
    loop {
        let needed = canvas * Canvas::of_tree(tree, width, rows as f32 / height as f32).drawn(tree, cut);
        if needed <= limit as f32 {
            return Some(rows);
        }
        if rows <= MIN_ROWS {
            return (needed <= REFUSED * limit as f32).then_some(rows);
        }
        rows = (rows / 2).max(MIN_ROWS);
    }
}

/// Rows of the strips that artwork of this width in px is drawn in, if it has no slots.
pub fn uncut_rows(tree: &Tree, width: u32) -> u32 {
    let size = tree.size();
    let height = (size.height() * width as f32 / size.width()).ceil().max(1.0) as u32;
    let cut = Cut { parts: Vec::new(), blends: Blends::No };
    strip_rows(tree, &cut, (width, height), MAX_BYTES).unwrap_or(MIN_ROWS)
}

/// Whether nodes are drawn to a pixmap of their own, of which a part is kept.
fn has_clips(parts: &[Part<'_>]) -> bool {
    parts.iter().any(|part| match part {
        Part::Nodes(nodes) => nodes.iter().any(|drawn| drawn.clip.is_some()),
        Part::Slot { .. } => false,
        Part::Group(Isolated { content: GroupContent::Node(drawn), .. }) => drawn.clip.is_some(),
        Part::Group(Isolated { content: GroupContent::Backdrop(_), .. }) => false,
        Part::Group(Isolated { content: GroupContent::Parts(parts), .. }) => has_clips(parts),
    })
}

/// Memory of the groups around slots, in canvases.
#[derive(Default)]
struct Groups {
    /// Segments and coverage, kept with the artwork.
    kept: f32,
    /// Filtered pixels, kept until the poster is finished.
    results: f32,
    /// Pixels while a filter is applied, at most at a time.
    buffers: f32,
}

/// What is drawn on: the canvas, or the tile of a pattern.
#[derive(Clone, Copy)]
struct Canvas {
    /// Size, px.
    width: f32,
    height: f32,
    /// Number of px of the whole canvas, by which all memory is divided.
    pixels: f32,
    /// From the units of what is drawn to px.
    scale: f32,
    /// Part of the height that is drawn at a time.
    share: f32,
}

impl Canvas {
    /// The canvas of a tree, which has this width in px.
    fn of_tree(tree: &Tree, width: u32, share: f32) -> Self {
        let scale = width as f32 / tree.size().width();
        let (width, height) = (width as f32, tree.size().height() * scale);
        Self { width, height, pixels: width * height, scale, share }
    }

    /// The same for what has the coordinates of a group: its masks, and pictures of its filters.
    fn inside(self, group: &Group) -> Self {
        let (x, y) = group.abs_transform().get_scale();
        Self { scale: self.scale * x.max(y), ..self }
    }

    /// Memory of the pixmaps and layers that drawing a tree holds at most at a time, in canvases.
    fn drawn(&self, tree: &Tree, cut: &Cut<'_>) -> f32 {
        let isolated = cut.blends != Blends::No;
        let pixmaps = 1 + usize::from(isolated) + usize::from(has_clips(&cut.parts));
        pixmaps as f32 * self.share + self.of_children(tree.root())
    }

    fn of_children(&self, group: &Group) -> f32 {
        group.children().iter().map(|node| self.of(node)).fold(0.0, f32::max)
    }

    fn of(&self, node: &Node) -> f32 {
        match node {
            Node::Group(group) => self.of_group(group),
            Node::Text(text) => self.of_group(text.flattened()),
            Node::Image(image) => match image.kind() {
                ImageKind::SVG(tree) => self.share + self.of_children(tree.root()),
                _ => 0.0,
            },
            Node::Path(path) => {
                let paints = [path.fill().map(|fill| fill.paint()), path.stroke().map(|stroke| stroke.paint())];
                paints.into_iter().flatten().map(|paint| self.of_paint(paint, path)).fold(0.0, f32::max)
            }
        }
    }

    fn of_paint(&self, paint: &Paint, path: &Path) -> f32 {
        let Paint::Pattern(pattern) = paint else { return 0.0 };
        let (width, height) = lines::tile_size(pattern, path.abs_transform().post_scale(self.scale, self.scale));
        let scale = (width / pattern.rect().width()).max(height / pattern.rect().height());
        let tile = Self { width, height, scale, share: 1.0, ..*self };
        width * height / self.pixels + tile.of_children(pattern.root())
    }

    /// Memory of the groups of some parts, and of the nodes of these parts if they are a group's.
    fn of_parts(&self, parts: &[Part<'_>], is_group: bool) -> Groups {
        let mut all = Groups::default();
        for part in parts {
            match part {
                Part::Nodes(nodes) if is_group => {
                    let inks = nodes.iter().map(|drawn| ink(drawn.node));
                    all.kept +=
                        inks.reduce(|all, one| union(all, one).unwrap_or(all)).map_or(0.0, |ink| self.seen(ink));
                }
                Part::Nodes(_) | Part::Slot { .. } => {}
                Part::Group(Isolated { group, content, ink, .. }) => {
                    let whole = ink.map_or(1.0, |ink| self.seen(ink));
                    let inner = match content {
                        GroupContent::Parts(parts) => self.of_parts(parts, true),
                        GroupContent::Node(_) => Groups { kept: whole, ..Groups::default() },
                        GroupContent::Backdrop(_) => {
                            Groups { results: whole, buffers: 2.0 * whole, ..Groups::default() }
                        }
                    };
                    let has_coverage = group.clip_path().is_some() || group.mask().is_some();
                    all.kept += inner.kept + if has_coverage { COVERAGE * whole } else { 0.0 };
                    all.results += inner.results;
                    let mut buffers = inner.buffers;
                    if let Some(copies) = filter::copies(group) {
                        let region = group.filters_bounding_box().map(|rect| rect.to_rect());
                        let region = region.and_then(|rect| rect.transform(group.abs_transform()));
                        let transform = group.abs_transform().post_scale(self.scale, self.scale);
                        let margin = filter::margin(group, transform, self.width.max(self.height));
                        let region = region.map_or(1.0, |region| self.around(region, margin));
                        all.results += region;
                        buffers += (1.0 + copies) * region;
                    }
                    all.buffers = all.buffers.max(buffers);
                }
            }
        }
        all
    }

    /// Area of the part of a rectangle that lies on the canvas.
    fn seen(&self, rect: Rect) -> f32 {
        self.around(rect, 0.0)
    }

    /// Area of the part of a rectangle that lies on the canvas or up to `margin` px beside it.
    fn around(&self, rect: Rect, margin: f32) -> f32 {
        let side = |from: f32, to: f32, end: f32| {
            ((to * self.scale).min(end + margin) - (from * self.scale).max(-margin)).max(0.0) / end
        };
        side(rect.left(), rect.right(), self.width) * side(rect.top(), rect.bottom(), self.height)
    }

    fn of_group(&self, group: &Group) -> f32 {
        let inside = self.of_children(group);
        if !group.should_isolate() {
            return inside;
        }
        let layer = self.area(group.abs_layer_bounding_box().to_rect());
        if blurs::effect(group).is_some() {
            return layer + inside.max(BLUR_COPIES * layer);
        }
        // usvg joins the regions of all filters.
        let region = group.filters_bounding_box().and_then(|rect| rect.to_rect().transform(group.abs_transform()));
        let region = region.map_or(layer, |region| self.area(region));
        let filters = group.filters().iter().map(|filter| (filter.primitives().len() as f32 + FILTER_COPIES) * region);
        let primitives = group.filters().iter().flat_map(|filter| filter.primitives());
        let pictures = primitives.filter_map(|primitive| match primitive.kind() {
            Kind::Image(image) => Some(layer + self.inside(group).of_children(image.root())),
            _ => None,
        });
        let mask = group.mask().map(|mask| layer + self.inside(group).of_mask(mask));
        let clip = group.clip_path().map(|_| layer);
        layer + filters.chain(pictures).chain(mask).chain(clip).fold(inside, f32::max)
    }

    fn of_mask(&self, mask: &Mask) -> f32 {
        let below = mask.mask().map_or(0.0, |mask| (MAX_SIDE * self.share).min(1.0) + self.of_mask(mask));
        self.of_children(mask.root()).max(below)
    }

    /// Area of a layer, which has whole px.
    fn area(&self, rect: Rect) -> f32 {
        let side = |side: f32, whole: f32| (side * self.scale).max(1.0).min(MAX_SIDE * whole);
        side(rect.width(), self.width) * side(rect.height(), self.share * self.height) / self.pixels
    }
}

#[cfg(test)]
mod tests;
