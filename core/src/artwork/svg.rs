//! Artwork: the SVG is cut at its slots into static segments, each drawn once by resvg.
//!
//! A segment is drawn node by node onto a separate canvas; blended in order, the segments equal the pixels that resvg
//! draws for the whole artwork. A node that follows a slot in the order of drawing without touching it joins the segment
//! below the slot, so most artwork becomes one opaque segment, which is copied. Only where a node lies over a slot (a
//! ribbon over a photo) are segments blended from 8-bit pixels, which rounds once more than resvg.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, Node, Tree, roxmltree},
};

use crate::{
    artwork::{
        cut::{self, Part, cut},
        effort, node, picture, references,
        silhouette::Silhouettes,
    },
    error::{Error, ErrorKind, Message, Result},
    paint::{
        cache::Weigh,
        geometry::{PxRect, canvas_size},
        raster::Raster,
    },
    plan::Canvas,
    style::Color,
    text::FontSet,
    words,
};

/// The artwork of a poster, rasterised.
#[derive(Debug)]
pub struct Artwork {
    /// Segments and slots in the order of drawing.
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
    },
}

impl Weigh for Artwork {
    fn weigh(&self) -> usize {
        let segment = |step: &Step| match step {
            Step::Segment(raster) => raster.bytes(),
            Step::Slot { id, .. } => id.len() + 64,
        };
        self.steps.iter().map(segment).sum()
    }
}

/// Parses artwork. Text uses the font set, pictures come from the template's files; nothing else is read.
///
/// # Errors
/// `artwork_invalid` when it is not a valid SVG, or would take too long to draw; `picture_...` for a picture that cannot be
/// drawn.
pub fn parse(svg: &str, files: &BTreeMap<String, Bytes>, fonts: &FontSet) -> Result<Tree> {
    // The first picture that cannot be drawn: resvg would leave it out.
    let refused = OnceLock::new();
    let picture = |data, name: Message| match picture::kind(data, || name) {
        Ok(kind) => Some(kind),
        Err(finding) => {
            refused.get_or_init(|| finding);
            None
        }
    };
    let file = |href: &str, _: &usvg::Options| {
        let path = href.trim();
        let data = files.get(path.strip_prefix("./").unwrap_or(path))?.to_vec();
        picture(Arc::new(data), words::picture_of_file(words::quote(path)))
    };
    let data = |_: &str, data, _: &usvg::Options| picture(data, words::picture_of_data());
    let options = usvg::Options {
        font_family: fonts.default_family().to_owned(),
        languages: vec!["zh".into(), "en".into()],
        fontdb: fonts.database(),
        image_href_resolver: usvg::ImageHrefResolver { resolve_data: Box::new(data), resolve_string: Box::new(file) },
        ..usvg::Options::default()
    };
    let tree = Tree::from_str(&grouped(svg)?, &options)
        .map_err(|e| Error::of(ErrorKind::Invalid, words::artwork_not_drawable(e)))?;
    if let Some(finding) = refused.get() {
        return Err(Error::of(ErrorKind::Invalid, finding.clone()));
    }
    effort::check(&tree)?;
    Ok(tree)
}

/// Wraps every outline outside of other elements in a group, which does not change the rendering. resvg positions a single
/// node by its bounding box, and the box of a horizontal or vertical line has no area; a group's box has one.
///
/// # Errors
/// As [`effort::check_text`] and [`references::check`].
fn grouped(svg: &str) -> Result<Cow<'_, str>> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    // Invalid XML is left to usvg's parser, which reports its position.
    let Ok(document) = roxmltree::Document::parse_with_options(svg, options) else { return Ok(Cow::Borrowed(svg)) };
    references::check(&document)?;
    effort::check_text(&document)?;
    let outline = |node: &roxmltree::Node<'_, '_>| {
        matches!(node.tag_name().name(), "line" | "path" | "polyline" | "polygon")
            && node.ancestors().skip(1).all(|up| up.is_root() || matches!(up.tag_name().name(), "svg" | "g"))
    };
    let outlines: Vec<_> = document.descendants().filter(outline).map(|node| node.range()).collect();
    let mut out = String::with_capacity(svg.len() + outlines.len() * 7);
    let mut done = 0;
    for range in outlines {
        // `<svg:path>` needs a `<svg:g>`.
        let tag = svg[range.start + 1..].split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or_default();
        let prefix = tag.rsplit_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
        let _ = write!(out, "{}<{prefix}g>{}</{prefix}g>", &svg[done..range.start], &svg[range.clone()]);
        done = range.end;
    }
    out.push_str(&svg[done..]);
    Ok(Cow::Owned(out))
}

/// Returns the boxes of the elements with these ids, in px of the canvas at scale 1.
///
/// # Errors
/// `artwork_invalid` with one finding per id that is missing (`slot_missing`), has no size (`slot_empty`) or is inside a
/// group whose opacity, filter, mask, clip or blend mode could not apply to the layer (`slot_grouped`), and one when the
/// artwork has other proportions than the canvas (`artwork_size`).
pub fn slots(tree: &Tree, canvas: Canvas, ids: &BTreeSet<&str>) -> Result<BTreeMap<String, [f32; 4]>> {
    let parts = cut(tree, canvas, &ids.iter().map(|id| (*id, 0.0)).collect())?;
    Ok(parts.into_iter().filter_map(Part::into_slot).collect())
}

/// Draws the artwork's segments at a scale. If the canvas has an automatic height, the segments are as tall as the artwork
/// but no taller than the canvas. `slots`: ids, each with the px at scale 1 by which its layer may draw outside the
/// element's box (its shadow).
///
/// # Errors
/// As [`slots`].
pub fn draw(tree: &Tree, canvas: Canvas, scale: f32, slots: &BTreeMap<&str, f32>) -> Result<Artwork> {
    let parts = cut(tree, canvas, slots)?;
    let (width, mut height) = canvas_size(canvas, scale);
    let ratio = cut::scaling(tree, canvas);
    if canvas.tallest.is_some() {
        height = height.min((tree.size().height() * ratio.1 * scale).ceil().max(1.0) as u32);
    }
    let root = Transform::from_scale(ratio.0 * scale, ratio.1 * scale);
    let blank =
        || Pixmap::new(width, height).ok_or_else(|| Error::of(ErrorKind::Invalid, words::canvas_size(width, height)));
    let paint = |nodes: &[(&Node, Transform)], pixmap: &mut Pixmap| {
        for (node, parent) in nodes {
            node::draw(node, root.pre_concat(*parent), pixmap);
        }
    };
    // The whole artwork is drawn in one pass, as resvg does. Where something lies over a slot, the lowest segment is drawn
    // again on top of it, followed by slots and segments in order.
    let overlaps = over_slots(&parts, ratio.0 * scale, ratio.1 * scale);
    let segments = |pixmap: &Pixmap| {
        let rasters: Vec<_> = overlaps.iter().filter_map(|place| Raster::from_pixmap(pixmap, *place)).collect();
        rasters.into_iter().map(|raster| Step::Segment(Arc::new(raster)))
    };
    let mut whole = blank()?;
    let Color { r, g, b, a } = canvas.background;
    whole.fill(resvg::tiny_skia::Color::from_rgba8(r, g, b, a));
    let mut steps = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        match part {
            Part::Nodes(nodes) => {
                paint(&nodes, &mut whole);
                if index == 0 {
                    steps.extend(segments(&whole));
                } else {
                    let mut pixmap = blank()?;
                    paint(&nodes, &mut pixmap);
                    steps.extend(segments(&pixmap));
                }
            }
            Part::Slot { id, rect, .. } => steps.push(Step::Slot { id, rect }),
        }
    }
    let whole = Raster::from_pixmap(&whole, PxRect::new(0, 0, width, height));
    steps.splice(0..0, whole.map(|raster| Step::Segment(Arc::new(raster))));
    Ok(Artwork { steps, silhouettes: Silhouettes::new() })
}

/// Disjoint rectangles, in output px, in which a layer may draw below other nodes.
fn over_slots(parts: &[Part<'_>], x: f32, y: f32) -> Vec<PxRect> {
    let mut places: Vec<PxRect> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let Part::Slot { ink: Some(ink), .. } = part else { continue };
        if !parts[index..].iter().any(|above| above.has_nodes_at(*ink)) {
            continue;
        }
        let mut place = PxRect {
            x0: (ink.left() * x).floor() as i32,
            y0: (ink.top() * y).floor() as i32,
            x1: (ink.right() * x).ceil() as i32,
            y1: (ink.bottom() * y).ceil() as i32,
        };
        while let Some(met) = places.iter().position(|known| !known.intersect(&place).is_empty()) {
            place = place.union(&places.swap_remove(met));
        }
        places.push(place);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_as_they_are_checked() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbaImage::new(1, 1).write_to(&mut png, image::ImageFormat::Png).expect("a picture");
        let files = BTreeMap::from([("assets/a.png".to_owned(), Bytes::from(png.into_inner()))]);
        let names = files.keys().cloned().collect();
        for href in ["assets/a.png", "./assets/a.png", " assets/a.png\n", "././assets/a.png"] {
            let svg = format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><image width=\"9\" height=\"9\" href=\"{href}\"/></svg>"
            );
            let tree = parse(&svg, &files, &crate::testing::fonts()).expect("SVG");
            let is_accepted = crate::template::assets::source(href, &names).is_ok();
            assert_eq!(tree.root().has_children(), is_accepted, "{href:?}");
        }
    }
}
