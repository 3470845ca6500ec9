//! Elements of an artwork's source, and ids for those that have none of their own.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use crate::markup::{
    Xml, XmlNode,
    tree::{SVG, is_drawn},
};

/// Elements that may become slots where they are drawn.
const TAGS: [&str; 9] = ["circle", "ellipse", "g", "image", "path", "polygon", "rect", "text", "use"];
/// Namespace of the names of layers that Inkscape writes beside ids.
const INKSCAPE: &str = "http://www.inkscape.org/namespaces/inkscape";
/// Maximum number of elements that get an id.
const MAX_UNNAMED: usize = 1000;
/// Maximum length of a name, characters.
const MAX_NAME: usize = 100;
/// Characters of a text that are read for its name.
const MAX_CONTENT: usize = 4096;

/// An element with an id, or one that may become a slot.
#[derive(Debug)]
pub struct Element {
    /// Its id, or the one that it would get: unique in the artwork.
    pub id: String,
    /// The id that the source has, also if another element has it.
    written: Option<String>,
    pub tag: String,
    /// Whether it may become a slot: drawn where it stands, and of a kind that holds something.
    pub is_placed: bool,
    /// What it is shown as: a text's content, or the name of its layer. May be empty.
    pub name: String,
    /// The name that its author gave the layer, if there is one. `None` also for texts that are named by their content.
    pub layer: Option<String>,
    /// The name beside its id: that of the design tool, or its `title`.
    pub label: Option<String>,
    /// Bytes in the source.
    pub range: Range<usize>,
    /// Index of the closest element around it that may become a slot.
    pub parent: Option<usize>,
    edit: Edit,
}

impl Element {
    /// Whether the source has its id.
    pub fn is_written(&self) -> bool {
        matches!(self.edit, Edit::None)
    }
}

/// How an element gets its id.
#[derive(Debug, Clone)]
enum Edit {
    /// It has it.
    None,
    /// As an attribute at this byte.
    Insert(usize),
    /// In the place of one that others have, too.
    Replace(Range<usize>),
}

/// What is known of a node of the source.
#[derive(Clone, Copy)]
struct Place {
    /// Whether elements within it are drawn where they stand.
    is_open: bool,
    element: Option<usize>,
}

/// The elements of an artwork in the order of the source. Those that may become slots get an id if they have none, the first ones.
pub fn elements(svg: &str, xml: &Xml<'_>) -> Vec<Element> {
    // Colours and filters have ids, too.
    let ids = xml.descendants().filter_map(|node| node.attribute("id"));
    let mut taken: HashSet<String> = ids.map(str::to_owned).collect();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut places: HashMap<usize, Place> = HashMap::new();
    let (mut found, mut placed, mut unnamed, mut number) = (Vec::<Element>::new(), 0, 0, 0);
    for node in xml.descendants().filter(|node| node.is_element()) {
        let outer = node.parent_element();
        let around = match outer {
            None => Place { is_open: true, element: None },
            Some(outer) => {
                places.get(&outer.id().get_usize()).copied().unwrap_or(Place { is_open: false, element: None })
            }
        };
        // The content of an entity stands outside of the element that it is in.
        let range = node.range();
        let is_inside = outer.is_none_or(|outer| outer.range().start < range.start && range.end < outer.range().end);
        let name = node.tag_name().name();
        let is_svg = node.tag_name().namespace() == Some(SVG);
        let is_open = around.is_open && is_inside && is_svg && is_drawn(name) && name != "foreignObject";
        let id = node.attribute_node("id").filter(|id| !id.value().trim().is_empty());
        let is_first = id.is_none_or(|id| seen.insert(id.value()));
        let mut element = around.element;
        let start = after_name(svg, range.start).filter(|_| is_open && TAGS.contains(&name));
        let is_placed = start.is_some();
        let edit = match (&id, start) {
            (Some(_), _) if is_first => Some(Edit::None),
            (Some(id), Some(_)) => Some(Edit::Replace(id.range_value())),
            // Groups without an id are not listed.
            (None, Some(start)) if name != "g" => Some(Edit::Insert(start)),
            _ => None,
        };
        if let Some(edit) = edit.filter(|edit| matches!(edit, Edit::None) || unnamed < MAX_UNNAMED) {
            let own = match &id {
                Some(id) if matches!(edit, Edit::None) => id.value().to_owned(),
                _ => {
                    unnamed += 1;
                    number = number.max(placed) + 1;
                    free(&mut taken, &mut number)
                }
            };
            if is_placed {
                placed += 1;
                element = Some(found.len());
            }
            let (tool, title) = (label(node), title(node));
            let named = tool.clone().or_else(|| id.map(|id| decoded(id.value()))).filter(|name| !name.is_empty());
            let layer = named.or_else(|| title.clone());
            let content = if name == "text" { short(&content(node)) } else { String::new() };
            found.push(Element {
                // Sketch names texts by their content.
                layer: layer.clone().filter(|name| *name != content),
                name: if content.is_empty() { layer.unwrap_or_default() } else { content },
                label: tool.or(title),
                id: own,
                written: id.map(|id| id.value().to_owned()),
                tag: name.to_owned(),
                is_placed,
                range,
                parent: around.element,
                edit,
            });
        }
        // Parts of a text are no elements of their own.
        places.insert(node.id().get_usize(), Place { is_open: is_open && name != "text", element });
    }
    found
}

/// The source with ids: those of the elements at `chosen`, each with the id that it gets. Others with the same id get another one.
pub fn with_ids(svg: &str, elements: &[Element], chosen: &HashMap<usize, &str>) -> String {
    let written: HashSet<&str> = chosen.keys().filter_map(|at| elements[*at].written.as_deref()).collect();
    let is_chosen = |id: &str| written.contains(id);
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for (at, element) in elements.iter().enumerate() {
        let id = match chosen.get(&at) {
            Some(id) => *id,
            None if element.written.as_deref().is_some_and(is_chosen) => element.id.as_str(),
            None => continue,
        };
        match &element.edit {
            Edit::None => {}
            Edit::Insert(at) => edits.push((*at..*at, format!(" id=\"{}\"", escaped(id)))),
            Edit::Replace(range) => edits.push((range.clone(), escaped(id))),
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let (mut text, mut last) = (String::with_capacity(svg.len() + 32 * edits.len()), 0);
    for (range, new) in edits {
        // Ranges of an entity may be those of several elements.
        if let Some(before) = svg.get(last..range.start) {
            text.push_str(before);
            text.push_str(&new);
            last = range.end;
        }
    }
    text.push_str(&svg[last..]);
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;")
}

/// An id that no element has, with this number or the next one that is free.
fn free(taken: &mut HashSet<String>, number: &mut usize) -> String {
    loop {
        let id = format!("shape-{number}");
        if taken.insert(id.clone()) {
            return id;
        }
        *number += 1;
    }
}

/// The byte after the name of an element that starts here.
fn after_name(svg: &str, start: usize) -> Option<usize> {
    let name = svg.get(start..)?.strip_prefix('<')?;
    let length = name.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>'))?;
    Some(start + 1 + length)
}

/// What an element is called beside its id.
fn label(node: XmlNode<'_, '_>) -> Option<String> {
    let written = [node.attribute((INKSCAPE, "label")), node.attribute("data-name")];
    written.into_iter().flatten().map(short).find(|name| !name.is_empty())
}

/// The `title` of an element.
fn title(node: XmlNode<'_, '_>) -> Option<String> {
    let title = node.children().find(|child| child.tag_name().name() == "title")?;
    title.text().map(short).filter(|name| !name.is_empty())
}

/// The first characters within an element, without its titles.
fn content(node: XmlNode<'_, '_>) -> String {
    let is_title =
        |part: &XmlNode<'_, '_>| part.parent().is_some_and(|up| matches!(up.tag_name().name(), "title" | "desc"));
    let parts = node.descendants().filter(|part| part.is_text() && !is_title(part));
    parts.filter_map(|part| part.text()).flat_map(str::chars).take(MAX_CONTENT).collect()
}

/// A name on one line.
fn short(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_NAME).collect()
}

/// An id as its author wrote it: Illustrator writes `_x5F_` for `_`, and `_1_` after names that occur twice; Figma may write each byte
/// of a name as a character.
fn decoded(id: &str) -> String {
    let (mut text, mut rest) = (String::new(), id);
    while let Some(at) = rest.find("_x") {
        text.push_str(&rest[..at]);
        let code = rest[at + 2..].split_once('_').filter(|(digits, _)| (2..=6).contains(&digits.len()));
        let character = code.and_then(|(digits, after)| {
            let code = u32::from_str_radix(digits, 16).ok()?;
            Some((char::from_u32(code)?, after))
        });
        match character {
            Some((character, after)) => {
                text.push(character);
                rest = after;
            }
            None => {
                text.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    text.push_str(rest);
    let bare = text.strip_suffix('_').and_then(|inner| inner.rsplit_once('_'));
    let bare = bare
        .filter(|(name, number)| !name.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    let text = bare.map_or(text.as_str(), |(name, _)| name);
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    short(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).as_deref().unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup;

    fn svg(body: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:inkscape=\"{INKSCAPE}\" width=\"99\" height=\"99\">{body}</svg>"
        )
    }

    fn named(svg: &str) -> Vec<(String, String)> {
        let xml = markup::parse(svg).expect("XML");
        let all = elements(svg, &xml).into_iter().filter(|element| element.is_placed);
        all.map(|element| (element.id, element.name)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect()
    }

    #[test]
    fn names_are_those_of_the_layers() {
        for (body, expected) in [
            ("<rect id=\"photo\"/>", &[("photo", "photo")][..]),
            ("<rect id=\"goods_x5F_price_1_\"/>", &[("goods_x5F_price_1_", "goods_price")]),
            ("<rect id=\"a_x_b\"/>", &[("a_x_b", "a_x_b")]),
            ("<rect id=\"&#229;&#155;&#190;\"/>", &[("\u{e5}\u{9b}\u{be}", "图")]),
            ("<rect id=\"é\"/>", &[("é", "é")]),
            ("<rect id=\"rect12\" inkscape:label=\" 商品 图\"/>", &[("rect12", "商品 图")]),
            ("<path id=\"b\" data-name=\"头像\"/>", &[("b", "头像")]),
            ("<text id=\"t\"><tspan>晨间 </tspan><tspan>阅读课</tspan></text>", &[("t", "晨间 阅读课")]),
            ("<g><circle/></g>", &[("shape-1", "")]),
            ("<defs><rect id=\"a\"/></defs><mask id=\"m\"><rect/></mask><g id=\"g\"/>", &[("g", "g")]),
            ("<rect id=\"shape-1\"/><rect/>", &[("shape-1", "shape-1"), ("shape-2", "")]),
            ("<rect id=\"a\"/><rect id=\"a\"/>", &[("a", "a"), ("shape-2", "a")]),
            (
                "<rect><title> Face </title></rect><rect id=\"b\"><title>c</title></rect>",
                &[("shape-1", "Face"), ("b", "b")],
            ),
            ("<text id=\"t\"><title>Face</title>a</text>", &[("t", "a")]),
        ] {
            assert_eq!(named(&svg(body)), pairs(expected), "{body}");
        }
    }

    #[test]
    fn ids_are_found_beside_those_that_are_taken() {
        let taken: String = (2..5).map(|number| format!("<filter id=\"shape-{number}\"/>")).collect();
        let body = format!("<defs>{taken}</defs><rect id=\"a\"/><rect/><rect/><rect/>");
        assert_eq!(named(&svg(&body)), pairs(&[("a", "a"), ("shape-5", ""), ("shape-6", ""), ("shape-7", "")]));
    }

    #[test]
    fn chosen_elements_get_their_ids() {
        let source = svg("<rect width=\"1\"/><g id='a'/><path id=\"a\"/><use\n href=\"#a\"/><image/>");
        let xml = markup::parse(&source).expect("XML");
        let all = elements(&source, &xml);
        let text = with_ids(&source, &all, &HashMap::from([(0, "title"), (3, "a<b")]));
        let expected = source.replace("<rect ", "<rect id=\"title\" ").replace("<use\n", "<use id=\"a&lt;b\"\n");
        assert_eq!(text, expected);
        // Only one element keeps an id that others have, too.
        assert_eq!(with_ids(&source, &all, &HashMap::from([(1, "a")])), source.replace("id=\"a\"", "id=\"shape-3\""));
        assert_eq!(with_ids(&source, &all, &HashMap::from([(2, "b")])), source.replace("id=\"a\"", "id=\"b\""));
        assert_eq!(with_ids(&source, &all, &HashMap::new()), source);
    }
}
