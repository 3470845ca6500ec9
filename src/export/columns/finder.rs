//! Finds the targets of columns: as the caller maps them, by their names, and by likeness.

use std::collections::BTreeMap;

use super::{
    likeness,
    names::{Meaning, Names, members, normalized},
    path::Step,
    target::Target,
};
use crate::words;
use haibao_core::{error::Finding, words::quote};
use haibao_sheet::{Cell, Sheet};

/// Maximum number of columns that a notice names.
const MAX_NAMED: usize = 12;

/// Whether the name of a column says that it sets nothing.
fn is_ignored(name: &str) -> bool {
    name.is_empty() || name.starts_with(['_', '#'])
}

/// Finds the targets of columns, step by step.
pub(super) struct Finder<'a> {
    pub names: Names<'a>,
    pub sheet: &'a Sheet,
    pub targets: Vec<Option<Target>>,
    pub findings: Vec<Finding>,
    pub notices: Vec<Finding>,
    /// Columns whose target is a guess, which is an error.
    pub guessed: Vec<usize>,
    /// Parameters that columns without a known name may be.
    pub likely: Vec<Option<String>>,
}

impl Finder<'_> {
    fn column(&self, name: &str) -> Option<usize> {
        let columns = &self.sheet.columns;
        let same = |own: &String| normalized(own) == normalized(name);
        columns.iter().position(|own| own == name).or_else(|| columns.iter().position(same))
    }

    fn target(&self, name: &str) -> Option<Target> {
        match self.names.meaning(name) {
            Meaning::One(target) => Some(target),
            _ => None,
        }
    }

    /// Columns that the caller maps.
    pub fn mapped(&mut self, pairs: &[(String, String)]) {
        for (one, two) in pairs {
            if two.is_empty()
                && let Some(at) = self.column(one)
            {
                self.targets[at] = Some(Target::Ignored);
                continue;
            }
            let orders = [(one, two), (two, one)];
            let found =
                orders.into_iter().find_map(|(param, column)| Some((self.column(column)?, self.target(param)?)));
            if let Some((at, target)) = found {
                self.targets[at] = Some(target);
                continue;
            }
            let known = orders.into_iter().find(|(param, _)| self.target(param).is_some());
            self.findings.push(match known {
                Some((_, column)) => {
                    let near =
                        haibao_core::template::suggest::suggest(column, self.sheet.columns.iter().map(String::as_str));
                    words::map_column_unknown(quote(column)).with_hint(near)
                }
                None => {
                    let param = if self.column(one).is_some() { two } else { one };
                    let names = members(self.names.document, self.names.document);
                    let near = haibao_core::template::suggest::suggest(param, names.iter().map(|(name, _)| *name));
                    words::map_param_unknown(quote(param)).with_hint(near)
                }
            });
        }
    }

    fn is_set(&self, target: &Target) -> bool {
        self.targets.iter().flatten().any(|other| other.is_same(target))
    }

    /// Columns by their names, and by what was kept of earlier sheets if no column has the name. Returns the others.
    pub fn named(&mut self, kept: &BTreeMap<String, String>) -> Vec<usize> {
        let own: Vec<Option<Target>> = self.sheet.columns.iter().map(|name| self.target(name)).collect();
        let is_own = |at: usize, target: &Target| own[at].as_ref().is_some_and(|own| own.is_same(target));
        let earlier = |at: usize| {
            let target = self.target(kept.get(&normalized(&self.sheet.columns[at]))?)?;
            (self.targets[at].is_none() && !is_own(at, &target)).then_some(target)
        };
        let earlier: Vec<Option<Target>> = (0..own.len()).map(earlier).collect();
        for (at, target) in earlier.iter().enumerate() {
            let Some(target) = target.as_ref().filter(|target| !self.is_set(target)) else { continue };
            let (name, sets) = (quote(&self.sheet.columns[at]), self.names.shown(target));
            // A column that has the name itself, and was not mapped to something else, goes first.
            let is_named =
                |other: &usize| self.targets[*other].is_none() && earlier[*other].is_none() && is_own(*other, target);
            if let Some(other) = (0..own.len()).find(is_named) {
                self.notices.push(words::column_not_mapped(name, sets, quote(&self.sheet.columns[other])));
                self.targets[at] = Some(Target::Ignored);
            } else {
                self.notices.push(words::column_mapped(name, sets));
                self.targets[at] = Some(target.clone());
            }
        }
        let mapped: Vec<Target> = self.targets.iter().flatten().cloned().collect();
        let is_free: Vec<bool> = self.targets.iter().map(Option::is_none).collect();
        let is_displaced = self.displaced(&own, &is_free);
        let mut unknown = Vec::new();
        for (at, name) in self.sheet.columns.iter().enumerate() {
            if self.targets[at].is_some() {
                continue;
            }
            match self.names.meaning(name) {
                _ if is_ignored(name) => self.targets[at] = Some(Target::Ignored),
                // Targets that the caller maps, or that have their own names, are those of other columns.
                Meaning::One(found) if mapped.iter().any(|other| other.is_same(&found)) || is_displaced[at] => {
                    self.notices.push(words::column_displaced(quote(name), self.names.shown(&found)));
                    self.targets[at] = Some(Target::Ignored);
                }
                Meaning::One(found) => self.targets[at] = Some(found),
                Meaning::Several(names) => {
                    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                    self.findings.push(words::column_ambiguous(quote(name), names.join(", ")));
                    self.targets[at] = Some(Target::Ignored);
                }
                Meaning::None => unknown.push(at),
            }
        }
        unknown
    }

    /// Whether each column has another name of what a column beside it has the own name of: 活动价 beside 售价. In JSON, objects may
    /// name a parameter in different ways, so that only one that has both counts.
    fn displaced(&self, own: &[Option<Target>], is_free: &[bool]) -> Vec<bool> {
        let columns = &self.sheet.columns;
        let is_alias: Vec<bool> = columns.iter().map(|name| self.names.is_alias(name)).collect();
        let has_own_name =
            |at: &usize| is_free[*at] && own[*at].is_some() && !is_ignored(&columns[*at]) && !is_alias[*at];
        let named: Vec<usize> = (0..columns.len()).filter(has_own_name).collect();
        // The first of the columns with the own name of what a column sets.
        let first = |at: usize| {
            let target = own[at].as_ref()?;
            named.iter().copied().find(|other| own[*other].as_ref().is_some_and(|own| own.is_same(target)))
        };
        let aliases = (0..columns.len()).filter(|at| is_alias[*at]).filter_map(|at| Some((at, first(at)?)));
        let aliases: Vec<(usize, usize)> = aliases.collect();
        let mut displaced = vec![false; columns.len()];
        if !self.sheet.is_json {
            aliases.iter().for_each(|(at, _)| displaced[*at] = true);
            return displaced;
        }
        let named: Vec<(usize, usize)> = named.iter().filter_map(|at| Some((*at, first(*at)?))).collect();
        // In one pass: objects may have hundreds of columns of either kind.
        for row in self.sheet.rows.iter().filter(|_| !aliases.is_empty()) {
            let has = |at: usize| row.get(at) != Cell::Empty;
            let mut is_set = vec![false; columns.len()];
            named.iter().for_each(|(at, first)| is_set[*first] |= has(*at));
            aliases.iter().for_each(|(at, first)| displaced[*at] |= is_set[*first] && has(*at));
        }
        displaced
    }

    /// Columns that no parameter has the name of: guesses for a person to confirm, and the rest.
    pub fn unknown(&mut self, unknown: &[usize], is_strict: bool) {
        let free = |finder: &Self, name: &str| {
            let is_key = |target: &Target| matches!(target, Target::Param(path, _) if path.first() == Some(&Step::Key(name.to_owned())));
            !finder.targets.iter().flatten().any(is_key)
        };
        let mut ignored = Vec::new();
        let required = self.names.required();
        let all: Vec<&str> = members(self.names.document, self.names.document).iter().map(|(name, _)| *name).collect();
        let open: Vec<&str> = all.into_iter().filter(|name| free(self, name)).collect();
        let columns: Vec<(usize, &str)> = unknown.iter().map(|at| (*at, self.sheet.columns[*at].as_str())).collect();
        let guesses = likeness::guesses(&self.names, &columns, &open, &required);
        for at in unknown {
            let name = &self.sheet.columns[*at];
            let Some(like) = guesses.get(at).copied() else {
                ignored.push(name);
                continue;
            };
            self.likely[*at] = Some(like.to_owned());
            // Without line breaks, so that the hint can be typed.
            let column = quote(&name.split_whitespace().collect::<Vec<_>>().join(" "));
            let finding = match self.names.title(like) {
                Some(title) => words::titled_column_like(column, like, title),
                None => words::column_like(column, like),
            };
            if required.contains(&like) || is_strict {
                self.findings.push(finding);
                // Its absence is not reported as well.
                if let Some(target) = self.target(like) {
                    self.targets[*at] = Some(target);
                    self.guessed.push(*at);
                }
            } else {
                self.notices.push(finding.severity(haibao_core::error::Severity::Warning));
            }
        }
        if is_strict {
            self.findings.extend(self.sheet.has_unnamed.then(words::column_unnamed));
            self.findings.extend(ignored.iter().map(|name| words::column_unknown(quote(name))));
        } else if !ignored.is_empty() {
            self.notices.push(words::columns_ignored(listed(&ignored)));
        }
    }
}

/// Names of columns in a message.
pub(super) fn listed(columns: &[impl AsRef<str>]) -> String {
    let named: Vec<String> = columns.iter().take(MAX_NAMED).map(|name| quote(name.as_ref())).collect();
    let more = if columns.len() > MAX_NAMED { ", ..." } else { "" };
    format!("{}{more}", named.join(", "))
}
