//! Resolves the styles of all elements in document order: variables, then colour scheme, font size and colour, then the rest.

mod choice;

use std::{borrow::Cow, collections::BTreeMap, rc::Rc};

use super::{
    candidates::{Candidate, Candidates, CascadeLayer, DeclaredIn},
    properties::Role,
    sizes::{font_size, size, viewport},
    uses,
    vars::{self, Replacer, Vars},
};
use crate::{
    markup::{
        budget::Cost,
        css::{
            media::media,
            rules::{self, Rules, Siblings},
            sheet::{self, Rule, SourceSpan, StyleSheet},
        },
        notes::{Note, Notes},
        tree::{Attribute, Document, Node, NodeId},
    },
    words,
};

/// Properties whose percentages are shares of the viewport, each with the style that keeps a value that has some, for
/// elements where they are shares of something else.
const SHARES: [(&str, &str); 2] = [("transform", "transform-share"), ("translate", "translate-share")];

/// What children take over.
#[derive(Clone)]
struct Inherited {
    color: Rc<str>,
    is_dark: bool,
    font_size: f64,
    viewport: [f64; 2],
    vars: Vars,
}

/// Resolved presentation attributes and other attributes, and properties that are no attributes.
type Styles<'a> = (Vec<Attribute<'a>>, Vec<Attribute<'a>>);

/// Resolves the styles of a document. Afterwards no element has `class`, `style` or a style sheet.
///
/// # Errors
/// `artwork_invalid` when the style sheets exceed the artwork's budget.
pub fn resolve<'a>(source: &str, document: &mut Document<'a>, notes: &mut Notes) -> Result<(), Box<Note>> {
    let (mut sheet, size) = (StyleSheet::default(), size(document));
    for node in document.nodes.iter().filter(|node| node.name == "style") {
        let is_css = node.attribute("type").is_none_or(|kind| kind.is_empty() || kind.eq_ignore_ascii_case("text/css"));
        if !is_css || media(node.attribute("media").unwrap_or_default(), size) == Some(false) {
            continue;
        }
        for text in node.children.iter().map(|child| &document.nodes[*child]) {
            if let Cow::Borrowed(css) = text.text {
                let span = SourceSpan::of(source, css, text.range.clone());
                sheet::rules(css, &span, size, &document.budget, notes, &mut sheet);
            }
        }
        if document.budget.is_exceeded() {
            return Err(slow(node));
        }
    }
    let root = Inherited {
        color: "#000".into(),
        is_dark: false,
        font_size: 16.0,
        viewport: [100.0; 2],
        vars: Vars::default(),
    };
    let mut cascade = Cascade {
        source,
        document,
        rules: &sheet.rules,
        layers: sheet.layers.order(),
        notes,
        replacer: Replacer::default(),
        states: Vec::new(),
        resolved: Vec::new(),
        has_vars: vec![false; document.nodes.len()],
        root_font_size: root.font_size,
        size,
        read: 0,
        written: 0,
    };
    let siblings = (!sheet.rules.is_empty()).then(|| Siblings::of(cascade.document));
    let index = Rules::new(&sheet);
    for id in 0..cascade.document.nodes.len() {
        let node = &cascade.document.nodes[id];
        if node.name.is_empty() {
            cascade.states.push(None);
            cascade.resolved.push(None);
            continue;
        }
        let matching = match &siblings {
            Some(siblings) => index.matching(cascade.document, siblings, id),
            None => Some(Vec::new()),
        };
        let Some(matching) = matching else { return Err(slow(node)) };
        let parent = node.parent.and_then(|parent| cascade.states[parent].clone());
        let (styles, state) = cascade.element(id, &matching, parent.unwrap_or_else(|| root.clone()));
        let (read, written) = (std::mem::take(&mut cascade.read), std::mem::take(&mut cascade.written));
        let budget = &cascade.document.budget;
        if !(rules::read(budget, read) && budget.spend(Cost::Written, written)) {
            return Err(slow(node));
        }
        if id == 0 {
            cascade.root_font_size = state.font_size;
        }
        cascade.states.push(Some(state));
        cascade.resolved.push(Some(styles));
    }
    let vars = |id: NodeId| Some(&cascade.states.get(id)?.as_ref()?.vars);
    uses::note(cascade.document, &mut cascade.has_vars, vars, cascade.notes);
    let resolved = cascade.resolved;
    for (node, styles) in document.nodes.iter_mut().zip(resolved) {
        if let Some((attributes, styles)) = styles {
            (node.attributes, node.styles) = (attributes, styles);
        }
    }
    Ok(())
}

fn slow(node: &Node<'_>) -> Box<Note> {
    Box::new(Note { range: node.range.clone(), finding: words::artwork_slow_styles() })
}

struct Cascade<'r, 'a> {
    source: &'r str,
    document: &'r Document<'a>,
    rules: &'r [Rule<'a>],
    /// Precedence of cascade layers.
    layers: Vec<i32>,
    notes: &'r mut Notes,
    replacer: Replacer,
    states: Vec<Option<Inherited>>,
    resolved: Vec<Option<Styles<'a>>>,
    /// Elements whose values have variables.
    has_vars: Vec<bool>,
    root_font_size: f64,
    /// Width and height of the artwork, px.
    size: [f64; 2],
    /// Bytes of values that were read for the last element.
    read: usize,
    /// Bytes of attributes that were resolved for the last element.
    written: usize,
}

impl<'a> Cascade<'_, 'a> {
    /// Resolves one element. `matching`: specificities and indexes of the rules that match it.
    fn element(&mut self, id: NodeId, matching: &[(u32, usize)], parent: Inherited) -> (Styles<'a>, Inherited) {
        let node = &self.document.nodes[id];
        let mut all = Candidates::new(node.name, id == 0, self.notes);
        let mut kept = Vec::with_capacity(node.attributes.len());
        for attribute in &node.attributes {
            match &*attribute.name {
                "style" => {
                    if let Cow::Borrowed(css) = attribute.value {
                        let span = SourceSpan::of(self.source, css, attribute.range.clone());
                        for one in sheet::declarations(css, &span, all.notes) {
                            all.declare(&one, DeclaredIn::Style, CascadeLayer::NONE, 0);
                        }
                    }
                }
                "class" => {}
                _ if all.attribute(attribute) => {}
                _ => kept.push(attribute.clone()),
            }
        }
        for (specificity, rule) in matching {
            let Some(rule) = self.rules.get(*rule) else { continue };
            let layer = match rule.layer {
                None => CascadeLayer::NONE,
                Some(layer) => CascadeLayer(self.layers.get(layer).copied().unwrap_or_default()),
            };
            for one in &rule.declarations {
                all.declare(one, DeclaredIn::Sheet, layer, *specificity);
            }
        }
        let (mut candidates, custom) = all.sorted();
        // Figma writes `none` for the colour of each stop that is not seen, and beside an attribute with the colour.
        if node.name == "stop" && (is_clear(&candidates) || candidates.iter().any(is_stop_color)) {
            candidates.retain(|one| one.property.name != "stop-color" || is_stop_color(one));
        }
        let mut state = parent.clone();
        if !custom.is_empty() {
            let custom: BTreeMap<String, &str> = custom.into_iter().map(|(name, (_, value))| (name, value)).collect();
            state.vars = self.replacer.declare(&parent.vars, &custom);
        }
        let mut styles = (kept, Vec::new());
        let mut candidates = candidates.into_iter().peekable();
        while let Some(first) = candidates.peek() {
            let (property, share) = (first.property, share_of(first));
            let mut group = std::iter::from_fn(|| candidates.next_if(|one| one.property.name == property.name));
            let chosen = self.choose(property, &mut group, id, &state, &parent);
            group.for_each(drop);
            let Some(chosen) = chosen else { continue };
            self.written += size_of::<Attribute<'_>>() + chosen.value.len();
            match property.name {
                "color-scheme" => {
                    state.is_dark = chosen.value == "dark";
                    continue;
                }
                "color" => {
                    let color =
                        if chosen.value == "currentColor" { parent.color.clone() } else { (*chosen.value).into() };
                    state.color = color;
                }
                "font-size" => state.font_size = font_size(&chosen.value, parent.font_size),
                _ => {}
            }
            if let Some((name, value)) = share {
                styles.1.push(Attribute { name: name.into(), value, range: chosen.range.clone() });
            }
            let is_modern = property.name == "image-rendering"
                && matches!(&*chosen.value, "smooth" | "high-quality" | "crisp-edges" | "pixelated");
            if property.role == Role::Style || is_modern {
                styles.1.push(chosen);
            } else {
                styles.0.push(chosen);
            }
        }
        let has_view = styles.0.iter().any(|one| one.name == "viewBox");
        if node.name == "svg" || (node.name == "symbol" && has_view) {
            state.viewport = viewport(&styles.0, state.viewport);
        }
        (styles, state)
    }
}

/// Whether a declaration gives a stop a colour.
fn is_stop_color(one: &Candidate<'_>) -> bool {
    one.property.name == "stop-color" && !one.value.trim().eq_ignore_ascii_case("none")
}

/// Whether the highest declaration of `stop-opacity` is zero.
fn is_clear(candidates: &[Candidate<'_>]) -> bool {
    let opacity = candidates.iter().find(|one| one.property.name == "stop-opacity");
    let share = opacity.and_then(|one| one.value.trim().trim_end_matches('%').parse::<f32>().ok());
    share.is_some_and(|share| share <= 0.0)
}

/// The style that keeps the value of a property, if it has percentages.
pub fn share_name(property: &str) -> Option<&'static str> {
    SHARES.iter().find(|(name, _)| *name == property).map(|(_, share)| *share)
}

/// The style that keeps a value with percentages; it is empty if the value also has variables.
fn share_of<'a>(one: &Candidate<'a>) -> Option<(&'static str, Cow<'a, str>)> {
    let name = share_name(one.property.name).filter(|_| one.value.contains('%'))?;
    Some((name, if vars::refers(&one.value) { Cow::Borrowed("") } else { one.value.clone() }))
}
