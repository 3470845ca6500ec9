//! Estimates the memory of drawing artwork in advance: pixmaps, and the layers of groups, masks and filters besides them.
//! Large artwork is drawn in strips, which bounds it.

use resvg::{
    tiny_skia::Rect,
    usvg::{Group, ImageKind, Mask, Node, Paint, Path, Pattern, Tree},
};

use super::{
    blurs,
    cut::{Blends, Cut, GroupContent, Isolated, Part},
    extent::{ink, union},
    filter,
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

/// Memory of artwork that is cut at its slots.
pub fn of(tree: &Tree, cut: &Cut<'_>) -> ArtworkMemory {
    let groups = Canvas::of_tree(tree, 1.0).of_parts(&cut.parts, false);
    ArtworkMemory { drawn: drawn(tree, cut, 1.0), kept: groups.kept, each: groups.results + groups.buffers }
}

/// Memory of artwork that cannot be cut at its slots.
pub fn of_uncut(tree: &Tree) -> ArtworkMemory {
    of(tree, &Cut { parts: Vec::new(), blends: Blends::No })
}

/// Bytes that the filters of groups around slots take, on a canvas of this many pixels.
pub fn of_filters(tree: &Tree, cut: &Cut<'_>, pixels: u64) -> u64 {
    let groups = Canvas::of_tree(tree, 1.0).of_parts(&cut.parts, false);
    (pixels as f32 * 4.0 * (groups.results + groups.buffers)) as u64
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
        let needed = canvas * drawn(tree, cut, rows as f32 / height as f32);
        if needed <= limit as f32 {
            return Some(rows);
        }
        if rows <= MIN_ROWS {
            return (needed <= REFUSED * limit as f32).then_some(rows);
        }
        rows = (rows / 2).max(MIN_ROWS);
    }
}

/// Memory of the pixmaps and layers that drawing holds at most at a time, in canvases. A pixmap has `share` of the canvas.
fn drawn(tree: &Tree, cut: &Cut<'_>, share: f32) -> f32 {
    let isolated = cut.blends != Blends::No;
    let pixmaps = 1 + usize::from(isolated) + usize::from(has_clips(&cut.parts));
    pixmaps as f32 * share + layers(tree, share)
}

/// Memory of the layers that drawing a tree holds at most at a time, in canvases.
fn layers(tree: &Tree, share: f32) -> f32 {
    Canvas::of_tree(tree, share).of_children(tree.root())
}

/// Pixels that resvg draws a pattern's tile with, in those of the tree: all of it, whatever is seen.
pub fn tile(pattern: &Pattern, path: &Path) -> f32 {
    let (across, down) = path.abs_transform().pre_concat(pattern.transform()).get_scale();
    pattern.rect().width() * across * pattern.rect().height() * down
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

/// Size of the tree in its own units.
struct Canvas {
    width: f32,
    height: f32,
    /// Part of the canvas's height that is drawn at a time.
    share: f32,
}

impl Canvas {
    fn of_tree(tree: &Tree, share: f32) -> Self {
        Self { width: tree.size().width(), height: tree.size().height(), share }
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
        tile(pattern, path) / (self.width * self.height) + self.of_children(pattern.root())
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
                        let margin = filter::margin(group, group.abs_transform(), self.width.max(self.height));
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
        let side = |from: f32, to: f32, end: f32| (to.min(end) - from.max(0.0)).max(0.0) / end;
        side(rect.left(), rect.right(), self.width) * side(rect.top(), rect.bottom(), self.height)
    }

    /// Area of the part of a rectangle that lies on the canvas or up to `margin` beside it.
    fn around(&self, rect: Rect, margin: f32) -> f32 {
        let side = |from: f32, to: f32, end: f32| (to.min(end + margin) - from.max(-margin)).max(0.0) / end;
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
        let filters = group.filters().iter().map(|filter| {
            let region = group.filters_bounding_box().and_then(|rect| rect.to_rect().transform(group.abs_transform()));
            (filter.primitives().len() as f32 + FILTER_COPIES) * region.map_or(layer, |region| self.area(region))
        });
        let mask = group.mask().map(|mask| layer + self.of_mask(mask));
        let clip = group.clip_path().map(|_| layer);
        layer + filters.chain(mask).chain(clip).fold(inside, f32::max)
    }

    fn of_mask(&self, mask: &Mask) -> f32 {
        let below = mask.mask().map_or(0.0, |mask| self.tallest().min(1.0) + self.of_mask(mask));
        self.of_children(mask.root()).max(below)
    }

    /// Height of the tallest layer.
    fn tallest(&self) -> f32 {
        MAX_SIDE * self.share
    }

    fn area(&self, rect: Rect) -> f32 {
        (rect.width() / self.width).min(MAX_SIDE) * (rect.height() / self.height).min(self.tallest())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        artwork::{cut::cut, segments},
        plan,
        style::Color,
        testing::artwork,
    };

    const CANVAS: plan::Canvas = plan::Canvas { width: 100, height: 200, tallest: None, background: Color::white() };

    fn tree(body: &str) -> Tree {
        artwork([100, 200], body).expect("valid artwork")
    }

    fn of_slot(body: &str) -> ArtworkMemory {
        let tree = tree(body);
        segments::slots(&tree, CANVAS, &["slot"].into()).expect("a slot").memory
    }

    #[test]
    fn groups_around_slots_keep_their_shapes_and_coverage() {
        let slot = "<rect id=\"slot\" width=\"100\" height=\"200\"/>";
        let shape = "<rect width=\"100\" height=\"100\"/>";
        assert_eq!(of_slot(&format!("{shape}{slot}{shape}")), ArtworkMemory { drawn: 1.0, kept: 0.0, each: 0.0 });
        let opacity = of_slot(&format!("<g opacity=\".5\">{shape}{slot}{shape}</g>"));
        assert!((opacity.kept - 1.0).abs() < 0.1 && opacity.each == 0.0, "{opacity:?}");
        let clip = "<clipPath id=\"c\"><ellipse cx=\"50\" cy=\"100\" rx=\"50\" ry=\"100\"/></clipPath>";
        let clipped = of_slot(&format!("{clip}<g clip-path=\"url(#c)\">{slot}</g>"));
        assert!((clipped.kept - 0.25).abs() < 0.1, "{clipped:?}");
        let filter =
            "<filter id=\"f\" x=\"0\" y=\"0\" width=\"1\" height=\"1\"><feGaussianBlur stdDeviation=\"4\"/></filter>";
        let filtered = of_slot(&format!("{filter}<g filter=\"url(#f)\"><g filter=\"url(#f)\">{slot}</g></g>"));
        assert!(filtered.each > 10.0 && filtered.kept == 0.0, "{filtered:?}");
        // Drawn without resvg: two results, and the pixels of both while the inner one is blurred, with its coverage.
        let srgb = filter.replace("<filter", "<filter color-interpolation-filters=\"sRGB\"");
        let filtered = of_slot(&format!("{srgb}<g filter=\"url(#f)\"><g filter=\"url(#f)\">{slot}</g></g>"));
        assert!((4.5..5.5).contains(&filtered.each) && filtered.kept == 0.0, "{filtered:?}");
    }

    #[test]
    fn filters_of_large_posters_are_refused() {
        let draw = |region: &str, (width, height): (u32, u32)| {
            let body = format!(
                "<filter id=\"f\" {region}><feGaussianBlur stdDeviation=\"1\"/></filter>\
                 <g filter=\"url(#f)\"><rect id=\"slot\" width=\"100\" height=\"200\"/></g>"
            );
            let tree = tree(&body);
            let canvas = plan::Canvas { width, height, ..CANVAS };
            segments::draw(&tree, canvas, 1.0, &[("slot", 0.0)].into()).map(drop)
        };
        let (whole, part) = ("x=\"0\" y=\"0\" width=\"1\" height=\"1\"", "x=\"0\" y=\"0\" width=\"1\" height=\".1\"");
        draw(whole, (750, 1500)).expect("small");
        draw(part, (4000, 8000)).expect("a small region");
        // MasterGo writes the units of the canvas for those of the element's box.
        draw("x=\"-32\" y=\"-20\" width=\"718\" height=\"868\"", (750, 1500)).expect("a region far beyond the canvas");
        let error = draw(whole, (4000, 8000)).expect_err("2.5 times 128 MB");
        assert_eq!(error.code(), "artwork_invalid");
        assert!(error.to_string().contains("224 MiB at 4000 x 8000 px"), "{error}");
    }

    fn of_body(body: &str) -> f32 {
        layers(&tree(body), 1.0)
    }

    #[test]
    fn strips_bound_the_memory_of_layers() {
        let rect = "<rect width=\"100\" height=\"200\"/>".repeat(2);
        let nested = format!("{}{rect}{}", "<g opacity=\".5\">".repeat(4), "</g>".repeat(4));
        let tree = tree(&nested);
        let cut = cut(&tree, CANVAS, 1.0, &BTreeMap::new()).expect("no slots");
        let canvas = 4000 * 8000 * 4;
        let rows = |limit| strip_rows(&tree, &cut, (4000, 8000), limit);
        assert_eq!(rows(canvas * 6), Some(8000));
        assert_eq!(rows(MAX_BYTES), Some(256));
        assert_eq!(rows(canvas / 2), Some(256), "more than the limit, for a moment");
        assert_eq!(rows(canvas / 4), None);
        let memory = of(&tree, &cut);
        assert!(bytes(memory, canvas / 4, false) < MAX_BYTES + canvas / 2 && bytes(memory, canvas / 4, true) == 0);
        assert!((27_000..30_000).contains(&bytes(memory, 1000, false)), "{memory:?}");
    }

    #[test]
    fn tiles_of_patterns_count_in_full() {
        let tile = |size: u32, transform: &str| {
            format!(
                "<pattern id=\"p\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\" {transform}>\
                 <rect width=\"9\" height=\"9\"/></pattern><rect width=\"9\" height=\"9\" fill=\"url(#p)\"/>"
            )
        };
        assert!((of_body(&tile(2000, "")) - 200.0).abs() < 1.0);
        assert!((of_body(&tile(100, "patternTransform=\"scale(20)\"")) - 200.0).abs() < 1.0);
        assert!(of_body(&tile(10, "")) < 0.01);
    }

    #[test]
    fn plain_shapes_need_no_layer() {
        assert_eq!(of_body("<g><rect width=\"100\" height=\"200\"/></g>"), 0.0);
    }

    #[test]
    fn groups_one_after_another_share_a_layer() {
        let group = "<g opacity=\".5\"><rect width=\"100\" height=\"100\"/><rect width=\"50\" height=\"50\"/></g>";
        assert!((of_body(group) - 0.5).abs() < 0.1, "{}", of_body(group));
        assert_eq!(of_body(&group.repeat(3)), of_body(group));
    }

    #[test]
    fn nested_groups_need_a_layer_each() {
        let rect = "<rect width=\"100\" height=\"200\"/>".repeat(2);
        let nested = format!("<g opacity=\".5\">{rect}<g opacity=\".4\">{rect}</g></g>");
        assert!((of_body(&nested) - 2.0).abs() < 0.2, "{}", of_body(&nested));
    }

    #[test]
    fn filters_keep_a_copy_for_each_primitive() {
        let filter = |primitives: &str| {
            format!(
                "<filter id=\"f\" x=\"0\" y=\"0\" width=\"1\" height=\"1\">{primitives}</filter>\
                 <rect width=\"100\" height=\"200\" filter=\"url(#f)\"/>"
            )
        };
        let blur = of_body(&filter("<feGaussianBlur stdDeviation=\"4\"/>"));
        assert!((blur - 1.5).abs() < 0.1, "{blur}");
        let chain = of_body(&filter(&"<feOffset dx=\"1\"/>".repeat(8)));
        assert!((chain - 12.0).abs() < 0.5, "{chain}");
    }
}
