//! Resolves the styles of all elements in document order: variables, then font size and colour, then the rest.

use std::{borrow::Cow, collections::BTreeMap, rc::Rc};

use super::{
    Context,
    candidates::{self, Candidate, Candidates, Layer, Source},
    functions::outside,
    length::Length,
    properties::{Property, Role},
    values::{self, Syntax},
    vars::{self, Replacer, Vars},
};
use crate::{
    markup::{
        budget::Cost,
        css::{
            media::media,
            rules::{self, Rules, Siblings},
            scan::Scanner,
            sheet::{self, Origin, Rule, Sheet},
        },
        notes::{Note, Notes},
        tree::{Attribute, Document, Node, NodeId},
    },
    words,
    words::quote,
};

/// Properties whose percentages are shares of the viewport, each with the style that keeps a value that has some, for
/// elements where they are shares of something else.
const SHARES: [(&str, &str); 2] = [("transform", "transform-share"), ("translate", "translate-share")];
/// Maximum number of variables that are compared between places where an element is drawn.
const MAX_COMPARED: usize = 1_000_000;

/// What children take over.
#[derive(Clone)]
struct Inherited {
    color: Rc<str>,
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
    let (mut sheet, size) = (Sheet::default(), size(document));
    for node in document.nodes.iter().filter(|node| node.name == "style") {
        let is_css = node.attribute("type").is_none_or(|kind| kind.is_empty() || kind.eq_ignore_ascii_case("text/css"));
        if !is_css || media(node.attribute("media").unwrap_or_default(), size) == Some(false) {
            continue;
        }
        for text in node.children.iter().map(|child| &document.nodes[*child]) {
            if let Cow::Borrowed(css) = text.text {
                let origin = Origin::of(source, css, text.range.clone());
                sheet::rules(css, &origin, size, &document.budget, notes, &mut sheet);
            }
        }
        if document.budget.is_exceeded() {
            return Err(slow(node));
        }
    }
    let root = Inherited { color: "#000".into(), font_size: 16.0, viewport: [100.0; 2], vars: Vars::default() };
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
    cascade.uses();
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
                        let origin = Origin::of(self.source, css, attribute.range.clone());
                        for one in sheet::declarations(css, &origin, all.notes) {
                            all.declare(&one, Source::Style, Layer::NONE, 0);
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
                None => Layer::NONE,
                Some(layer) => Layer(self.layers.get(layer).copied().unwrap_or_default()),
            };
            for one in &rule.declarations {
                all.declare(one, Source::Sheet, layer, *specificity);
            }
        }
        let (candidates, custom) = all.sorted();
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

    /// Notes each `<use>` whose variables would decide how the element that it draws looks: here they are those of the
    /// place where that element stands.
    fn uses(&mut self) {
        if !self.has_vars.contains(&true) {
            return;
        }
        // Of elements and what they contain: children come after their parents.
        for id in (1..self.has_vars.len()).rev() {
            if let (true, Some(parent)) = (self.has_vars[id], self.document.nodes[id].parent) {
                self.has_vars[parent] = true;
            }
        }
        let (ids, mut steps) = (self.document.ids(), MAX_COMPARED);
        for (id, node) in self.document.nodes.iter().enumerate().filter(|(_, node)| node.name == "use") {
            let target = node.target().and_then(|target| ids.get(target));
            let Some(&target) = target.filter(|target| self.has_vars[**target]) else { continue };
            let vars = |id: NodeId| self.states.get(id).and_then(|state| Some(&state.as_ref()?.vars));
            let around = self.document.nodes[target].parent.and_then(vars);
            let differs = matches!((vars(id), around), (Some(own), Some(around)) if own.differs(around, &mut steps));
            if differs {
                // The same is noted once.
                return self.notes.add(node.range.clone(), words::css_variable_use());
            }
        }
    }

    /// The value of a property: that of the highest declaration which is valid. `None` when there is none to write.
    fn choose(
        &mut self,
        property: &'static Property,
        group: &mut dyn Iterator<Item = Candidate<'a>>,
        id: NodeId,
        state: &Inherited,
        parent: &Inherited,
    ) -> Option<Attribute<'a>> {
        let name = Cow::Borrowed(property.name);
        let mut reverted = None;
        for candidate in group {
            let Candidate { value, rank, range, .. } = candidate;
            let layer = (rank.0, rank.1, rank.2);
            if reverted == Some(layer) {
                continue;
            }
            let is_attribute = rank.1 == Source::Attribute;
            let font_size = if property.name == "font-size" { parent.font_size } else { state.font_size };
            let color = if property.name == "color" { &parent.color } else { &state.color };
            let context = Context {
                color,
                font_size,
                root_font_size: self.root_font_size,
                viewport: state.viewport,
                whole: whole(property.name, state.viewport),
                is_attribute,
            };
            self.read += value.len();
            let has_vars = vars::refers(&value);
            self.has_vars[id] |= has_vars;
            let value = match has_vars {
                false => value,
                true => match self.replacer.replace(&value, &state.vars) {
                    Some(value) => Cow::Owned(value),
                    None => {
                        self.notes.add(range, words::css_variable(quote(&value)));
                        return None;
                    }
                },
            };
            match candidates::wide(&value).unwrap_or_default() {
                "inherit" if property.inherited => return None,
                "inherit" => {
                    let (attributes, styles) = self.resolved.get(self.document.nodes[id].parent?)?.as_ref()?;
                    self.read += attributes.len();
                    let own = attributes.iter().chain(styles).find(|one| one.name == property.name);
                    return own.cloned().map(|own| Attribute { range, ..own });
                }
                "revert-layer" => {
                    reverted = Some(layer);
                    continue;
                }
                "unset" | "revert" => return None,
                "initial" => {
                    let value = Some(property.initial).filter(|initial| property.inherited && !initial.is_empty())?;
                    return Some(Attribute { name, value: value.into(), range });
                }
                _ => {}
            }
            let read = match value {
                Cow::Borrowed(text) => values::read(property.syntax, text, &context),
                Cow::Owned(ref text) => {
                    values::read(property.syntax, text, &context).map(|text| text.into_owned().into())
                }
            };
            if let Some(read) = read {
                if let Some(target) = outside(&value) {
                    self.notes.add(range.clone(), words::url_outside(quote(&target)));
                }
                // usvg knows no `currentColor` there.
                let is_current = matches!(property.name, "flood-color" | "lighting-color") && read == "currentColor";
                let value = if is_current { Cow::Owned(state.color.to_string()) } else { read };
                return Some(Attribute { name, value, range });
            }
            let is_silent = value.contains("{{")
                || (property.name == "mix-blend-mode" && value.replace('-', "").eq_ignore_ascii_case("passthrough"));
            if !is_silent {
                let shown: String = value.chars().take(60).collect();
                let is_bare = matches!(property.syntax, Syntax::Length { .. }) && value.trim().parse::<f64>().is_ok();
                let hint = (is_bare && !is_attribute).then(|| words::write_px(shown.trim().to_owned()));
                let finding = match unread(&value) {
                    Some(function) => words::css_undrawn(format!("{}: {function}()", property.name)),
                    None => words::css_value(quote(&shown), property.name).with_hint(hint),
                };
                self.notes.add(range, finding);
            }
            // A value with variables is only known to be invalid when it is too late for another declaration.
            if has_vars {
                return None;
            }
        }
        None
    }
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

/// Width and height of the artwork in px, from the root's attributes.
fn size(document: &Document<'_>) -> [f64; 2] {
    let root = &document.nodes[0].attributes;
    let context = Context { is_attribute: true, ..Context::default() };
    let inside = viewport(root, [100.0; 2]);
    let side = |name: &str, inside: f64| {
        let written = root.iter().find(|one| one.name == name);
        let length = written.and_then(|one| Length::read(&mut Scanner::new(one.value.trim()), &context));
        length.map_or(inside, |length| length.resolve(inside))
    };
    [side("width", inside[0]), side("height", inside[1])]
}

/// What 100 % of a property is in a viewport.
fn whole(property: &str, [width, height]: [f64; 2]) -> Option<f64> {
    Some(match property {
        "x" | "cx" | "rx" | "width" => width,
        "y" | "cy" | "ry" | "height" => height,
        "r" | "stroke-width" | "stroke-dasharray" | "stroke-dashoffset" => {
            width.hypot(height) / std::f64::consts::SQRT_2
        }
        _ => return None,
    })
}

/// A font size in px.
pub fn font_size(value: &str, parent: f64) -> f64 {
    let words = [
        ("xx-small", 9.0),
        ("x-small", 10.0),
        ("small", 13.0),
        ("medium", 16.0),
        ("large", 18.0),
        ("x-large", 24.0),
        ("xx-large", 32.0),
        ("smaller", parent / 1.2),
        ("larger", parent * 1.2),
    ];
    if let Some((_, px)) = words.iter().find(|(word, _)| *word == value) {
        return *px;
    }
    match Scanner::new(value).dimension() {
        Some((percent, "%")) => parent * percent / 100.0,
        Some((px, _)) => px,
        None => parent,
    }
}

/// Size of the coordinate system that an `<svg>` establishes.
pub fn viewport(attributes: &[Attribute<'_>], around: [f64; 2]) -> [f64; 2] {
    let find = |name: &str| attributes.iter().find(|one| one.name == name).map(|one| &*one.value);
    if let Some(view_box) = find("viewBox") {
        let numbers = view_box.split([' ', ',', '\t', '\n']).filter_map(|part| part.parse::<f64>().ok());
        if let [_, _, width, height] = numbers.collect::<Vec<_>>()[..]
            && width > 0.0
            && height > 0.0
        {
            return [width, height];
        }
    }
    let context = Context { is_attribute: true, ..Context::default() };
    let side = |name: &str, around: f64| {
        let length = find(name).and_then(|value| Length::read(&mut Scanner::new(value), &context));
        length.map_or(around, |length| length.resolve(around))
    };
    [side("width", around[0]), side("height", around[1])]
}

/// The function of CSS in a value that browsers know and posters do not.
fn unread(value: &str) -> Option<&'static str> {
    let is_called = |name: &&str| {
        value.match_indices(*name).any(|(at, _)| {
            let is_start = !value[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
            is_start && value[at + name.len()..].starts_with('(')
        })
    };
    ["shape", "perspective", "abs", "sign", "round", "mod", "rem"].into_iter().find(is_called)
}
