//! What texts in containers need: their size, and where their first baseline stands.

use std::collections::HashMap;

use taffy::{AvailableSpace, NodeId, Size};

use super::Text;
use crate::{
    template::layout::VerticalAlign,
    text::{FontSet, Paragraph, Shaper, fit},
};

/// Measures texts, each no more often than it can break in another way.
pub(super) struct Measure<'a> {
    fonts: &'a FontSet,
    shaper: &'a mut Shaper,
    most: [f32; 2],
    known: HashMap<NodeId, Vec<Extent>>,
}

/// What a text needs.
#[derive(Debug, Clone, Copy)]
struct Extent {
    /// The room that it was given.
    room: f32,
    width: f32,
    height: f32,
    /// Distance of the first line's baseline from the first line's top.
    baseline: f32,
    /// Whether a part of it is not shown.
    cut: bool,
}

impl Extent {
    /// Whether the text breaks in the same way in another width: lines are filled greedily.
    fn holds(&self, width: f32) -> bool {
        width == self.room || !self.cut && (self.width..=self.room).contains(&width)
    }
}

impl<'a> Measure<'a> {
    /// `most` is the width and height, px, beyond which nothing of a text is looked at.
    pub fn new(fonts: &'a FontSet, shaper: &'a mut Shaper, most: [f32; 2]) -> Self {
        Self { fonts, shaper, most, known: HashMap::new() }
    }

    /// The size of a text: as wide as its longest line.
    pub fn size(&mut self, id: NodeId, text: &Text, known: Size<Option<f32>>, room: Size<AvailableSpace>) -> Size<f32> {
        let width = known.width.unwrap_or(match room.width {
            AvailableSpace::Definite(width) => width.min(self.most[0]),
            AvailableSpace::MinContent => text.font_size.min(self.most[0]),
            AvailableSpace::MaxContent => self.most[0],
        });
        let extent = self.extent(id, text, width.max(0.0));
        Size { width: known.width.unwrap_or(extent.width), height: known.height.unwrap_or(extent.height) }
    }

    /// Distance of the first line's baseline from the top of a box.
    pub fn baseline(&mut self, id: NodeId, text: &Text, width: f32, height: f32) -> f32 {
        let extent = self.extent(id, text, width);
        // In a box that is too low there are fewer lines, from the top.
        extent.baseline + above(text, (height - extent.height).max(0.0))
    }

    fn extent(&mut self, id: NodeId, text: &Text, room: f32) -> Extent {
        let known = self.known.entry(id).or_default();
        if let Some(extent) = known.iter().find(|extent| extent.holds(room)) {
            return *extent;
        }
        let extent = extent(text, &fit(self.fonts, self.shaper, text, room, self.most[1]), [room, self.most[1]]);
        known.push(extent);
        extent
    }
}

fn extent(text: &Text, paragraph: &Paragraph, [room, height]: [f32; 2]) -> Extent {
    let longest = paragraph.lines.iter().map(|line| line.width).fold(0.0, f32::max);
    // Up to a 64th, so that the sums of the layout never make the line break.
    let natural = (longest * 64.0 + 1.0).ceil() / 64.0;
    let cut = paragraph.truncated;
    let used = paragraph.lines.len().max(1) as f32 * text.line_height;
    Extent {
        room,
        // A text that is cut would be cut elsewhere in less room.
        width: if cut { room } else { natural.min(room) },
        height: used,
        baseline: paragraph.lines.first().map_or(0.0, |line| line.baseline) - above(text, height - used),
        cut,
    }
}

/// How much of the height that its lines leave lies above a text.
fn above(text: &Text, left: f32) -> f32 {
    match text.vertical_align {
        VerticalAlign::Top => 0.0,
        VerticalAlign::Middle => left / 2.0,
        VerticalAlign::Bottom => left,
    }
}
