//! Strokes: `vector-effect: non-scaling-stroke` keeps their width where the artwork scales, and `pathLength` is the unit of
//! dashes.

use resvg::tiny_skia::Transform;

use crate::{
    markup::{
        bounds,
        budget::Cost,
        notes::Notes,
        tree::{self, Document, NodeId},
    },
    words,
};

/// Maximum number of `<use>` elements whose scales are compared for each element around one.
const MAX_USES: usize = 16;
/// Bytes of a list of numbers that are divided in a step.
const NUMBER_BYTES: usize = 4;

/// Divides the lengths of strokes by the scale of their elements.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    let mut scales = None;
    for id in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        dashes(document, id);
        let Some(effect) = document.attribute(id, "vector-effect").map(str::to_owned) else { continue };
        // Browsers stroke texts without it.
        if effect == "none" || matches!(document.nodes[id].name, "text" | "tspan" | "textPath") {
            continue;
        }
        let scale = match effect.as_str() {
            "non-scaling-stroke" => scales.get_or_insert_with(|| Scales::of(document)).of_element(id),
            _ => None,
        };
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
    if !document.budget.spend(Cost::Steps, value.len() / NUMBER_BYTES) {
        return;
    }
    let numbers = value.split_ascii_whitespace().map(|one| one.parse::<f32>().ok());
    let divided: Option<Vec<String>> = numbers.map(|one| Some((one? / by).to_string())).collect();
    if let Some(divided) = divided {
        document.set(id, name, divided.join(" "));
    }
}

/// Makes the dashes of an element with a `pathLength` relative to its real length.
fn dashes(document: &mut Document<'_>, id: NodeId) {
    let Some(length) = document.attribute(id, "pathLength").and_then(|length| length.trim().parse::<f32>().ok()) else {
        return;
    };
    if bounds::inherited(document, id, "stroke-dasharray").is_none_or(|dashes| dashes == "none") || length < 0.0 {
        return;
    }
    if length == 0.0 {
        // Browsers draw no gaps.
        document.set(id, "stroke-dasharray", "none");
        return;
    }
    if let Some(real) = bounds::perimeter::perimeter(document, id).filter(|real| *real > 0.0) {
        for (name, initial) in [("stroke-dasharray", "none"), ("stroke-dashoffset", "0")] {
            divide(document, id, name, initial, length / real);
        }
    }
}

/// Scales from elements to the canvas.
struct Scales {
    /// Transforms of elements. `None` for those that are not drawn where they stand, and those around which a scale is
    /// unknown.
    transforms: Vec<Option<Transform>>,
    /// Elements that `<use>` elements draw at another scale than that of their own place, with those in them.
    scaled: Vec<bool>,
}

impl Scales {
    fn of(document: &Document<'_>) -> Self {
        let (order, count) = (document.all(), document.nodes.len());
        let mut scales = Self { transforms: vec![None; count], scaled: vec![false; count] };
        // Parents come before their children.
        for id in order.iter().copied() {
            let node = &document.nodes[id];
            let around = node.parent.map_or(Some(Transform::identity()), |parent| scales.transforms[parent]);
            scales.transforms[id] = around.filter(|_| tree::is_drawn(node.name)).and_then(|around| {
                let own = around.pre_concat(bounds::transform(document, id));
                Some(if node.name == "svg" { own.pre_concat(view(document, id)?) } else { own })
            });
        }
        let uses = document.uses();
        for id in order {
            let node = &document.nodes[id];
            let own = node.parent.and_then(|parent| scales.square(parent));
            let used = node.attribute("id").and_then(|id| uses.get(id));
            // Scales of used elements that others use are not followed.
            let is_scaled =
                used.is_some_and(|used| used.len() > MAX_USES || used.iter().any(|one| scales.square(*one) != own));
            scales.scaled[id] = is_scaled || node.parent.is_some_and(|parent| scales.scaled[parent]);
        }
        scales
    }

    /// Scale of an element, if it is the same in all directions, and wherever it is drawn.
    fn of_element(&self, id: NodeId) -> Option<f32> {
        self.square(id).filter(|_| !self.scaled[id])
    }

    /// Scale from an element to the canvas, if it is the same in all directions.
    fn square(&self, id: NodeId) -> Option<f32> {
        let whole = self.transforms[id]?;
        let (x, y) = (whole.sx.hypot(whole.ky), whole.kx.hypot(whole.sy));
        let is_square = (whole.sx * whole.kx + whole.ky * whole.sy).abs() < 1e-3 * x * y;
        (is_square && x > 0.0 && (x / y - 1.0).abs() < 1e-3).then_some(x)
    }
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
