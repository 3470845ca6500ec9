//! Decorations: underlines, overlines and strikethroughs as browsers draw them.

use resvg::tiny_skia::{Path, PathSegment, Point, Rect, Transform};

use super::{
    content::TextContent,
    layout::{Item, TextLayout},
    outline::Outline,
    style::Style,
};
use crate::{
    markup::tree::{Document, NodeId},
    paint::glyph,
    text::{self, FontSet},
};

/// Thickness of a line, font sizes.
const THICKNESS: f32 = 0.1;
/// Lines that a curve is followed by.
const STEPS: u8 = 8;

/// A line of a decoration: CSS `text-decoration-line`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecorationLine {
    /// `underline`. Letters interrupt it where they reach into it.
    Under,
    /// `overline`.
    Over,
    /// `line-through`.
    Through,
}

impl DecorationLine {
    fn name(self) -> &'static str {
        match self {
            Self::Under => "underline",
            Self::Over => "overline",
            Self::Through => "line-through",
        }
    }
}

/// Clusters on one straight line.
struct Run<'r> {
    items: Vec<&'r Item>,
    /// The transform of the first.
    place: Transform,
    /// Length before it is stretched, px.
    length: f32,
}

/// Draws the lines of a text.
pub struct Lines<'r> {
    /// Characters, and the elements that they belong to.
    pub content: &'r TextContent,
    /// Its letters.
    pub layout: &'r TextLayout,
    /// Whether it runs from top to bottom.
    pub vertical: bool,
    /// The fonts of the letters.
    pub fonts: &'r FontSet,
}

impl Lines<'_> {
    /// The element that decorates the letters of a child of `parent`: its paint is that of the lines. Nested ones add
    /// lines to those of the outer ones, which the innermost paints, as in Chromium.
    pub fn decorator(document: &Document<'_>, parent: NodeId) -> Option<NodeId> {
        let decorates = |up: &NodeId| document.attribute(*up, "text-decoration").is_some_and(|all| all != "none");
        document.within(parent).find(decorates)
    }

    /// Outline of the decorations of these kinds that apply to letters of a child of `parent`.
    pub fn of(&self, document: &Document<'_>, parent: NodeId, items: &[&Item], kinds: &[DecorationLine]) -> Outline {
        let has = |kind: &&DecorationLine| {
            let declared = |up| document.attribute(up, "text-decoration").is_some_and(|all| all.contains(kind.name()));
            document.within(parent).any(declared)
        };
        // As in Chromium, lines have the place and the thickness that the font of the letters gives them.
        let Some(first) = items.first() else { return Outline::new(1.0) };
        let style = &self.content.elements[first.element].style;
        let mut outline = Outline::new(style.size);
        for kind in kinds.iter().filter(has) {
            for run in self.runs(items) {
                self.line(*kind, style, &run, &mut outline);
            }
        }
        outline
    }

    fn runs<'i>(&self, items: &[&'i Item]) -> Vec<Run<'i>> {
        let mut runs: Vec<Run<'_>> = Vec::new();
        for &item in items {
            let Some(place) = item.place else { continue };
            let length = item.advance / item.stretch;
            if let Some(run) = runs.last_mut() {
                let (along, across) = if self.vertical { (0.0, run.length) } else { (run.length, 0.0) };
                let next = run.place.pre_translate(along, across);
                let near = |one: f32, other: f32| (one - other).abs() < item.size * 1e-3;
                let is_parallel = (next.sx, next.kx, next.ky, next.sy) == (place.sx, place.kx, place.ky, place.sy);
                if is_parallel && near(next.tx, place.tx) && near(next.ty, place.ty) {
                    run.length += length;
                    run.items.push(item);
                    continue;
                }
            }
            runs.push(Run { items: vec![item], place, length });
        }
        runs
    }

    fn line(&self, kind: DecorationLine, style: &Style, run: &Run<'_>, outline: &mut Outline) {
        let thickness = style.size * THICKNESS;
        let top = match kind {
            DecorationLine::Under => thickness / 2.0,
            DecorationLine::Over => -style.ascent - thickness,
            DecorationLine::Through => -style.ascent / 3.0 - thickness / 2.0,
        };
        let mut gaps = Vec::new();
        if kind == DecorationLine::Under && !self.vertical {
            gaps = run.items.iter().filter_map(|item| self.reach(item, run, [top, top + thickness])).collect();
            gaps.sort_by(|a: &[f32; 2], b| a[0].total_cmp(&b[0]));
        }
        let mut start = 0.0;
        for [from, to] in gaps.into_iter().chain([[run.length; 2]]) {
            let end = (from - thickness).min(run.length);
            // The end of the line is no gap.
            let end = if from >= run.length { run.length } else { end };
            let rect = if self.vertical {
                // The middle of a column is its axis.
                let middle = (style.ascent - style.descent) / 2.0;
                Rect::from_ltrb(-top - thickness - middle, start, -top - middle, end)
            } else {
                Rect::from_ltrb(start, top, end, top + thickness)
            };
            if let Some(rect) = rect.filter(|_| end > start) {
                outline.add_rect(rect, run.place);
            }
            start = f32::max(start, to + thickness);
        }
    }

    /// Where a cluster's letters lie within a band of their line: the first and the last length along the run.
    fn reach(&self, item: &Item, run: &Run<'_>, band: [f32; 2]) -> Option<[f32; 2]> {
        let is_ideograph = |at: usize| self.content.chars.get(at).is_some_and(|char| text::is_ideograph(char.c));
        if item.chars.clone().any(is_ideograph) {
            return None;
        }
        let slant = self.content.elements[item.element].style.slant;
        let to_run = run.place.invert()?.pre_concat(item.of_glyphs(slant)?);
        let face = self.fonts.face(item.face?)?;
        let scale = item.size / face.units_per_em;
        let mut reach: Option<[f32; 2]> = None;
        for &(x, y, id) in self.layout.glyphs.get(item.glyphs.clone()).into_iter().flatten() {
            let transform = to_run.pre_translate(x, y).pre_scale(scale, -scale);
            if let Some(path) = glyph::outline(face, id).and_then(|path| path.transform(transform)) {
                cross(&path, band, &mut reach);
            }
        }
        reach
    }
}

/// Extends `reach` to the part of a path that lies within a band.
fn cross(path: &Path, [top, bottom]: [f32; 2], reach: &mut Option<[f32; 2]>) {
    if path.bounds().bottom() <= top || path.bounds().top() >= bottom {
        return;
    }
    let mut line = |from: Point, to: Point| {
        let (high, low) = if from.y <= to.y { (from, to) } else { (to, from) };
        if low.y <= top || high.y >= bottom {
            return;
        }
        let at =
            |y: f32| if low.y > high.y { high.x + (low.x - high.x) * (y - high.y) / (low.y - high.y) } else { high.x };
        for x in [at(high.y.max(top)), at(low.y.min(bottom))] {
            let [left, right] = reach.unwrap_or([x; 2]);
            *reach = Some([left.min(x), right.max(x)]);
        }
    };
    let mut last = Point::zero();
    let mut follow = |last: Point, at: &dyn Fn(f32) -> Point| {
        let mut from = last;
        for step in 1..=STEPS {
            let to = at(f32::from(step) / f32::from(STEPS));
            line(from, to);
            from = to;
        }
    };
    for segment in path.segments() {
        let mix = |a: Point, b: Point, t: f32| Point::from_xy(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t);
        last = match segment {
            PathSegment::MoveTo(to) => to,
            PathSegment::LineTo(to) => {
                follow(last, &|t| mix(last, to, t));
                to
            }
            PathSegment::QuadTo(a, to) => {
                follow(last, &|t| mix(mix(last, a, t), mix(a, to, t), t));
                to
            }
            PathSegment::CubicTo(a, b, to) => {
                follow(last, &|t| {
                    let middle = mix(a, b, t);
                    mix(mix(mix(last, a, t), middle, t), mix(middle, mix(b, to, t), t), t)
                });
                to
            }
            // Closing lines are short, or horizontal.
            PathSegment::Close => last,
        };
    }
}
