//! Maps sheet columns to what they set: a parameter, a code field, the file name, or nothing.

mod likeness;
mod names;
mod notices;
mod path;
mod remark;
mod spoiled;
mod tails;
mod target;
mod units;
mod unused;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use path::{close_gaps, insert, pointer};
use tails::Tails;

pub(super) use self::{
    names::{FILE_TITLE, Known, Meaning, Names, members, normalized},
    path::Step,
    spoiled::{is_shortened, needs_digits},
    target::{FILE_NAME, Target},
};
use super::{
    cell_value::Typing,
    pictures::Gallery,
    sheet::{Cell, Cells, Sheet},
};
use crate::words;
use haibao_core::{
    error::{Error, ErrorKind, Finding, Result},
    template::Template,
    words::quote,
};

/// Maximum number of columns that a notice names.
const MAX_NAMED: usize = 12;

/// How columns are found.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Pairs of a parameter and a column, in either order. They go before the names of columns. A column and nothing: it is
    /// ignored.
    pub pairs: Vec<(String, String)>,
    /// What columns set that have no known name, by their normalised name. Kept from earlier sheets.
    pub kept: BTreeMap<String, String>,
    /// Whether unknown columns are errors.
    pub is_strict: bool,
}

/// Targets of the columns of a sheet.
#[derive(Debug)]
pub(super) struct Columns {
    pub targets: Vec<Target>,
    /// How the sheet is read: the header, columns that are ignored or guessed, units of amounts, hidden rows.
    pub notices: Vec<Finding>,
    /// Whether any column sets a list element.
    is_indexed: bool,
    is_json: bool,
    /// Whether placeholders in a column stand for empty cells.
    is_optional: Vec<bool>,
    tails: Tails,
}

impl Columns {
    /// Resolves the target of each column.
    ///
    /// # Errors
    /// `sheet_columns`, with the findings `column_unknown`, `column_like`, `column_ambiguous`, `column_twice`,
    /// `column_missing` and `map_unknown`.
    pub fn find(sheet: &Sheet, template: &Template, mapping: &Mapping) -> Result<Self> {
        let (columns, findings) = Self::look(sheet, template, mapping);
        match findings.is_empty() {
            true => Ok(columns),
            false => Err(Error::findings(ErrorKind::Invalid, "sheet_columns", findings)),
        }
    }

    /// The targets that were found, and what is wrong with the columns.
    pub fn look(sheet: &Sheet, template: &Template, mapping: &Mapping) -> (Self, Vec<Finding>) {
        let mut finder = Finder {
            names: Names::of(template),
            sheet,
            targets: vec![None; sheet.columns.len()],
            findings: Vec::new(),
            notices: Vec::new(),
            guessed: Vec::new(),
        };
        finder.mapped(&mapping.pairs);
        let unknown = finder.named(&mapping.kept);
        finder.unknown(&unknown, mapping.is_strict);
        let Finder { names, targets, mut findings, mut notices, guessed, .. } = finder;
        let mut targets: Vec<Target> = targets.into_iter().map(|target| target.unwrap_or(Target::Ignored)).collect();
        // The unit in the name counts also for columns that are mapped.
        for (name, target) in sheet.columns.iter().zip(&mut targets) {
            if let Target::Param(_, Typing::Money(numbers)) = target
                && let Some(own) = names::numbers_of(name)
            {
                *numbers = own;
            }
        }
        find_duplicates(&sheet.columns, &targets, &mut findings);
        find_missing(&names, &targets, &mut findings);
        guessed.into_iter().for_each(|at| targets[at] = Target::Ignored);
        let units = sheet
            .columns
            .iter()
            .zip(&targets)
            .filter(|(_, target)| matches!(target, Target::Param(_, Typing::Money(_))));
        let units = units.filter_map(|(name, _)| {
            let unit = names::other_unit(name)?;
            Some(match unit.contains('分') {
                true => words::column_unit_unclear(quote(name), unit),
                false => words::column_unit(quote(name), unit),
            })
        });
        findings.extend(units.filter(|_| !sheet.is_json));
        notices.extend(notices::amounts(sheet, &targets));
        let tails = Tails::find(sheet, &names, &targets);
        notices.extend(tails.notices(sheet, &targets));
        notices.extend(notices::totals(sheet, &names, &Known::of(template)));
        notices.extend(spoiled::shortened(sheet, &targets));
        notices.extend(spoiled::serials(sheet, &names, &targets));
        notices.extend(unused::pictures(sheet, &targets));
        let is_optional = optional(&names, &targets, sheet.is_json);
        notices.extend(notices::placeholders(sheet, &is_optional));
        let indexed = |target: &Target| matches!(target, Target::Param(path, _) if path.iter().any(|step| matches!(step, Step::Index(_))));
        let columns = Self {
            is_indexed: targets.iter().any(indexed),
            is_json: sheet.is_json,
            is_optional,
            tails,
            targets,
            notices,
        };
        (columns, findings)
    }

    /// What each column sets, as a column is named; `None` for nothing.
    pub fn names(&self) -> Vec<Option<String>> {
        self.targets.iter().map(Target::name).collect()
    }

    /// Indices of the columns of pictures.
    pub fn pictures(&self) -> impl Iterator<Item = usize> {
        let is_picture = |(_, target): &(usize, &Target)| match target {
            Target::Param(_, typing) => typing.is_picture(),
            _ => false,
        };
        self.targets.iter().enumerate().filter(is_picture).map(|(at, _)| at)
    }

    /// Builds the parameters of a row. Also returns, for each column that set a value, the JSON pointer of that value in
    /// the parameters. List elements from empty cells are removed, so lists have no gaps.
    pub fn params(&self, row: &Cells, gallery: &Gallery) -> (Map<String, Value>, Vec<(usize, String)>) {
        let mut given: Vec<(usize, Vec<Step>, Value)> = Vec::new();
        for (column, target) in self.targets.iter().enumerate() {
            let Target::Param(path, typing) = target else { continue };
            let value = match (gallery.cell(row.number, column), row.get(column)) {
                (Some(source), _) if typing.is_picture() => Value::String(source.to_owned()),
                (_, Cell::Empty) => continue,
                (_, Cell::Text(text))
                    if self.is_placeholder(column, text) && !(typing.is_picture() && gallery.has(text)) =>
                {
                    continue;
                }
                // In JSON, amounts are read as they are in other parameters.
                (_, Cell::Text(text)) if self.is_json && matches!(typing, Typing::Money(_)) => text.into(),
                (_, Cell::Text(text)) => {
                    let amount = self.tails.read(column, text, typing, row);
                    let mut value = amount.as_ref().map_or_else(|| typing.value(text), |amount| amount.fen.into());
                    let unit = amount.and_then(|amount| amount.sets).or_else(|| self.tails.named(column, row));
                    given.extend(unit.map(|(path, value)| (column, path, value)));
                    if typing.is_picture() {
                        gallery.resolve(&mut value);
                    }
                    value
                }
                // Written by `Value::to_string`, so it parses.
                (_, Cell::Json(source)) => serde_json::from_str(source).unwrap_or(Value::Null),
            };
            given.push((column, path.clone(), value));
        }
        if self.is_indexed {
            close_gaps(&mut given);
        }
        let mut root = Value::Object(Map::new());
        let mut pointers = Vec::with_capacity(given.len());
        for (column, path, value) in given {
            pointers.push((column, pointer(&path)));
            insert(&mut root, &path, value);
        }
        let Value::Object(params) = root else { return (Map::new(), pointers) };
        (params, pointers)
    }

    /// Whether a text stands for an empty cell in this column.
    pub fn is_placeholder(&self, column: usize, text: &str) -> bool {
        self.is_optional.get(column).copied().unwrap_or_default() && notices::is_placeholder(text)
    }

    /// Finds the column for a JSON pointer into the parameters: the one that set the value or a parent of it, or else
    /// the first one whose target is the value, a parent or a child. `pointers` are those returned by [`Self::params`].
    pub fn column_at(&self, at: &str, pointers: &[(usize, String)]) -> Option<usize> {
        let below = |long: &str, short: &str| {
            long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let given = pointers.iter().filter(|(_, pointer)| below(at, pointer)).max_by_key(|(_, pointer)| pointer.len());
        let absent = || {
            self.targets.iter().position(|target| match target {
                Target::Param(path, _) => {
                    let pointer = pointer(path);
                    below(at, &pointer) || below(&pointer, at)
                }
                _ => false,
            })
        };
        given.map(|(column, _)| *column).or_else(absent)
    }

    /// The column with this target.
    pub fn position(&self, target: &Target) -> Option<usize> {
        self.targets.iter().position(|other| other == target)
    }
}

/// Whether the name of a column says that it sets nothing.
fn is_ignored(name: &str) -> bool {
    name.is_empty() || name.starts_with(['_', '#'])
}

/// Finds the targets of columns, step by step.
struct Finder<'a> {
    names: Names<'a>,
    sheet: &'a Sheet,
    targets: Vec<Option<Target>>,
    findings: Vec<Finding>,
    notices: Vec<Finding>,
    /// Columns whose target is a guess, which is an error.
    guessed: Vec<usize>,
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
    fn mapped(&mut self, pairs: &[(String, String)]) {
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
                // The unit in the name of the column counts also here.
                let unit = match self.target(&self.sheet.columns[at]) {
                    Some(Target::Param(_, unit @ Typing::Money(_))) => Some(unit),
                    _ => None,
                };
                self.targets[at] = Some(match (target, unit) {
                    (Target::Param(path, Typing::Money(_)), Some(unit)) => Target::Param(path, unit),
                    (target, _) => target,
                });
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
    fn named(&mut self, kept: &BTreeMap<String, String>) -> Vec<usize> {
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
        // 活动价 beside 售价.
        let is_named = |other: usize, target: &Target| {
            let name = &self.sheet.columns[other];
            is_free[other] && is_own(other, target) && !is_ignored(name) && !self.names.is_alias(name)
        };
        let is_alias = |at: usize, target: &Target| {
            self.names.is_alias(&self.sheet.columns[at]) && (0..own.len()).any(|other| is_named(other, target))
        };
        let mut unknown = Vec::new();
        for (at, name) in self.sheet.columns.iter().enumerate() {
            if self.targets[at].is_some() {
                continue;
            }
            match self.names.meaning(name) {
                _ if is_ignored(name) => self.targets[at] = Some(Target::Ignored),
                // Targets that the caller maps, or that have their own names, are those of other columns.
                Meaning::One(found) if mapped.iter().any(|other| other.is_same(&found)) || is_alias(at, &found) => {
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

    /// Columns that no parameter has the name of: guesses for a person to confirm, and the rest.
    fn unknown(&mut self, unknown: &[usize], is_strict: bool) {
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
            let named: Vec<String> = ignored.iter().take(MAX_NAMED).map(|name| quote(name)).collect();
            let more = if ignored.len() > MAX_NAMED { ", ..." } else { "" };
            self.notices.push(words::columns_ignored(format!("{}{more}", named.join(", "))));
        }
    }
}

/// Whether each column sets an optional number, amount or picture: a placeholder in it is no value.
fn optional(names: &Names<'_>, targets: &[Target], is_json: bool) -> Vec<bool> {
    let required = names.required();
    let is_optional = |target: &Target| match target {
        Target::Param(path, typing) => {
            let is_kind = matches!(typing, Typing::Money(_) | Typing::Integer | Typing::Number) || typing.is_picture();
            let key = matches!(path.first(), Some(Step::Key(key)) if !required.contains(&key.as_str()));
            is_kind && key && path[1..].iter().all(|step| matches!(step, Step::Index(_)))
        }
        _ => false,
    };
    targets.iter().map(|target| !is_json && is_optional(target)).collect()
}

/// Reports columns that set the same target, or of which one sets a part of the other's target.
fn find_duplicates(names: &[String], targets: &[Target], findings: &mut Vec<Finding>) {
    for (second, target) in targets.iter().enumerate() {
        let clash = targets[..second].iter().position(|other| match (other, target) {
            (Target::Ignored, _) => false,
            (Target::Param(one, _), Target::Param(two, _)) => one.starts_with(two) || two.starts_with(one),
            (one, two) => one == two,
        });
        if let Some(first) = clash {
            findings.push(words::column_twice(quote(&names[first]), quote(&names[second])));
        }
    }
}

/// Reports required parameters without a column, which would make every row fail for the same reason.
fn find_missing(names: &Names<'_>, targets: &[Target], findings: &mut Vec<Finding>) {
    for name in names.required() {
        let given = targets.iter().any(
            |target| matches!(target, Target::Param(path, _) if path.first() == Some(&Step::Key(name.to_owned()))),
        );
        if !given {
            findings.push(match names.title(name) {
                Some(title) => words::titled_column_missing(name, title),
                None => words::column_missing(name),
            });
        }
    }
}
