//! Replaces a text by a group of paths and pictures. Elements in it become groups, so that they pass on what they declare.

use std::{collections::HashMap, ops::Range};

use resvg::tiny_skia::{Rect, Transform};

use super::{
    content::{self, Content},
    emoji,
    layout::{Item, Layout},
    lines::{Line, Lines},
    outline::Outline,
};
use crate::{
    markup::{
        bounds::inherited,
        tree::{Document, NodeId},
    },
    paint::glyph,
    text::FontSet,
};

/// The box of a text: of all its clusters as high as their fonts.
fn bounds(content: &Content, layout: &Layout, vertical: bool) -> Option<Rect> {
    let mut all: Option<Rect> = None;
    for item in &layout.items {
        let Some(place) = item.place else { continue };
        let style = &content.elements[item.element].style;
        let advance = (item.advance / item.stretch).max(0.0);
        let cell = if vertical {
            let half = (style.ascent + style.descent) / 2.0;
            Rect::from_ltrb(-half, 0.0, half, advance)
        } else {
            Rect::from_ltrb(0.0, -style.ascent, advance, style.descent)
        };
        let Some(cell) = cell.and_then(|cell| cell.transform(place)) else { continue };
        all = Some(all.map_or(cell, |all| all.join(&cell).unwrap_or(all)));
    }
    all
}

/// Draws one text.
#[derive(Debug)]
pub struct Drawer<'r> {
    content: &'r Content,
    layout: &'r Layout,
    vertical: bool,
    /// Leads to output px, if that is known.
    zoom: Option<Transform>,
    bounds: Option<Rect>,
    /// For each node of text, the items from the first to the last that come from it.
    sources: HashMap<NodeId, Range<usize>>,
    fonts: &'r FontSet,
}

/// A picture of an emoji.
struct Picture {
    href: String,
    /// Left, top, width and height before the transform.
    rect: [f32; 4],
    transform: Transform,
}

impl<'r> Drawer<'r> {
    /// Prepares a text that is laid out. `zoom`: leads from its units to output px, if that is known.
    pub fn new(
        content: &'r Content,
        layout: &'r Layout,
        vertical: bool,
        zoom: Option<Transform>,
        fonts: &'r FontSet,
    ) -> Self {
        let bounds = bounds(content, layout, vertical);
        let mut drawer = Self { content, layout, vertical, zoom, bounds, sources: HashMap::new(), fonts };
        for (at, item) in layout.items.iter().enumerate() {
            let range = drawer.sources.entry(drawer.source(item)).or_insert(at..at);
            range.end = at + 1;
        }
        drawer
    }

    /// Replaces a text by a group.
    pub fn replace(&self, document: &mut Document<'_>, id: NodeId) {
        let children = std::mem::take(&mut document.nodes[id].children);
        document.nodes[id].name = "g";
        if let Some(area) = self.bounds {
            // The box of a text is that of its lines, whatever its letters are.
            let mut outline = Outline::new(self.size());
            outline.add_rect(area, Transform::identity());
            let path = path(document, id, outline);
            document.nodes[path].put("fill", "none");
            document.nodes[path].put("stroke", "none");
        }
        self.children(document, id, &children);
    }

    /// Replaces a text that is a part of a clip, which can only be one path. False if it has emoji or decorations, which are
    /// left out.
    pub fn clip(&self, document: &mut Document<'_>, id: NodeId) -> bool {
        let is_decorated = |up: NodeId| document.attribute(up, "text-decoration").is_some_and(|lines| lines != "none");
        let mut is_whole = !document.within(id).chain(document.descendants(id)).any(is_decorated);
        let mut pictures = Vec::new();
        let mut outline = Outline::new(self.size());
        for item in &self.layout.items {
            let node = self.content.elements[item.element].node;
            if inherited(document, node, "visibility").is_none_or(|value| value == "visible") {
                self.glyphs(item, &mut outline, &mut pictures);
            }
        }
        is_whole &= pictures.is_empty();
        let node = &mut document.nodes[id];
        node.children.clear();
        node.name = "path";
        node.put("d", outline.into_data());
        node.put("clip-rule", "nonzero");
        node.unset("visibility");
        is_whole
    }

    fn size(&self) -> f32 {
        self.content.elements.first().map_or(1.0, |element| element.style.size)
    }

    /// Replaces the content of an element. Nesting is limited when the document is built.
    fn children(&self, document: &mut Document<'_>, parent: NodeId, children: &[NodeId]) {
        for child in children.iter().copied() {
            if document.nodes[child].name.is_empty() {
                document.nodes[child].parent = None;
                self.letters(document, parent, child);
            } else if content::is_part(document, child) {
                let inner = std::mem::take(&mut document.nodes[child].children);
                document.nodes[parent].children.push(child);
                document.nodes[child].name = "g";
                for name in ["id", "href", "transform"] {
                    document.nodes[child].unset(name);
                }
                self.children(document, child, &inner);
            }
        }
    }

    /// Items whose first character comes from a node of text.
    fn items(&self, source: NodeId) -> impl Iterator<Item = &Item> {
        let range = self.sources.get(&source).cloned().unwrap_or_default();
        let items = self.layout.items.get(range).unwrap_or_default();
        items.iter().filter(move |item| self.source(item) == source)
    }

    fn source(&self, item: &Item) -> NodeId {
        self.content.chars[item.chars.start].source.0
    }

    /// Draws the letters of a node of text.
    fn letters(&self, document: &mut Document<'_>, parent: NodeId, source: NodeId) {
        let Some(first) = self.items(source).next() else { return };
        let style = &self.content.elements[first.element].style;
        let mut pictures = Vec::new();
        let items: Vec<&Item> = self.items(source).collect();
        let Self { content, layout, vertical, fonts, .. } = *self;
        let lines = Lines { content, layout, vertical, fonts };
        let [under, over, through] =
            [Line::Under, Line::Over, Line::Through].map(|kind| lines.of(document, parent, &items, kind));
        let mut letters = Outline::new(style.size);
        for item in items {
            self.glyphs(item, &mut letters, &mut pictures);
        }
        for (by, line) in [under, over].into_iter().flatten() {
            if self.shape(document, by, line) {
                below(document, by, parent);
            }
        }
        self.shape(document, parent, letters);
        if let Some(opacity) = opacity(document, parent) {
            pictures.into_iter().for_each(|one| picture(document, parent, one, &opacity));
        }
        if let Some((by, line)) = through {
            self.shape(document, by, line);
        }
    }

    /// Adds a path that is painted as its parent says. False if it draws nothing.
    fn shape(&self, document: &mut Document<'_>, parent: NodeId, mut outline: Outline) -> bool {
        if outline.is_empty() {
            return false;
        }
        let is_boxed = |name: &&str| inherited(document, parent, name).is_some_and(|paint| paint.starts_with("url("));
        if ["fill", "stroke"].iter().any(is_boxed)
            && let Some(area) = self.bounds
        {
            outline.extend_to(area);
        }
        path(document, parent, outline);
        true
    }

    /// Adds the outlines of a cluster, and collects its pictures.
    fn glyphs(&self, item: &Item, outline: &mut Outline, pictures: &mut Vec<Picture>) {
        let slant = self.content.elements[item.element].style.slant;
        let Some(place) = item.of_glyphs(slant) else { return };
        let Some((index, face)) = item.face.and_then(|index| Some((index, self.fonts.face(index)?))) else { return };
        let scale = item.size / face.units_per_em;
        for &(x, y, id) in self.layout.glyphs.get(item.glyphs.clone()).into_iter().flatten() {
            let transform = place.pre_translate(x, y);
            if let Some(path) = glyph::outline(face, id) {
                outline.add(&path, transform.pre_scale(scale, -scale));
            } else if let Some(bitmap) = glyph::bitmap(face, id) {
                let rect = bitmap.rect.map(|side| side * item.size);
                let size = self.zoom.map(|zoom| emoji::size(rect, zoom.pre_concat(transform)));
                pictures.push(Picture { href: emoji::address(index, id, size), rect, transform });
            }
        }
    }
}

/// Moves the last child of an element below the child that contains, or is, an element in it.
fn below(document: &mut Document<'_>, parent: NodeId, inner: NodeId) {
    let Some(around) = document.within(inner).find(|up| document.nodes[*up].parent == Some(parent)) else { return };
    let children = &mut document.nodes[parent].children;
    if let Some(at) = children.iter().rposition(|child| *child == around) {
        children[at..].rotate_right(1);
    }
}

/// Adds a path, without what applies to shapes but not to text.
fn path(document: &mut Document<'_>, parent: NodeId, outline: Outline) -> NodeId {
    const MARKERS: [&str; 3] = ["marker-start", "marker-mid", "marker-end"];
    let range = document.nodes[parent].range.clone();
    let has = |name: &str| inherited(document, parent, name).is_some();
    let mut unset: Vec<(&'static str, &'static str)> = Vec::new();
    unset.extend(has("fill-rule").then_some(("fill-rule", "nonzero")));
    unset.extend(has("shape-rendering").then_some(("shape-rendering", "auto")));
    // The corners of boxes are no dots.
    let is_dashed = inherited(document, parent, "stroke-dasharray").is_some_and(|dashes| dashes != "none");
    let is_capped = has("stroke-linecap") && !is_dashed;
    unset.extend(is_capped.then_some(("stroke-linecap", "butt")));
    unset.extend(MARKERS.into_iter().filter(|name| has(name)).map(|name| (name, "none")));
    let id = document.push(Some(parent), "path", range);
    document.nodes[id].put("d", outline.into_data());
    unset.into_iter().for_each(|(name, value)| document.nodes[id].put(name, value));
    id
}

/// Opacity of an emoji: that of the fill, or else of the stroke. `None` when there is neither.
fn opacity(document: &Document<'_>, parent: NodeId) -> Option<String> {
    let value = |name: &str| inherited(document, parent, name);
    let (paint, opacity) = match (value("fill"), value("stroke")) {
        (Some("none"), None | Some("none")) => return None,
        (Some("none"), Some(stroke)) => (stroke, value("stroke-opacity")),
        (fill, _) => (fill.unwrap_or_default(), value("fill-opacity")),
    };
    let alpha = match paint.strip_prefix('#') {
        Some(digits) if digits.len() == 8 => u8::from_str_radix(&digits[6..], 16).unwrap_or(u8::MAX),
        _ => u8::MAX,
    };
    let opacity = opacity.and_then(|opacity| opacity.parse::<f32>().ok()).unwrap_or(1.0);
    Some((f32::from(alpha) / 255.0 * opacity).to_string())
}

fn picture(document: &mut Document<'_>, parent: NodeId, picture: Picture, opacity: &str) {
    let range = document.nodes[parent].range.clone();
    let id = document.push(Some(parent), "image", range);
    let image = &mut document.nodes[id];
    image.put("href", picture.href);
    for (name, side) in ["x", "y", "width", "height"].into_iter().zip(picture.rect) {
        image.put(name, side.to_string());
    }
    let Transform { sx, ky, kx, sy, tx, ty } = picture.transform;
    image.put("transform", format!("matrix({sx} {ky} {kx} {sy} {tx} {ty})"));
    image.put("preserveAspectRatio", "none");
    if opacity != "1" {
        image.put("opacity", opacity.to_owned());
    }
}
