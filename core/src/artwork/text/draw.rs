//! Replaces a text by a group of paths and pictures. Elements in it become groups, so that they pass on what they declare.

use std::{collections::HashMap, ops::Range};

use resvg::tiny_skia::{Rect, Transform};

use super::{
    content::{self, TextContent},
    emoji,
    layout::{Item, TextLayout},
    lines::{DecorationLine, Lines},
    outline::Outline,
    shadows::{self, Shadows},
};
use crate::{
    markup::{
        bounds::inherited,
        tree::{Document, NodeId},
    },
    paint::glyph,
    text::FontSet,
};

/// Properties of the paint of lines, with their initial values.
const PAINT: [(&str, &str); 9] = [
    ("color", "#000"),
    ("fill", "#000"),
    ("fill-opacity", "1"),
    ("stroke", "none"),
    ("stroke-dasharray", "none"),
    ("stroke-linejoin", "miter"),
    ("stroke-opacity", "1"),
    ("stroke-width", "1"),
    ("paint-order", "normal"),
];

/// The box of a text: of all its clusters as high as their fonts.
fn bounds(content: &TextContent, layout: &TextLayout, vertical: bool) -> Option<Rect> {
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
    content: &'r TextContent,
    layout: &'r TextLayout,
    vertical: bool,
    /// Leads to output px, if that is known.
    zoom: Option<Transform>,
    bounds: Option<Rect>,
    /// For each node of text, the items from the first to the last that come from it.
    sources: HashMap<NodeId, Range<usize>>,
    fonts: &'r FontSet,
    shadows: &'r Shadows<'r>,
}

/// Letters of a node of text: lines below them, the letters, lines above them, and pictures.
#[derive(Clone)]
struct Letters {
    outlines: [Outline; 3],
    pictures: Vec<Picture>,
    /// The element with the paint of the lines, if it is another one than that of the letters.
    decorator: Option<NodeId>,
}

/// A picture of an emoji.
#[derive(Clone)]
struct Picture {
    href: String,
    /// Left, top, width and height before the transform.
    rect: [f32; 4],
    transform: Transform,
}

impl<'r> Drawer<'r> {
    /// Prepares a text that is laid out. `zoom`: leads from its units to output px, if that is known.
    pub fn new(
        content: &'r TextContent,
        layout: &'r TextLayout,
        vertical: bool,
        zoom: Option<Transform>,
        fonts: &'r FontSet,
        shadows: &'r Shadows<'r>,
    ) -> Self {
        let bounds = bounds(content, layout, vertical);
        let mut drawer = Self { content, layout, vertical, zoom, bounds, sources: HashMap::new(), fonts, shadows };
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

    /// Replaces a text that is a part of a clip, which can only be one path. False if emoji or lines are left out.
    pub fn clip(&self, document: &mut Document<'_>, id: NodeId) -> bool {
        let (mut outline, mut pictures) = (Outline::new(self.size()), Vec::new());
        let elements = || self.content.elements.iter().map(|element| element.node);
        let is_decorated = elements().any(|node| Lines::decorator(document, node).is_some());
        for item in &self.layout.items {
            let node = self.content.elements[item.element].node;
            if inherited(document, node, "visibility").is_none_or(|value| value == "visible") {
                self.glyphs(item, &mut outline, &mut pictures);
            }
        }
        let node = &mut document.nodes[id];
        node.children.clear();
        node.name = "path";
        node.put("d", outline.into_data());
        node.put("clip-rule", "nonzero");
        node.unset("visibility");
        pictures.is_empty() && !is_decorated
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
                for name in ["id", "href", "path", "transform"] {
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
        let is_boxed = ["fill", "stroke"]
            .iter()
            .any(|name| inherited(document, parent, name).is_some_and(|paint| paint.starts_with("url(")));
        let mut pictures = Vec::new();
        let items: Vec<&Item> = self.items(source).collect();
        let Self { content, layout, vertical, fonts, .. } = *self;
        let lines = Lines { content, layout, vertical, fonts };
        let mut outlines = [
            lines.of(document, parent, &items, &[DecorationLine::Under, DecorationLine::Over]),
            Outline::new(style.size),
            lines.of(document, parent, &items, &[DecorationLine::Through]),
        ];
        for item in &items {
            self.glyphs(item, &mut outlines[1], &mut pictures);
        }
        let decorator = Lines::decorator(document, parent).filter(|decorator| *decorator != parent);
        let mut letters = Letters { outlines, pictures, decorator };
        self.shadows(document, parent, &letters, items.len());
        if is_boxed && let Some(area) = self.bounds {
            letters.outlines.iter_mut().filter(|one| !one.is_empty()).for_each(|one| one.extend_to(area));
        }
        letters.draw(document, parent);
    }

    /// Draws the shadows of letters below them.
    fn shadows(&self, document: &mut Document<'_>, parent: NodeId, letters: &Letters, count: usize) {
        let shadows = shadows::of(document, parent);
        let Some(area) = self.bounds.filter(|_| !shadows.is_empty()) else { return };
        if !self.shadows.allow(parent, count * shadows.len()) {
            return;
        }
        // Letters may reach beyond their boxes, and strokes beyond letters.
        let stroke = inherited(document, parent, "stroke-width").and_then(|width| width.parse::<f32>().ok());
        let by = self.size() + 2.0 * stroke.unwrap_or(1.0).max(0.0);
        let sides = [area.left() - by, area.top() - by, area.right() + by, area.bottom() + by];
        let Some(area) = Rect::from_ltrb(sides[0], sides[1], sides[2], sides[3]) else { return };
        for shadow in shadows {
            let has_pictures = !letters.pictures.is_empty();
            let group = self.shadows.group(document, parent, &shadow, area, has_pictures);
            Letters { decorator: None, ..letters.clone() }.draw(document, group);
        }
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

impl Letters {
    fn draw(self, document: &mut Document<'_>, parent: NodeId) {
        let [below, letters, above] = self.outlines;
        line(document, parent, self.decorator, below);
        shape(document, parent, letters);
        if let Some(opacity) = opacity(document, parent) {
            self.pictures.into_iter().for_each(|one| picture(document, parent, one, &opacity));
        }
        line(document, parent, self.decorator, above);
    }
}

/// Adds the path of lines, which another element than their parent may paint.
fn line(document: &mut Document<'_>, parent: NodeId, decorator: Option<NodeId>, outline: Outline) {
    if outline.is_empty() {
        return;
    }
    let id = path(document, parent, outline);
    let Some(decorator) = decorator else { return };
    for (name, initial) in PAINT {
        let value = inherited(document, decorator, name).unwrap_or(initial);
        if inherited(document, parent, name).unwrap_or(initial) != value {
            let value = value.to_owned();
            document.set(id, name, value);
        }
    }
}

/// Adds a path that is painted as its parent says.
fn shape(document: &mut Document<'_>, parent: NodeId, outline: Outline) {
    if !outline.is_empty() {
        path(document, parent, outline);
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
