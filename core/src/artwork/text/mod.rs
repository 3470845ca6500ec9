//! Text of artwork: set with the fonts and the shaping of text layers, and replaced by outlines of its glyphs and pictures of
//! its emoji. Clips, masks, filters and gradients then apply as to shapes. usvg sets what this does not:
//! texts that override the order of their letters, vertical ones along a path, and those that a `<use>` changes.

mod case;
mod content;
mod draw;
mod emoji;
mod features;
mod layout;
mod lines;
mod outline;
mod setting;
mod shadows;
mod style;
mod track;
mod uses;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, HashMap, HashSet},
};

pub use emoji::Pictures;
pub use setting::{Setting, settings};

use crate::{
    error::{Finding, Message},
    markup::{
        Note,
        bounds::inherited,
        texts,
        tree::{Document, NodeId},
    },
    text::{FontSet, Shaper},
    words,
};
use content::{Element, TextContent};
use draw::Drawer;
use emoji::Zoom;
use layout::Tracks;
use shadows::Shadows;
use style::{Families, Style};
use track::{TooLong, Track};

/// Lightest weight that is bold: CSS Fonts 4, section 2.7.
const BOLD: u16 = 600;

/// Replaces the texts of a document, and returns what is noteworthy about them. `source`: the file. Expects resolved styles
/// and references. `width`: that of the canvas, output px, if it is known. `replaced`: nodes that layers replace; nothing is noted about
/// their texts.
pub fn set(
    source: &str,
    document: &mut Document<'_>,
    fonts: &FontSet,
    width: Option<u32>,
    replaced: &HashSet<NodeId>,
) -> Vec<Note> {
    let texts: Vec<NodeId> = texts::outermost(document).collect();
    if texts.is_empty() {
        return Vec::new();
    }
    let ids = document.ids();
    let clipped = uses::in_clips(document, &ids);
    let unlike = uses::of_texts(source, document, &ids);
    let zoom = Zoom::new(document, &ids, width);
    let shadows = Shadows::new(&ids);
    let setter = Setter {
        ids: &ids,
        clipped,
        zoom,
        lines: Cell::new(track::MAX_LINES),
        families: Families::default(),
        fonts,
        shadows: &shadows,
        notes: RefCell::default(),
    };
    let mut notes = Vec::new();
    fonts.with_shaper(|shaper| {
        for id in texts {
            let reason = unlike.get(&id).map(|property| words::text_of_use(*property)).or_else(|| other(document, id));
            let is_replaced = replaced.contains(&id);
            if let Some(reason) = reason {
                if !is_replaced {
                    notes.push(Note { range: document.nodes[id].range.clone(), finding: words::artwork_text(reason) });
                }
                continue;
            }
            let known = setter.notes.borrow().len();
            let missing = setter.one(document, id, shaper);
            if is_replaced {
                setter.notes.borrow_mut().truncate(known);
                continue;
            }
            notes.extend(missing.map(|(at, finding)| Note { range: place(source, document, at), finding }));
        }
    });
    notes.extend(setter.notes.into_inner());
    if let Some(id) = shadows.undrawn() {
        let range = document.within(id).map(|up| &document.nodes[up]).find(|node| node.style("text-shadow").is_some());
        let range = range.map_or(0..0, |node| node.range_of("text-shadow"));
        notes.push(Note { range, finding: words::css_undrawn("text-shadow") });
    }
    notes
}

/// Why a text is left to usvg.
fn other(document: &Document<'_>, id: NodeId) -> Option<Message> {
    let parts = || document.descendants(id).filter(|part| !document.nodes[*part].name.is_empty());
    let overrides =
        |part: NodeId| matches!(document.attribute(part, "unicode-bidi"), Some("bidi-override" | "isolate-override"));
    if parts().any(overrides) {
        return Some(words::text_reordered());
    }
    let runs_along = parts().any(|part| document.nodes[part].name == "textPath");
    (is_vertical(document, id) && runs_along).then(words::text_down_path)
}

fn is_vertical(document: &Document<'_>, id: NodeId) -> bool {
    let mode = inherited(document, id, "writing-mode");
    mode.is_some_and(|mode| matches!(mode, "tb" | "tb-rl" | "vertical-rl" | "vertical-lr"))
}

/// What all texts of a document share.
struct Setter<'f> {
    ids: &'f HashMap<String, NodeId>,
    /// Texts that clips consist of.
    clipped: HashSet<NodeId>,
    zoom: Zoom,
    /// Number of lines that paths may still have.
    lines: Cell<usize>,
    families: Families,
    fonts: &'f FontSet,
    shadows: &'f Shadows<'f>,
    /// About what is left out.
    notes: RefCell<Vec<Note>>,
}

impl Setter<'_> {
    /// Replaces a text. Returns a finding about clusters without a glyph, and the source of the first.
    fn one(
        &self,
        document: &mut Document<'_>,
        id: NodeId,
        shaper: &mut Shaper,
    ) -> Option<((NodeId, usize, usize), Finding)> {
        let fonts = self.fonts;
        let content = TextContent::of(document, id, fonts, &self.families);
        let written = content.chars.iter().filter(|char| !char.c.is_whitespace()).map(|char| char.element);
        for element in written.collect::<BTreeSet<_>>() {
            self.note_weight(document, &content.elements[element]);
        }
        let along = content.elements.iter().filter_map(|element| element.along);
        let mut tracks = Tracks::new();
        for path in along.collect::<BTreeSet<_>>() {
            match Track::of(document, path, self.ids, &self.lines) {
                Ok(track) => tracks.extend(track.map(|track| (path, track))),
                Err(TooLong) => {
                    let range = document.nodes[path].range.clone();
                    self.notes.borrow_mut().push(Note { range, finding: words::artwork_text_path() });
                }
            }
        }
        let vertical = is_vertical(document, id);
        let layout = layout::lay_out(&content, &tracks, vertical, fonts, shaper);
        let zoom = self.zoom.of(document, id);
        let drawer = Drawer::new(&content, &layout, vertical, zoom, fonts, self.shadows);
        if !self.clipped.contains(&id) {
            drawer.replace(document, id);
        } else if !drawer.clip(document, id) {
            let (range, finding) = (document.nodes[id].range.clone(), words::artwork_text_clip());
            self.notes.borrow_mut().push(Note { range, finding });
        }
        let text =
            |chars: &std::ops::Range<usize>| content.chars[chars.clone()].iter().map(|char| char.c).collect::<String>();
        let mut known = HashSet::new();
        let named: Vec<String> =
            layout.missing.iter().map(text).filter(|cluster| known.insert(cluster.clone())).collect();
        let first = layout.missing.first()?;
        let (node, at) = content.chars[first.start].source;
        let length = content.chars[first.clone()].iter().map(|char| char.bytes).sum();
        let finding = match words::clusters(&named) {
            (missing, 0) => words::artwork_glyph(missing),
            (missing, more) => words::artwork_glyphs(missing, more),
        };
        Some(((node, at, length), finding))
    }

    /// Notes bold letters of an element in a font that has no bold face. Browsers thicken them.
    fn note_weight(&self, document: &Document<'_>, element: &Element) {
        let Style { families, weight, .. } = &element.style;
        let Some(face) = self.fonts.nearest_face(families, *weight) else { return };
        if *weight < BOLD || face.weight >= BOLD {
            return;
        }
        let finding = words::artwork_text_weight(face.family.to_string(), *weight, face.weight);
        let mut notes = self.notes.borrow_mut();
        if !notes.iter().any(|note| note.finding == finding) {
            let declares = |up: &NodeId| document.attribute(*up, "font-weight").is_some();
            let declared = document.within(element.node).find(declares).unwrap_or(element.node);
            notes.push(Note { range: document.nodes[declared].range_of("font-weight"), finding });
        }
    }
}

/// Position of the characters of a text node in the source: exactly if none of it is written as an entity.
fn place(source: &str, document: &Document<'_>, (node, at, length): (NodeId, usize, usize)) -> std::ops::Range<usize> {
    let node = &document.nodes[node];
    if source.get(node.range.clone()) == Some(&node.text) {
        node.range.start + at..node.range.start + at + length
    } else {
        node.range.clone()
    }
}
