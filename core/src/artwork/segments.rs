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
    tiny_skia::{self, Pixmap, PixmapPaint, Rect, Transform},
    usvg::{self, Tree},
};

use crate::{
    artwork::{
        coverage,
        cut::{self, Blends, Cut, Drawn, Isolated, Part, cut},
        filter::{Filter, Written},
        memory, node,
        silhouette::Silhouettes,
    },
    error::{Error, ErrorKind, Result},
    paint::{
        cache::Weigh,
        composite::{self, Composite},
        geometry::{PxRect, canvas_size},
        raster::{Raster, Target},
    },
    plan::Canvas,
    style::Color,
    template::ArtworkMemory,
    words,
};

/// Maximum size of the pixels that groups keep, in canvases.
pub const MAX_GROUP_CANVASES: f32 = 16.0;

/// The artwork of a poster, rasterised.
#[derive(Debug)]
pub struct Artwork {
    /// Segments, slots and groups in the order of drawing.
    pub steps: Vec<Step>,
    /// Shapes that mask pictures, by element id.
    pub silhouettes: Silhouettes,
}

/// A part of the artwork.
#[derive(Debug, Clone)]
pub enum Step {
    /// Static pixels. The first segment is the whole artwork on the canvas's background; the others repeat parts of it
    /// around slots that something lies over.
    Segment(Arc<Raster>),
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
}

impl Step {
    fn bytes(&self) -> usize {
        match self {
            Self::Segment(raster) => raster.bytes(),
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
    let memory = memory::of(tree, &cut.parts);
    if memory.kept > MAX_GROUP_CANVASES {
        return Err(Error::of(ErrorKind::Invalid, words::artwork_groups(MAX_GROUP_CANVASES)));
    }
    let mut boxes = BTreeMap::new();
    cut.parts.into_iter().for_each(|part| part.collect_slots(&mut boxes));
    Ok(Slots { boxes, memory })
}

/// Draws the artwork's segments at a scale. If the canvas has an automatic height, the segments are as tall as the artwork
/// but no taller than the canvas. `slots`: ids, each with the px at scale 1 by which its layer may draw outside the
/// element's box (its shadow).
///
/// # Errors
/// As [`slots`].
pub fn draw(tree: &Tree, canvas: Canvas, scale: f32, slots: &BTreeMap<&str, f32>) -> Result<Artwork> {
    let Cut { parts, blends } = cut(tree, canvas, scale, slots)?;
    let (width, mut height) = canvas_size(canvas, scale);
    let area = PxRect::new(0, 0, width, height);
    let ratio = cut::scaling(tree, canvas);
    if canvas.tallest.is_some() {
        height = height.min((tree.size().height() * ratio.1 * scale).ceil().max(1.0) as u32);
    }
    let root = Transform::from_scale(ratio.0 * scale, ratio.1 * scale);
    let mut painter =
        Painter { tree, filters: None, root, layer: PxRect::new(0, 0, width, height), area, group_bytes: 0 };
    // The root isolates its content from the background. If the lowest segment is opaque, nothing of the background shows.
    let lowest = match (blends, parts.first()) {
        (Blends::Below | Blends::OverSlots, Some(Part::Nodes(nodes))) => {
            let mut pixmap = painter.blank()?;
            painter.paint(nodes, &mut pixmap)?;
            Some(pixmap)
        }
        _ => None,
    };
    let is_opaque = |pixmap: &Pixmap| height == area.height() && pixmap.pixels().iter().all(|pixel| pixel.is_opaque());
    let steps = if blends == Blends::OverSlots && !lowest.as_ref().is_some_and(is_opaque) {
        vec![Step::Group(Group {
            element: String::new(),
            effects: vec!["isolation"],
            composite: Arc::new(Composite::isolated(area)),
            steps: painter.steps(parts)?,
        })]
    } else {
        painter.whole(parts, canvas.background, lowest)?
    };
    Ok(Artwork { steps, silhouettes: Silhouettes::new() })
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
    /// The canvas.
    area: PxRect,
    /// Size of what the groups keep.
    group_bytes: usize,
}

impl Painter<'_> {
    /// Draws the whole artwork in one pass, as resvg does. Where something lies over a slot, the lowest segment is drawn
    /// again on top of it, followed by slots and segments in order. `lowest`: the lowest segment, if it is isolated from the
    /// background.
    fn whole(&mut self, parts: Vec<Part<'_>>, background: Color, lowest: Option<Pixmap>) -> Result<Vec<Step>> {
        let overlaps = over_slots(&parts, self.root);
        let segments = |pixmap: &Pixmap| {
            let rasters: Vec<_> = overlaps.iter().filter_map(|place| Raster::from_pixmap(pixmap, *place)).collect();
            rasters.into_iter().map(|raster| Step::Segment(Arc::new(raster)))
        };
        let mut whole = self.blank()?;
        let Color { r, g, b, a } = background;
        whole.fill(tiny_skia::Color::from_rgba8(r, g, b, a));
        let mut steps = Vec::new();
        for (index, part) in parts.into_iter().enumerate() {
            match part {
                Part::Nodes(nodes) if index == 0 => {
                    match &lowest {
                        Some(lowest) => whole.draw_pixmap(
                            0,
                            0,
                            lowest.as_ref(),
                            &PixmapPaint::default(),
                            Transform::identity(),
                            None,
                        ),
                        None => self.paint(&nodes, &mut whole)?,
                    }
                    steps.extend(segments(&whole));
                }
                Part::Nodes(nodes) => {
                    self.paint(&nodes, &mut whole)?;
                    let mut pixmap = self.blank()?;
                    self.paint(&nodes, &mut pixmap)?;
                    steps.extend(segments(&pixmap));
                }
                Part::Slot { id, rect, clip, .. } => steps.push(Step::Slot { id, rect, clip }),
                Part::Group(isolated) => steps.push(Step::Group(self.group(isolated)?)),
            }
        }
        let whole = Raster::from_pixmap(&whole, self.layer);
        steps.splice(0..0, whole.map(|raster| Step::Segment(Arc::new(raster))));
        Ok(steps)
    }

    /// Draws the parts of a group in order.
    fn steps(&mut self, parts: Vec<Part<'_>>) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        for part in parts {
            match part {
                Part::Nodes(nodes) if nodes.is_empty() || self.layer.is_empty() => {}
                Part::Nodes(nodes) => {
                    let mut pixmap = self.blank()?;
                    self.paint(&nodes, &mut pixmap)?;
                    let (x, y) = (self.layer.x0, self.layer.y0);
                    let raster = Raster::from_pixmap(&pixmap, self.layer.shift(-x, -y));
                    if let Some(raster) = raster.map(|raster| raster.shifted(x, y)) {
                        self.keep(raster.bytes())?;
                        steps.push(Step::Segment(Arc::new(raster)));
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
        let mut bounds = ink.map_or(self.area, |ink| around(ink, self.root)).intersect(&self.area);
        bounds = clip.map_or(bounds, |clip| bounds.intersect(&clip));
        let (steps, mut composite) = match content {
            // resvg draws the other effects of a group without a slot.
            cut::Content::Node(drawn) => (self.steps(vec![Part::Nodes(vec![drawn])])?, Composite::isolated(bounds)),
            cut::Content::Parts(parts) => {
                let filter = Filter::of(group, self.tree, &mut self.filters, transform, self.area);
                let source = filter.as_ref().map_or(bounds, composite::Filter::source);
                bounds = bounds.intersect(&source);
                let outer = std::mem::replace(&mut self.layer, coverage::layer(group, transform, source));
                let steps = self.steps(parts)?;
                let layer = std::mem::replace(&mut self.layer, outer);
                let coverage = coverage::of(group, transform, layer).map(composite::trimmed);
                bounds = coverage.as_ref().map_or(bounds, |mask| mask.rect.intersect(&bounds));
                let filter = filter.map(|filter| Box::new(filter) as Box<dyn composite::Filter>);
                (steps, Composite { coverage, opacity: group.opacity().get(), filter, ..Composite::isolated(bounds) })
            }
        };
        composite.blend = blend_mode(group.blend_mode());
        self.keep(composite.bytes())?;
        Ok(Group { element: group.id().to_owned(), effects: effects(group), composite: Arc::new(composite), steps })
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

    fn blank(&self) -> Result<Pixmap> {
        let (width, height) = (self.layer.width(), self.layer.height());
        Pixmap::new(width, height).ok_or_else(|| Error::of(ErrorKind::Invalid, words::canvas_size(width, height)))
    }

    fn paint(&self, nodes: &[Drawn<'_>], pixmap: &mut Pixmap) -> Result<()> {
        let (x, y) = (self.layer.x0, self.layer.y0);
        let root = self.root.post_translate(-x as f32, -y as f32);
        for run in nodes.chunk_by(|one, next| one.clip == next.clip) {
            let draw = |pixmap: &mut Pixmap| {
                run.iter().for_each(|drawn| node::draw(drawn.node, root.pre_concat(drawn.transform), pixmap));
            };
            let Some(clip) = run.first().and_then(|drawn| drawn.clip) else {
                draw(pixmap);
                continue;
            };
            let mut layer = self.blank()?;
            draw(&mut layer);
            if let Some(raster) = Raster::from_pixmap(&layer, clip.shift(-x, -y)) {
                let frame = PxRect::new(0, 0, pixmap.width(), pixmap.height());
                raster.draw(&mut Target::new(frame, frame, pixmap.data_mut().as_chunks_mut::<4>().0));
            }
        }
        Ok(())
    }
}

/// Disjoint rectangles, in output px, in which a layer or a group may draw below other nodes.
fn over_slots(parts: &[Part<'_>], root: Transform) -> Vec<PxRect> {
    let mut places: Vec<PxRect> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let (Part::Slot { ink: Some(ink), .. } | Part::Group(Isolated { ink: Some(ink), .. })) = part else { continue };
        if !parts[index + 1..].iter().any(|above| above.has_nodes_at(*ink)) {
            continue;
        }
        let mut place = around(*ink, root);
        while let Some(met) = places.iter().position(|known| !known.intersect(&place).is_empty()) {
            place = place.union(&places.swap_remove(met));
        }
        places.push(place);
    }
    places
}

/// Pixels around a rectangle in the artwork's units.
fn around(rect: Rect, root: Transform) -> PxRect {
    PxRect::around([rect.left() * root.sx, rect.top() * root.sy, rect.right() * root.sx, rect.bottom() * root.sy])
}

/// Names of the effects of a group.
fn effects(group: &usvg::Group) -> Vec<&'static str> {
    [
        ("clip-path", group.clip_path().is_some()),
        ("filter", !group.filters().is_empty()),
        ("isolation", group.isolate()),
        ("mask", group.mask().is_some()),
        ("mix-blend-mode", group.blend_mode() != usvg::BlendMode::Normal),
        ("opacity", group.opacity().get() < 1.0),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect()
}

fn blend_mode(mode: usvg::BlendMode) -> tiny_skia::BlendMode {
    match mode {
        usvg::BlendMode::Normal => tiny_skia::BlendMode::SourceOver,
        usvg::BlendMode::Multiply => tiny_skia::BlendMode::Multiply,
        usvg::BlendMode::Screen => tiny_skia::BlendMode::Screen,
        usvg::BlendMode::Overlay => tiny_skia::BlendMode::Overlay,
        usvg::BlendMode::Darken => tiny_skia::BlendMode::Darken,
        usvg::BlendMode::Lighten => tiny_skia::BlendMode::Lighten,
        usvg::BlendMode::ColorDodge => tiny_skia::BlendMode::ColorDodge,
        usvg::BlendMode::ColorBurn => tiny_skia::BlendMode::ColorBurn,
        usvg::BlendMode::HardLight => tiny_skia::BlendMode::HardLight,
        usvg::BlendMode::SoftLight => tiny_skia::BlendMode::SoftLight,
        usvg::BlendMode::Difference => tiny_skia::BlendMode::Difference,
        usvg::BlendMode::Exclusion => tiny_skia::BlendMode::Exclusion,
        usvg::BlendMode::Hue => tiny_skia::BlendMode::Hue,
        usvg::BlendMode::Saturation => tiny_skia::BlendMode::Saturation,
        usvg::BlendMode::Color => tiny_skia::BlendMode::Color,
        usvg::BlendMode::Luminosity => tiny_skia::BlendMode::Luminosity,
        usvg::BlendMode::PlusLighter => tiny_skia::BlendMode::Plus,
    }
}
