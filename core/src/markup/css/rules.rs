//! Finds the rules that match an element. Rules are indexed by the id, class or name of their last compound, so that an
//! element is compared with few of them.

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
};

use super::{
    selector::{AttributeTest, Combinator, Compound, Parents, Pseudo, Selector},
    sheet::StyleSheet,
};
use crate::markup::{
    budget::{Budget, Cost},
    tree::{Document, NodeId},
};

/// Bytes of text that are compared in a step.
const STEP_BYTES: usize = 64;
/// Bytes of a value that are read in a step.
const READ_BYTES: usize = 4;
/// Attributes of an element that are searched in a step.
const STEP_ATTRIBUTES: usize = 16;

/// Rules, indexed.
pub struct Rules<'r, 'a> {
    by_id: HashMap<&'r str, Vec<Entry>>,
    by_class: HashMap<&'r str, Vec<Entry>>,
    by_name: HashMap<&'r str, Vec<Entry>>,
    universal: Vec<Entry>,
    lists: Vec<List<'r, 'a>>,
}

/// Index of a list of selectors and of one of them.
type Entry = (usize, usize);

/// A list of selectors with its rules.
struct List<'r, 'a> {
    selectors: &'r Parents<'a>,
    /// Index of each rule, and the steps that applying it takes.
    rules: Vec<(usize, usize)>,
}

/// Where an element stands among its siblings, from 1.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    previous: Option<NodeId>,
    child: [i32; 2],
    of_type: [i32; 2],
}

/// Positions of all elements, counted once a selector asks for one.
pub struct Siblings<'d, 'a> {
    document: &'d Document<'a>,
    positions: OnceCell<Vec<Position>>,
}

impl<'d, 'a> Siblings<'d, 'a> {
    /// Positions of the elements of a document.
    pub fn of(document: &'d Document<'a>) -> Self {
        Self { document, positions: OnceCell::new() }
    }

    fn position(&self, element: NodeId) -> Option<&Position> {
        self.positions.get_or_init(|| Self::counted(self.document)).get(element)
    }

    fn counted(document: &Document<'_>) -> Vec<Position> {
        let mut all = vec![Position::default(); document.nodes.len()];
        for node in &document.nodes {
            let elements = || node.children.iter().copied().filter(|child| document.nodes[*child].is_element());
            let (mut previous, mut types) = (None, HashMap::<&str, i32>::new());
            let count = elements().count() as i32;
            for (index, child) in elements().enumerate() {
                let of_type = types.entry(document.nodes[child].name).or_default();
                *of_type += 1;
                let index = index as i32;
                all[child] = Position { previous, child: [index + 1, count - index], of_type: [*of_type, 0] };
                previous = Some(child);
            }
            for child in elements() {
                let count = types.get(document.nodes[child].name).copied().unwrap_or_default();
                all[child].of_type[1] = count + 1 - all[child].of_type[0];
            }
        }
        // The root is an only child.
        all[0] = Position { previous: None, child: [1, 1], of_type: [1, 1] };
        all
    }
}

impl<'r, 'a> Rules<'r, 'a> {
    /// Indexes the rules of style sheets.
    pub fn new(sheet: &'r StyleSheet<'a>) -> Self {
        let mut lists: Vec<List<'r, 'a>> =
            sheet.lists.iter().map(|selectors| List { selectors, rules: Vec::new() }).collect();
        for (at, rule) in sheet.rules.iter().enumerate() {
            // Each declaration is applied, and its value searched for variables.
            let steps = rule.declarations.iter().map(|one| steps_of(one.value.len())).sum();
            lists[rule.list].rules.push((at, steps));
        }
        let mut index = Self {
            by_id: HashMap::new(),
            by_class: HashMap::new(),
            by_name: HashMap::new(),
            universal: Vec::new(),
            lists,
        };
        for (at, list) in index.lists.iter().enumerate().filter(|(_, list)| !list.rules.is_empty()) {
            for (which, selector) in list.selectors.iter().enumerate() {
                let Some((_, last)) = selector.compounds.last() else { continue };
                let list = match (last.ids.first(), last.classes.first(), &last.tag) {
                    (Some(id), ..) => index.by_id.entry(id).or_default(),
                    (_, Some(class), _) => index.by_class.entry(class).or_default(),
                    (.., Some(tag)) => index.by_name.entry(tag).or_default(),
                    _ => &mut index.universal,
                };
                list.push((at, which));
            }
        }
        index
    }

    /// The rules that match an element, each with its specificity, in document order. `None` when the style sheets take
    /// too many steps.
    pub fn matching(
        &self,
        document: &Document<'_>,
        siblings: &Siblings<'_, '_>,
        element: NodeId,
    ) -> Option<Vec<(u32, usize)>> {
        let node = &document.nodes[element];
        let class = node.attribute("class").unwrap_or_default();
        let classes: BTreeSet<&str> = class.split_ascii_whitespace().collect();
        let lists = classes.iter().filter_map(|class| self.by_class.get(class));
        let lists = lists.chain(self.by_name.get(node.name));
        let lists = lists.chain(node.attribute("id").and_then(|id| self.by_id.get(id)));
        let lists = lists.chain([&self.universal]);
        let count: usize = lists.clone().map(Vec::len).sum();
        let budget = &document.budget;
        if !budget.spend(Cost::Steps, count + class.len() / STEP_BYTES) {
            return None;
        }
        let mut candidates: Vec<Entry> = lists.flatten().copied().collect();
        candidates.sort_unstable();
        // Lists with a selector that matches, each with the highest specificity.
        let mut matched: Vec<(u32, usize)> = Vec::new();
        let matcher = Matcher { document, siblings };
        for (at, which) in candidates {
            let selector = self.lists[at].selectors.get(which).filter(|one| matcher.matches(one, element));
            let Some(selector) = selector else { continue };
            match matched.last_mut() {
                Some(known) if known.1 == at => known.0 = known.0.max(selector.specificity),
                _ => matched.push((selector.specificity, at)),
            }
        }
        let mut found = Vec::with_capacity(matched.len());
        for (specificity, list) in matched {
            for (rule, steps) in self.lists[list].rules.iter().copied() {
                if !budget.spend(Cost::Steps, steps) {
                    return None;
                }
                found.push((specificity, rule));
            }
        }
        // Rules around nested ones come before and after them.
        found.sort_unstable_by_key(|(_, rule)| *rule);
        Some(found)
    }
}

/// Counts bytes of values that are read. False when the style sheets take too many steps.
pub fn read(budget: &Budget, bytes: usize) -> bool {
    budget.spend(Cost::Steps, bytes / READ_BYTES)
}

/// Steps that text of so many bytes takes.
fn steps_of(bytes: usize) -> usize {
    1 + bytes / STEP_BYTES
}

struct Matcher<'d, 'a> {
    document: &'d Document<'a>,
    siblings: &'d Siblings<'d, 'a>,
}

impl Matcher<'_, '_> {
    /// Counts steps. False when there are no more.
    fn spend(&self, steps: usize) -> bool {
        self.document.budget.spend(Cost::Steps, steps)
    }

    fn matches(&self, selector: &Selector<'_>, element: NodeId) -> bool {
        self.up_to(&selector.compounds, element)
    }

    /// Whether an element matches the last compound, and others the ones before.
    fn up_to(&self, compounds: &[(Combinator, Compound<'_>)], element: NodeId) -> bool {
        let Some(((combinator, compound), before)) = compounds.split_last() else { return true };
        if !self.compound(compound, element) {
            return false;
        }
        if before.is_empty() {
            return true;
        }
        let parent = |at: NodeId| self.document.nodes[at].parent;
        let previous = |at: NodeId| self.siblings.position(at).and_then(|position| position.previous);
        let mut next = match combinator {
            Combinator::Descendant | Combinator::Child => parent(element),
            Combinator::Next | Combinator::Later => previous(element),
        };
        while let Some(at) = next {
            if self.up_to(before, at) {
                return true;
            }
            next = match combinator {
                Combinator::Descendant => self.document.nodes[at].parent,
                Combinator::Later => self.siblings.position(at).and_then(|position| position.previous),
                Combinator::Child | Combinator::Next => return false,
            };
            if !self.spend(0) {
                return false;
            }
        }
        false
    }

    fn compound(&self, compound: &Compound<'_>, element: NodeId) -> bool {
        let node = &self.document.nodes[element];
        if !self.spend(1 + node.attributes.len() / STEP_ATTRIBUTES) {
            return false;
        }
        compound.tag.as_deref().is_none_or(|tag| tag == node.name)
            && compound.ids.iter().all(|id| node.attribute("id") == Some(id))
            && compound.classes.iter().all(|class| {
                node.attribute("class").is_some_and(|all| {
                    self.spend(all.len() / STEP_BYTES);
                    all.split_ascii_whitespace().any(|one| one == class)
                })
            })
            && compound.attributes.iter().all(|test| self.attribute(test, element))
            && compound.pseudo.iter().all(|pseudo| self.pseudo(pseudo, element))
    }

    fn attribute(&self, test: &AttributeTest<'_>, element: NodeId) -> bool {
        self.spend(self.document.nodes[element].attributes.len() / STEP_ATTRIBUTES);
        let Some(value) = self.document.attribute(element, &test.name) else { return false };
        self.spend(steps_of(value.len() + test.value.len()));
        let (value, wanted) = match test.ignores_case {
            true => (Cow::Owned(value.to_ascii_lowercase()), Cow::Owned(test.value.to_ascii_lowercase())),
            false => (Cow::Borrowed(value), Cow::Borrowed(&*test.value)),
        };
        match test.operator {
            ' ' => true,
            '=' => value == wanted,
            '~' => !wanted.is_empty() && value.split_ascii_whitespace().any(|one| one == wanted),
            '|' => value.strip_prefix(&*wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
            _ if wanted.is_empty() => false,
            '^' => value.starts_with(&*wanted),
            '$' => value.ends_with(&*wanted),
            _ => value.contains(&*wanted),
        }
    }

    fn pseudo(&self, pseudo: &Pseudo<'_>, element: NodeId) -> bool {
        match pseudo {
            Pseudo::Never => false,
            Pseudo::Root => element == 0,
            Pseudo::Link => {
                let node = &self.document.nodes[element];
                node.name == "a" && node.attribute("href").is_some()
            }
            Pseudo::Empty => self.document.nodes[element].children.is_empty(),
            Pseudo::Not(all) => !all.iter().any(|one| self.matches(one, element)),
            Pseudo::Parent(all) => all.iter().any(|one| self.matches(one, element)),
            Pseudo::Is(all) => all.iter().any(|one| self.matches(one, element)),
            Pseudo::Nth { a, b, from_end, of_type } => {
                let Some(position) = self.siblings.position(element) else { return false };
                let counts = if *of_type { position.of_type } else { position.child };
                // n of the element: a * n + b is its position.
                let distance = i64::from(counts[usize::from(*from_end)]) - i64::from(*b);
                match i64::from(*a) {
                    0 => distance == 0,
                    a => distance % a == 0 && distance / a >= 0,
                }
            }
        }
    }
}
