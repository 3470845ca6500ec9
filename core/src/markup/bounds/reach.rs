//! How far elements may draw: bounds of texts, of viewports, and of what filters add.

use resvg::tiny_skia::Rect;

use crate::markup::{
    bounds::{self, Extent},
    css::scan::Scanner,
    style::values::{Link, link},
    tree::{Document, NodeId},
};

/// Standard deviations at which a blur has faded.
const BLUR: f32 = 3.0;
/// Width of the widest letters, and the height of lines, in font sizes.
const ADVANCE: f32 = 1.5;
const LINE: f32 = 2.0;

/// The viewport of a nested `<svg>` or of a used symbol, to which what it draws is clipped. `None` if it is not.
pub fn viewport(document: &Document<'_>, id: NodeId) -> Option<Rect> {
    let node = &document.nodes[id];
    let is_use = node.name == "use";
    if id == 0 || !(is_use || node.name == "svg") || node.attribute("overflow").is_some_and(|one| one != "hidden") {
        return None;
    }
    let target = node.target().filter(|_| is_use).and_then(|target| document.find(target));
    if target.is_some_and(|target| document.attribute(target, "overflow").is_some_and(|one| one != "hidden")) {
        return None;
    }
    let side = |name: &str| match node.attribute(name) {
        None => Some(0.0),
        Some(value) => bounds::resolved(document, id, name, value),
    };
    // The coordinates of a `<use>` include its position, as those of an `<svg>` without a `viewBox`.
    let (x, y) = if is_use || node.attribute("viewBox").is_none() { (0.0, 0.0) } else { (side("x")?, side("y")?) };
    Rect::from_xywh(x, y, side("width")?, side("height")?).filter(|rect| rect.width() > 0.0 && rect.height() > 0.0)
}

/// Where a text may lie, whatever its font: by the number of its letters.
pub fn text(document: &Document<'_>, id: NodeId) -> Extent {
    let (mut letters, mut size, mut spacing) = (0, 0.0_f32, 0.0_f32);
    let [mut left, mut top, mut right, mut bottom] = [None::<f32>; 4];
    for part in document.descendants(id) {
        if part != id && !bounds::visit(document, part) {
            return Extent::Unknown;
        }
        let node = &document.nodes[part];
        letters += node.text.chars().count();
        let moves = ["dx", "dy", "rotate", "textLength", "baseline-shift", "transform"];
        let is_moved = moves.iter().any(|name| part != id && node.attribute(name).is_some())
            || ["dx", "dy", "rotate", "textLength"].iter().any(|name| node.attribute(name).is_some());
        if is_moved || node.name == "textPath" || bounds::inherited(document, part, "writing-mode").is_some() {
            return Extent::Unknown;
        }
        let property = |name: &str, initial: f32| match bounds::inherited(document, part, name) {
            None | Some("normal") => Some(initial),
            Some(value) => bounds::px(value).map(|px| px as f32),
        };
        let (Some(own), Some(letter), Some(word)) =
            (property("font-size", 16.0), property("letter-spacing", 0.0), property("word-spacing", 0.0))
        else {
            return Extent::Unknown;
        };
        size = size.max(own);
        spacing = spacing.max(letter.abs() + word.abs());
        for (name, low, high) in [("x", &mut left, &mut right), ("y", &mut top, &mut bottom)] {
            let value = node.attribute(name).or((part == id).then_some("0")).unwrap_or_default();
            for one in value.split([' ', ',']).filter(|one| !one.is_empty()) {
                let Some(at) = bounds::resolved(document, part, name, one) else { return Extent::Unknown };
                *low = Some(low.map_or(at, |low| low.min(at)));
                *high = Some(high.map_or(at, |high| high.max(at)));
            }
        }
    }
    if letters == 0 {
        return Extent::Nothing;
    }
    let (across, down) = (letters as f32 * (ADVANCE * size + spacing), LINE * size);
    let sides = [left, top, right, bottom].map(Option::unwrap_or_default);
    match Rect::from_ltrb(sides[0] - across, sides[1] - down, sides[2] + across, sides[3] + down) {
        Some(letters) => shadowed(document, id, letters),
        None => Extent::Unknown,
    }
}

/// The letters of a text with their `text-shadow`.
fn shadowed(document: &Document<'_>, id: NodeId, letters: Rect) -> Extent {
    let inherited = document.within(id).find_map(|up| document.nodes[up].style("text-shadow"));
    let own = document.descendants(id).skip(1).filter_map(|part| document.nodes[part].style("text-shadow"));
    let shadows = inherited.into_iter().chain(own).flat_map(|value| value.split(','));
    shadows.fold(Extent::Known(letters), |all, shadow| match numbers(shadow)[..] {
        // The blur is twice the standard deviation.
        [x, y, blur] => all.join(Extent::of(grown(letters, [x, y, blur / 2.0]))),
        _ => all,
    })
}

/// A function of `filter` that needs room around an element: its offset and its standard deviation.
pub fn function(name: &str, numbers: &[f32]) -> Option<[f32; 3]> {
    match (name, numbers) {
        ("blur", [deviation]) => Some([0.0, 0.0, *deviation]),
        ("drop-shadow", [x, y, deviation]) => Some([*x, *y, *deviation]),
        _ => None,
    }
}

/// The numbers among the arguments of a function.
pub fn numbers(args: &str) -> Vec<f32> {
    args.split_ascii_whitespace().filter_map(|part| part.parse().ok()).collect()
}

/// A box with the blur or the shadow of a function around it.
pub fn grown(area: Rect, [x, y, deviation]: [f32; 3]) -> Option<Rect> {
    let reach = BLUR * deviation + 1.0;
    Rect::from_ltrb(
        area.left() + x.min(0.0) - reach,
        area.top() + y.min(0.0) - reach,
        area.right() + x.max(0.0) + reach,
        area.bottom() + y.max(0.0) + reach,
    )
}

/// What an element draws with its filter, from what it draws without.
pub fn filtered(document: &Document<'_>, id: NodeId, ink: Extent) -> Extent {
    let Some(value) = document.attribute(id, "filter").filter(|value| *value != "none") else { return ink };
    let Extent::Known(mut area) = ink else { return ink };
    let mut scanner = Scanner::new(value);
    while scanner.peek().is_some() {
        scanner.gap();
        if let Some(Link::Id(target)) = link(&mut scanner.clone()) {
            link(&mut scanner);
            match region(document, &target, bounds::fill_box(document, id)) {
                Some(region) => area = region,
                None => return Extent::Unknown,
            }
        } else if let Some((name, args)) = scanner.function() {
            let function = function(&name, &numbers(args.text));
            match function.map_or(Some(area), |function| grown(area, function)) {
                Some(grown) => area = grown,
                None => return Extent::Unknown,
            }
        } else {
            scanner.component();
        }
    }
    Extent::Known(area)
}

/// The region of a `<filter>`, on an element with this box.
pub fn region(document: &Document<'_>, filter: &str, around: Option<Rect>) -> Option<Rect> {
    let id = document.find(filter)?;
    let node = &document.nodes[id];
    let is_absolute = node.attribute("filterUnits") == Some("userSpaceOnUse");
    let side = |name: &str, initial: &str| {
        let value = node.attribute(name).unwrap_or(initial).trim();
        match value.strip_suffix('%') {
            Some(percent) if !is_absolute => percent.parse::<f32>().ok().map(|percent| percent / 100.0),
            Some(_) => None,
            None => bounds::px(value).map(|px| px as f32),
        }
    };
    let (x, y, width, height) = (side("x", "-10%"), side("y", "-10%"), side("width", "120%"), side("height", "120%"));
    if is_absolute {
        return Rect::from_xywh(x?, y?, width?, height?);
    }
    let (all, x, y) = (around?, x?, y?);
    let (left, top) = (all.left() + x * all.width(), all.top() + y * all.height());
    Rect::from_xywh(left, top, width? * all.width(), height? * all.height())
}

/// All that the canvas shows, in the coordinates of an element whose ancestors are all groups. `uses`: ids that `<use>`
/// elements draw.
pub fn canvas(document: &Document<'_>, id: NodeId, uses: impl Fn(&str) -> bool) -> Option<Rect> {
    let mut all = bounds::placement(document, id);
    for up in document.within(id) {
        let node = &document.nodes[up];
        if up == 0 {
            break;
        }
        if node.attribute("id").is_some_and(&uses) || (up != id && node.name != "g") {
            return None;
        }
        if up != id {
            all = all.post_concat(bounds::transform(document, up));
        }
    }
    bounds::shown(document)?.transform(all.invert()?)
}
