//! What an artwork consists of, for those who make a template of it: elements that may become slots, with their boxes, and what
//! is not drawn as it was designed.

mod elements;
mod nodes;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use resvg::usvg::Tree;

use self::{
    elements::{Element, elements, with_ids},
    nodes::{beneath, drawn},
};
use super::compile::compile;
use crate::{
    artwork::svg::{self, Widths},
    error::{Error, ErrorKind, Finding, Result},
    markup::{self, Xml},
    style::Color,
    template::{
        engine::MAX_ARTWORK,
        layout::{MAX_HEIGHT, MAX_PIXELS},
        source::SourceFile,
    },
    text::FontSet,
    words,
};

/// Name of the artwork in a template.
const ARTWORK: &str = "artwork.svg";
/// Maximum width of a canvas, px.
const MAX_WIDTH: f32 = 4096.0;
/// Minimum length of the shorter side of a canvas: smaller artwork is enlarged, px.
const MIN_SIDE: f32 = 200.0;
/// Maximum number of shapes.
const MAX_SHAPES: usize = 300;
/// Part of the canvas that an element without an id covers at least and at most, if it is listed.
const UNNAMED_AREA: std::ops::Range<f32> = 0.0005..0.9;
/// Number of outlines of a shape from which it may be a text.
const MIN_LETTERS: usize = 3;

/// An artwork, taken apart.
#[derive(Debug)]
pub struct Shapes {
    /// Width of its canvas, px.
    pub width: u32,
    /// Height of its canvas, px.
    pub height: u32,
    /// Elements that may become slots: those with ids, then others, each in the order of drawing.
    pub shapes: Vec<Shape>,
    /// What is not drawn as it was designed, each with the box of the element that it is about, px of the canvas.
    pub findings: Vec<(Finding, Option<[f32; 4]>)>,
    text: String,
    elements: Vec<Element>,
    tree: Tree,
}

/// An element that may become a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Its id, or the one that it gets as a slot.
    pub id: String,
    /// Whether the artwork has this id.
    pub is_written: bool,
    /// Name of the element.
    pub tag: &'static str,
    /// What it is shown as. Empty if there is nothing.
    pub name: String,
    /// The name that its author gave it. `None` also for texts that are named by their content.
    pub layer: Option<String>,
    /// Left, top, width and height, px of the canvas.
    pub rect: [f32; 4],
    /// Whether it looks like a text that was exported as outlines.
    pub is_outlined: bool,
    /// Whether it is a circle, or a group that has one.
    pub is_round: bool,
    /// Its colour, if it is a text or outlines.
    pub color: Option<Color>,
    /// Ids of the shapes around it, from inside out.
    pub within: Vec<String>,
}

/// Takes an artwork apart: the bytes of an SVG file.
///
/// # Errors
/// As [`compile`] with a template of this artwork alone.
pub fn inspect(bytes: &Bytes, fonts: &FontSet) -> Result<Shapes> {
    let parts = match SourceFile::new(ARTWORK, bytes) {
        Ok(source) if bytes.len() <= MAX_ARTWORK => Parts::of(source.text, fonts),
        _ => Err(Error::of(ErrorKind::Invalid, words::file_not_utf8(ARTWORK))),
    };
    let (width, height) = parts.as_ref().map_or((750, 1000), |parts| canvas(&parts.tree));
    let layout = format!(
        r#"{{ "title": "artwork", "canvas": {{ "width": {width}, "height": {height} }}, "artwork": "{ARTWORK}", "layers": [] }}"#
    );
    let files = [("layout.json", Bytes::from(layout)), (ARTWORK, bytes.clone())];
    // It reports every fault with its position.
    let template = compile("artwork", files.map(|(path, content)| (path.to_owned(), content)).into(), fonts)?;
    let Parts { text, elements, tree } = parts?;
    let scale = [width as f32 / tree.size().width(), height as f32 / tree.size().height()];
    let boxes: HashMap<String, nodes::Drawn> = drawn(&tree)
        .into_iter()
        .map(|(id, drawn)| {
            let [x, y, w, h] = drawn.rect;
            (id, nodes::Drawn { rect: [x * scale[0], y * scale[1], w * scale[0], h * scale[1]], ..drawn })
        })
        .collect();
    let rect_at = |offset: usize| {
        let mut around = elements.iter().rev().filter(|element| element.range.contains(&offset));
        around.find_map(|element| boxes.get(&element.id)).map(|drawn| drawn.rect)
    };
    let source = SourceFile { file: ARTWORK, text: &text };
    let xml = markup::parse(&text).map_err(|note| Error::of(ErrorKind::Invalid, note.finding))?;
    let located = |finding: &Finding| {
        let place = finding.place.as_ref().filter(|place| place.file == ARTWORK)?;
        let offset = source.offset(place.line, place.column);
        rect_at(offset).or_else(|| users(&text, &xml, offset).find_map(rect_at))
    };
    let findings = template.warnings().iter().map(|finding| (finding.clone(), located(finding))).collect();
    let shapes = shapes(&elements, &boxes, width as f32 * height as f32);
    drop(xml);
    Ok(Shapes { width, height, shapes, findings, text, elements, tree })
}

impl Shapes {
    /// The artwork's text. `chosen`: ids of shapes, each with the id that it gets; those that the artwork has stay as they are.
    pub fn with_ids(&self, chosen: &BTreeMap<&str, &str>) -> String {
        let at = self.elements.iter().enumerate();
        let all = at.filter_map(|(at, element)| Some((at, *chosen.get(element.id.as_str())?))).collect();
        with_ids(&self.text, &self.elements, &all)
    }

    /// The mean colour beneath each of these shapes, none of which is drawn.
    pub fn beneath(&self, slots: &BTreeSet<&str>) -> BTreeMap<String, Color> {
        let scale = [self.tree.size().width() / self.width as f32, self.tree.size().height() / self.height as f32];
        let all = self.shapes.iter().filter(|shape| slots.contains(shape.id.as_str()));
        let rects = all.map(|shape| {
            let [x, y, w, h] = shape.rect;
            (shape.id.clone(), [x * scale[0], y * scale[1], w * scale[0], h * scale[1]])
        });
        beneath(&self.tree, slots, &rects.collect())
    }
}

/// A text with its elements, drawn with an id for each.
struct Parts {
    text: String,
    elements: Vec<Element>,
    tree: Tree,
}

impl Parts {
    fn of(text: &str, fonts: &FontSet) -> Result<Self> {
        let xml = markup::parse(text).map_err(|note| Error::of(ErrorKind::Invalid, note.finding))?;
        let elements = elements(text, &xml);
        let all = elements.iter().enumerate().map(|(at, element)| (at, element.id.as_str())).collect();
        let named = with_ids(text, &elements, &all);
        let (tree, _) = svg::read(&named, &BTreeMap::new(), fonts, Widths::default())?;
        Ok(Self { text: text.to_owned(), elements, tree })
    }
}

/// Width and height of the canvas for an artwork, px: its own size within the limits of a canvas.
fn canvas(tree: &Tree) -> (u32, u32) {
    let (width, height) = (tree.size().width(), tree.size().height());
    let larger = (MIN_SIDE / width.min(height)).max(1.0);
    let pixels = (MAX_PIXELS as f32 / (width * height)).sqrt();
    // Rounding must not lead beyond the limit.
    let factor = larger.min(MAX_WIDTH / width).min(MAX_HEIGHT as f32 / height).min(pixels * 0.999);
    let side = |length: f32| (length * factor).round().max(1.0) as u32;
    (side(width), side(height))
}

/// Where the element at a byte is used, such as a filter: bytes of references to it or to an element around it.
fn users<'t>(text: &'t str, xml: &Xml<'_>, offset: usize) -> impl Iterator<Item = usize> + use<'t> {
    let at = xml.descendants().rfind(|node| node.is_element() && node.range().contains(&offset));
    let id = at.and_then(|node| node.ancestors().find_map(|node| node.attribute("id"))).unwrap_or_default();
    let reference = format!("#{id}");
    let length = if id.is_empty() { 0 } else { text.len() };
    let places = text[..length].match_indices('#').map(|(at, _)| at);
    places.filter(move |at| {
        let rest = text[*at..].strip_prefix(reference.as_str());
        rest.is_some_and(|rest| rest.starts_with([')', '"', '\'']))
    })
}

fn shapes(elements: &[Element], boxes: &HashMap<String, nodes::Drawn>, area: f32) -> Vec<Shape> {
    let around = |at: usize| std::iter::successors(elements[at].parent, |at| elements[*at].parent);
    let (mut with_text, mut with_circle) = (BTreeSet::new(), BTreeSet::new());
    for (at, element) in elements.iter().enumerate() {
        match element.tag {
            "text" => with_text.extend(around(at)),
            "circle" | "ellipse" => with_circle.extend(element.parent.into_iter().chain([at])),
            _ => {}
        }
    }
    let shape = |(at, element): (usize, &Element)| {
        let drawn = boxes.get(&element.id)?;
        let covered = drawn.rect[2] * drawn.rect[3] / area;
        let is_written = element.is_written();
        (is_written || UNNAMED_AREA.contains(&covered)).then(|| {
            let is_text = element.tag == "text" || with_text.contains(&at);
            let may_be_letters = matches!(element.tag, "path" | "g" | "use") && !is_text;
            let is_outlined = may_be_letters && drawn.outlines >= MIN_LETTERS;
            Shape {
                id: element.id.clone(),
                is_written,
                tag: element.tag,
                name: element.name.clone(),
                layer: element.layer.clone(),
                rect: drawn.rect,
                is_outlined,
                is_round: with_circle.contains(&at),
                color: drawn.color.filter(|_| is_outlined || is_text),
                within: around(at).map(|at| elements[at].id.clone()).collect(),
            }
        })
    };
    let all = elements.iter().enumerate().filter_map(shape);
    let (mut first, second): (Vec<_>, Vec<_>) = all.partition(|shape| shape.is_written);
    first.extend(second);
    first.truncate(MAX_SHAPES);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fonts;

    fn svg(size: &str, body: &str) -> Bytes {
        Bytes::from(format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {size}>{body}</svg>"))
    }

    #[test]
    fn canvases_have_the_size_of_the_artwork() {
        for (size, expected) in [
            ("width=\"750\" height=\"1200\"", (750, 1200)),
            ("width=\"198.4375mm\" height=\"317.5mm\" viewBox=\"0 0 198.4375 317.5\"", (750, 1200)),
            ("viewBox=\"0 0 375 667\"", (375, 667)),
            ("width=\"24\" height=\"48\"", (200, 400)),
            ("width=\"8192\" height=\"8192\"", (4096, 4096)),
            ("width=\"4000\" height=\"16000\"", (2048, 8192)),
        ] {
            let found = inspect(&svg(size, "<rect width=\"9\" height=\"9\"/>"), &fonts()).expect(size);
            assert_eq!((found.width, found.height), expected, "{size}");
        }
    }

    #[test]
    fn shapes_have_boxes_on_the_canvas() {
        let body = "<rect width=\"100\" height=\"200\"/><rect id=\"photo\" x=\"10\" y=\"20\" width=\"30\" height=\"40\"/>\
                    <g id=\"avatar\"><circle cx=\"50\" cy=\"100\" r=\"10\"/></g><text id=\"t\" x=\"9\" y=\"180\">a</text>\
                    <path d=\"M0 0h9v9z M20 0h9v9z M40 0h9v9z\" fill=\"#a01020\"/>";
        let found = inspect(&svg("width=\"100\" height=\"200\"", body), &fonts()).expect("SVG");
        let of = |id: &str| found.shapes.iter().find(|shape| shape.id == id).unwrap_or_else(|| panic!("{id}"));
        assert_eq!((of("photo").rect, of("photo").tag), ([20.0, 40.0, 60.0, 80.0], "rect"));
        assert!(of("avatar").is_round && !of("photo").is_round && of("avatar").is_written);
        assert_eq!((of("t").is_outlined, of("t").color.is_some(), of("t").layer.as_deref()), (false, true, Some("t")));
        let letters = found.shapes.iter().find(|shape| shape.tag == "path").expect("outlines");
        assert!(letters.is_outlined && !letters.is_written && letters.color.is_some(), "{letters:?}");
        let circle = found.shapes.iter().find(|shape| shape.tag == "circle").expect("a circle");
        assert_eq!(circle.within, ["avatar"]);
        assert!(found.shapes.iter().all(|shape| shape.rect[2] < 200.0), "the background is no slot");
        let text = found.with_ids(&BTreeMap::from([("photo", "photo"), (letters.id.as_str(), "title")]));
        assert!(text.contains("<path id=\"title\" d=") && !text.contains(&letters.id), "{text}");
        let beneath = found.beneath(&BTreeSet::from(["photo"]));
        assert_eq!(beneath["photo"].to_string(), "#000000");
    }

    #[test]
    fn findings_have_the_boxes_of_what_they_are_about() {
        let body = "<defs>\n<filter id=\"f\"><feNothing/></filter></defs>\n<rect id=\"a\" width=\"50\" height=\"40\" filter=\"url(#f)\"/>\n\
                    <text id=\"t\" x=\"9\" y=\"180\" font-family=\"Futura\">a</text>";
        let found = inspect(&svg("width=\"200\" height=\"200\"", body), &fonts()).expect("SVG");
        let of = |id: &str| found.shapes.iter().find(|shape| shape.id == id).map(|shape| shape.rect);
        let boxes: Vec<_> = found.findings.iter().map(|(_, rect)| *rect).collect();
        assert!(boxes.contains(&of("t")), "{:?}", found.findings);
        assert!(boxes.iter().all(|rect| *rect == of("a") || *rect == of("t")), "{:?}", found.findings);
    }

    #[test]
    fn faults_have_their_positions() {
        for (bytes, code) in [
            (Bytes::from_static(b"\xff\xd8"), "file_not_utf8"),
            (Bytes::from_static(b"<svg"), "artwork_syntax"),
            (Bytes::from_static(b"<html/>"), "artwork_not_svg"),
            (Bytes::from(vec![b' '; MAX_ARTWORK + 1]), "artwork_too_large"),
        ] {
            let error = inspect(&bytes, &fonts()).expect_err(code);
            let finding = error.all_findings().first().expect("a finding");
            assert_eq!((finding.code, finding.place.is_some()), (code, true), "{error:?}");
        }
    }
}
