//! What is known of the drawn elements: their boxes, the outlines in them, and what lies beneath them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use resvg::{
    tiny_skia::{PathSegment, Pixmap, Rect, Transform},
    usvg::{BlendMode, Group, Node, Paint, Path, Tree},
};

use super::{
    content::{Content, MIN_LETTERS},
    outline::{Corners, Outline},
    seen::{is_less, of_clip},
};
use crate::{artwork::node, style::Color};

/// Maximum side of the picture from which the colours beneath elements are taken, px.
const MAX_SIDE: f32 = 192.0;

/// An element as it is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// Its place in the order of drawing, groups before their content.
    pub order: usize,
    /// Left, top, width and height in the artwork's units.
    pub rect: [f32; 4],
    /// The box of what is seen, if clips or masks of it and within it leave less.
    pub seen: Option<[f32; 4]>,
    /// Number of closed or open outlines in it.
    pub outlines: usize,
    /// The colour of its first shape that has a single one.
    pub color: Option<Color>,
    /// The corners of what is seen, if it is a rectangle or an ellipse, or a group that is filled, clipped or masked by one. In the
    /// artwork's units.
    pub corners: Option<Corners>,
    /// Units of the artwork per unit of the element.
    pub scale: f32,
    /// Height of the tallest shape or picture beside texts in it, in the artwork's units.
    pub tallest: f32,
    /// Width and height of the largest shape in it that is no letter, or picture, in the artwork's units.
    pub plain: [f32; 2],
}

/// The elements with ids that have a box. Of several with the same id, the first. `texts`: ids of texts, which are drawn as outlines.
pub fn drawn(tree: &Tree, texts: &HashSet<&str>) -> HashMap<String, Drawn> {
    let (mut found, mut count) = (HashMap::new(), 0);
    walk(tree.root(), texts, &mut found, &mut count);
    found
}

fn walk(group: &Group, texts: &HashSet<&str>, found: &mut HashMap<String, Drawn>, count: &mut usize) -> Content {
    let (mut all, mut outlines) = (Content::default(), Vec::new());
    for node in group.children() {
        let order = *count;
        *count += 1;
        let rect = node.abs_bounding_box();
        let content = match node {
            Node::Group(inner) => walk(inner, texts, found, count).within(inner),
            Node::Text(text) => {
                let letters = walk(text.flattened(), texts, found, count).of_text();
                Content { outline: None, seen: Some(rect), ..letters }
            }
            Node::Image(_) => Content { seen: Some(rect), ..Content::default() }.painted(rect, false),
            Node::Path(path) => {
                let starts = path.data().segments().filter(|segment| matches!(segment, PathSegment::MoveTo(_)));
                let outline = Outline::of(path.data(), path.abs_transform());
                let outlines = starts.count();
                let content = Content { outlines, color: color(path), outline, seen: Some(rect), ..Content::default() };
                if is_painted(path) { content.painted(rect, outlines >= MIN_LETTERS) } else { content }
            }
        };
        let content = if texts.contains(node.id()) { content.of_text() } else { content };
        if !node.id().is_empty() && rect.width() > 0.0 && rect.height() > 0.0 {
            let Transform { sx, kx, ky, sy, .. } = node.abs_transform();
            let drawn = Drawn {
                order,
                rect: numbers(rect),
                seen: content.seen.filter(|seen| is_less(*seen, rect)).map(numbers),
                outlines: content.outlines,
                color: content.color,
                corners: content.outline.map(|outline| outline.corners),
                scale: (sx * sy - kx * ky).abs().sqrt(),
                tallest: content.tallest,
                plain: content.plain,
            };
            found.entry(node.id().to_owned()).or_insert(drawn);
        }
        outlines.extend(content.outline);
        all = all.and(Content { outline: None, ..content });
    }
    outlines.into_iter().fold(all, |all, outline| all.outlined(Some(outline)))
}

fn numbers(rect: Rect) -> [f32; 4] {
    [rect.x(), rect.y(), rect.width(), rect.height()]
}

/// Whether a path is seen.
fn is_painted(path: &Path) -> bool {
    let is_filled = path.fill().is_some_and(|fill| fill.opacity().get() > 0.0);
    path.is_visible() && (is_filled || path.stroke().is_some_and(|stroke| stroke.opacity().get() > 0.0))
}

/// The single colour that fills a path.
fn color(path: &Path) -> Option<Color> {
    match path.fill()?.paint() {
        Paint::Color(color) => Some(Color { r: color.red, g: color.green, b: color.blue, a: 255 }),
        _ => None,
    }
}

/// The colour of the ground: that of the topmost rectangle that covers the artwork, or its background. `None` if there is none that has a
/// single colour and hides what is beneath. Elements with the ids of `skipped` are left out.
pub fn ground(tree: &Tree, skipped: &BTreeSet<&str>) -> Option<Color> {
    let canvas = Rect::from_xywh(0.0, 0.0, tree.size().width(), tree.size().height())?;
    let mut found = None;
    covering(tree.root(), tree.root().transform(), skipped, canvas, &mut found);
    found
}

/// Visits what is drawn as it is. `transform`: that of the group's content; a root's background has none of its own.
fn covering(group: &Group, transform: Transform, skipped: &BTreeSet<&str>, canvas: Rect, found: &mut Option<Color>) {
    for node in group.children() {
        match node {
            _ if skipped.contains(node.id()) => {}
            Node::Group(inner) if is_plain(inner, canvas) => {
                covering(inner, transform.pre_concat(inner.transform()), skipped, canvas, found);
            }
            Node::Path(path)
                if path.is_visible()
                    && path.fill().is_some_and(|fill| fill.opacity().get() >= 1.0)
                    && Outline::of(path.data(), transform).is_some_and(|outline| outline.covers(canvas)) =>
            {
                *found = color(path).or(*found);
            }
            _ => {}
        }
    }
}

/// Whether the content of a group is drawn as without it.
fn is_plain(group: &Group, canvas: Rect) -> bool {
    let is_shown = || of_clip(group).is_some_and(|clip| clip.covers(canvas));
    group.opacity().get() >= 1.0
        && group.blend_mode() == BlendMode::Normal
        && (group.clip_path().is_none() || is_shown())
        && group.mask().is_none()
        && group.filters().is_empty()
}

/// The mean colour in each of these rectangles, in the artwork's units, without the elements with the ids of `skipped`, on white.
/// Effects of groups around those are left out.
pub fn beneath(tree: &Tree, skipped: &BTreeSet<&str>, rects: &BTreeMap<String, [f32; 4]>) -> BTreeMap<String, Color> {
    if rects.is_empty() {
        return BTreeMap::new();
    }
    let size = tree.size();
    let scale = (MAX_SIDE / size.width().max(size.height())).min(1.0);
    let side = |length: f32| (length * scale).ceil().max(1.0) as u32;
    let Some(mut pixmap) = Pixmap::new(side(size.width()), side(size.height())) else { return BTreeMap::new() };
    pixmap.fill(resvg::tiny_skia::Color::WHITE);
    paint(tree.root(), skipped, Transform::from_scale(scale, scale), &mut pixmap);
    let (width, height) = (pixmap.width(), pixmap.height());
    let pixels = pixmap.pixels();
    let mean = |[x, y, w, h]: [f32; 4]| {
        // `as` saturates.
        let range = |from: f32, length: f32, end: u32| {
            let first = ((from * scale).round().max(0.0) as u32).min(end - 1);
            first..(((from + length) * scale).round().max(0.0) as u32).clamp(first + 1, end)
        };
        let (columns, rows) = (range(x, w, width), range(y, h, height));
        let mut sum = [0_u64; 3];
        for row in rows.clone() {
            for column in columns.clone() {
                let pixel = pixels[(row * width + column) as usize];
                // The picture is opaque.
                sum[0] += u64::from(pixel.red());
                sum[1] += u64::from(pixel.green());
                sum[2] += u64::from(pixel.blue());
            }
        }
        let count = (rows.len() * columns.len()).max(1) as u64;
        let [r, g, b] = sum.map(|channel| (channel / count) as u8);
        Color { r, g, b, a: 255 }
    };
    rects.iter().map(|(id, rect)| (id.clone(), mean(*rect))).collect()
}

fn paint(group: &Group, skipped: &BTreeSet<&str>, scale: Transform, pixmap: &mut Pixmap) {
    for node in group.children() {
        match node {
            _ if skipped.contains(node.id()) => {}
            Node::Group(inner) if has(inner, skipped) => paint(inner, skipped, scale, pixmap),
            _ => node::draw(node, scale.pre_concat(group.abs_transform()), pixmap),
        }
    }
}

fn has(group: &Group, skipped: &BTreeSet<&str>) -> bool {
    group
        .children()
        .iter()
        .any(|node| skipped.contains(node.id()) || matches!(node, Node::Group(inner) if has(inner, skipped)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::artwork;

    #[test]
    fn elements_are_measured_with_what_is_in_them() {
        let tree = artwork(
            [100; 2],
            "<rect id=\"r\" x=\"10\" y=\"20\" width=\"30\" height=\"40\" fill=\"none\"/>\
             <g id=\"g\" transform=\"scale(2)\"><path id=\"p\" fill=\"#a01020\" d=\"M1 1h4v4z M9 9h4v4z\"/><path d=\"M2 2h1v1z\"/></g>\
             <path id=\"line\" d=\"M0 9h50\" stroke=\"#000\"/>",
        );
        let found = drawn(&tree.expect("draws"), &HashSet::new());
        let of = |id: &str| (found[id].rect, found[id].outlines, found[id].color.map(|color| color.to_string()));
        assert_eq!((of("r").0, of("r").2), ([10.0, 20.0, 30.0, 40.0], None));
        assert_eq!(of("p"), ([2.0, 2.0, 24.0, 24.0], 2, Some("#a01020".to_owned())));
        assert_eq!((of("g").1, of("g").2), (3, Some("#a01020".to_owned())));
        assert!(!found.contains_key("line"), "it has no height");
    }

    #[test]
    fn corners_are_those_of_what_fills_an_element() {
        let photo = "<rect x=\"10\" y=\"10\" width=\"40\" height=\"40\" rx=\"8\"";
        for (body, expected) in [
            (format!("{photo} id=\"a\"/>"), Some(Corners::Radii([8.0; 4]))),
            (
                format!("<g id=\"a\" transform=\"scale(2)\">{photo}/><path d=\"M20 20h9v9z\"/></g>"),
                Some(Corners::Radii([16.0; 4])),
            ),
            (format!("<g id=\"a\"><rect x=\"10\" y=\"10\" width=\"40\" height=\"40\"/><g>{photo}/></g></g>"), {
                Some(Corners::Radii([8.0; 4]))
            }),
            (format!("<g id=\"a\">{photo}/><rect width=\"90\" height=\"90\" fill=\"none\" stroke=\"#000\"/></g>"), {
                Some(Corners::Radii([0.0; 4]))
            }),
            (format!("<g id=\"a\">{photo}/><path d=\"M60 60h9v9z\"/></g>"), None),
            ("<g id=\"a\"><circle cx=\"20\" cy=\"20\" r=\"9\"/></g>".to_owned(), Some(Corners::Ellipse)),
            (
                "<clipPath id=\"c\"><circle cx=\"20\" cy=\"20\" r=\"9\"/></clipPath>\
                 <g id=\"a\" clip-path=\"url(#c)\"><rect x=\"11\" y=\"11\" width=\"18\" height=\"18\"/></g>"
                    .to_owned(),
                Some(Corners::Ellipse),
            ),
            (
                // As Sketch exports a mask.
                "<defs><rect id=\"p\" x=\"10\" y=\"10\" width=\"40\" height=\"30\" rx=\"8\"/></defs><g id=\"a\">\
                 <mask id=\"m\" fill=\"white\"><use href=\"#p\"/></mask><use href=\"#p\"/>\
                 <rect mask=\"url(#m)\" width=\"70\" height=\"60\"/></g>"
                    .to_owned(),
                Some(Corners::Radii([8.0; 4])),
            ),
            (
                "<clipPath id=\"c\"><circle cx=\"20\" cy=\"20\" r=\"9\"/></clipPath>\
                 <g id=\"a\"><g clip-path=\"url(#c)\"><rect width=\"90\" height=\"90\"/></g></g>"
                    .to_owned(),
                Some(Corners::Ellipse),
            ),
            ("<path id=\"a\" d=\"M0 0h9v9z\"/>".to_owned(), None),
        ] {
            let tree = artwork([100; 2], &body).expect("draws");
            let rounded = |corners| match corners {
                Corners::Radii(radii) => Corners::Radii(radii.map(f32::round)),
                Corners::Ellipse => Corners::Ellipse,
            };
            assert_eq!(drawn(&tree, &HashSet::new())["a"].corners.map(rounded), expected, "{body}");
        }
    }

    #[test]
    fn what_is_seen_is_within_clips_and_masks() {
        let shape = "<rect x=\"10\" y=\"20\" width=\"40\" height=\"30\" fill=\"#fff\"/>";
        let around = format!("<clipPath id=\"c\">{shape}</clipPath><mask id=\"m\">{shape}</mask>");
        let large = "<rect width=\"90\" height=\"90\"/>";
        let seen = Some([10.0, 20.0, 40.0, 30.0]);
        for (body, expected) in [
            (format!("<g id=\"a\" clip-path=\"url(#c)\">{large}</g>"), seen),
            (format!("<g id=\"a\" mask=\"url(#m)\">{large}</g>"), seen),
            (format!("<g id=\"a\"><g clip-path=\"url(#c)\">{large}</g></g>"), seen),
            (format!("<g id=\"a\"><g><g mask=\"url(#m)\">{large}</g></g></g>"), seen),
            (format!("<g id=\"a\" transform=\"translate(5 5)\"><g mask=\"url(#m)\">{large}</g></g>"), {
                Some([15.0, 25.0, 40.0, 30.0])
            }),
            (format!("<g id=\"a\"><g clip-path=\"url(#c)\">{large}</g>{shape}<rect width=\"9\" height=\"9\"/></g>"), {
                Some([0.0, 0.0, 50.0, 50.0])
            }),
            (format!("<g id=\"a\"><g clip-path=\"url(#c)\">{large}</g>{large}</g>"), None),
            (format!("<g id=\"a\" clip-path=\"url(#c)\">{shape}</g>"), None),
            (format!("<g id=\"a\">{large}</g>"), None),
        ] {
            let tree = artwork([100; 2], &(around.clone() + &body)).expect("draws");
            let found = drawn(&tree, &HashSet::new())["a"].seen.map(|rect| rect.map(f32::round));
            assert_eq!(found, expected, "{body}");
        }
    }

    #[test]
    fn the_ground_is_the_topmost_rectangle_that_covers_the_artwork() {
        let whole = |rest: &str| format!("<rect width=\"100\" height=\"100\" {rest}/>");
        for (body, expected) in [
            (whole("fill=\"#102030\""), Some("#102030")),
            (whole("") + &whole("fill=\"#102030\"") + "<rect width=\"90\" height=\"90\"/>", Some("#102030")),
            (format!("<g><g transform=\"translate(9 9)\">{}</g></g>", whole("x=\"-9\" y=\"-9\" fill=\"#102030\"")), {
                Some("#102030")
            }),
            ("<path d=\"M-5-5h120v120H-5z\" fill=\"#102030\"/>".to_owned(), Some("#102030")),
            (whole("fill=\"#102030\"") + &whole("id=\"slot\""), Some("#102030")),
            (whole("fill=\"#102030\"") + &whole("opacity=\"0.5\""), Some("#102030")),
            (
                format!("<clipPath id=\"c\">{0}</clipPath><g clip-path=\"url(#c)\">{0}</g>", whole("fill=\"#102030\"")),
                Some("#102030"),
            ),
            (whole("fill=\"#102030\" fill-opacity=\"0.5\""), None),
            (whole("fill=\"#102030\" rx=\"20\""), None),
            (whole("fill=\"none\" stroke=\"#000\""), None),
            (format!("<mask id=\"m\">{0}</mask><g mask=\"url(#m)\">{0}</g>", whole("fill=\"#102030\"")), None),
            ("<circle cx=\"50\" cy=\"50\" r=\"90\" fill=\"#102030\"/>".to_owned(), None),
            (String::new(), None),
        ] {
            let tree = artwork([100; 2], &body).expect("draws");
            let found = ground(&tree, &BTreeSet::from(["slot"])).map(|color| color.to_string());
            assert_eq!(found.as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn the_background_of_the_root_is_a_ground() {
        for (root, expected) in [
            ("width=\"100\" height=\"200\" style=\"background:#102030\"", Some("#102030")),
            ("width=\"100\" height=\"200\" viewBox=\"0 0 50 100\" style=\"background-color:#102030\"", Some("#102030")),
            ("width=\"200\" height=\"200\" viewBox=\"0 0 50 100\" style=\"background: #102030\"", Some("#102030")),
            ("width=\"100\" height=\"200\" style=\"background:#10203080\"", None),
        ] {
            let svg =
                format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {root}><rect width=\"9\" height=\"9\"/></svg>");
            let tree = crate::artwork::svg::parse(&svg, &BTreeMap::new(), &crate::testing::fonts()).expect("SVG");
            let found = ground(&tree, &BTreeSet::new()).map(|color| color.to_string());
            assert_eq!(found.as_deref(), expected, "{root}");
        }
    }

    #[test]
    fn colours_are_those_beneath_the_elements() {
        let tree = artwork(
            [400; 2],
            "<rect width=\"400\" height=\"200\" fill=\"#102030\"/>\
             <g opacity=\"0.5\"><rect id=\"a\" x=\"40\" y=\"40\" width=\"200\" height=\"80\" fill=\"#fff\"/></g>",
        )
        .expect("draws");
        let rects = |rect: [f32; 4]| BTreeMap::from([("a".to_owned(), rect)]);
        let color = |skipped: &[&str], rect| beneath(&tree, &skipped.iter().copied().collect(), &rects(rect))["a"];
        assert_eq!(color(&["a"], [40.0, 40.0, 200.0, 80.0]).to_string(), "#102030");
        assert_ne!(color(&[], [40.0, 40.0, 200.0, 80.0]).to_string(), "#102030");
        assert_eq!(color(&["a"], [40.0, 240.0, 200.0, 80.0]).to_string(), "#ffffff");
        assert_eq!(color(&["a"], [-900.0, 9000.0, 1.0, 1.0]).to_string(), "#ffffff", "outside");
    }
}
