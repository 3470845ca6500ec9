//! Checks the references between the artwork's elements before usvg parses it. usvg follows patterns, masks, clips and
//! markers recursively: a cycle of three of them, or a chain of hundreds, crashes the process.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node};

use crate::{
    error::{Error, ErrorKind, Result},
    words,
};

/// Maximum nesting depth of elements, counting both children and referenced elements.
const MAX_DEPTH: u32 = 256;
/// Maximum number of matches between elements and style rules that contain a reference.
const MAX_MATCHES: usize = 1_000_000;
/// Inherited properties that may contain a reference (SVG 2, appendix F).
const INHERITED: [&str; 6] = ["fill", "stroke", "marker", "marker-start", "marker-mid", "marker-end"];
/// Elements that are painted with these properties, or pass them on to what they draw.
const PAINTED: [&str; 11] =
    ["path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "use"];
/// Elements that draw, or are defined by, the element that their `href` names.
const WITH_HREF: [&str; 8] =
    ["use", "image", "feImage", "pattern", "filter", "linearGradient", "radialGradient", "textPath"];

/// Rejects artwork with a reference cycle through several elements, or with too deep nesting. A direct reference of an
/// element to itself is harmless, since usvg ignores it.
///
/// # Errors
/// `artwork_invalid`.
pub fn check(document: &Document<'_>) -> Result<()> {
    let invalid = |finding| Err(Error::of(ErrorKind::Invalid, finding));
    let Some(graph) = Graph::of(document) else { return invalid(words::artwork_style_matches()) };
    match graph.deepest(document.root_element().id().get_usize()) {
        Ok(depth) if depth <= MAX_DEPTH => Ok(()),
        Ok(_) => invalid(words::artwork_deep_references(MAX_DEPTH)),
        Err(cyclic) => {
            let node = document.descendants().find(|node| node.id().get_usize() == cyclic);
            let id = node.and_then(|node| node.attribute("id")).unwrap_or_default();
            invalid(words::artwork_circular(words::quote(id)))
        }
    }
}

/// Graph of elements. Indexed by an element's node id: the node ids of its children, and of the elements it references.
struct Graph {
    children: Vec<Vec<usize>>,
    references: Vec<Vec<usize>>,
}

impl Graph {
    /// Builds the graph. `None` when rules match elements more often than [`MAX_MATCHES`].
    fn of(document: &Document<'_>) -> Option<Self> {
        let elements = || document.descendants().filter(Node::is_element);
        let count = document.descendants().map(|node| node.id().get_usize() + 1).max().unwrap_or_default();
        let mut ids: HashMap<&str, Vec<usize>> = HashMap::new();
        for (node, id) in elements().filter_map(|node| Some((node, node.attribute("id")?))) {
            ids.entry(id).or_default().push(node.id().get_usize());
        }
        let mut sheets = Sheets::default();
        let mut budget = MAX_MATCHES;
        for style in elements().filter(|node| node.tag_name().name() == "style") {
            sheets.read(style, &mut budget)?;
        }
        let mut graph = Self { children: vec![Vec::new(); count], references: vec![Vec::new(); count] };
        let mut inherited = vec![Inherited::default(); count];
        // In document order, an element comes before its children.
        for node in elements() {
            let (at, name) = (node.id().get_usize(), node.tag_name().name());
            if let Some(parent) = node.parent_element() {
                let parent = parent.id().get_usize();
                graph.children[parent].push(at);
                inherited[at] = inherited[parent];
            }
            let (mut own, properties) = (Vec::new(), &mut inherited[at]);
            // Selectors are matched approximately, so a rule adds its reference instead of replacing others.
            for (name, value) in sheets.matching(&node) {
                budget = budget.checked_sub(1)?;
                match (INHERITED.iter().position(|known| *known == name), target(value)) {
                    (Some(index), Some(target)) => properties.from_sheets[index] = Some(target),
                    (_, target) => own.extend(target),
                }
            }
            let attributes = node.attributes().map(|attribute| (attribute.name(), attribute.value()));
            for (name, value) in attributes.chain(declarations(node.attribute("style").unwrap_or_default())) {
                match INHERITED.iter().position(|known| *known == name) {
                    Some(index) => properties.declared[index] = target(value),
                    None => own.extend(target(value)),
                }
            }
            if WITH_HREF.contains(&name) {
                let href = node.attributes().find(|attribute| attribute.name() == "href");
                own.extend(href.and_then(|href| href.value().trim().strip_prefix('#')));
            }
            if PAINTED.contains(&name) {
                own.extend(properties.declared.iter().chain(&properties.from_sheets).flatten());
            }
            graph.references[at] = own.iter().filter_map(|id| ids.get(id)).flatten().copied().collect();
        }
        Some(graph)
    }

    /// Returns the nesting depth of what `start` draws. The error is an element that leads back to itself.
    fn deepest(&self, start: usize) -> Result<u32, usize> {
        let mut states = vec![State::New; self.children.len()];
        states[start] = State::Open { hops: 0 };
        let mut path = vec![Step { node: start, next: 0, hops: 0, below: 0 }];
        while let Some(step) = path.last_mut() {
            let (children, references) = (&self.children[step.node], &self.references[step.node]);
            let next = step.next;
            step.next += 1;
            let (to, hops) = match (children.get(next), references.get(next.saturating_sub(children.len()))) {
                (Some(child), _) => (*child, step.hops),
                (None, Some(reference)) => (*reference, step.hops + 1),
                (None, None) => {
                    let (node, depth) = (step.node, step.below + 1);
                    states[node] = State::Done { depth };
                    path.pop();
                    match path.last_mut() {
                        Some(parent) => parent.below = parent.below.max(depth),
                        None => return Ok(depth),
                    }
                    continue;
                }
            };
            match states[to] {
                State::New => {
                    states[to] = State::Open { hops };
                    path.push(Step { node: to, next: 0, hops, below: 0 });
                }
                State::Done { depth } => step.below = step.below.max(depth),
                // One reference to an enclosing element, which usvg ignores.
                State::Open { hops: before } if hops == before + 1 => {}
                State::Open { .. } => return Err(to),
            }
        }
        Ok(0)
    }
}

/// Ids referenced by the inherited properties: from attributes and `style`, and from rules of style sheets.
#[derive(Clone, Copy, Default)]
struct Inherited<'a> {
    declared: [Option<&'a str>; INHERITED.len()],
    from_sheets: [Option<&'a str>; INHERITED.len()],
}

#[derive(Clone, Copy)]
enum State {
    New,
    /// On the current path, reached through this many references.
    Open {
        hops: u32,
    },
    Done {
        depth: u32,
    },
}

/// An element on the path from the root.
struct Step {
    node: usize,
    /// Index of the next child or reference to visit.
    next: usize,
    /// References on the path up to this element.
    hops: u32,
    /// Deepest nesting below this element so far.
    below: u32,
}

/// A property's name and value.
type Declaration<'a> = (&'a str, &'a str);

/// Declarations of style sheets that contain a reference, by the words of their selectors: element names, ids, classes.
#[derive(Default)]
struct Sheets<'a> {
    by_word: HashMap<&'a str, Vec<Declaration<'a>>>,
    /// Declarations of rules with other selectors, taken to match every element.
    universal: Vec<Declaration<'a>>,
}

impl<'a> Sheets<'a> {
    /// Adds a style sheet. `None` when it has more words than `budget`.
    fn read(&mut self, node: Node<'a, '_>, budget: &mut usize) -> Option<()> {
        let rules = node.children().filter_map(|child| child.text()).flat_map(|text| text.split('}'));
        for (selector, body) in rules.filter_map(|rule| rule.rsplit_once('{')) {
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii();
            for one in declarations(body).filter(|(_, value)| target(value).is_some()) {
                if selector.contains(['*', '[', ':']) {
                    self.universal.push(one);
                    continue;
                }
                for word in selector.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
                    *budget = budget.checked_sub(1)?;
                    self.by_word.entry(word).or_default().push(one);
                }
            }
        }
        Some(())
    }

    /// Declarations that may apply to an element; a superset of those that do.
    fn matching(&self, node: &Node<'_, '_>) -> impl Iterator<Item = Declaration<'a>> {
        let classes = node.attribute("class").unwrap_or_default().split_ascii_whitespace();
        let words = std::iter::once(node.tag_name().name()).chain(node.attribute("id")).chain(classes);
        words.filter_map(|word| self.by_word.get(word)).flatten().chain(&self.universal).copied()
    }
}

fn declarations(text: &str) -> impl Iterator<Item = Declaration<'_>> {
    text.split(';').filter_map(|one| one.split_once(':')).map(|(name, value)| (name.trim(), value))
}

/// The id in `url(#id)`.
fn target(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("url(")?;
    let rest = rest.trim_start_matches([' ', '"', '\'']).strip_prefix('#')?;
    rest.split([')', '"', '\'']).next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::artwork::svg;

    /// Error message for artwork; empty if it is accepted.
    fn fault(body: &str) -> String {
        let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"99\" height=\"99\">{body}</svg>");
        svg::parse(&svg, &BTreeMap::new(), &crate::testing::fonts())
            .map_or_else(|e| e.message().to_owned(), |_| String::new())
    }

    const RECT: &str = "rect width=\"9\" height=\"9\"";

    fn pattern(id: &str, paint: &str) -> String {
        format!(
            "<pattern id=\"{id}\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\"><{RECT} {paint}/></pattern>"
        )
    }

    #[test]
    fn cycles_are_rejected() {
        let of = |element: &str, attribute: &str| {
            let one = |id, to| format!("<{element} id=\"{id}\"><{RECT} {attribute}=\"url(#{to})\"/></{element}>");
            format!("{}{}{}<{RECT} {attribute}=\"url(#a)\"/>", one("a", "b"), one("b", "c"), one("c", "a"))
        };
        let patterns = pattern("a", "fill=\"url(#b)\"")
            + &pattern("b", "style=\"fill: url('#c')\"")
            + &pattern("c", "stroke=\"url(#a)\"");
        let styled = format!("<style>rect.k, i {{ fill: url(#b) }}</style>{}", pattern("a", "class=\"k j\""))
            + &pattern("b", "fill=\"url(#a)\"");
        let inherited = format!("<g fill=\"url(#b)\">{}{}</g>", pattern("a", ""), pattern("b", "fill=\"url(#a)\""));
        let mixed = format!("<mask id=\"a\"><{RECT} fill=\"url(#b)\"/></mask>{}", pattern("b", "mask=\"url(#a)\""));
        let images = format!(
            "<filter id=\"f\"><feImage href=\"#r\"/></filter><filter id=\"g\"><feImage href=\"#q\"/></filter>\
             <{RECT} id=\"q\" filter=\"url(#f)\"/><{RECT} id=\"r\" filter=\"url(#g)\"/>"
        );
        for body in [of("mask", "mask"), of("clipPath", "clip-path"), patterns, styled, inherited, mixed, images] {
            let fault = fault(&body);
            assert!(fault.ends_with("draws itself again, through what it refers to"), "{fault:?} for {body}");
        }
    }

    #[test]
    fn a_nested_svg_image_is_ignored() {
        use base64::Engine;
        let circle = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\">{}{}{}<{RECT} fill=\"url(#a)\"/></svg>",
            pattern("a", "fill=\"url(#b)\""),
            pattern("b", "fill=\"url(#c)\""),
            pattern("c", "fill=\"url(#a)\"")
        );
        let data = base64::engine::general_purpose::STANDARD.encode(circle);
        for media_type in ["image/svg+xml", "image/png", ""] {
            assert_eq!(
                fault(&format!("<image width=\"9\" height=\"9\" href=\"data:{media_type};base64,{data}\"/>")),
                ""
            );
        }
    }

    #[test]
    fn long_chains_are_rejected() {
        let chain = |count: usize| {
            let one = |i: usize| pattern(&format!("p{i}"), &format!("fill=\"url(#p{})\"", i + 1));
            let all: String = (0..count).map(one).collect();
            format!("{all}<{RECT} fill=\"url(#p0)\"/>")
        };
        assert_eq!(fault(&chain(100)), "");
        assert!(fault(&chain(600)).contains("nest deeper than 256 levels"));
        let masks = (0..6000).map(|i| format!("<mask id=\"m{i}\" mask=\"url(#m{})\"/>", i + 1)).collect::<String>();
        assert!(fault(&format!("{masks}<{RECT} mask=\"url(#m0)\"/>")).contains("nest deeper than 256 levels"));
    }

    #[test]
    fn too_many_rule_matches_are_rejected() {
        let rules = "rect { mask: url(#m) } ".repeat(2000);
        let all = format!("<style>{rules}</style><mask id=\"m\"/>{}", format!("<{RECT}/>").repeat(600));
        assert!(fault(&all).contains("too often"));
    }

    #[test]
    fn typical_artwork_is_accepted() {
        let gradient =
            "<linearGradient id=\"g\"><stop offset=\"0\"/></linearGradient><linearGradient id=\"h\" href=\"#g\"/>";
        let shared = format!("<g fill=\"url(#h)\"><defs>{gradient}</defs><{RECT}/></g>");
        let itself = pattern("p", "fill=\"url(#p)\"") + &format!("<{RECT} fill=\"url(#p)\"/>");
        let links = "<a id=\"a\" href=\"#b\"/><a id=\"b\" href=\"#a\"/>";
        let used =
            format!("<g id=\"s\"><{RECT} fill=\"url(#p)\"/></g><use href=\"#s\"/>{}", pattern("p", "fill=\"red\""));
        let over =
            format!("<g fill=\"url(#q)\">{}{}</g>", pattern("p", "fill=\"url(#q)\""), pattern("q", "fill=\"red\""));
        for body in [shared, itself, links.to_owned(), used, over] {
            assert_eq!(fault(&body), "", "{body}");
        }
    }
}
