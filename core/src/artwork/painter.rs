//! Draws parts of artwork to segments and groups.

use std::sync::Arc;

use resvg::{
    tiny_skia::{self, Pixmap, PixmapPaint, Transform},
    usvg::{self, Tree},
};

use crate::{
    artwork::{
        backdrop::{self, BackdropBlur},
        coverage,
        cut::{self, Isolated, Part},
        effects,
        filter::{FilterChain, FilterSources},
        node, places,
        steps::{GroupStep, Step},
        strip,
    },
    error::{Error, ErrorKind, Result},
    paint::{
        composite::{self, Composite},
        geometry::PxRect,
        raster::Mask,
        segment::{Segment, Storage},
    },
    style::Color,
    words,
};

/// Maximum size of the pixels that groups keep, in canvases.
pub const MAX_GROUP_CANVASES: f32 = 16.0;
/// Rows above and below a strip that are drawn with it: tiny-skia cuts curves at the edges of a pixmap, where they become
/// inexact.
const MARGIN: i32 = 4;

/// Draws parts of the artwork.
pub struct Painter<'a> {
    pub tree: &'a Tree,
    /// The tree's filters, written when they are needed.
    pub filters: Option<FilterSources>,
    /// From the artwork's units to output px.
    pub root: Transform,
    /// The layer that is drawn to: the canvas, no taller than the artwork, or that of a group. Output px.
    pub layer: PxRect,
    /// Rows of the strips that a layer is drawn in.
    pub rows: u32,
    /// How segments are kept.
    pub storage: Storage,
    /// The canvas.
    pub area: PxRect,
    /// Size of what the groups keep.
    pub group_bytes: usize,
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
    pub fn whole(&mut self, parts: Vec<Part<'_>>, background: Color, isolated: bool) -> Result<Vec<Step>> {
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
    pub fn is_opaque(&self, part: Option<&Part<'_>>) -> Result<bool> {
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
    pub fn steps(&mut self, parts: Vec<Part<'_>>) -> Result<Vec<Step>> {
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

    fn group(&mut self, isolated: Isolated<'_>) -> Result<GroupStep> {
        let Isolated { group, content, ink, clip } = isolated;
        let transform = self.root.pre_concat(group.abs_transform());
        let mut bounds = ink.map_or(self.area, |ink| places::around(ink, self.root)).intersect(&self.area);
        bounds = clip.map_or(bounds, |clip| bounds.intersect(&clip));
        let shows_beneath = matches!(content, cut::GroupContent::Backdrop(_));
        let (steps, mut composite) = match content {
            // resvg draws the other effects of a group without a slot.
            cut::GroupContent::Node(drawn) => {
                (self.steps(vec![Part::Nodes(vec![drawn])])?, Composite::isolated(bounds))
            }
            cut::GroupContent::Backdrop(deviation) => {
                let (shown, source) = backdrop::regions(group, deviation, transform, self.area);
                bounds = bounds.intersect(&shown);
                let outer = std::mem::replace(&mut self.layer, bounds);
                let coverage = self.coverage(group, transform).map(composite::trimmed);
                self.layer = outer;
                bounds = coverage.as_ref().map_or(bounds, |mask| mask.rect.intersect(&bounds));
                let filter: Box<dyn composite::Filter> = Box::new(BackdropBlur::new(source, deviation, transform));
                let (opacity, filter) = (group.opacity().get(), Some(filter));
                (Vec::new(), Composite { coverage, opacity, filter, ..Composite::isolated(bounds) })
            }
            cut::GroupContent::Parts(parts) => {
                let filter = FilterChain::of(group, self.tree, &mut self.filters, transform, self.area);
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
        Ok(GroupStep {
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
