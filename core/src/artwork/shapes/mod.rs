//! Elements of artwork: what they are called, where they are drawn, and what they hold. The studio binds layers to them, and makes
//! templates of them.

mod content;
mod drawn;
mod outline;
mod seen;
mod source;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use bytes::Bytes;
use resvg::usvg::Tree;

pub use self::outline::Corners;
use self::{
    content::MIN_LETTERS,
    source::{Element, elements},
};
pub use super::text::Setting;
use super::{cut::scaling, svg, text};
use crate::{
    error::{Error, ErrorKind, Result},
    markup,
    plan::PlannedCanvas,
    style::Color,
    text::FontSet,
};

/// Maximum number of shapes that a layer can be bound to.
const MAX_BOUND: usize = 2000;
/// Maximum number of shapes that may become slots.
const MAX_SLOTS: usize = 300;
/// Part of the canvas that a shape without an id of its own covers at least and at most, if it may become a slot.
const UNNAMED_AREA: std::ops::Range<f32> = 0.0005..0.9;
/// Maximum memory of all [`Shape::within`] together, bytes: groups may nest deep, and have long ids.
const MAX_WITHIN: usize = 16 << 20;
/// Height of a shape in a group from which it is no line through its text, in heights of the group.
const MAX_LINE: f32 = 0.1;
/// Part of the width and the height of a group of outlined letters that a shape beneath them has at least.
const MIN_GROUND: f32 = 0.9;

/// An element that is drawn. Lengths in px of the canvas at scale 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Its id, or the one that it gets as a slot.
    pub id: String,
    /// Whether the artwork has this id.
    pub is_written: bool,
    /// Whether it may become a slot: drawn where it stands, and of a kind that holds something.
    pub is_placed: bool,
    /// Name of the element: `rect`.
    pub tag: String,
    /// What it is shown as: a text's content, or the name of its layer. Empty if there is nothing.
    pub name: String,
    /// The name that its author gave it. `None` also for texts that are named by their content.
    pub layer: Option<String>,
    /// The name that it has beside its id: Inkscape's label, Illustrator's `data-name`, or its `title`.
    pub label: Option<String>,
    /// Left, top, width and height: the box of a slot.
    pub rect: [f32; 4],
    /// The box of what is seen of it, if clips or masks leave less.
    pub seen: Option<[f32; 4]>,
    /// Whether it looks like a text that was exported as outlines.
    pub is_outlined: bool,
    /// Whether it is a group with a text and other things, such as a button or an icon, or with outlined letters on a ground.
    pub is_mixed: bool,
    /// The corners of what is seen, if it is a rectangle or an ellipse, or a group that is filled, clipped or masked by one.
    pub corners: Option<Corners>,
    /// Its colour, if it is a text or outlines. Of a group with texts, that of its largest one.
    pub color: Option<Color>,
    /// How its text is set, or the largest one in it.
    pub setting: Option<Setting>,
    /// Ids of the shapes around it, from inside out. In artwork that nests very many, some lack the outer ones.
    pub within: Vec<String>,
}

/// Which elements are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Those whose id is in the source.
    Written,
    /// Those, and elements that may become slots, which get an id.
    All,
}

/// An artwork with its elements.
#[derive(Debug)]
pub struct Parts {
    text: String,
    elements: Vec<Element>,
    tree: Tree,
    /// How texts are set, by their ids.
    settings: BTreeMap<String, Setting>,
}

impl Parts {
    /// Takes an artwork apart. `text`: as [`markup::declared`] makes it of a file.
    ///
    /// # Errors
    /// `artwork_syntax`; as [`svg::read`].
    pub fn read(text: &str, files: &BTreeMap<String, Bytes>, fonts: &FontSet, ids: Ids) -> Result<Self> {
        let xml = markup::parse(text).map_err(|note| Error::of(ErrorKind::Invalid, note.finding))?;
        let elements = elements(text, &xml);
        drop(xml);
        let named = match ids {
            Ids::Written => Cow::Borrowed(text),
            Ids::All => {
                let all = elements.iter().enumerate().map(|(at, element)| (at, element.id.as_str())).collect();
                Cow::Owned(source::with_ids(text, &elements, &all))
            }
        };
        let (tree, settings) = svg::parse_seen(&named, files, fonts, |document| text::settings(document, fonts))?;
        Ok(Self { text: text.to_owned(), elements, tree, settings })
    }

    /// Takes the artwork of a file apart, of which elements may become slots.
    ///
    /// # Errors
    /// As [`Parts::read`].
    pub fn read_file(text: &str, fonts: &FontSet, ids: Ids) -> Result<Self> {
        let parts = Self::read(&markup::declared(text), &BTreeMap::new(), fonts, ids)?;
        // Ids are written into the file. Only the texts of its entities differ, and these are no slots.
        Ok(Self { text: text.to_owned(), ..parts })
    }

    /// Its source.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Width and height in its own units.
    pub fn size(&self) -> [f32; 2] {
        [self.tree.size().width(), self.tree.size().height()]
    }

    /// Its elements that have a size, in the order of drawing.
    pub fn shapes(&self, canvas: PlannedCanvas) -> Vec<Shape> {
        let (x, y) = scaling(&self.tree, canvas);
        let scale = (x * y).sqrt();
        let elements = &self.elements;
        let around = |at: usize| std::iter::successors(elements[at].parent, |at| elements[*at].parent);
        let is_text = |element: &Element| element.is_placed && element.tag == "text";
        let named: HashSet<&str> = elements.iter().filter(|one| is_text(one)).map(|one| one.id.as_str()).collect();
        let drawn = drawn::drawn(&self.tree, &named);
        let set = |element: &Element| {
            let px = drawn.get(&element.id)?.scale * scale;
            let setting = self.settings.get(&element.id)?.clone();
            Some(Setting { size: setting.size * px, letter_spacing: setting.letter_spacing * px, ..setting })
        };
        let mut texts: HashMap<usize, (Option<Setting>, Option<Color>)> = HashMap::new();
        let size = |setting: &Option<Setting>| setting.as_ref().map_or(0.0, |setting| setting.size);
        for (at, element) in elements.iter().enumerate().filter(|(_, element)| is_text(element)) {
            let text = (set(element), drawn.get(&element.id).and_then(|drawn| drawn.color));
            for at in around(at).chain([at]) {
                let known = texts.entry(at).or_insert_with(|| text.clone());
                if size(&text.0) > size(&known.0) {
                    known.clone_from(&text);
                }
            }
        }
        let mut room = MAX_WITHIN;
        let shape = |(at, element): (usize, &Element)| {
            let drawn = drawn.get(&element.id)?;
            let placed = |[left, top, width, height]: [f32; 4]| [left * x, top * y, width * x, height * y];
            let text = texts.get(&at);
            let may_be_letters = matches!(element.tag.as_str(), "path" | "g" | "use") && text.is_none();
            let is_outlined = may_be_letters && drawn.outlines >= MIN_LETTERS;
            let [.., width, height] = drawn.rect;
            let is_on_ground = drawn.plain[0] > MIN_GROUND * width && drawn.plain[1] > MIN_GROUND * height;
            let has_others =
                if text.is_some() { drawn.tallest > MAX_LINE * height } else { is_outlined && is_on_ground };
            let has_room = |id: &&str| {
                let left = room.checked_sub(id.len() + size_of::<String>());
                room = left.unwrap_or(room);
                left.is_some()
            };
            let within =
                around(at).map(|at| elements[at].id.as_str()).take_while(has_room).map(str::to_owned).collect();
            let shape = Shape {
                id: element.id.clone(),
                is_written: element.is_written(),
                is_placed: element.is_placed,
                tag: element.tag.clone(),
                name: element.name.clone(),
                layer: element.layer.clone(),
                label: element.label.clone(),
                rect: placed(drawn.rect),
                seen: drawn.seen.map(placed),
                is_outlined,
                is_mixed: element.tag == "g" && has_others,
                corners: drawn.corners.map(|corners| corners.scaled(scale)),
                color: text.map_or(drawn.color.filter(|_| is_outlined), |(_, color)| *color),
                setting: text.and_then(|(setting, _)| setting.clone()),
                within,
            };
            Some((drawn.order, shape))
        };
        let mut all: Vec<(usize, Shape)> = elements.iter().enumerate().filter_map(shape).collect();
        all.sort_by_key(|(order, _)| *order);
        all.into_iter().map(|(_, shape)| shape).collect()
    }

    /// Ids of the elements around a byte of the source, from inside out.
    pub fn around(&self, offset: usize) -> impl Iterator<Item = &str> {
        let around = self.elements.iter().rev().filter(move |element| element.range.contains(&offset));
        around.map(|element| element.id.as_str())
    }

    /// The text. `chosen`: ids of shapes, each with the id that it gets; those that the text has stay as they are.
    pub fn with_ids(&self, chosen: &BTreeMap<&str, &str>) -> String {
        let at = self.elements.iter().enumerate();
        let all = at.filter_map(|(at, element)| Some((at, *chosen.get(element.id.as_str())?))).collect();
        source::with_ids(&self.text, &self.elements, &all)
    }

    /// The mean colour beneath each of these shapes, none of which is drawn.
    pub fn beneath<'s>(
        &self,
        canvas: PlannedCanvas,
        slots: impl Iterator<Item = &'s Shape> + Clone,
    ) -> BTreeMap<String, Color> {
        let (across, down) = scaling(&self.tree, canvas);
        let ids: BTreeSet<&str> = slots.clone().map(|shape| shape.id.as_str()).collect();
        let rects = slots.map(|shape| {
            let [x, y, w, h] = shape.rect;
            (shape.id.clone(), [x / across, y / down, w / across, h / down])
        });
        drawn::beneath(&self.tree, &ids, &rects.collect())
    }

    /// The colour that covers the artwork, if there is one. Shapes with these ids are not drawn.
    pub fn ground(&self, slots: &BTreeSet<&str>) -> Option<Color> {
        drawn::ground(&self.tree, slots)
    }
}

/// The shapes that a layer can be bound to: at most 2000 with an id in the artwork.
pub fn bindable(mut shapes: Vec<Shape>) -> Vec<Shape> {
    shapes.retain(|shape| shape.is_written);
    shapes.truncate(MAX_BOUND);
    shapes
}

/// The shapes that may become slots: at most 300, those with ids first, then others that are neither tiny nor cover the canvas.
pub fn placeholders(shapes: Vec<Shape>, canvas: PlannedCanvas) -> Vec<Shape> {
    let area = canvas.width as f32 * canvas.height as f32;
    let is_listed = |shape: &Shape| {
        shape.is_placed && (shape.is_written || UNNAMED_AREA.contains(&(shape.rect[2] * shape.rect[3] / area)))
    };
    let (mut first, second): (Vec<_>, Vec<_>) =
        shapes.into_iter().filter(is_listed).partition(|shape| shape.is_written);
    first.extend(second);
    first.truncate(MAX_SLOTS);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const CANVAS: PlannedCanvas = PlannedCanvas { width: 200, height: 100, tallest: None, background: Color::white() };

    fn shapes(body: &str, ids: Ids) -> Vec<Shape> {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:i=\"http://www.inkscape.org/namespaces/inkscape\" width=\"100\" \
             height=\"50\">{body}</svg>"
        );
        Parts::read(&svg, &BTreeMap::new(), &testing::fonts(), ids).expect("SVG").shapes(CANVAS)
    }

    #[test]
    fn elements_with_an_id_and_a_size_are_listed_in_the_order_of_drawing() {
        let body = "<defs><rect id=\"unused\" width=\"9\" height=\"9\"/></defs><rect width=\"9\" height=\"9\"/>\
                    <g id=\"card\" i:label=\" Card \"><rect id=\"photo\" x=\"10\" y=\"5\" width=\"20\" height=\"15\"/></g>\
                    <circle id=\"avatar\" cx=\"50\" cy=\"25\" r=\"10\"><title>Face</title></circle><path id=\"empty\" d=\"\"/>";
        for ids in [Ids::Written, Ids::All] {
            let found = bindable(shapes(body, ids));
            let listed: Vec<_> =
                found.iter().map(|shape| (shape.id.as_str(), shape.tag.as_str(), shape.label.as_deref())).collect();
            let expected = [("card", "g", Some("Card")), ("photo", "rect", None), ("avatar", "circle", Some("Face"))];
            assert_eq!(listed, expected, "{ids:?}");
            assert_eq!(found[1].rect, [20.0, 10.0, 40.0, 30.0]);
            assert_eq!(found[2].rect.map(f32::round), [80.0, 30.0, 40.0, 40.0]);
        }
    }

    #[test]
    fn layers_can_be_bound_to_more_than_what_becomes_a_slot() {
        let body = "<defs><g id=\"card\"><rect width=\"9\" height=\"9\"/></g></defs><use id=\"used\" href=\"#card\"/>\
                    <polyline id=\"drawn\" points=\"0,0 9,9 0,9\"/><rect width=\"30\" height=\"20\"/><rect width=\"1\" height=\"0.1\"/>";
        let ids = |shapes: &[Shape]| shapes.iter().map(|shape| shape.id.clone()).collect::<Vec<_>>();
        let written = shapes(body, Ids::Written);
        assert!(written.iter().all(|shape| shape.is_written), "{written:?}");
        assert_eq!(ids(&bindable(written)), ["used", "drawn"]);
        let slots = placeholders(shapes(body, Ids::All), CANVAS);
        assert_eq!(ids(&slots), ["used", "shape-2"]);
    }

    #[test]
    fn ids_of_the_groups_around_shapes_are_bounded() {
        let long = |depth: usize| format!("<g id=\"{}{depth}\">", "g".repeat(10_000));
        let around: String = (0..100).map(long).collect();
        let rects = "<rect width=\"9\" height=\"9\"/>".repeat(100);
        let all = shapes(&format!("{around}{rects}{}", "</g>".repeat(100)), Ids::All);
        let bytes: usize = all.iter().flat_map(|shape| &shape.within).map(String::len).sum();
        assert!((MAX_WITHIN / 2..=MAX_WITHIN).contains(&bytes), "{bytes}");
        let depths: Vec<usize> = all.iter().map(|shape| shape.within.len()).collect();
        assert_eq!((depths.len(), &depths[..4], depths[199]), (200, &[0, 1, 2, 3][..], 0));
    }

    #[test]
    fn texts_are_set_in_px_of_the_canvas() {
        let body = "<g id=\"price\" transform=\"scale(1.5)\"><text id=\"t\" x=\"9\" y=\"20\" font-size=\"10\" letter-spacing=\"1\" \
                    text-anchor=\"middle\" font-weight=\"700\" fill=\"#a01020\">168</text></g>\
                    <rect id=\"r\" width=\"20\" height=\"10\" rx=\"2\"/>";
        let all = shapes(body, Ids::Written);
        let of = |id: &str| all.iter().find(|shape| shape.id == id).unwrap_or_else(|| panic!("{id}"));
        let setting = Setting { family: None, size: 30.0, weight: 700, letter_spacing: 3.0, anchor: 0.5 };
        assert_eq!(of("t").setting.as_ref(), Some(&setting));
        // The text has its size within the group, whose own units are larger.
        assert_eq!(of("price").setting.as_ref().map(|setting| setting.weight), Some(700));
        assert_eq!(of("price").color.map(|color| color.to_string()).as_deref(), Some("#a01020"));
        assert_eq!((of("r").setting.as_ref(), of("r").corners), (None, Some(Corners::Radii([4.0; 4]))));
    }

    #[test]
    fn groups_are_mixed_if_they_hold_more_than_their_text() {
        let text = "<text x=\"9\" y=\"20\" font-size=\"10\" fill=\"#ffffff\">168</text>";
        let letters = "<path d=\"M8 12h4v8z M14 12h4v8z M20 12h4v8z\" fill=\"#ffffff\"/>";
        let ground = "<rect x=\"5\" y=\"8\" width=\"40\" height=\"16\" fill=\"#a01020\"/>";
        for (body, expected) in [
            (format!("{ground}{text}"), true),
            (format!("<circle cx=\"5\" cy=\"15\" r=\"3\" fill=\"#a01020\"/>{text}"), true),
            (format!("<g>{ground}<g>{text}</g></g>"), true),
            (format!("{text}<text x=\"1\" y=\"20\" font-size=\"5\">¥</text>"), false),
            (format!("{text}<path d=\"M8 16h20\" stroke=\"#ffffff\"/>"), false),
            (format!("{text}{}", ground.replace("#a01020", "none")), false),
            (format!("{ground}{letters}"), true),
            (format!("{letters}<rect x=\"2\" y=\"14\" width=\"3\" height=\"3\"/>"), false),
            (letters.to_owned(), false),
            (ground.to_owned(), false),
        ] {
            let all = shapes(&format!("<g id=\"a\">{body}</g>"), Ids::All);
            let group = all.iter().find(|shape| shape.id == "a").expect("a group");
            assert_eq!(group.is_mixed, expected, "{body}");
            if group.setting.is_some() {
                assert_eq!(group.color.map(|color| color.to_string()).as_deref(), Some("#ffffff"), "{body}");
            }
        }
        let two = "<text id=\"s\" x=\"1\" y=\"20\" font-size=\"5\" fill=\"#000000\">¥</text>".to_owned() + text;
        let all = shapes(&format!("<g id=\"a\">{two}</g>"), Ids::All);
        let group = all.iter().find(|shape| shape.id == "a").expect("a group");
        assert_eq!(group.setting.as_ref().map(|setting| setting.size), Some(20.0), "the largest text");
        assert_eq!(group.color.map(|color| color.to_string()).as_deref(), Some("#ffffff"));
    }
}
