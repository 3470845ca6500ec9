//! Strokes: `vector-effect: non-scaling-stroke` keeps their width where the artwork scales, and `pathLength` is the unit of
//! dashes.

use std::collections::HashMap;

use resvg::tiny_skia::Transform;

use crate::{
    markup::{
        bounds,
        notes::Notes,
        tree::{self, Document, NodeId},
    },
    words,
};

/// Maximum number of `<use>` elements whose scales are compared for one element.
const MAX_USES: usize = 16;

/// For each id that `<use>` elements draw, these elements.
type Uses = HashMap<String, Vec<NodeId>>;

/// Divides the lengths of strokes by the scale of their elements.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    let uses = document.uses();
    let mut scales = Scales::new(document, &uses);
    for id in document.all() {
        dashes(document, id);
        let Some(effect) = document.attribute(id, "vector-effect").map(str::to_owned) else { continue };
        // Browsers stroke texts without it.
        if effect == "none" || matches!(document.nodes[id].name, "text" | "tspan" | "textPath") {
            continue;
        }
        let scale = (effect == "non-scaling-stroke").then(|| scales.of(document, id)).flatten();
        let Some(scale) = scale else {
            notes.add(
                document.nodes[id].range_of("vector-effect"),
                words::css_undrawn(match effect.as_str() {
                    "non-scaling-stroke" => {
                        "vector-effect: non-scaling-stroke under a transform that stretches".to_owned()
                    }
                    other => format!("vector-effect: {other}"),
                }),
            );
            continue;
        };
        for (name, initial) in [("stroke-width", "1"), ("stroke-dasharray", "none"), ("stroke-dashoffset", "0")] {
            divide(document, id, name, initial, scale);
        }
    }
}

/// Divides the numbers of a property.
fn divide(document: &mut Document<'_>, id: NodeId, name: &'static str, initial: &str, by: f32) {
    let value = bounds::inherited(document, id, name).unwrap_or(initial);
    if !document.may_copy(value.len()) {
        return;
    }
    let numbers = value.split_ascii_whitespace().map(|one| one.parse::<f32>().ok());
    let divided: Option<Vec<String>> = numbers.map(|one| Some((one? / by).to_string())).collect();
    if let Some(divided) = divided {
        document.nodes[id].set(name, divided.join(" "));
    }
}

/// Makes the dashes of an element with a `pathLength` relative to its real length.
fn dashes(document: &mut Document<'_>, id: NodeId) {
    let Some(length) = document.attribute(id, "pathLength").and_then(|length| length.trim().parse::<f32>().ok()) else {
        return;
    };
    if bounds::inherited(document, id, "stroke-dasharray").is_none_or(|dashes| dashes == "none") || length <= 0.0 {
        return;
    }
    if let Some(real) = bounds::perimeter::perimeter(document, id).filter(|real| *real > 0.0) {
        for (name, initial) in [("stroke-dasharray", "none"), ("stroke-dashoffset", "0")] {
            divide(document, id, name, initial, length / real);
        }
    }
}

/// Transforms from elements to the canvas, each computed once.
struct Scales<'u> {
    uses: &'u Uses,
    /// Whole transforms by element. The inner `None`: an element that is not drawn where it stands.
    known: Vec<Option<Option<Transform>>>,
    /// Whether a `<use>` draws an element, or one around it, at another scale.
    scaled: Vec<Option<bool>>,
}

impl<'u> Scales<'u> {
    fn new(document: &Document<'_>, uses: &'u Uses) -> Self {
        let count = document.nodes.len();
        Self { uses, known: vec![None; count], scaled: vec![None; count] }
    }

    /// Leads from an element to the canvas, as far as it is drawn where it stands.
    fn whole(&mut self, document: &Document<'_>, id: NodeId) -> Option<Transform> {
        let mut path: Vec<NodeId> = document.within(id).take_while(|up| self.known[*up].is_none()).collect();
        let top = path.last().copied().unwrap_or(id);
        let mut around = match document.nodes[top].parent {
            _ if path.is_empty() => return self.known[id].flatten(),
            Some(parent) => self.known[parent].flatten(),
            None => Some(Transform::identity()),
        };
        while let Some(up) = path.pop() {
            let node = &document.nodes[up];
            let own = match node.name {
                name if !tree::is_drawn(name) => None,
                "svg" => view(document, up),
                _ => Some(Transform::identity()),
            };
            let own = own.map(|own| own.post_concat(bounds::transform(document, up)));
            around = own.zip(around).map(|(own, around)| own.post_concat(around));
            self.known[up] = Some(around);
        }
        around
    }

    /// Whether a `<use>` draws an element, or one around it, at another scale than that of its own place. Uses of used
    /// elements are not followed.
    fn is_scaled(&mut self, document: &Document<'_>, id: NodeId) -> bool {
        let path: Vec<NodeId> = document.within(id).take_while(|up| self.scaled[*up].is_none()).collect();
        for up in path.into_iter().rev() {
            let parent = document.nodes[up].parent;
            let around = parent.is_some_and(|parent| self.scaled[parent].unwrap_or_default());
            let used = document.attribute(up, "id").and_then(|id| self.uses.get(id)).map_or(&[][..], Vec::as_slice);
            let own = parent.and_then(|parent| self.whole(document, parent)).and_then(square);
            let differs =
                used.len() > MAX_USES || used.iter().any(|one| self.whole(document, *one).and_then(square) != own);
            self.scaled[up] = Some(around || differs);
        }
        self.scaled[id].unwrap_or_default()
    }

    /// Scale from an element to the canvas, if it is the same in all directions and wherever the element is drawn.
    fn of(&mut self, document: &Document<'_>, id: NodeId) -> Option<f32> {
        if self.is_scaled(document, id) {
            return None;
        }
        self.whole(document, id).and_then(square)
    }
}

/// The scale of a transform, if it is the same in all directions.
fn square(whole: Transform) -> Option<f32> {
    let (x, y) = (whole.sx.hypot(whole.ky), whole.kx.hypot(whole.sy));
    let is_square = (whole.sx * whole.kx + whole.ky * whole.sy).abs() < 1e-3 * x * y;
    (is_square && x > 0.0 && (x / y - 1.0).abs() < 1e-3).then_some(x)
}

/// Scale of an `<svg>`'s `viewBox`.
fn view(document: &Document<'_>, id: NodeId) -> Option<Transform> {
    let node = &document.nodes[id];
    let Some(view_box) = node.attribute("viewBox") else { return Some(Transform::identity()) };
    let view_box: svgtypes::ViewBox = view_box.parse().ok()?;
    let side = |name: &str| bounds::px(node.attribute(name)?);
    let (Some(width), Some(height)) = (side("width"), side("height")) else {
        return (id == 0).then(Transform::identity);
    };
    let (x, y) = (width / view_box.w, height / view_box.h);
    let stretches = node.attribute("preserveAspectRatio").is_some_and(|aspect| aspect.contains("none"));
    let slices = node.attribute("preserveAspectRatio").is_some_and(|aspect| aspect.contains("slice"));
    Some(match (stretches, slices) {
        (true, _) => Transform::from_scale(x as f32, y as f32),
        (_, true) => Transform::from_scale(x.max(y) as f32, x.max(y) as f32),
        _ => Transform::from_scale(x.min(y) as f32, x.min(y) as f32),
    })
}
