//! Places of filter primitives. A primitive without a place has that of its inputs, while usvg gives it the filter's region. One with
//! an empty place draws nothing, while usvg leaves out all primitives after it. resvg does not cut off offsets, and confuses the
//! colour space of tiles.

use std::collections::HashMap;

use resvg::tiny_skia::Rect;

use crate::{
    markup::{
        bounds::{self, reach},
        budget::Cost,
        css::scan::Scanner,
        notes::Notes,
        style::{Context, length::Length, values::targets},
        tree::{Document, NodeId},
    },
    words,
};

/// Where a primitive begins along an axis, and its length there. `None`: as the filter's region.
type Axis = [Option<Length>; 2];
/// The axes of a place.
type Place = [Axis; 2];
/// The attributes of a place.
const SIDES: [[&str; 2]; 2] = [["x", "width"], ["y", "height"]];
/// The filter's region.
const REGION: Place = [[None; 2]; 2];
/// Distance by which a place may lie outside of a region that contains it, for rounded numbers.
const ROUNDING: f32 = 0.01;

/// A result that later primitives can have as input.
#[derive(Debug, Clone, Copy)]
struct Output {
    /// The primitive. `None` for the filtered element.
    primitive: Option<NodeId>,
    /// Its place; `None` if it is empty.
    place: Option<Place>,
}

const SOURCE: Output = Output { primitive: None, place: Some(REGION) };

/// Gives primitives the places that they have in browsers, and notes those that are not known.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    let mut tiles = HashMap::new();
    for filter in document.all() {
        if document.budget.is_exceeded() {
            return;
        }
        if document.nodes[filter].name == "filter"
            && needs_places(document, filter)
            && let Some(tile) = primitives(document, filter, notes)
        {
            tiles.insert(filter, tile);
        }
    }
    if !tiles.is_empty() {
        note_tiles(document, &tiles, notes);
    }
}

/// Whether a filter has a primitive with a place, or a tile.
fn needs_places(document: &Document<'_>, filter: NodeId) -> bool {
    let is_placed = |id: NodeId| SIDES.iter().flatten().any(|name| document.attribute(id, name).is_some());
    let mut children = document.nodes[filter].children.iter().copied();
    children.any(|id| document.nodes[id].name == "feTile" || is_placed(id))
}

/// Places the primitives of a filter. Returns its first tile, with the place of what it repeats.
fn primitives(document: &mut Document<'_>, filter: NodeId, notes: &mut Notes) -> Option<(NodeId, Place)> {
    // Places in boxes are noted by another pass.
    let is_in_boxes = document.attribute(filter, "primitiveUnits") == Some("objectBoundingBox");
    let (mut outputs, mut previous) = (HashMap::<String, Output>::new(), SOURCE);
    let (mut tile, mut index) = (None, 0);
    while let Some(&id) = document.nodes[filter].children.get(index).filter(|_| !document.budget.is_exceeded()) {
        index += 1;
        if !document.nodes[id].name.starts_with("fe") {
            continue;
        }
        let inputs: Vec<Output> =
            inputs(document, id).iter().map(|name| output(name, &outputs).unwrap_or(previous)).collect();
        let result = document.attribute(id, "result").filter(|name| !name.is_empty()).map(str::to_owned);
        let mut place = if is_in_boxes { Some(REGION) } else { placed(document, id, &inputs, notes) };
        if place.is_none() || is_empty(document, id) {
            place = None;
            // A merger without nodes is transparent.
            document.nodes[id].name = "feMerge";
            document.nodes[id].children.clear();
            document.nodes[id].attributes.retain(|one| one.name == "result");
        }
        let mut primitive = id;
        match document.nodes[id].name {
            "feOffset" if place.is_some_and(|place| place != REGION) => {
                primitive = cut(document, filter, index);
                index += 1;
                copy_place(document, id, primitive);
            }
            "feTile" => {
                let input = output(document.attribute(id, "in").unwrap_or_default(), &outputs).unwrap_or(previous);
                tile = tile.or(input.place.filter(|place| place.iter().any(is_cut)).map(|place| (id, place)));
                if let Some(input) = input.primitive.filter(|input| is_linear(document, *input)) {
                    convert(document, filter, index - 1, input);
                    index += 1;
                }
            }
            // resvg takes the edges of the region for those of the place.
            "feConvolveMatrix"
                if place.is_some_and(|place| place.iter().any(is_cut))
                    && document.attribute(id, "edgeMode") != Some("none") =>
            {
                let finding = words::artwork_primitive("edgeMode", "feConvolveMatrix");
                notes.add(document.nodes[id].range_of("edgeMode"), finding);
            }
            _ => {}
        }
        previous = Output { primitive: Some(primitive), place };
        if let Some(result) = result {
            outputs.insert(result, previous);
        }
    }
    tile
}

/// The names of the inputs whose places a primitive has by default; empty ones for the result before it.
fn inputs<'d>(document: &'d Document<'_>, id: NodeId) -> Vec<&'d str> {
    let input = |id: NodeId, name: &str| -> &'d str { document.attribute(id, name).unwrap_or_default() };
    match document.nodes[id].name {
        // These fill the filter's region.
        "feFlood" | "feImage" | "feTile" | "feTurbulence" => Vec::new(),
        "feBlend" | "feComposite" | "feDisplacementMap" => vec![input(id, "in"), input(id, "in2")],
        "feMerge" => {
            let nodes = document.nodes[id].children.iter().copied();
            nodes.filter(|node| document.nodes[*node].name == "feMergeNode").map(|node| input(node, "in")).collect()
        }
        _ => vec![input(id, "in")],
    }
}

/// What an input refers to. `None`: the result before.
fn output(input: &str, outputs: &HashMap<String, Output>) -> Option<Output> {
    if matches!(input, "SourceGraphic" | "SourceAlpha") { Some(SOURCE) } else { outputs.get(input).copied() }
}

/// Gives a primitive the sides that it does not have. Returns its place; `None` if it draws nothing, as all its inputs do.
fn placed(document: &mut Document<'_>, id: NodeId, inputs: &[Output], notes: &mut Notes) -> Option<Place> {
    let mut drawn = inputs.iter().filter_map(|input| input.place);
    let default = match drawn.next() {
        None if inputs.is_empty() => Some(REGION),
        None => return None,
        Some(first) => drawn.try_fold(first, |[x, y], one| Some([joined(x, one[0])?, joined(y, one[1])?])),
    };
    let mut sides = SIDES.into_iter().flatten();
    if default.is_none() && sides.any(|name| length(document, id, name).is_none()) {
        let name = document.nodes[id].name.to_owned();
        notes.add(document.nodes[id].range.clone(), words::artwork_primitive("width", name));
    }
    let mut place = default.unwrap_or(REGION);
    for (names, axis) in SIDES.into_iter().zip(&mut place) {
        for (name, side) in names.into_iter().zip(axis) {
            let own = length(document, id, name);
            if let (None, Some(default)) = (own, *side) {
                document.set(id, name, default.text());
            }
            *side = own.or(*side);
        }
    }
    Some(place)
}

/// The part of an axis that both places have together. `None` if it is not known.
fn joined(one: Axis, other: Axis) -> Option<Axis> {
    match (one, other) {
        _ if one == other => Some(one),
        ([None, None], _) | (_, [None, None]) => Some([None; 2]),
        (
            [Some(Length::Px(start)), Some(Length::Px(length))],
            [Some(Length::Px(other)), Some(Length::Px(other_length))],
        ) => {
            let (first, last) = (start.min(other), (start + length).max(other + other_length));
            Some([Some(Length::Px(first)), Some(Length::Px(last - first))])
        }
        _ => None,
    }
}

/// A side of a place.
fn length(document: &Document<'_>, id: NodeId, name: &str) -> Option<Length> {
    let mut scanner = Scanner::new(document.attribute(id, name)?.trim());
    let context = Context { is_attribute: true, ..Context::default() };
    match Length::read(&mut scanner, &context).filter(|_| scanner.is_at_end())? {
        Length::Number(px) => Some(Length::Px(px)),
        length => Some(length),
    }
}

/// Whether a place has a side of its own along an axis, besides shares of the canvas.
fn is_cut(axis: &Axis) -> bool {
    axis.iter().any(|side| matches!(side, Some(Length::Px(_))))
}

/// Whether the place of a primitive has no area.
fn is_empty(document: &Document<'_>, id: NodeId) -> bool {
    ["width", "height"].iter().any(|name| length(document, id, name).is_some_and(|length| length.number() <= 0.0))
}

/// Inserts a primitive after an offset, before `index`, that draws the same at a place of its own. Returns it.
pub fn cut(document: &mut Document<'_>, filter: NodeId, index: usize) -> NodeId {
    let offset = document.nodes[filter].children[index - 1];
    let space = bounds::inherited(document, offset, "color-interpolation-filters").map(str::to_owned);
    let result = document.attribute(offset, "result").map(str::to_owned);
    let same = insert(document, filter, index, offset);
    if let Some(space) = space {
        document.set(same, "color-interpolation-filters", space);
    }
    if let Some(result) = result {
        document.nodes[offset].unset("result");
        document.set(same, "result", result);
    }
    same
}

/// Inserts a primitive without effect. `like`: the one that has its position in the source.
fn insert(document: &mut Document<'_>, filter: NodeId, index: usize, like: NodeId) -> NodeId {
    let range = document.nodes[like].range.clone();
    // Inserting moves those after it.
    document.budget.spend(Cost::Steps, document.nodes[filter].children.len() / 16);
    let same = document.push(None, "feComponentTransfer", range);
    document.nodes[same].parent = Some(filter);
    document.nodes[filter].children.insert(index, same);
    same
}

fn copy_place(document: &mut Document<'_>, from: NodeId, to: NodeId) {
    for name in SIDES.into_iter().flatten() {
        if let Some(side) = document.attribute(from, name).map(str::to_owned) {
            document.set(to, name, side);
        }
    }
}

/// Whether the result of a primitive may be in linear light.
fn is_linear(document: &Document<'_>, id: NodeId) -> bool {
    !matches!(document.nodes[id].name, "feFlood" | "feImage" | "feTile")
        && bounds::inherited(document, id, "color-interpolation-filters") != Some("sRGB")
}

/// Converts the input of a tile, which is the result of a primitive, to the colour space that resvg takes tiles for.
fn convert(document: &mut Document<'_>, filter: NodeId, index: usize, input: NodeId) {
    let tile = document.nodes[filter].children[index];
    let same = insert(document, filter, index, tile);
    if let Some(name) = document.attribute(tile, "in").map(str::to_owned) {
        document.set(same, "in", name);
        document.nodes[tile].unset("in");
    }
    copy_place(document, input, same);
    document.set(same, "color-interpolation-filters", "sRGB");
}

/// Notes tiles of which the filter's region cuts a part off: resvg repeats the rest without a gap. `tiles`: by filters, with the
/// place of what they repeat.
fn note_tiles(document: &Document<'_>, tiles: &HashMap<NodeId, (NodeId, Place)>, notes: &mut Notes) {
    let ids = document.ids();
    for id in document.descendants(0) {
        for name in document.attribute(id, "filter").into_iter().flat_map(targets) {
            let Some((tile, place)) = ids.get(name).and_then(|filter| tiles.get(filter)) else { continue };
            let region = reach::region(document, name, bounds::fill_box(document, id));
            if region.is_some_and(|region| !contains(region, place)) {
                notes.add(document.nodes[*tile].range.clone(), words::artwork_primitive("width", "feTile"));
            }
        }
    }
}

/// Whether a region contains a place, as far as it is known.
fn contains(region: Rect, [x, y]: &Place) -> bool {
    let is_within = |axis: &Axis, first: f32, last: f32| match axis {
        [Some(Length::Px(start)), Some(Length::Px(length))] => {
            *start as f32 >= first - ROUNDING && (start + length) as f32 <= last + ROUNDING
        }
        _ => true,
    };
    is_within(x, region.left(), region.right()) && is_within(y, region.top(), region.bottom())
}
