//! Positions of the clusters of a text (SVG 2, section 11.5): shifts, `textLength`, absolute positions, anchors, paths.

use std::{collections::HashMap, ops::Range};

use resvg::tiny_skia::Transform;
use unicode_segmentation::UnicodeSegmentation;

use super::{content::TextContent, style::SMALL_CAPS, track::Track};
use crate::{
    markup::tree::NodeId,
    style::WritingMode,
    text::{self, ClusterOrientation, FontSet, Shaper, StyledSpan, StyledText},
};

/// A text as placed clusters.
#[derive(Debug, Default)]
pub struct TextLayout {
    /// Clusters; of each chunk in visual order.
    pub items: Vec<Item>,
    /// Glyphs: offsets from the cluster's origin, px of the text's units, and indices in the face.
    pub glyphs: Vec<(f32, f32, u16)>,
    /// Indices of characters whose clusters no font has.
    pub missing: Vec<Range<usize>>,
    /// End of the last cluster along the line, px.
    pen: f32,
}

/// A placed cluster.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its characters.
    pub chars: Range<usize>,
    /// Index of its element.
    pub element: usize,
    /// Index of its face in the font set.
    pub face: Option<u16>,
    /// Font size, px.
    pub size: f32,
    /// Its glyphs in [`TextLayout::glyphs`].
    pub glyphs: Range<usize>,
    /// Orientation in a column.
    pub orientation: ClusterOrientation,
    /// Length along the line, px.
    pub advance: f32,
    /// Stretch along the line.
    pub stretch: f32,
    /// Origin, px. Along a path: the length up to it, and the distance from it.
    x: f32,
    y: f32,
    /// Rotation of its own.
    rotate: f32,
    /// Leads from the cluster's units (origin, line to the right, y down) to those of the text. `None`: beyond its path.
    pub place: Option<Transform>,
}

/// Tracks by the `textPath` elements that letters run along.
pub type Tracks = HashMap<NodeId, Track>;

/// Lays out a text.
pub fn lay_out(
    content: &TextContent,
    tracks: &Tracks,
    vertical: bool,
    fonts: &FontSet,
    shaper: &mut Shaper,
) -> TextLayout {
    let mut layout = TextLayout::default();
    let chunks = chunks(content);
    let families = families(content, fonts);
    let mut starts = Vec::with_capacity(chunks.len());
    for chunk in &chunks {
        starts.push(layout.items.len());
        layout.shape(content, &families, chunk.clone(), vertical, fonts, shaper);
    }
    let mut placer = Placer { content, tracks, vertical, items: &mut layout.items };
    placer.shift();
    placer.lengths();
    placer.absolute(&starts);
    placer.anchor(&starts);
    placer.finish();
    layout
}

/// The families of each element with letters, without those that lack a part of them.
fn families(content: &TextContent, fonts: &FontSet) -> Vec<Vec<String>> {
    // The span of each element with letters.
    let mut places: Vec<Option<usize>> = vec![None; content.elements.len()];
    let mut spans: Vec<StyledSpan> = Vec::new();
    for char in &content.chars {
        let place = *places[char.element].get_or_insert_with(|| {
            let style = &content.elements[char.element].style;
            spans.push(StyledSpan::plain(String::new(), style.families.to_vec(), style.size, style.weight));
            spans.len() - 1
        });
        spans[place].text.push(char.c);
    }
    fonts.settle(&mut spans);
    let of = |place: Option<usize>| place.map_or_else(Vec::new, |at| std::mem::take(&mut spans[at].font_families));
    places.into_iter().map(of).collect()
}

/// Ranges of characters that are positioned together: each begins at an absolute position, or at a path. Never within a
/// cluster.
fn chunks(content: &TextContent) -> Vec<Range<usize>> {
    let chars = &content.chars;
    let begins = |at: usize| {
        let along = |at: usize| content.elements[chars[at].element].along;
        chars[at].x.is_some() || chars[at].y.is_some() || along(at) != along(at - 1)
    };
    let candidates: Vec<usize> = (1..chars.len()).filter(|at| begins(*at)).collect();
    let mut starts = vec![0];
    if !candidates.is_empty() {
        let text: String = chars.iter().map(|char| char.c).collect();
        let mut clusters = text.graphemes(true).scan(0, |at, cluster| {
            *at += cluster.chars().count();
            Some(*at)
        });
        let mut boundary = 0;
        for at in candidates {
            while boundary < at {
                boundary = clusters.next().unwrap_or(usize::MAX);
            }
            if boundary == at {
                starts.push(at);
            }
        }
    }
    let ends = starts.iter().copied().skip(1).chain([chars.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

impl TextLayout {
    /// Shapes a chunk, and places its clusters one after another.
    fn shape(
        &mut self,
        content: &TextContent,
        families: &[Vec<String>],
        chunk: Range<usize>,
        vertical: bool,
        fonts: &FontSet,
        shaper: &mut Shaper,
    ) {
        let mut spans: Vec<StyledSpan> = Vec::new();
        // Element of each span and, for each byte of the text, its character.
        let (mut elements, mut of_byte) = (Vec::new(), Vec::new());
        let mut last = None;
        for (at, char) in content.chars.iter().enumerate().take(chunk.end).skip(chunk.start) {
            let style = &content.elements[char.element].style;
            let is_small = style.caps.is_small(char.c);
            if last.replace((char.element, is_small)) != Some((char.element, is_small)) {
                let size = if is_small { style.size * SMALL_CAPS } else { style.size };
                let plain = StyledSpan::plain(String::new(), families[char.element].clone(), size, style.weight);
                spans.push(StyledSpan { font_features: style.features.clone(), ..plain });
                elements.push(char.element);
            }
            let Some(span) = spans.last_mut() else { continue };
            let before = span.text.len();
            if is_small {
                span.text.extend(char.c.to_uppercase())
            } else {
                span.text.push(char.c)
            }
            of_byte.resize(of_byte.len() + span.text.len() - before, at);
        }
        let mode = if vertical { WritingMode::VerticalRl } else { WritingMode::HorizontalTb };
        let is_rtl = content.elements.first().is_some_and(|text| text.style.is_rtl);
        let line = text::shaped_line(fonts, shaper, StyledText::line(spans, mode), is_rtl);
        let offset = self.glyphs.len();
        self.glyphs.extend(line.glyphs);
        for cluster in line.clusters {
            let Some(&first) = of_byte.get(cluster.range.start) else { continue };
            let end = of_byte.get(cluster.range.end).copied().unwrap_or(chunk.end).max(first + 1);
            let element = elements.get(usize::from(cluster.span)).copied().unwrap_or_default();
            let style = &content.elements[element].style;
            let mut advance = cluster.advance;
            if !cluster.glyphs.is_empty() {
                let is_space = matches!(content.chars[first].c, ' ' | '\u{a0}');
                advance += style.letter_spacing + if is_space { style.word_spacing } else { 0.0 };
            }
            if cluster.missing && !content.chars[first].c.is_whitespace() {
                self.missing.push(first..end);
            }
            let (x, y) = if vertical { (0.0, self.pen) } else { (self.pen, 0.0) };
            self.pen += advance;
            self.items.push(Item {
                chars: first..end,
                element,
                face: cluster.face,
                size: cluster.size,
                glyphs: cluster.glyphs.start + offset..cluster.glyphs.end + offset,
                orientation: cluster.orientation,
                advance,
                stretch: 1.0,
                x,
                y,
                rotate: content.chars[first].rotate,
                place: None,
            });
        }
    }
}

struct Placer<'l> {
    content: &'l TextContent,
    tracks: &'l Tracks,
    vertical: bool,
    items: &'l mut [Item],
}

impl Placer<'_> {
    /// Indices of items in the order of the text.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.items.len()).collect();
        if !self.items.is_sorted_by_key(|item| item.chars.start) {
            order.sort_by_key(|index| self.items[*index].chars.start);
        }
        order
    }

    fn along(&self, item: &Item) -> f32 {
        if self.vertical { item.y } else { item.x }
    }

    /// Extent of items along the line.
    fn extent(&self, items: impl Iterator<Item = usize>) -> Option<(f32, f32)> {
        let ends = items.map(|index| {
            let item = &self.items[index];
            let (start, end) = (self.along(item), self.along(item) + item.advance);
            (start.min(end), start.max(end))
        });
        ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// Applies `dx` and `dy`.
    fn shift(&mut self) {
        let (mut x, mut y) = (0.0, 0.0);
        for index in self.order() {
            let item = &mut self.items[index];
            let own = &self.content.chars[item.chars.start];
            (x, y) = (x + own.dx, y + own.dy);
            (item.x, item.y) = (item.x + x, item.y + y);
        }
    }

    /// Applies `textLength`, to elements before those that contain them.
    fn lengths(&mut self) {
        let order = self.order();
        // The outermost element whose length is set, for each item.
        let mut set: Vec<Option<usize>> = vec![None; self.items.len()];
        for (number, element) in self.content.elements.iter().enumerate().rev() {
            let Some((length, adjusts)) = element.length else { continue };
            let before = |end: usize| order.partition_point(|index| self.items[*index].chars.start < end);
            let (first, last) = (before(element.chars.start), before(element.chars.end));
            let inside = order[first..last].to_vec();
            let Some((start, end)) = self.extent(inside.iter().copied()) else { continue };
            let natural = end - start;
            if adjusts {
                if natural <= 0.0 {
                    continue;
                }
                let by = length / natural;
                for index in &inside {
                    let at = start + (self.along(&self.items[*index]) - start) * by;
                    self.move_to(*index, at);
                    self.items[*index].advance *= by;
                    self.items[*index].stretch *= by;
                }
                self.follow(&order[last..], length - natural);
            } else {
                // Letters of a ligature, of which the first has its glyph, and elements whose own length is set move as one.
                let has_glyph: Vec<bool> = inside.iter().map(|at| !self.items[*at].glyphs.is_empty()).collect();
                let is_start = |place: usize| match set[inside[place]] {
                    _ if place == 0 => true,
                    None => has_glyph[place],
                    own => own != set[inside[place - 1]],
                };
                let count = (0..inside.len()).filter(|place| is_start(*place)).count();
                if count < 2 {
                    continue;
                }
                let gap = (length - natural) / (count - 1) as f32;
                let mut moved = -gap;
                for (place, index) in inside.iter().enumerate() {
                    if is_start(place) {
                        moved += gap;
                    }
                    let at = self.along(&self.items[*index]) + moved;
                    self.move_to(*index, at);
                }
                // Browsers leave a gap after the last cluster, too.
                self.follow(&order[last..], moved + gap);
            }
            inside.iter().for_each(|index| set[*index] = Some(number));
        }
    }

    fn move_to(&mut self, index: usize, along: f32) {
        let item = &mut self.items[index];
        if self.vertical { item.y = along } else { item.x = along }
    }

    /// Moves what follows.
    fn follow(&mut self, items: &[usize], by: f32) {
        for index in items {
            let along = self.along(&self.items[*index]) + by;
            self.move_to(*index, along);
        }
    }

    /// Applies `x` and `y`, and begins again at each path and after it. `starts`: first items of the chunks.
    fn absolute(&mut self, starts: &[usize]) {
        let ends: Vec<usize> = starts.iter().copied().skip(1).chain([self.items.len()]).collect();
        let (mut x, mut y) = (0.0, 0.0);
        let mut before: Option<NodeId> = None;
        for (start, end) in starts.iter().copied().zip(ends) {
            let Some(chunk) = self.items.get_mut(start..end) else { continue };
            let Some(first) = chunk.iter().min_by_key(|item| item.chars.start) else { continue };
            let own = &self.content.chars[first.chars.start];
            let along = self.content.elements[own.element].along;
            // Without its own shift. A chunk that begins on the right is positioned by its left edge.
            let is_first = chunk.iter().take(1).all(|item| item.chars == first.chars);
            let edge = chunk.iter().map(|item| item.x).fold(f32::INFINITY, f32::min);
            let (left, top) = (if is_first { first.x } else { edge } - own.dx, first.y - own.dy);
            let (mut to_x, mut to_y) = (own.x, own.y);
            if along != before {
                if along.is_some() {
                    to_x = to_x.or(Some(0.0));
                } else if let Some((point, _)) =
                    before.and_then(|path| self.tracks.get(&path)).and_then(|track| track.at(track.length))
                {
                    (to_x, to_y) = (to_x.or(Some(point.x)), to_y.or(Some(point.y)));
                }
            }
            if along.is_some() {
                // The line is that of the path.
                to_y = (along != before).then_some(0.0);
            }
            before = along;
            x = to_x.map_or(x, |to| to - left);
            y = to_y.map_or(y, |to| to - top);
            chunk.iter_mut().for_each(|item| (item.x, item.y) = (item.x + x, item.y + y));
        }
    }

    /// Applies `text-anchor`.
    fn anchor(&mut self, starts: &[usize]) {
        let ends: Vec<usize> = starts.iter().copied().skip(1).chain([self.items.len()]).collect();
        for (start, end) in starts.iter().copied().zip(ends) {
            let first = (start..end).min_by_key(|index| self.items[*index].chars.start);
            let (Some(first), Some((low, high))) = (first, self.extent(start..end)) else { continue };
            let own = &self.content.chars[self.items[first].chars.start];
            let by = (high - low) * self.content.elements[own.element].style.anchor;
            for index in start..end {
                let along = self.along(&self.items[index]) - by;
                self.move_to(index, along);
            }
        }
    }

    /// Sets the transforms.
    fn finish(&mut self) {
        let vertical = self.vertical;
        for item in self.items.iter_mut() {
            let element = &self.content.elements[item.element];
            let lift = element.style.lift;
            let place = match element.along {
                Some(path) => {
                    let Some(track) = self.tracks.get(&path) else { continue };
                    let half = item.advance / 2.0;
                    let Some((point, angle)) = track.at(track.start + item.x + half) else { continue };
                    let along = Transform::from_translate(point.x, point.y).pre_rotate(angle);
                    along.pre_translate(-half, item.y - lift)
                }
                None if vertical => Transform::from_translate(item.x + lift, item.y),
                None => Transform::from_translate(item.x, item.y - lift),
            };
            let place = place.pre_rotate(item.rotate);
            item.place = Some(match vertical {
                true => place.pre_scale(1.0, item.stretch),
                false => place.pre_scale(item.stretch, 1.0),
            });
        }
    }
}

impl Item {
    /// The transform of its glyphs, which lean by `slant`.
    pub fn of_glyphs(&self, slant: f32) -> Option<Transform> {
        let place = match self.orientation {
            ClusterOrientation::Upright => self.place?,
            ClusterOrientation::Rotated => self.place?.pre_concat(Transform::from_row(0.0, 1.0, -1.0, 0.0, 0.0, 0.0)),
        };
        Some(place.pre_concat(Transform::from_row(1.0, 0.0, -slant, 1.0, 0.0, 0.0)))
    }
}
