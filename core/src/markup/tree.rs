//! A mutable tree of SVG elements. Each keeps its position in the source.

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
    collections::HashMap,
    ops::Range,
};

use resvg::{tiny_skia::Rect, usvg::roxmltree};

use super::{
    budget::{Budget, Cost},
    notes::Note,
    style::values::targets,
};
use crate::words;

/// Maximum nesting depth of an artwork's elements.
const MAX_DEPTH: usize = 256;

/// The namespace of SVG.
pub const SVG: &str = "http://www.w3.org/2000/svg";
/// The attribute of a `<foreignObject>` that holds the style of the HTML element in it.
pub const HTML_STYLE: &str = "html-style";
const XHTML: &str = "http://www.w3.org/1999/xhtml";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Index of a node.
pub type NodeId = usize;

/// Whether elements with this name are drawn where they stand.
pub fn is_drawn(name: &str) -> bool {
    !matches!(
        name,
        "" | "clipPath"
            | "defs"
            | "desc"
            | "filter"
            | "linearGradient"
            | "marker"
            | "mask"
            | "metadata"
            | "pattern"
            | "radialGradient"
            | "style"
            | "symbol"
            | "title"
            | "view"
    )
}

/// Artwork as a tree. The first node is the root.
#[derive(Debug)]
pub struct Document<'a> {
    /// Nodes in document order, followed by those that were added. Removed ones have no parent.
    pub nodes: Vec<Node<'a>>,
    /// What its styles and its rewriting take.
    pub budget: Budget,
    /// Bytes of outlines that were measured.
    pub measured: Cell<usize>,
    /// Elements by id, once something was searched.
    index: OnceCell<HashMap<String, NodeId>>,
    /// Number of background blurs.
    pub backdrops: usize,
    /// A group that has the box of the root, whatever it contains.
    pub framed: Option<(NodeId, Rect)>,
}

/// An element or a text.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// The element that contains it.
    pub parent: Option<NodeId>,
    /// Its content in order.
    pub children: Vec<NodeId>,
    /// Name in the SVG namespace; empty for texts, and for elements of other namespaces.
    pub name: &'a str,
    /// Attributes, and presentation attributes of resolved styles.
    pub attributes: Vec<Attribute<'a>>,
    /// Resolved CSS properties that are no presentation attributes.
    pub styles: Vec<Attribute<'a>>,
    /// The text of a text node.
    pub text: Cow<'a, str>,
    /// Bytes in the source.
    pub range: Range<usize>,
}

/// An attribute or a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Name; without the prefix of a namespace, except for `xml:`.
    pub name: Cow<'a, str>,
    /// Value with entities resolved.
    pub value: Cow<'a, str>,
    /// Bytes in the source.
    pub range: Range<usize>,
}

impl<'a> Document<'a> {
    /// Copies the elements of a parsed file. Elements of other namespaces stay as empty nodes, since selectors count them;
    /// attributes of other namespaces, comments, and text outside of elements that need it are left out.
    ///
    /// # Errors
    /// `artwork_syntax` when elements nest too deep.
    pub fn build(xml: &'a roxmltree::Document<'_>) -> Result<Self, Box<Note>> {
        Self::build_within(Budget::default(), xml)
    }

    /// As [`Document::build`], with another budget.
    ///
    /// # Errors
    /// As [`Document::build`].
    pub fn build_within(budget: Budget, xml: &'a roxmltree::Document<'_>) -> Result<Self, Box<Note>> {
        let mut document = Self {
            nodes: Vec::new(),
            budget,
            measured: Cell::new(0),
            index: OnceCell::new(),
            backdrops: 0,
            framed: None,
        };
        let root = xml.root_element();
        // Our node of each of the parser's nodes, and how deep it is.
        let mut built: Vec<Option<(NodeId, usize)>> = vec![None; root.id().get_usize() + 1];
        for node in root.descendants() {
            let parent = node.parent().and_then(|parent| *built.get(parent.id().get_usize())?);
            let at = node.id().get_usize();
            built.resize(at + 1, None);
            if parent.is_none() && node != root {
                continue;
            }
            let depth = parent.map_or(1, |(_, depth)| depth + 1);
            if depth > MAX_DEPTH {
                return Err(Box::new(Note { range: node.range(), finding: words::artwork_nested(MAX_DEPTH) }));
            }
            let parent = parent.map(|(parent, _)| parent);
            if node.tag_name().namespace() == Some(XHTML)
                && let Some(parent) = parent.filter(|parent| document.nodes[*parent].name == "foreignObject")
                && let Some(style) = node.attributes().find(|one| one.name() == "style")
            {
                let (name, range) = (Cow::Borrowed(HTML_STYLE), style.range());
                document.nodes[parent].attributes.push(Attribute { name, value: Cow::Borrowed(style.value()), range });
            }
            let is_svg = node.tag_name().namespace() == Some(SVG);
            // A style sheet of HTML is one of SVG as well.
            let is_style = node.tag_name().name() == "style" && node.tag_name().namespace() == Some(XHTML);
            if node.is_element() {
                let name = if is_svg || is_style { node.tag_name().name() } else { "" };
                let id = document.push(parent, name, node.range());
                if is_svg || is_style {
                    document.nodes[id].attributes = attributes(node);
                    built[at] = Some((id, depth));
                }
            } else if node.is_text() && parent.is_some_and(|parent| document.keeps_text(parent)) {
                let id = document.push(parent, "", node.range());
                document.nodes[id].text = Cow::Borrowed(node.text().unwrap_or_default());
            }
        }
        Ok(document)
    }

    fn keeps_text(&self, parent: NodeId) -> bool {
        self.nodes[parent].name == "style" || self.within(parent).any(|up| self.nodes[up].name == "text")
    }

    /// Adds an element as the last child.
    pub fn push(&mut self, parent: Option<NodeId>, name: &'a str, range: Range<usize>) -> NodeId {
        let id = self.nodes.len();
        self.budget.spend(Cost::Written, size_of::<Node<'_>>());
        self.nodes.push(Node {
            parent,
            children: Vec::new(),
            name,
            attributes: Vec::new(),
            styles: Vec::new(),
            text: Cow::Borrowed(""),
            range,
        });
        if let Some(parent) = parent {
            self.nodes[parent].children.push(id);
        }
        id
    }

    /// Puts a new element around a child, by its index.
    pub fn wrap(&mut self, parent: NodeId, index: usize, name: &'a str) {
        let Some(&child) = self.nodes[parent].children.get(index) else { return };
        let range = self.nodes[child].range.clone();
        let outer = self.push(None, name, range);
        self.nodes[outer].parent = Some(parent);
        self.nodes[outer].children.push(child);
        self.nodes[parent].children[index] = outer;
        self.nodes[child].parent = Some(outer);
    }

    /// Sets an attribute, and counts its value. Once the budget is exceeded, nothing is set.
    pub fn set(&mut self, id: NodeId, name: &'static str, value: impl Into<Cow<'a, str>>) {
        let value = value.into();
        if !self.budget.spend(Cost::Written, size_of::<Attribute<'_>>() + value.len()) {
            return;
        }
        if name == "id"
            && let Some(index) = self.index.get_mut()
        {
            index.insert(value.clone().into_owned(), id);
        }
        self.nodes[id].put(name, value);
    }

    /// Forgets the elements that [`Self::find`] found, after ids were moved.
    pub fn forget_ids(&mut self) {
        self.index.take();
    }

    /// The element with an id. Until ids are forgotten, those that exist must not change.
    pub fn find(&self, id: &str) -> Option<NodeId> {
        self.index.get_or_init(|| self.ids()).get(id).copied()
    }

    /// A node and the elements around it, from inside out.
    pub fn within(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(id), |at| self.nodes[*at].parent)
    }

    /// The nodes that are part of the tree, in order.
    pub fn descendants(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let mut open = vec![id];
        std::iter::from_fn(move || {
            let at = open.pop()?;
            open.extend(self.nodes[at].children.iter().rev());
            Some(at)
        })
    }

    /// The nodes outside of removed ones, as a list, so that the tree can be changed.
    pub fn all(&self) -> Vec<NodeId> {
        self.descendants(0).collect()
    }

    /// Attribute of an element.
    pub fn attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        self.nodes[id].attribute(name)
    }

    /// Elements by id; of several with the same id, the first.
    pub fn ids(&self) -> HashMap<String, NodeId> {
        let mut ids = HashMap::new();
        for node in self.descendants(0) {
            if let Some(id) = self.attribute(node, "id") {
                ids.entry(id.to_owned()).or_insert(node);
            }
        }
        ids
    }

    /// An id that no element has: a name and the next number.
    pub fn free_id(&self, name: &str, ids: &HashMap<String, NodeId>, count: &mut u32) -> String {
        loop {
            *count += 1;
            let id = format!("{name}-{count}");
            if !ids.contains_key(&id) {
                return id;
            }
        }
    }

    /// For each id that `<use>` elements draw, these elements.
    pub fn uses(&self) -> HashMap<String, Vec<NodeId>> {
        let mut uses: HashMap<String, Vec<NodeId>> = HashMap::new();
        for node in self.descendants(0).filter(|node| self.nodes[*node].name == "use") {
            if let Some(target) = self.nodes[node].target() {
                uses.entry(target.to_owned()).or_default().push(node);
            }
        }
        uses
    }
}

impl<'a> Node<'a> {
    /// Whether it is an element, of any namespace.
    pub fn is_element(&self) -> bool {
        self.text.is_empty()
    }

    /// Value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|one| one.name == name).map(|one| &*one.value)
    }

    /// Value of a property that is no presentation attribute.
    pub fn style(&self, name: &str) -> Option<&str> {
        self.styles.iter().find(|one| one.name == name).map(|one| &*one.value)
    }

    /// The id that its `href` names.
    pub fn target(&self) -> Option<&str> {
        self.attribute("href")?.trim().strip_prefix('#')
    }

    /// The id that a property names with `url()`.
    pub fn link(&self, name: &str) -> Option<&str> {
        self.attribute(name).and_then(|value| targets(value).next())
    }

    /// Sets an attribute to a value of bounded length. [`Document::set`] counts others.
    pub fn put(&mut self, name: &'static str, value: impl Into<Cow<'a, str>>) {
        match self.attributes.iter_mut().find(|one| one.name == name) {
            Some(one) => one.value = value.into(),
            None => {
                let range = self.range.clone();
                self.attributes.push(Attribute { name: name.into(), value: value.into(), range });
            }
        }
    }

    /// Removes an attribute.
    pub fn unset(&mut self, name: &str) {
        self.attributes.retain(|one| one.name != name);
    }

    /// Where an attribute is written; the element if it is not.
    pub fn range_of(&self, name: &str) -> Range<usize> {
        let mut all = self.attributes.iter().chain(&self.styles);
        all.find(|one| one.name == name).map_or(self.range.clone(), |one| one.range.clone())
    }
}

fn attributes<'a>(node: roxmltree::Node<'a, '_>) -> Vec<Attribute<'a>> {
    let mut all: Vec<Attribute<'a>> = Vec::with_capacity(node.attributes().len());
    let has = |name: &str| node.attributes().any(|one| one.name() == name && one.namespace().is_none());
    for attribute in node.attributes() {
        let name = match (attribute.namespace(), attribute.name()) {
            (None | Some(SVG), name) => Cow::Borrowed(name_of(&attribute, name)),
            // `href` takes precedence, wherever it stands.
            (Some(XLINK), "href") if has("href") => continue,
            (Some(XLINK), "href") => Cow::Borrowed("href"),
            (Some(XML), "id") if !has("id") => Cow::Borrowed("id"),
            (Some(XML), "space") => Cow::Borrowed("xml:space"),
            (Some(XML), "lang") => Cow::Borrowed("xml:lang"),
            _ => continue,
        };
        all.push(Attribute { name, value: Cow::Borrowed(attribute.value()), range: attribute.range() });
    }
    all
}

/// The name with the lifetime of the tree.
fn name_of<'a>(_: &roxmltree::Attribute<'a, '_>, name: &'a str) -> &'a str {
    name
}
