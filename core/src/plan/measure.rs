//! Measures texts in containers: size and first baseline.

use std::collections::HashMap;

use taffy::{AvailableSpace, NodeId, Size};

use crate::{
    style::{VerticalAlign, WritingMode},
    text::{FontSet, Paragraph, Shaper, StyledText, fit},
};

/// Measures texts. Caches each result for all lengths at which the lines break in the same way.
pub(super) struct Measure<'a> {
    fonts: &'a FontSet,
    shaper: &'a mut Shaper,
    max: [f32; 2],
    known: HashMap<NodeId, Vec<Extent>>,
}

/// Measured size of a text.
#[derive(Debug, Clone, Copy)]
struct Extent {
    /// Available length of lines, px: the width, or the height of vertical text.
    room: f32,
    /// Size along the lines.
    length: f32,
    /// Size across the lines.
    breadth: f32,
    /// Distance from the top of the first line to its baseline. Not used for vertical text.
    baseline: f32,
    /// Whether the text is truncated or shrunk, so that it changes with any other room.
    is_tight: bool,
}

impl Extent {
    /// Whether the lines break in the same way in another room. Lines are filled greedily.
    fn holds(&self, room: f32) -> bool {
        room == self.room || !self.is_tight && (self.length..=self.room).contains(&room)
    }

    /// Width and height.
    fn size(&self, text: &StyledText) -> [f32; 2] {
        if is_vertical(text) { [self.breadth, self.length] } else { [self.length, self.breadth] }
    }
}

impl<'a> Measure<'a> {
    /// `max` is the maximum width and height of a text, px.
    pub fn new(fonts: &'a FontSet, shaper: &'a mut Shaper, max: [f32; 2]) -> Self {
        Self { fonts, shaper, max, known: HashMap::new() }
    }

    /// Size of a text: as long as its longest line.
    pub fn size(
        &mut self,
        id: NodeId,
        text: &StyledText,
        known: Size<Option<f32>>,
        room: Size<AvailableSpace>,
    ) -> Size<f32> {
        let (length, space, max) = if is_vertical(text) {
            (known.height, room.height, self.max[1])
        } else {
            (known.width, room.width, self.max[0])
        };
        let length = length.unwrap_or(match space {
            AvailableSpace::Definite(px) => px.min(max),
            AvailableSpace::MinContent => text.font_size.min(max),
            AvailableSpace::MaxContent => max,
        });
        let extent = self.extent(id, text, length.max(0.0));
        let [width, height] = extent.size(text);
        Size { width: known.width.unwrap_or(width), height: known.height.unwrap_or(height) }
    }

    /// Distance from the top of the box to the first baseline. The baseline of vertical text is the bottom of the box.
    pub fn baseline(&mut self, id: NodeId, text: &StyledText, width: f32, height: f32) -> f32 {
        if is_vertical(text) {
            return height;
        }
        let extent = self.extent(id, text, width);
        // A box that is too low holds fewer lines, starting at the top.
        extent.baseline + above(text, (height - extent.breadth).max(0.0))
    }

    /// The extent of a text in a room, from the cache or by shaping it.
    fn extent(&mut self, id: NodeId, text: &StyledText, room: f32) -> Extent {
        let known = self.known.entry(id).or_default();
        if let Some(extent) = known.iter().find(|extent| extent.holds(room)) {
            return *extent;
        }
        let [width, height] = if is_vertical(text) { [self.max[0], room] } else { [room, self.max[1]] };
        let paragraph = fit(self.fonts, self.shaper, text, width, height);
        let extent = extent(text, &paragraph, room, height);
        known.push(extent);
        extent
    }
}

fn is_vertical(text: &StyledText) -> bool {
    text.writing_mode == WritingMode::VerticalRl
}

/// The extent of a paragraph that was fitted into a room, in a box of this height.
fn extent(text: &StyledText, paragraph: &Paragraph, room: f32, height: f32) -> Extent {
    let longest = paragraph.lines.iter().map(|line| line.needs - paragraph.trim[0]).fold(0.0, f32::max);
    let is_tight = paragraph.truncated || paragraph.zoom < 1.0;
    let breadth = paragraph.lines.len().max(1) as f32 * text.line_height * paragraph.zoom - paragraph.trim[1];
    let above = above(text, height - breadth);
    Extent {
        room,
        // Less room would truncate the text elsewhere.
        length: if is_tight { room } else { round_up(longest).min(room) },
        breadth: if paragraph.zoom < 1.0 { round_up(breadth) } else { breadth },
        baseline: paragraph.lines.first().map_or(0.0, |line| line.baseline) - above,
        is_tight,
    }
}

/// Rounds up to 1/64 px, so that rounding errors of the layout never break the line.
fn round_up(px: f32) -> f32 {
    (px * 64.0 + 1.0).ceil() / 64.0
}

/// The part of the free space that lies above the lines of a text.
fn above(text: &StyledText, free: f32) -> f32 {
    match text.vertical_align {
        VerticalAlign::Top => 0.0,
        VerticalAlign::Middle => free / 2.0,
        VerticalAlign::Bottom => free,
    }
}
