//! `text-shadow`: copies of the letters below them, in the colour of the shadow.

use std::{cell::Cell, collections::HashMap};

use resvg::tiny_skia::Rect;

use crate::markup::{
    bounds::inherited,
    texts,
    tree::{Document, NodeId},
};

/// Maximum number of letters of all shadows of an artwork: each is drawn again.
pub const MAX_LETTERS: usize = 60_000;
/// Largest distance and deviation of a shadow that may be seen, px.
const MAX_REACH: f32 = 1e6;
/// Distance in standard deviations that a blur reaches.
const REACH: f32 = 3.0;

/// A shadow of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Shadow {
    /// Distance from the letters, px.
    pub offset: [f32; 2],
    /// Standard deviation of its blur, px.
    pub deviation: f32,
    /// `#rrggbb`, `#rrggbbaa` or a name.
    pub color: String,
}

/// The shadows of an element's letters, the lowest first.
pub fn of(document: &Document<'_>, id: NodeId) -> Vec<Shadow> {
    let value = texts::style(document, id, "text-shadow").filter(|value| *value != "none").unwrap_or_default();
    let one = |text: &str| {
        let mut parts = text.split(' ');
        let mut number = || parts.next()?.parse::<f32>().ok();
        let (offset, blur) = ([number()?, number()?], number()?);
        let color = match parts.next()? {
            "currentColor" => inherited(document, id, "color").unwrap_or("#000"),
            color => color,
        };
        // CSS Backgrounds 3, section 6.1.1: the blur is twice the standard deviation.
        Some(Shadow { offset, deviation: blur / 2.0, color: color.to_owned() })
    };
    let is_near = |shadow: &Shadow| {
        let [x, y] = shadow.offset;
        [x, y, shadow.deviation].iter().all(|number| number.abs() <= MAX_REACH)
    };
    value.split(',').rev().filter_map(one).filter(is_near).collect()
}

/// What the shadows of all texts share.
#[derive(Debug)]
pub struct Shadows<'i> {
    ids: &'i HashMap<String, NodeId>,
    count: Cell<u32>,
    /// Number of letters that shadows may still have.
    letters: Cell<usize>,
    /// The first element whose shadows are left out.
    undrawn: Cell<Option<NodeId>>,
}

impl<'i> Shadows<'i> {
    /// `ids`: those of the document.
    pub fn new(ids: &'i HashMap<String, NodeId>) -> Self {
        Self { ids, count: Cell::new(0), letters: Cell::new(MAX_LETTERS), undrawn: Cell::default() }
    }

    /// Whether this many letters of an element may be drawn.
    pub fn allow(&self, id: NodeId, letters: usize) -> bool {
        let left = self.letters.get().checked_sub(letters);
        match left {
            Some(left) => self.letters.set(left),
            None => self.undrawn.set(self.undrawn.get().or(Some(id))),
        }
        left.is_some()
    }

    /// The first element whose shadows are left out.
    pub fn undrawn(&self) -> Option<NodeId> {
        self.undrawn.get()
    }

    /// Adds a group for a copy of the letters of an element, which lie in `area`; that of pictures, which are no shapes,
    /// colours them.
    pub fn group(
        &self,
        document: &mut Document<'_>,
        parent: NodeId,
        shadow: &Shadow,
        area: Rect,
        has_pictures: bool,
    ) -> NodeId {
        let range = document.nodes[parent].range.clone();
        let paints = |name: &str, initial: &str| inherited(document, parent, name).unwrap_or(initial) != "none";
        let (fills, strokes) = (paints("fill", "#000"), paints("stroke", "none"));
        let matrix = has_pictures.then(|| matrix(&shadow.color)).flatten();
        let group = document.push(Some(parent), "g", range.clone());
        let node = &mut document.nodes[group];
        let [x, y] = shadow.offset;
        node.put("transform", format!("translate({x} {y})"));
        for (name, opacity, is_painted) in [("fill", "fill-opacity", fills), ("stroke", "stroke-opacity", strokes)] {
            if is_painted {
                // The matrix has the colour with its opacity, which must not apply twice.
                node.put(name, if matrix.is_some() { "#000".to_owned() } else { shadow.color.clone() });
                node.put(opacity, "1");
            }
        }
        if shadow.deviation <= 0.0 && matrix.is_none() {
            return group;
        }
        let filter = document.push(Some(0), "filter", range.clone());
        let mut count = self.count.get();
        let id = document.free_id("haibao-text-shadow", self.ids, &mut count);
        self.count.set(count);
        document.nodes[group].put("filter", format!("url(#{id})"));
        let reach = REACH * shadow.deviation + 1.0;
        let node = &mut document.nodes[filter];
        node.put("id", id);
        node.put("filterUnits", "userSpaceOnUse");
        node.put("color-interpolation-filters", "sRGB");
        for (name, side) in [
            ("x", area.x() - reach),
            ("y", area.y() - reach),
            ("width", area.width() + 2.0 * reach),
            ("height", area.height() + 2.0 * reach),
        ] {
            node.put(name, side.to_string());
        }
        if let Some(matrix) = matrix {
            let primitive = document.push(Some(filter), "feColorMatrix", range.clone());
            document.nodes[primitive].put("values", matrix);
        }
        if shadow.deviation > 0.0 {
            let primitive = document.push(Some(filter), "feGaussianBlur", range);
            document.nodes[primitive].put("stdDeviation", shadow.deviation.to_string());
        }
        group
    }
}

/// The colour matrix that gives all pixels a colour, and keeps their coverage.
fn matrix(color: &str) -> Option<String> {
    let svgtypes::Color { red, green, blue, alpha } = color.parse().ok()?;
    let [r, g, b, a] = [red, green, blue, alpha].map(|channel| f32::from(channel) / 255.0);
    Some(format!("0 0 0 0 {r} 0 0 0 0 {g} 0 0 0 0 {b} 0 0 0 {a} 0"))
}
