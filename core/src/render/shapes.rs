//! Elements of artwork with boxes on a canvas: those of a template, which layers can be bound to, and those of an SVG that becomes
//! one, with what is not drawn as it was designed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;

use super::compile::{SampleArtwork, compile, sample_artwork};
use crate::{
    artwork::shapes::{self, Ids, Parts, Shape},
    error::{Error, ErrorKind, Finding, Result},
    markup::{self, Xml},
    plan::PlannedCanvas,
    style::Color,
    template::{
        Template,
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
/// Maximum number of references to an element that are looked at.
const MAX_USERS: usize = 16;

/// An artwork, taken apart.
#[derive(Debug)]
pub struct Shapes {
    /// Its canvas.
    pub canvas: PlannedCanvas,
    /// Elements that may become slots: those with ids, then others, each in the order of drawing. Their boxes are those of what is seen;
    /// where that is less than the slot, layers need a box of their own.
    pub shapes: Vec<Shape>,
    /// What is not drawn as it was designed, each with the box of the element that it is about, px of the canvas.
    pub findings: Vec<(Finding, Option<[f32; 4]>)>,
    parts: Parts,
}

/// The elements of a template's artwork that have an id and a size, in the order of drawing. Artwork with parameters has those of a
/// sample. None without artwork, or without a sample for it.
///
/// # Errors
/// As [`compile`] for faults of the artwork.
pub fn shapes(template: &Template, fonts: &FontSet) -> Result<Vec<Shape>> {
    let Some(SampleArtwork { text, .. }) = sample_artwork(template)? else { return Ok(Vec::new()) };
    let parts = Parts::read(&text, &template.files, template.fonts_or(fonts), Ids::Written)?;
    Ok(shapes::bindable(parts.shapes(PlannedCanvas::tallest(&template.layout.canvas))))
}

/// Takes an artwork apart: the bytes of an SVG file.
///
/// # Errors
/// As [`compile`] with a template of this artwork alone.
pub fn inspect(bytes: &Bytes, fonts: &FontSet) -> Result<Shapes> {
    if bytes.len() > MAX_ARTWORK {
        // It is about no line of a layout.
        let finding = words::artwork_too_large(ARTWORK, bytes.len(), MAX_ARTWORK);
        return Err(Error::findings(ErrorKind::Invalid, "template_invalid", vec![finding]));
    }
    let parts = read(bytes, fonts, Ids::All);
    let (width, height) = parts.as_ref().map_or((750, 1000), |parts| canvas(parts.size()));
    let layout = format!(
        r#"{{ "title": "artwork", "canvas": {{ "width": {width}, "height": {height} }}, "artwork": "{ARTWORK}", "layers": [] }}"#
    );
    let files = [("layout.json", Bytes::from(layout)), (ARTWORK, bytes.clone())];
    // It reports every fault with its position.
    let template = compile("artwork", files.map(|(path, content)| (path.to_owned(), content)).into(), fonts)?;
    let parts = parts?;
    let canvas = PlannedCanvas { width, height, tallest: None, background: Color::white() };
    let mut all = parts.shapes(canvas);
    // Designs mean what is seen of them.
    for shape in &mut all {
        shape.rect = shape.seen.unwrap_or(shape.rect);
    }
    let boxes: HashMap<&str, [f32; 4]> = all.iter().map(|shape| (shape.id.as_str(), shape.rect)).collect();
    let rect_at = |offset: usize| parts.around(offset).find_map(|id| boxes.get(id).copied());
    let text = markup::declared(parts.text());
    let source = SourceFile { file: ARTWORK, text: &text };
    let xml = markup::parse(&text).map_err(|note| Error::of(ErrorKind::Invalid, note.finding))?;
    let located = |finding: &Finding| {
        let place = finding.place.as_ref().filter(|place| place.file == ARTWORK)?;
        let offset = source.offset(place.line, place.column);
        rect_at(offset).or_else(|| users(&text, &xml, offset).find_map(rect_at))
    };
    let findings = template.warnings().iter().map(|finding| (finding.clone(), located(finding))).collect();
    drop(xml);
    drop(text);
    Ok(Shapes { canvas, shapes: shapes::placeholders(all, canvas), findings, parts })
}

/// The canvas for an SVG file, with the colour that covers it. That of a small poster, if it cannot be read.
pub fn canvas_of(bytes: &Bytes, fonts: &FontSet) -> PlannedCanvas {
    let parts = read(bytes, fonts, Ids::Written);
    let (width, height) = parts.as_ref().map_or((750, 1000), |parts| canvas(parts.size()));
    let ground = parts.ok().and_then(|parts| parts.ground(&BTreeSet::new()));
    PlannedCanvas { width, height, tallest: None, background: ground.unwrap_or(Color::white()) }
}

fn read(bytes: &Bytes, fonts: &FontSet, ids: Ids) -> Result<Parts> {
    match SourceFile::new(ARTWORK, bytes) {
        Ok(source) => Parts::read_file(source.text, fonts, ids),
        _ => Err(Error::of(ErrorKind::Invalid, words::file_not_utf8(ARTWORK))),
    }
}

impl Shapes {
    /// The artwork's text. `chosen`: ids of shapes, each with the id that it gets; those that the artwork has stay as they are.
    pub fn with_ids(&self, chosen: &BTreeMap<&str, &str>) -> String {
        self.parts.with_ids(chosen)
    }

    /// The mean colour beneath each of these shapes, none of which is drawn.
    pub fn beneath(&self, slots: &BTreeSet<&str>) -> BTreeMap<String, Color> {
        self.parts.beneath(self.canvas, self.shapes.iter().filter(|shape| slots.contains(shape.id.as_str())))
    }

    /// The colour that covers the artwork, if there is one. These shapes are not drawn.
    pub fn ground(&self, slots: &BTreeSet<&str>) -> Option<Color> {
        self.parts.ground(slots)
    }
}

/// Width and height of the canvas for an artwork of this size, px: its own within the limits of a canvas.
fn canvas([width, height]: [f32; 2]) -> (u32, u32) {
    let larger = (MIN_SIDE / width.min(height)).max(1.0);
    let pixels = (MAX_PIXELS as f32 / (width * height)).sqrt();
    // Rounding must not lead beyond the limit.
    let factor = larger.min(MAX_WIDTH / width).min(MAX_HEIGHT as f32 / height).min(pixels * 0.999);
    let side = |length: f32| (length * factor).round().max(1.0) as u32;
    (side(width), side(height))
}

/// Where the element at a byte is used, such as a filter: bytes of the first references to it or to an element around it.
fn users<'t>(text: &'t str, xml: &Xml<'_>, offset: usize) -> impl Iterator<Item = usize> + use<'t> {
    let at = xml.descendants().rfind(|node| node.is_element() && node.range().contains(&offset));
    let id = at.and_then(|node| node.ancestors().find_map(|node| node.attribute("id"))).unwrap_or_default();
    let reference = format!("#{id}");
    let length = if id.is_empty() { 0 } else { text.len() };
    let places = text[..length].match_indices('#').map(|(at, _)| at);
    let is_reference = move |at: &usize| {
        let rest = text[*at..].strip_prefix(reference.as_str());
        rest.is_some_and(|rest| rest.starts_with([')', '"', '\'']))
    };
    places.filter(is_reference).take(MAX_USERS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{artwork::shapes::Corners, testing::fonts};

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
            assert_eq!((found.canvas.width, found.canvas.height), expected, "{size}");
            assert_eq!(canvas_of(&svg(size, "<rect width=\"9\" height=\"9\"/>"), &fonts()), found.canvas, "{size}");
        }
    }

    #[test]
    fn shapes_have_boxes_on_the_canvas() {
        let body = "<rect width=\"100\" height=\"200\"/><rect id=\"photo\" x=\"10\" y=\"20\" width=\"30\" height=\"40\"/>\
                    <g id=\"avatar\"><circle cx=\"50\" cy=\"100\" r=\"10\"/></g><text id=\"t\" x=\"9\" y=\"180\">a</text>\
                    <path d=\"M0 0h9v9z M20 0h9v9z M40 0h9v9z\" fill=\"#a01020\"/>";
        let found = inspect(&svg("width=\"100\" height=\"200\"", body), &fonts()).expect("SVG");
        let of = |id: &str| found.shapes.iter().find(|shape| shape.id == id).unwrap_or_else(|| panic!("{id}"));
        assert_eq!((of("photo").rect, of("photo").tag.as_str()), ([20.0, 40.0, 60.0, 80.0], "rect"));
        assert_eq!((of("avatar").corners, of("avatar").is_written), (Some(Corners::Ellipse), true));
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
    fn entities_are_read_where_they_are_declared() {
        let text = "<!DOCTYPE svg [<!ENTITY n \"甲&#38;#38;乙\">]><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" \
                    height=\"200\"><text x=\"9\" y=\"99\" font-size=\"40\">&n;</text></svg>";
        let found = inspect(&Bytes::from(text), &fonts()).expect("SVG");
        let [shape] = &found.shapes[..] else { panic!("{:?}", found.shapes) };
        assert_eq!(shape.name, "甲&乙");
        // As a template it is read once more.
        let named = found.with_ids(&BTreeMap::from([(shape.id.as_str(), "title")]));
        assert_eq!(named, text.replace("<text ", "<text id=\"title\" "));
    }

    #[test]
    fn faults_have_their_positions() {
        for (bytes, code) in [
            (Bytes::from_static(b"\xff\xd8"), "file_not_utf8"),
            (Bytes::from_static(b"<svg"), "artwork_syntax"),
            (Bytes::from_static(b"<html/>"), "artwork_not_svg"),
        ] {
            let error = inspect(&bytes, &fonts()).expect_err(code);
            let finding = error.all_findings().first().expect("a finding");
            assert_eq!((finding.code, finding.place.is_some()), (code, true), "{error:?}");
            assert_eq!(canvas_of(&bytes, &fonts()).width, 750);
        }
        // Not a place in the generated layout.
        let error = inspect(&Bytes::from(vec![b' '; MAX_ARTWORK + 1]), &fonts()).expect_err("too large");
        let [finding] = error.all_findings() else { panic!("{error:?}") };
        assert_eq!((finding.code, &finding.place), ("artwork_too_large", &None), "{error:?}");
    }
}
