//! Artwork: the SVG is cut at its slots into static segments, each drawn once by resvg.
//!
//! A segment is what stands between two slots in the order of drawing. It is drawn node by node onto a canvas of its
//! own; blended in order, the segments give the pixels that resvg gives for the whole artwork.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::Arc,
};

use bytes::Bytes;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, Node, Tree, roxmltree},
};

use super::{cache::Weigh, raster::Raster};
use crate::{
    error::{Error, Finding, Kind, Result},
    template::{layout::Canvas, style::Color},
    text::FontSet,
};

/// The artwork of a poster, ready to be blended.
#[derive(Debug)]
pub struct Artwork {
    /// Segments and slots in the order of drawing.
    pub steps: Vec<Step>,
}

/// A part of the artwork.
#[derive(Debug, Clone)]
pub enum Step {
    /// Static pixels. The first one may be opaque: it holds the canvas's background.
    Segment(Arc<Raster>),
    /// A layer takes the place of the element with this id.
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

/// Parses artwork. Text is set in the font set, pictures come from the template's files; nothing else is read.
///
/// # Errors
/// `artwork_invalid` when it is no SVG that can be drawn.
pub fn parse(svg: &str, files: &BTreeMap<String, Bytes>, fonts: &FontSet) -> Result<Tree> {
    let picture = |href: &str, _: &usvg::Options| {
        let bytes = files.get(href.trim_start_matches("./"))?;
        let data = Arc::new(bytes.to_vec());
        match image::guess_format(bytes).ok()? {
            image::ImageFormat::Jpeg => Some(usvg::ImageKind::JPEG(data)),
            image::ImageFormat::Png => Some(usvg::ImageKind::PNG(data)),
            image::ImageFormat::WebP => Some(usvg::ImageKind::WEBP(data)),
            image::ImageFormat::Gif => Some(usvg::ImageKind::GIF(data)),
            _ => None,
        }
    };
    let options = usvg::Options {
        font_family: fonts.default_family().to_owned(),
        languages: vec!["zh".into(), "en".into()],
        fontdb: fonts.database(),
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: usvg::ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(picture),
        },
        ..usvg::Options::default()
    };
    Tree::from_str(&grouped(svg), &options).map_err(|e| {
        Error::new(Kind::Invalid, "artwork_invalid", format!("the artwork cannot be drawn: {e}"))
            .hint("open it in a browser: it must be one well-formed <svg> with a size")
    })
}

/// Puts every outline that is drawn on its own into a group, which changes nothing of what is seen: resvg finds its way
/// to a single node by the node's box, and the box of a level or upright line has no area, that of a group has.
fn grouped(svg: &str) -> Cow<'_, str> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    // What is no XML is refused, with a place, by the next who reads it.
    let Ok(document) = roxmltree::Document::parse_with_options(svg, options) else { return Cow::Borrowed(svg) };
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
    Cow::Owned(out)
}

/// Boxes of the elements with these ids, in px of the canvas at scale 1.
///
/// # Errors
/// One finding for each id that is missing (`slot_missing`), has no box (`slot_empty`) or stands inside of a group
/// whose opacity, filter, mask, clip or blend mode the layer could not take part in (`slot_grouped`).
pub fn slots(tree: &Tree, canvas: Canvas, ids: &BTreeSet<&str>) -> Result<BTreeMap<String, [f32; 4]>> {
    let cut = Cut::new(tree, canvas, ids)?;
    Ok(cut.parts.into_iter().filter_map(Part::into_slot).collect())
}

/// Draws the artwork's segments at a scale.
///
/// # Errors
/// As [`slots`].
pub fn draw(tree: &Tree, canvas: Canvas, scale: f32, ids: &BTreeSet<&str>) -> Result<Artwork> {
    let cut = Cut::new(tree, canvas, ids)?;
    let size = canvas_size(canvas, scale);
    let ratio = scaling(tree, canvas);
    let root = Transform::from_scale(ratio.0 * scale, ratio.1 * scale);
    let mut steps = Vec::new();
    for (index, part) in cut.parts.into_iter().enumerate() {
        match part {
            Part::Nodes(nodes) => {
                let mut pixmap = Pixmap::new(size.0, size.1).ok_or_else(|| {
                    Error::new(Kind::Invalid, "canvas_size", format!("no canvas has {}x{} px", size.0, size.1))
                })?;
                if index == 0 {
                    let Color { r, g, b, a } = canvas.background;
                    pixmap.fill(resvg::tiny_skia::Color::from_rgba8(r, g, b, a));
                }
                for (node, parent) in nodes {
                    draw_node(node, root.pre_concat(parent), &mut pixmap);
                }
                steps.extend(Raster::from_pixmap(&pixmap, 0, 0).map(|raster| Step::Segment(Arc::new(raster))));
            }
            Part::Slot(id, rect) => steps.push(Step::Slot { id, rect }),
        }
    }
    Ok(Artwork { steps })
}

/// Output px of a canvas at a scale.
pub fn canvas_size(canvas: Canvas, scale: f32) -> (u32, u32) {
    let px = |side: u32| ((side as f32 * scale).round() as u32).max(1);
    (px(canvas.width), px(canvas.height))
}

fn scaling(tree: &Tree, canvas: Canvas) -> (f32, f32) {
    (canvas.width as f32 / tree.size().width(), canvas.height as f32 / tree.size().height())
}

/// resvg moves a node to the origin by its box; moving it there first puts it back into its place.
fn draw_node(node: &Node, transform: Transform, pixmap: &mut Pixmap) {
    if let Some(rect) = node.abs_layer_bounding_box() {
        resvg::render_node(node, transform.pre_translate(rect.x(), rect.y()), &mut pixmap.as_mut());
    }
}

enum Part<'a> {
    /// Nodes, each with its parents' transform.
    Nodes(Vec<(&'a Node, Transform)>),
    Slot(String, [f32; 4]),
}

impl Part<'_> {
    fn into_slot(self) -> Option<(String, [f32; 4])> {
        match self {
            Part::Nodes(_) => None,
            Part::Slot(id, rect) => Some((id, rect)),
        }
    }
}

/// The walk that cuts a tree at its slots.
struct Cut<'a> {
    wanted: BTreeSet<&'a str>,
    ratio: (f32, f32),
    parts: Vec<Part<'a>>,
    findings: Vec<Finding>,
}

impl<'a> Cut<'a> {
    fn new(tree: &'a Tree, canvas: Canvas, ids: &BTreeSet<&'a str>) -> Result<Self> {
        let parts = vec![Part::Nodes(Vec::new())];
        let mut cut = Self { wanted: ids.clone(), ratio: scaling(tree, canvas), parts, findings: Vec::new() };
        let (x, y) = cut.ratio;
        if (x / y - 1.0).abs() > 0.01 {
            let (w, h) = (tree.size().width(), tree.size().height());
            let message = format!(
                "the artwork has {w} x {h} px, the canvas {} x {}: it would be distorted",
                canvas.width, canvas.height
            );
            let finding = Finding::error("artwork_size", message);
            cut.findings.push(finding.hint("give both the same proportions"));
        }
        cut.walk(tree.root());
        for id in std::mem::take(&mut cut.wanted) {
            let finding = Finding::error("slot_missing", format!("the artwork draws no element with id {id:?}"));
            cut.findings
                .push(finding.hint("an element that is never drawn (no size, display none) has no place: give it one"));
        }
        if cut.findings.is_empty() {
            Ok(cut)
        } else {
            Err(Error::findings(Kind::Invalid, "artwork_invalid", cut.findings))
        }
    }

    fn walk(&mut self, group: &'a usvg::Group) {
        for node in group.children() {
            if self.wanted.remove(node.id()) {
                self.slot(node);
                continue;
            }
            match node {
                Node::Group(inner) if self.holds_slot(inner) => {
                    if let Some(own) = self.own_effect(inner) {
                        self.wanted.remove(own.id());
                        self.slot(own);
                    } else if inner.should_isolate() {
                        self.refuse(inner);
                    } else {
                        self.walk(inner);
                    }
                }
                _ => self.push(node, group.abs_transform()),
            }
        }
    }

    fn push(&mut self, node: &'a Node, transform: Transform) {
        match self.parts.last_mut() {
            Some(Part::Nodes(nodes)) => nodes.push((node, transform)),
            _ => self.parts.push(Part::Nodes(vec![(node, transform)])),
        }
    }

    fn slot(&mut self, node: &Node) {
        let rect = node.abs_bounding_box();
        let id = node.id().to_owned();
        if rect.width() <= 0.0 || rect.height() <= 0.0 {
            let finding = Finding::error("slot_empty", format!("the element {id:?} of the artwork has no box"));
            self.findings.push(finding.hint("a slot is a shape with a width and a height"));
        }
        let (x, y) = self.ratio;
        self.parts.push(Part::Slot(id, [rect.x() * x, rect.y() * y, rect.width() * x, rect.height() * y]));
    }

    fn holds_slot(&self, group: &usvg::Group) -> bool {
        group
            .children()
            .iter()
            .any(|node| self.wanted.contains(node.id()) || matches!(node, Node::Group(inner) if self.holds_slot(inner)))
    }

    /// usvg puts a shape that has an effect of its own into a group without a name. Such a shape is replaced together
    /// with its effect.
    fn own_effect(&self, group: &'a usvg::Group) -> Option<&'a Node> {
        match group.children() {
            [only] if group.id().is_empty() && self.wanted.contains(only.id()) => Some(only),
            _ => None,
        }
    }

    fn refuse(&mut self, group: &usvg::Group) {
        for node in group.children() {
            if self.wanted.remove(node.id()) {
                let message = format!(
                    "the element {:?} of the artwork stands inside of a group with opacity, filter, mask, clip or blend \
                     mode",
                    node.id()
                );
                let finding = Finding::error("slot_grouped", message);
                self.findings.push(finding.hint("move it out of that group: a layer cannot take part in the effect"));
            }
            if let Node::Group(inner) = node {
                self.refuse(inner);
            }
        }
    }
}
