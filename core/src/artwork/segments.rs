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

use resvg::{tiny_skia::Transform, usvg::Tree};

pub use crate::artwork::{
    painter::MAX_GROUP_CANVASES,
    steps::{Artwork, GroupStep, SharedPart, Step},
};
use crate::{
    artwork::{
        cut::{self, Blends, Cut, Isolated, Part, cut},
        memory,
        painter::Painter,
        silhouette::Silhouettes,
    },
    error::{Error, ErrorKind, Result},
    paint::{
        composite::Composite,
        geometry::{PxRect, canvas_size},
        segment::Storage,
    },
    plan::PlannedCanvas,
    template::ArtworkMemory,
    words,
};

/// Maximum number of px of the canvas that are passed over for parts of the artwork, at scale 1: about 2 s.
const MAX_PASSES: f64 = 4e9;

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
pub fn slots(tree: &Tree, canvas: PlannedCanvas, ids: &BTreeSet<&str>) -> Result<Slots> {
    let cut = cut(tree, canvas, 1.0, &ids.iter().map(|id| (*id, 0.0)).collect())?;
    let memory = memory::of(tree, &cut, canvas_size(canvas, 1.0).0);
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
        Part::Group(Isolated { content: cut::GroupContent::Parts(parts), .. }) => passes(parts),
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
pub fn draw(tree: &Tree, canvas: PlannedCanvas, scale: f32, slots: &BTreeMap<&str, f32>) -> Result<Artwork> {
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
    canvas: PlannedCanvas,
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
    if memory::of_filters(tree, &cut, (area.width(), area.height())) > memory::MAX_FILTER_BYTES {
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
        vec![Step::Group(GroupStep {
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
