//! Finds the rules that match an element. Rules are indexed by the id, class or name of their last compound, so that an
//! element is compared with few of them.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

use super::{
    selector::{AttributeTest, Combinator, Compound, Pseudo, Selector},
    sheet::Rule,
};
use crate::markup::tree::{Document, NodeId};

/// Maximum number of comparisons of an element with a compound, and of declarations applied. Typical artwork takes a few
/// thousand.
const MAX_STEPS: u32 = 4_000_000;
/// Maximum number of selectors. Each interruption of a rule by nested ones repeats those of the rule.
const MAX_ENTRIES: usize = 500_000;
/// Attributes that are searched in a step.
const STEP_ATTRIBUTES: usize = 16;
/// Bytes of text that are compared in a step.
const STEP_BYTES: usize = 64;
/// Bytes of a value that are read in a step.
const READ_BYTES: usize = 4;

/// Rules, indexed.
pub struct Rules<'r, 'a> {
    by_id: HashMap<&'r str, Vec<Entry>>,
    by_class: HashMap<&'r str, Vec<Entry>>,
    by_name: HashMap<&'r str, Vec<Entry>>,
    universal: Vec<Entry>,
    rules: &'r [Rule<'a>],
    steps: u32,
    /// Number of selectors of all rules.
    entries: usize,
}

/// Index of a rule and of one of its selectors.
type Entry = (usize, usize);

/// Where an element stands among its siblings, from 1.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    previous: Option<NodeId>,
    child: [i32; 2],
    of_type: [i32; 2],
}

/// Positions of all elements.
pub struct Siblings(Vec<Position>);

impl Siblings {
    /// Counts the siblings of all elements.
    pub fn of(document: &Document<'_>) -> Self {
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
        Self(all)
    }
}

impl<'r, 'a> Rules<'r, 'a> {
    /// Indexes rules.
    pub fn new(rules: &'r [Rule<'a>]) -> Self {
        let mut index = Self {
            by_id: HashMap::new(),
            by_class: HashMap::new(),
            by_name: HashMap::new(),
            universal: Vec::new(),
            rules,
            steps: 0,
            entries: 0,
        };
        for (at, rule) in rules.iter().enumerate() {
            index.entries = index.entries.saturating_add(rule.selectors.len());
            if index.entries > MAX_ENTRIES {
                break;
            }
            for (which, selector) in rule.selectors.iter().enumerate() {
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
        &mut self,
        document: &Document<'_>,
        siblings: &Siblings,
        element: NodeId,
    ) -> Option<Vec<(u32, usize)>> {
        if self.entries > MAX_ENTRIES {
            return None;
        }
        let node = &document.nodes[element];
        let class = node.attribute("class").unwrap_or_default();
        let classes: BTreeSet<&str> = class.split_ascii_whitespace().collect();
        let lists = classes.iter().filter_map(|class| self.by_class.get(class));
        let lists = lists.chain(self.by_name.get(node.name));
        let lists = lists.chain(node.attribute("id").and_then(|id| self.by_id.get(id)));
        let lists = lists.chain([&self.universal]);
        let count: usize = lists.clone().map(Vec::len).sum();
        self.steps = self.steps.saturating_add((count + class.len() / STEP_BYTES) as u32);
        if self.steps >= MAX_STEPS {
            return None;
        }
        let mut candidates: Vec<Entry> = lists.flatten().copied().collect();
        candidates.sort_unstable();
        let mut found: Vec<(u32, usize)> = Vec::new();
        let mut matcher = Matcher { document, siblings, steps: self.steps };
        for (at, which) in candidates {
            let Some(rule) = self.rules.get(at) else { continue };
            let Some(selector) = rule.selectors.get(which).filter(|one| matcher.matches(one, element)) else {
                continue;
            };
            match found.last_mut() {
                Some(known) if known.1 == at => known.0 = known.0.max(selector.specificity),
                _ => {
                    // Each declaration is applied, which takes a step, too.
                    matcher.steps = matcher.steps.saturating_add(rule.declarations.len() as u32);
                    found.push((selector.specificity, at));
                }
            }
        }
        self.steps = matcher.steps;
        (self.steps < MAX_STEPS).then_some(found)
    }

    /// Counts values that are read. False when the style sheets take too many steps.
    pub fn read(&mut self, bytes: usize) -> bool {
        self.steps = self.steps.saturating_add(u32::try_from(bytes / READ_BYTES).unwrap_or(u32::MAX));
        self.steps < MAX_STEPS
    }
}

/// Steps that text of so many bytes takes.
fn steps_of(bytes: usize) -> u32 {
    u32::try_from(1 + bytes / STEP_BYTES).unwrap_or(u32::MAX)
}

struct Matcher<'d, 'a> {
    document: &'d Document<'a>,
    siblings: &'d Siblings,
    steps: u32,
}

impl Matcher<'_, '_> {
    fn matches(&mut self, selector: &Selector<'_>, element: NodeId) -> bool {
        self.up_to(&selector.compounds, element)
    }

    /// Whether an element matches the last compound, and others the ones before.
    fn up_to(&mut self, compounds: &[(Combinator, Compound<'_>)], element: NodeId) -> bool {
        let Some(((combinator, compound), before)) = compounds.split_last() else { return true };
        if !self.compound(compound, element) {
            return false;
        }
        if before.is_empty() {
            return true;
        }
        let parent = |at: NodeId| self.document.nodes[at].parent;
        let previous = |at: NodeId| self.siblings.0.get(at).and_then(|position| position.previous);
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
                Combinator::Later => self.siblings.0.get(at).and_then(|position| position.previous),
                Combinator::Child | Combinator::Next => return false,
            };
            if self.steps >= MAX_STEPS {
                return false;
            }
        }
        false
    }

    fn compound(&mut self, compound: &Compound<'_>, element: NodeId) -> bool {
        self.steps = self.steps.saturating_add(1);
        if self.steps >= MAX_STEPS {
            return false;
        }
        let node = &self.document.nodes[element];
        compound.tag.as_deref().is_none_or(|tag| tag == node.name)
            && compound.ids.iter().all(|id| node.attribute("id") == Some(id))
            && compound.classes.iter().all(|class| {
                node.attribute("class").is_some_and(|all| {
                    self.steps = self.steps.saturating_add(steps_of(all.len()) - 1);
                    all.split_ascii_whitespace().any(|one| one == class)
                })
            })
            && compound.attributes.iter().all(|test| self.attribute(test, element))
            && compound.pseudo.iter().all(|pseudo| self.pseudo(pseudo, element))
    }

    fn attribute(&mut self, test: &AttributeTest<'_>, element: NodeId) -> bool {
        let count = self.document.nodes[element].attributes.len() / STEP_ATTRIBUTES;
        self.steps = self.steps.saturating_add(count as u32);
        let Some(value) = self.document.attribute(element, &test.name) else { return false };
        self.steps = self.steps.saturating_add(steps_of(value.len() + test.value.len()));
        let (value, wanted) = match test.ignores_case {
            true => (Cow::Owned(value.to_lowercase()), Cow::Owned(test.value.to_lowercase())),
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

    fn pseudo(&mut self, pseudo: &Pseudo<'_>, element: NodeId) -> bool {
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
                let Some(position) = self.siblings.0.get(element) else { return false };
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
