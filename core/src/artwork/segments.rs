//! Artwork as pixels: static segments between the slots, each drawn once by resvg, and the groups whose effects apply to
//! slots.
//!
//! A segment is drawn node by node onto a separate canvas; blended in order, the segments equal the pixels that resvg
//! draws for the whole artwork. A node that follows a slot in the order of drawing without touching it joins the segment
//! below the slot, so most artwork becomes one opaque segment, which is copied. Only where a node lies over a slot (a
//! ribbon over a photo) are segments blended from 8-bit pixels, which rounds once more than resvg.
//!
//! A group with effects around a slot has segments of its own. They and its layers are drawn into a buffer, which is
//! blended as one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use resvg::{
    tiny_skia::{self, Pixmap, PixmapPaint, Transform},
    usvg::{self, Tree},
};

use crate::{
    artwork::{
        backdrop::{self, Backdrop},
        coverage,
        cut::{self, Blends, Cut, Isolated, Part, cut},
        effects,
        filter::{Filter, Written},
        memory, node, places,
        silhouette::Silhouettes,
        strip,
    },
    error::{Error, ErrorKind, Finding, Result},
    paint::{
        cache::Weigh,
        composite::{self, Composite},
        geometry::{PxRect, canvas_size},
        raster::Mask,
        segment::{Segment, Storage},
    },
    plan::Canvas,
    style::Color,
    template::ArtworkMemory,
    words,
};

/// Maximum size of the pixels that groups keep, in canvases.
pub const MAX_GROUP_CANVASES: f32 = 16.0;
/// Maximum number of px of the canvas that are passed over for parts of the artwork, at scale 1: about 2 s.
const MAX_PASSES: f64 = 4e9;
/// Rows above and below a strip that are drawn with it: tiny-skia cuts curves at the edges of a pixmap, where they become
/// inexact.
const MARGIN: i32 = 4;

/// The artwork of a poster, rasterised.
#[derive(Debug)]
pub struct Artwork {
    /// Segments, slots and groups in the order of drawing.
    pub steps: Vec<Step>,
    /// Shapes that mask pictures, by element id.
    pub silhouettes: Silhouettes,
    /// Warnings about its texts, for each poster.
    pub findings: Vec<Finding>,
}

/// A part of the artwork.
#[derive(Debug, Clone)]
pub enum Step {
    /// Static pixels. The first segment is the whole artwork on the canvas's background; the others repeat parts of it
    /// around slots that something lies over.
    Segment(Arc<Segment>),
    /// An element that a layer replaces.
    Slot {
        /// The element's id.
        id: String,
        /// Its box in px of the canvas at scale 1.
        rect: [f32; 4],
        /// Pixels outside of which the layer is not drawn, output px.
        clip: Option<PxRect>,
    },
    /// A group that is blended as one.
    Group(Group),
}

/// A group that is blended as one.
#[derive(Debug, Clone)]
pub struct Group {
    /// Id of its element; empty if it has none.
    pub element: String,
    /// Names of its effects.
    pub effects: Vec<&'static str>,
    /// How it is blended.
    pub composite: Arc<Composite>,
    /// Its content, in the order of drawing.
    pub steps: Vec<Step>,
    /// Whether its pixels are those that lie beneath it.
    pub shows_beneath: bool,
}

impl Step {
    fn bytes(&self) -> usize {
        match self {
            Self::Segment(segment) => segment.bytes(),
            Self::Slot { id, .. } => id.len() + 64,
            Self::Group(group) => group.composite.bytes() + group.steps.iter().map(Self::bytes).sum::<usize>(),
        }
    }
}

impl Weigh for Artwork {
    fn weigh(&self) -> usize {
        self.steps.iter().map(Step::bytes).sum()
    }
}

/// The slots of an artwork.
#[derive(Debug)]
pub struct Slots {
    /// Boxes by id, in px of the canvas at scale 1.
    pub boxes: BTreeMap<String, [f32; 4]>,
    /// Memory of drawing the artwork.
    pub memory: ArtworkMemory,
}

/// Measures the elements with these ids.
///
/// # Errors
/// `artwork_invalid` with one finding per id that is missing (`slot_missing`), has no size (`slot_empty`) or is inside
/// groups whose effects cannot be applied to the layer (`slot_grouped`), and one when the artwork has other proportions
/// than the canvas (`artwork_size`); when the groups around slots would keep too many pixels.
pub fn slots(tree: &Tree, canvas: Canvas, ids: &BTreeSet<&str>) -> Result<Slots> {
    let cut = cut(tree, canvas, 1.0, &ids.iter().map(|id| (*id, 0.0)).collect())?;
    let memory = memory::of(tree, &cut);
    if memory.kept > MAX_GROUP_CANVASES {
        return Err(Error::of(ErrorKind::Invalid, words::artwork_groups(MAX_GROUP_CANVASES)));
    }
    let (width, height) = canvas_size(canvas, 1.0);
    let height = f64::from(tree.size().height() * cut::scaling(tree, canvas).1).min(f64::from(height));
    if passes(&cut.parts) as f64 * f64::from(width) * height > MAX_PASSES {
        return Err(Error::of(ErrorKind::Invalid, words::artwork_slow()));
    }
    let mut boxes = BTreeMap::new();
    cut.parts.into_iter().for_each(|part| part.collect_slots(&mut boxes));
    Ok(Slots { boxes, memory })
}

/// Number of parts of nodes; for each, the canvas is passed over.
fn passes(parts: &[Part<'_>]) -> usize {
    let each = parts.iter().map(|part| match part {
        Part::Group(Isolated { content: cut::Content::Parts(parts), .. }) => passes(parts),
        Part::Nodes(_) | Part::Group(_) => 1,
        Part::Slot { .. } => 0,
    });
    each.sum()
}

/// Draws the artwork's segments at a scale. If the canvas has an automatic height, the segments are as tall as the artwork
/// but no taller than the canvas. `slots`: ids, each with the px at scale 1 by which its layer may draw outside the
/// element's box (its shadow).
///
/// # Errors
/// As [`slots`], and if its layers take too much memory at this scale.
pub fn draw(tree: &Tree, canvas: Canvas, scale: f32, slots: &BTreeMap<&str, f32>) -> Result<Artwork> {
    draw_within(memory::MAX_BYTES, tree, canvas, scale, slots)
}

/// Like [`draw`]; pixmaps and layers take at most `limit` bytes. Artwork that needs more is drawn in strips, in which the
/// edges of curves may differ by some levels.
///
/// # Errors
/// As [`draw`].
pub fn draw_within(
    limit: u64,
    tree: &Tree,
    canvas: Canvas,
    scale: f32,
    slots: &BTreeMap<&str, f32>,
) -> Result<Artwork> {
    let cut = cut(tree, canvas, scale, slots)?;
    let (width, mut height) = canvas_size(canvas, scale);
    let area = PxRect::new(0, 0, width, height);
    let ratio = cut::scaling(tree, canvas);
    if canvas.tallest.is_some() {
        height = height.min((tree.size().height() * ratio.1 * scale).ceil().max(1.0) as u32);
    }
    let Some(rows) = memory::strip_rows(tree, &cut, (width, height), limit) else {
        let finding = words::artwork_layers(format_args!("{width} x {height}"), limit >> 20);
        return Err(Error::of(ErrorKind::Invalid, finding));
    };
    if memory::of_filters(tree, &cut, area.area()) > memory::MAX_FILTER_BYTES {
        let finding = words::artwork_filters(format_args!("{width} x {height}"), memory::MAX_FILTER_BYTES >> 20);
        return Err(Error::of(ErrorKind::Invalid, finding));
    }
    let root = Transform::from_scale(ratio.0 * scale, ratio.1 * scale);
    let layer = PxRect::new(0, 0, width, height);
    let storage = if area.area() < memory::PACKED_PIXELS { Storage::Plain } else { Storage::Packed };
    let mut painter = Painter { tree, filters: None, root, layer, rows, storage, area, group_bytes: 0 };
    let Cut { parts, blends } = cut;
    // The root isolates its content from the background. If the lowest segment is opaque, nothing of the background shows.
    let steps = if blends == Blends::OverSlots && !(height == area.height() && painter.is_opaque(parts.first())?) {
        vec![Step::Group(Group {
            element: String::new(),
            effects: vec!["isolation"],
            composite: Arc::new(Composite::isolated(area)),
            steps: painter.steps(parts)?,
            shows_beneath: false,
        })]
    } else {
        painter.whole(parts, canvas.background, blends != Blends::No)?
    };
    Ok(Artwork { steps, silhouettes: Silhouettes::new(), findings: Vec::new() })
}

/// Draws parts of the artwork.
struct Painter<'a> {
    tree: &'a Tree,
    /// The tree's filters, written when they are needed.
    filters: Option<Written>,
    /// From the artwork's units to output px.
    root: Transform,
    /// The layer that is drawn to: the canvas, no taller than the artwork, or that of a group. Output px.
    layer: PxRect,
    /// Rows of the strips that a layer is drawn in.
    rows: u32,
    /// How segments are kept.
    storage: Storage,
    /// The canvas.
    area: PxRect,
    /// Size of what the groups keep.
    group_bytes: usize,
}

/// A strip of a layer, in output px.
struct Strip {
    /// The rows that are kept.
    rows: PxRect,
    /// The rows that are drawn.
    drawn: PxRect,
}

/// Segments of a part of the artwork, one for each place where a layer may draw below other nodes.
type Repeated = Vec<Segment>;

impl Painter<'_> {
    /// Draws the whole artwork in one pass, as resvg does. Where something lies over a slot, the lowest segment is drawn
    /// again on top of it, followed by slots and segments in order. `isolated`: whether the lowest segment is isolated from
    /// the background.
    fn whole(&mut self, parts: Vec<Part<'_>>, background: Color, isolated: bool) -> Result<Vec<Step>> {
        let places = places::over_slots(&parts, self.root);
        let mut whole = Segment::default();
        let mut repeated: Vec<Repeated> = parts.iter().map(|_| vec![Segment::default(); places.len()]).collect();
        for Strip { rows, drawn } in self.strips() {
            let corner = (drawn.x0, drawn.y0);
            let add = |segments: &mut Repeated, pixmap: &Pixmap| {
                for (segment, place) in segments.iter_mut().zip(&places) {
                    segment.add(pixmap, corner, place.intersect(&rows), self.storage);
                }
            };
            let mut pixmap = self.background(background, if isolated { parts.first() } else { None }, drawn)?;
            for (index, (part, segments)) in parts.iter().zip(&mut repeated).enumerate() {
                let Part::Nodes(nodes) = part else { continue };
                if index > 0 || !isolated {
                    strip::paint(self.root, nodes, &mut pixmap, drawn)?;
                }
                if index == 0 {
                    add(segments, &pixmap);
                }
            }
            whole.add(&pixmap, corner, rows, self.storage);
            if places.iter().all(|place| place.intersect(&rows).is_empty()) {
                continue;
            }
            for (part, segments) in parts.iter().zip(&mut repeated).skip(1) {
                let Part::Nodes(nodes) = part else { continue };
                pixmap.fill(tiny_skia::Color::TRANSPARENT);
                strip::paint(self.root, nodes, &mut pixmap, drawn)?;
                add(segments, &pixmap);
            }
        }
        let step = |segment: Segment| (!segment.is_empty()).then(|| Step::Segment(Arc::new(segment)));
        let mut steps: Vec<_> = step(whole).into_iter().collect();
        for (part, segments) in parts.into_iter().zip(repeated) {
            match part {
                Part::Nodes(_) => steps.extend(segments.into_iter().filter_map(step)),
                Part::Slot { id, rect, clip, .. } => steps.push(Step::Slot { id, rect, clip }),
                Part::Group(isolated) => steps.push(Step::Group(self.group(isolated)?)),
            }
        }
        Ok(steps)
    }

    /// A strip of the canvas's background, with a part that is isolated from it.
    fn background(&self, background: Color, isolated: Option<&Part<'_>>, strip: PxRect) -> Result<Pixmap> {
        let mut pixmap = strip::blank(strip)?;
        let Color { r, g, b, a } = background;
        pixmap.fill(tiny_skia::Color::from_rgba8(r, g, b, a));
        if let Some(Part::Nodes(nodes)) = isolated {
            let mut lowest = strip::blank(strip)?;
            strip::paint(self.root, nodes, &mut lowest, strip)?;
            pixmap.draw_pixmap(0, 0, lowest.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
        }
        Ok(pixmap)
    }

    /// Whether a part covers every pixel of the layer.
    fn is_opaque(&self, part: Option<&Part<'_>>) -> Result<bool> {
        let Some(Part::Nodes(nodes)) = part else { return Ok(false) };
        for Strip { drawn, .. } in self.strips() {
            let mut pixmap = strip::blank(drawn)?;
            strip::paint(self.root, nodes, &mut pixmap, drawn)?;
            if !pixmap.pixels().iter().all(|pixel| pixel.is_opaque()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Draws the parts of a group in order.
    fn steps(&mut self, parts: Vec<Part<'_>>) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        for part in parts {
            match part {
                Part::Nodes(nodes) if nodes.is_empty() => {}
                Part::Nodes(nodes) => {
                    let mut segment = Segment::default();
                    for Strip { rows, drawn } in self.strips() {
                        let mut pixmap = strip::blank(drawn)?;
                        strip::paint(self.root, &nodes, &mut pixmap, drawn)?;
                        segment.add(&pixmap, (drawn.x0, drawn.y0), rows, self.storage);
                    }
                    if !segment.is_empty() {
                        self.keep(segment.bytes())?;
                        steps.push(Step::Segment(Arc::new(segment)));
                    }
                }
                Part::Slot { id, rect, clip, .. } => steps.push(Step::Slot { id, rect, clip }),
                Part::Group(isolated) => steps.push(Step::Group(self.group(isolated)?)),
            }
        }
        Ok(steps)
    }

    fn group(&mut self, isolated: Isolated<'_>) -> Result<Group> {
        let Isolated { group, content, ink, clip } = isolated;
        let transform = self.root.pre_concat(group.abs_transform());
        let mut bounds = ink.map_or(self.area, |ink| places::around(ink, self.root)).intersect(&self.area);
        bounds = clip.map_or(bounds, |clip| bounds.intersect(&clip));
        let shows_beneath = matches!(content, cut::Content::Backdrop(_));
        let (steps, mut composite) = match content {
            // resvg draws the other effects of a group without a slot.
            cut::Content::Node(drawn) => (self.steps(vec![Part::Nodes(vec![drawn])])?, Composite::isolated(bounds)),
            cut::Content::Backdrop(deviation) => {
                let (shown, source) = backdrop::regions(group, deviation, transform, self.area);
                bounds = bounds.intersect(&shown);
                let outer = std::mem::replace(&mut self.layer, bounds);
                let coverage = self.coverage(group, transform).map(composite::trimmed);
                self.layer = outer;
                bounds = coverage.as_ref().map_or(bounds, |mask| mask.rect.intersect(&bounds));
                let filter: Box<dyn composite::Filter> = Box::new(Backdrop::new(source, deviation, transform));
                let (opacity, filter) = (group.opacity().get(), Some(filter));
                (Vec::new(), Composite { coverage, opacity, filter, ..Composite::isolated(bounds) })
            }
            cut::Content::Parts(parts) => {
                let filter = Filter::of(group, self.tree, &mut self.filters, transform, self.area);
                let source = filter.as_ref().map_or(bounds, composite::Filter::source);
                bounds = bounds.intersect(&source);
                let outer = std::mem::replace(&mut self.layer, coverage::layer(group, transform, source));
                let steps = self.steps(parts)?;
                let coverage = self.coverage(group, transform).map(composite::trimmed);
                self.layer = outer;
                bounds = coverage.as_ref().map_or(bounds, |mask| mask.rect.intersect(&bounds));
                let filter = filter.map(|filter| Box::new(filter) as Box<dyn composite::Filter>);
                (steps, Composite { coverage, opacity: group.opacity().get(), filter, ..Composite::isolated(bounds) })
            }
        };
        composite.blend = effects::blend_mode(group.blend_mode());
        self.keep(composite.bytes())?;
        Ok(Group {
            element: if shows_beneath { String::new() } else { group.id().to_owned() },
            effects: if shows_beneath { vec!["backdrop-filter"] } else { effects::names(group) },
            composite: Arc::new(composite),
            steps,
            shows_beneath,
        })
    }

    /// Counts pixels that groups keep.
    fn keep(&mut self, bytes: usize) -> Result<()> {
        self.group_bytes += bytes;
        let limit = MAX_GROUP_CANVASES * 4.0 * self.area.area() as f32;
        if self.group_bytes as f32 > limit {
            return Err(Error::of(ErrorKind::Invalid, words::artwork_groups(MAX_GROUP_CANVASES)));
        }
        Ok(())
    }

    /// Coverage of the layer's pixels by the clip path and the mask of a group, if it has any.
    fn coverage(&self, group: &usvg::Group, transform: Transform) -> Option<Mask> {
        let mut all: Option<Mask> = None;
        for Strip { rows, drawn } in self.strips() {
            let mut mask = coverage::of(group, transform, drawn, node::draw)?.of_rows(rows.y0, rows.y1);
            match &mut all {
                None => all = Some(mask),
                Some(all) => {
                    all.rect = all.rect.union(&rows);
                    all.coverage.append(&mut mask.coverage);
                }
            }
        }
        all
    }

    /// The strips of the layer, from top to bottom.
    fn strips(&self) -> impl Iterator<Item = Strip> + use<> {
        let (layer, rows) = (self.layer, self.rows.max(1));
        let end = if layer.is_empty() { layer.y0 } else { layer.y1 };
        (layer.y0..end).step_by(rows as usize).map(move |top| {
            let rows = PxRect { y0: top, y1: end.min(top.saturating_add_unsigned(rows)), ..layer };
            Strip { rows, drawn: PxRect { y0: rows.y0 - MARGIN, y1: rows.y1 + MARGIN, ..layer }.intersect(&layer) }
        })
    }
}
