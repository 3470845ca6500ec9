//! Checks the references between the artwork's elements before usvg parses it. usvg follows patterns, masks, clips and
//! markers recursively: a cycle that it does not detect, or a chain of hundreds, crashes the process.

use std::{collections::HashMap, rc::Rc};

use crate::{
    error::{Error, ErrorKind, Result},
    markup::{
        targets,
        tree::{Document, NodeId},
    },
    words,
};

/// Maximum nesting depth of elements, counting both children and referenced elements.
const MAX_DEPTH: u32 = 256;
/// Elements that are painted with the inherited properties, or pass them on to what they draw.
const PAINTED: [&str; 11] =
    ["path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "use"];
/// Elements that draw, or are defined by, the element that their `href` names.
const WITH_HREF: [&str; 8] =
    ["use", "image", "feImage", "pattern", "filter", "linearGradient", "radialGradient", "textPath"];
/// Inherited properties that may contain a reference (SVG 2, appendix F).
const INHERITED: [&str; 5] = ["fill", "stroke", "marker-start", "marker-mid", "marker-end"];

/// Rejects artwork with a reference cycle, or with too deep nesting. A reference to an enclosing element is harmless, since
/// usvg ignores it, unless it is inherited from outside of that element. Expects resolved styles, and ids that occur once.
/// `ids`: those of the document.
///
/// # Errors
/// `artwork_invalid`.
pub fn check(document: &Document<'_>, ids: &HashMap<String, NodeId>) -> Result<()> {
    let order = document.all();
    let graph = Graph::of(document, &order, ids);
    match graph.deepest(0) {
        Ok(depth) if depth <= MAX_DEPTH => Ok(()),
        Ok(_) => Err(Error::of(ErrorKind::Invalid, words::artwork_deep_references(MAX_DEPTH))),
        Err(cyclic) => {
            let id = order.get(cyclic).and_then(|node| document.attribute(*node, "id")).unwrap_or_default();
            Err(Error::of(ErrorKind::Invalid, words::artwork_circular(words::quote(id))))
        }
    }
}

/// Graph of elements, by their positions in document order: their children, and the elements that they reference.
struct Graph {
    children: Vec<Vec<usize>>,
    references: Vec<Vec<Reference>>,
}

/// A referenced element, and the element whose declaration refers to it.
type Reference = (usize, usize);

impl Graph {
    fn of(document: &Document<'_>, order: &[NodeId], ids: &HashMap<String, NodeId>) -> Self {
        let mut at = vec![0; document.nodes.len()];
        for (index, node) in order.iter().enumerate() {
            at[*node] = index;
        }
        let mut graph = Self { children: Vec::with_capacity(order.len()), references: Vec::with_capacity(order.len()) };
        // The reference in each inherited property.
        let mut inherited: Vec<Rc<[Option<Reference>; INHERITED.len()]>> = Vec::with_capacity(order.len());
        // In document order, an element comes before its children.
        for (index, id) in order.iter().enumerate() {
            let node = &document.nodes[*id];
            graph.children.push(node.children.iter().map(|child| at[*child]).collect());
            let find = |id: &str| ids.get(id).map(|to| (at[*to], index));
            let mut own: Vec<Reference> = Vec::new();
            let parent = node.parent.and_then(|parent| inherited.get(at[parent]).cloned());
            let mut painted = parent.unwrap_or_default();
            for attribute in &node.attributes {
                match INHERITED.iter().position(|name| *name == attribute.name) {
                    Some(property) => {
                        let target = targets(&attribute.value).find_map(find);
                        // Most are colours, which leave what is inherited as it is.
                        if painted[property] != target {
                            Rc::make_mut(&mut painted)[property] = target;
                        }
                    }
                    // Data of paths, which may be long, has no references.
                    None if matches!(&*attribute.name, "d" | "points") => {}
                    None => own.extend(targets(&attribute.value).filter_map(find)),
                }
            }
            if WITH_HREF.contains(&node.name) {
                own.extend(node.target().and_then(find));
            }
            if PAINTED.contains(&node.name) {
                own.extend(painted.iter().flatten());
            }
            graph.references.push(own);
            inherited.push(painted);
        }
        graph
    }

    /// Returns the nesting depth of what `start` draws. The error is an element that leads back to itself.
    fn deepest(&self, start: usize) -> Result<u32, usize> {
        let mut states = vec![State::New; self.children.len()];
        states[start] = State::Open { hops: 0 };
        let mut path = vec![Step { node: start, next: 0, hops: 0, last: (0, 0), below: 0 }];
        while let Some(step) = path.last_mut() {
            let (children, references) = (&self.children[step.node], &self.references[step.node]);
            let next = step.next;
            step.next += 1;
            let (to, hops, last) = match (children.get(next), references.get(next.saturating_sub(children.len()))) {
                (Some(child), _) => (*child, step.hops, step.last),
                (None, Some(reference)) => (reference.0, step.hops + 1, *reference),
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
                    path.push(Step { node: to, next: 0, hops, last, below: 0 });
                }
                State::Done { depth } => step.below = step.below.max(depth),
                // A single reference to an enclosing element. usvg ignores it if it is declared within that element; in
                // document order, an element comes before those within it.
                State::Open { hops: before } if hops == before + 1 && last.1 >= last.0 => {}
                State::Open { .. } => return Err(to),
            }
        }
        Ok(0)
    }
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
    /// The last of them.
    last: Reference,
    /// Deepest nesting below this element so far.
    below: u32,
}

#[cfg(test)]
mod tests {
    use crate::testing::artwork_fault as fault;

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

    /// Three patterns that draw each other; `first` and the style sheet decide how the first refers to the second.
    fn cycle(sheet: &str, first: &str) -> String {
        format!(
            "<style>{sheet}</style>{first}{}{}<{RECT} fill=\"url(#a)\"/>",
            pattern("b", "fill=\"url(#c)\""),
            pattern("c", "fill=\"url(#a)\"")
        )
    }

    #[test]
    fn no_notation_hides_a_reference() {
        let plain = |attributes: &str| cycle("", &pattern("a", attributes));
        let sheet = |sheet: &str| cycle(sheet, &pattern("a", "class=\"k\""));
        let around = |attributes: &str, own: &str| cycle("", &format!("<g {attributes}>{}</g>", pattern("a", own)));
        let bodies = [
            plain("fill=\"url( '#b' )\""),
            plain("fill=\"url(&#9;#b)\""),
            plain("style=\"fill : /*;*/ url(#b)\""),
            plain("style=\"fill: url(#b) !important; fill: none\""),
            plain("fill=\"url(#b)\" x:fill=\"none\" xmlns:x=\"urn:x\""),
            plain("style=\"fill: url(#b); fill: nonsense\""),
            sheet("rect.k { /* } */ fill: url(#b) }"),
            sheet("rect.k { /* { */ fill: url(\n#b) }"),
            sheet("rect.k { font-family: '}'; fill: url(#b) }"),
            sheet(".k { fill: url(#b) } text rect { fill: url(#other) }"),
            sheet(":root .k:not(.x) { fill: url(#b) }"),
            sheet(".k { --v: url(#b); fill: var(--v) }"),
            around("style=\"fill/**/:url(#b)\"", ""),
            around("fill=\"url(#b)\"", "fill=\"inherit\""),
            format!("<style>#a rect {{ fill: inherit }}</style>{}", around("fill=\"url(#b)\"", "fill=\"none\"")),
            cycle("", &pattern("a", "fill=\"url('#b)')\"")).replace("id=\"b\"", "id=\"b)\""),
            plain("fill=\"url(#b)\"").replace("id=\"b\"", "xml:id=\"b\""),
            format!(
                "<filter id=\"f\"><feImage x:href=\"#q\" href=\"#r\" xmlns:x=\"http://www.w3.org/1999/xlink\"/></filter>\
                 <filter id=\"g\"><feImage href=\"#q\"/></filter><filter id=\"h\"/>\
                 <{RECT} id=\"q\" filter=\"url(#f)\"/><{RECT} id=\"r\" filter=\"url(#h) url(#g)\"/>"
            ),
        ];
        for body in bodies {
            let fault = fault(&body);
            assert!(fault.ends_with("draws itself again, through what it refers to"), "{fault:?} for {body}");
        }
        for sheet in [
            "rect, ' { fill: red }",
            "g { fill: url(#b) } rect.k { fill: none }",
            "/* rect.k { fill: url(#b) } */",
            "@x { .k { fill: url(#b) } }",
        ] {
            assert_eq!(fault(&cycle(sheet, &pattern("a", "class=\"k\""))), "", "{sheet}");
        }
    }

    #[test]
    fn patterns_cannot_inherit_themselves() {
        let around = |outer: &str, inner: &str| {
            format!("<style>.p {{ fill: url(#a) }}</style><g {outer}>{}<{RECT}/></g>", pattern("a", inner))
        };
        for outer in ["fill=\"url(#a)\"", "style=\"stroke:url(#a)\"", "class=\"p\""] {
            assert!(fault(&around(outer, "")).contains("draws itself again"), "{outer}");
            assert_eq!(fault(&around(outer, "fill=\"red\" stroke=\"none\"")), "", "{outer}");
        }
        assert_eq!(fault(&around("", "class=\"p\"")), "", "usvg ignores it");
    }

    #[test]
    fn a_nested_svg_image_is_refused() {
        use base64::Engine;
        let circle = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\">{}{}{}<{RECT} fill=\"url(#a)\"/></svg>",
            pattern("a", "fill=\"url(#b)\""),
            pattern("b", "fill=\"url(#c)\""),
            pattern("c", "fill=\"url(#a)\"")
        );
        let data = base64::engine::general_purpose::STANDARD.encode(circle);
        for media_type in ["image/svg+xml", "image/png", ""] {
            let found = fault(&format!("<image width=\"9\" height=\"9\" href=\"data:{media_type};base64,{data}\"/>"));
            assert!(found.contains("data: URI cannot be drawn: this is a web page or an SVG"), "{media_type}: {found}");
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
        let one = |i: usize| format!("<clipPath id=\"m{i}\" clip-path=\"url(#m{})\"/>", i + 1);
        let clips = (0..6000).map(one).collect::<String>();
        assert!(fault(&format!("{clips}<{RECT} clip-path=\"url(#m0)\"/>")).contains("nest deeper than 256 levels"));
    }

    #[test]
    fn styles_that_match_too_often_are_rejected() {
        let rules = "g g g g g g g g rect { mask: url(#m) } ".repeat(2000);
        let nested = format!("{}{}{}", "<g>".repeat(60), format!("<{RECT}/>").repeat(600), "</g>".repeat(60));
        assert!(fault(&format!("<style>{rules}</style><mask id=\"m\"/>{nested}")).contains("style sheets"));
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
