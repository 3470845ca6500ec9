//! What an element consists of, gathered from those within it.

use resvg::{tiny_skia::Rect, usvg::Group};

use super::{
    outline::Outline,
    seen::{limits, of_clip, of_mask},
};
use crate::{artwork::extent::union, style::Color};

/// Number of outlines of a shape from which it may be a text.
pub(super) const MIN_LETTERS: usize = 3;

/// What a node and those within it consist of.
#[derive(Clone, Copy, Default)]
pub(super) struct Content {
    pub outlines: usize,
    pub color: Option<Color>,
    /// The roundest outline that fills what is seen.
    pub outline: Option<Outline>,
    /// The box of what is seen.
    pub seen: Option<Rect>,
    /// Height of the tallest shape or picture beside texts.
    pub tallest: f32,
    /// Width and height of the largest shape that is no letter, or picture.
    pub plain: [f32; 2],
}

impl Content {
    /// Of a shape or a picture that is seen. `is_letter`: whether it may be a letter of a text.
    pub fn painted(self, rect: Rect, is_letter: bool) -> Self {
        let plain = if is_letter { [0.0; 2] } else { [rect.width(), rect.height()] };
        Self { tallest: rect.height(), plain, ..self }
    }

    /// Of a text: its letters are no shapes.
    pub fn of_text(self) -> Self {
        Self { tallest: 0.0, plain: [0.0; 2], ..self }
    }

    pub fn and(self, other: Self) -> Self {
        Self {
            outlines: self.outlines + other.outlines,
            color: self.color.or(other.color),
            outline: self.outline.or(other.outline),
            seen: match (self.seen, other.seen) {
                (Some(one), Some(other)) => union(one, other),
                (one, other) => one.or(other),
            },
            tallest: self.tallest.max(other.tallest),
            plain: if area(other.plain) > area(self.plain) { other.plain } else { self.plain },
        }
    }

    /// As the clip and the mask of a group leave it.
    pub fn within(self, group: &Group) -> Self {
        let seen = limits(group).into_iter().fold(self.seen, |seen, limit| seen?.intersect(&limit));
        let fills = |outline: &Outline| seen.is_some_and(|seen| outline.fills(seen));
        let own = Self { seen, outline: self.outline.filter(fills), ..self };
        own.outlined(of_clip(group)).outlined(of_mask(group))
    }

    /// With an outline, if it fills what is seen and is rounder than the one that it has.
    pub fn outlined(mut self, outline: Option<Outline>) -> Self {
        if let (Some(outline), Some(seen)) = (outline, self.seen)
            && outline.fills(seen)
            && self.outline.is_none_or(|known| outline.corners.is_rounder(known.corners))
        {
            self.outline = Some(outline);
        }
        self
    }
}

fn area([width, height]: [f32; 2]) -> f32 {
    width * height
}
