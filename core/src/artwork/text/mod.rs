//! Text of artwork: set with the fonts and the shaping of text layers, and replaced by outlines of its glyphs and pictures of
//! its emoji. Clips, masks, filters and gradients then apply as to shapes. usvg sets what this does not:
//! texts that override the order of their letters, vertical ones along a path, and those that a `<use>` changes.

mod content;
mod draw;
mod emoji;
mod layout;
mod lines;
mod outline;
mod style;
mod track;
mod uses;

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

pub use emoji::Pictures;

use crate::{
    error::{Finding, Message},
    markup::{
        Note,
        bounds::{self, inherited},
        tree::{Document, NodeId},
    },
    text::{FontSet, Shaper},
    words,
};
use content::Content;
use draw::Drawer;
use emoji::Zoom;
use layout::{Layout, Tracks};
use style::Families;
use track::Track;

/// Replaces the texts of a document, and returns what is noteworthy about them. `source`: the file. Expects resolved styles
/// and references. `width`: that of the canvas, output px, if it is known.
pub fn set(source: &str, document: &mut Document<'_>, fonts: &FontSet, width: Option<u32>) -> Vec<Note> {
    let is_outermost = |id: &NodeId| !document.within(*id).skip(1).any(|up| document.nodes[up].name == "text");
    let texts = document.descendants(0).filter(|id| document.nodes[*id].name == "text");
    let texts: Vec<NodeId> = texts.filter(is_outermost).collect();
    if texts.is_empty() {
        return Vec::new();
    }
    let ids = document.ids();
    let clipped = uses::in_clips(document, &ids);
    let unlike = uses::of_texts(source, document, &ids);
    let zoom = Zoom::new(document, &ids, width);
    let setter =
        Setter { ids, clipped, zoom, lines: Cell::new(track::MAX_LINES), families: Families::default(), fonts };
    let mut notes = Vec::new();
    fonts.with_shaper(|shaper| {
        for id in texts {
            let reason = unlike.get(&id).map(|property| words::text_of_use(*property)).or_else(|| other(document, id));
            if let Some(reason) = reason {
                notes.push(Note { range: document.nodes[id].range.clone(), finding: words::artwork_text(reason) });
                continue;
            }
            let (missing, reason) = setter.one(document, id, shaper);
            if let Some(reason) = reason {
                notes.push(Note { range: document.nodes[id].range.clone(), finding: words::artwork_text(reason) });
            }
            notes.extend(missing.map(|(at, finding)| Note { range: place(source, document, at), finding }));
        }
    });
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

/// A finding about letters, with the node that they come from, their offset in it, and their bytes.
type Missing = ((NodeId, usize, usize), Finding);

/// What all texts of a document share.
struct Setter<'f> {
    ids: HashMap<String, NodeId>,
    /// Texts that clips consist of.
    clipped: HashSet<NodeId>,
    zoom: Zoom,
    /// Number of lines that paths may still have.
    lines: Cell<usize>,
    families: Families,
    fonts: &'f FontSet,
}

impl Setter<'_> {
    /// Replaces a text. Returns a finding about clusters without a glyph, and why something else of it is left out.
    fn one(&self, document: &mut Document<'_>, id: NodeId, shaper: &mut Shaper) -> (Option<Missing>, Option<Message>) {
        let fonts = self.fonts;
        let content = Content::of(document, id, fonts, &self.families);
        let mut tracks = Tracks::new();
        for path in content.elements.iter().filter_map(|element| element.along) {
            if !tracks.contains_key(&path)
                && let Some(track) = Track::of(document, path, &self.ids, &self.lines)
            {
                tracks.insert(path, track);
            }
        }
        let is_cut = !content.elements.iter().all(|element| element.along.is_none())
            && (self.lines.get() == 0 || bounds::is_exhausted(document));
        let mut reason = is_cut.then(words::text_path_long);
        let vertical = is_vertical(document, id);
        let layout = layout::lay_out(&content, &tracks, vertical, fonts, shaper);
        let zoom = self.zoom.of(document, id);
        let drawer = Drawer::new(&content, &layout, vertical, zoom, fonts);
        if self.clipped.contains(&id) {
            if !drawer.clip(document, id) {
                reason = reason.or_else(|| Some(words::text_clip()));
            }
        } else {
            drawer.replace(document, id)
        }
        (self.missing(&content, &layout), reason)
    }

    /// A finding about clusters without a glyph, and the source of the first.
    fn missing(&self, content: &Content, layout: &Layout) -> Option<Missing> {
        let text =
            |chars: &std::ops::Range<usize>| content.chars[chars.clone()].iter().map(|char| char.c).collect::<String>();
        let mut known = HashSet::new();
        let clusters = layout.missing.iter().map(text);
        let named: Vec<String> = clusters.filter(|cluster| known.insert(cluster.clone())).collect();
        let first = layout.missing.first()?;
        let (node, at) = content.chars[first.start].source;
        let length = content.chars[first.clone()].iter().map(|char| char.c.len_utf8()).sum();
        let finding = match words::clusters(&named) {
            (missing, 0) => words::artwork_glyph(missing),
            (missing, more) => words::artwork_glyphs(missing, more),
        };
        Some(((node, at, length), finding))
    }
}

/// Where characters of a text node stand in the source: exactly if none of it is written as an entity.
fn place(source: &str, document: &Document<'_>, (node, at, length): (NodeId, usize, usize)) -> std::ops::Range<usize> {
    let node = &document.nodes[node];
    if source.get(node.range.clone()) == Some(&node.text) {
        node.range.start + at..node.range.start + at + length
    } else {
        node.range.clone()
    }
}
