//! Maps sheet columns to what they set: a parameter, a code field, the file name, or nothing.

mod checks;
mod finder;
mod known;
mod likeness;
mod links;
mod measures;
mod money;
mod names;
mod notices;
mod path;
mod spoiled;
mod tails;
mod target;
mod traditional;
mod unused;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use finder::Finder;
use path::{close_gaps, insert, pointer};
use tails::Tails;

pub(crate) use self::traditional::simplified;
pub(super) use self::{
    known::Known,
    likeness::alike,
    names::{FILE_TITLE, Meaning, Names, members, normalized},
    path::Step,
    spoiled::{is_shortened, needs_digits},
    target::{FILE_NAME, Target},
};
use super::{cell_value::Typing, pictures::Gallery};
use haibao_core::{
    error::{Error, ErrorKind, Finding, Result},
    template::{Template, money::Numbers},
};
use haibao_sheet::{Cell, Cells, Sheet};

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
    /// Parameters that columns may be that set nothing.
    pub likely: Vec<Option<String>>,
    /// How the sheet is read: the header, columns that are ignored or guessed, units of amounts, hidden rows.
    pub notices: Vec<Finding>,
    /// Whether any column sets a list element.
    is_indexed: bool,
    is_json: bool,
    /// Whether placeholders in a column count as empty cells.
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
        without_findings(Self::look(sheet, template, mapping))
    }

    /// Resolves the target of each column without the notices, for which all rows are looked at.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_targets(sheet: &Sheet, template: &Template, mapping: &Mapping) -> Result<Self> {
        without_findings(Self::resolve(sheet, template, mapping, false))
    }

    /// The targets that were found, and what is wrong with the columns.
    pub fn look(sheet: &Sheet, template: &Template, mapping: &Mapping) -> (Self, Vec<Finding>) {
        Self::resolve(sheet, template, mapping, true)
    }

    fn resolve(sheet: &Sheet, template: &Template, mapping: &Mapping, has_notices: bool) -> (Self, Vec<Finding>) {
        let mut finder = Finder {
            names: Names::of(template),
            sheet,
            targets: vec![None; sheet.columns.len()],
            findings: Vec::new(),
            notices: Vec::new(),
            guessed: Vec::new(),
            likely: vec![None; sheet.columns.len()],
        };
        finder.mapped(&mapping.pairs);
        let unknown = finder.named(&mapping.kept);
        finder.unknown(&unknown, mapping.is_strict);
        let Finder { names, targets, mut findings, mut notices, guessed, likely, .. } = finder;
        let mut targets: Vec<Target> = targets.into_iter().map(|target| target.unwrap_or(Target::Ignored)).collect();
        checks::find_duplicates(sheet, &targets, &mut findings);
        checks::find_missing(&names, &targets, sheet, &mut findings);
        guessed.into_iter().for_each(|at| targets[at] = Target::Ignored);
        findings.extend(money::decide(sheet, &mut targets));
        let tails = Tails::find(sheet, &names, &targets);
        findings.extend(measures::multiples(sheet, &names, &targets));
        let is_optional = checks::optional(&names, &targets, sheet.is_json);
        if has_notices {
            notices.extend(notices::amounts(sheet, &targets, &tails));
            notices.extend(tails.notices(sheet, &targets));
            notices.extend(measures::of_names(sheet, &names, &targets));
            notices.extend(measures::of_cells(sheet, &names, &targets));
            notices.extend(notices::totals(sheet, &names, &Known::of(template)));
            notices.extend(spoiled::shortened(sheet, &targets));
            notices.extend(spoiled::serials(sheet, &names, &targets, template));
            notices.extend(unused::pictures(sheet, &targets));
            notices.extend(notices::placeholders(sheet, &is_optional));
        }
        let indexed = |target: &Target| matches!(target, Target::Param(path, _) if path.iter().any(|step| matches!(step, Step::Index(_))));
        let columns = Self {
            is_indexed: targets.iter().any(indexed),
            is_json: sheet.is_json,
            is_optional,
            tails,
            targets,
            likely,
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
                (Some(source), _) if typing.is_picture() => typing.of_source(source),
                (_, Cell::Empty) => continue,
                (_, Cell::Text(text))
                    if self.is_placeholder(column, text) && !(typing.is_picture() && gallery.has(text)) =>
                {
                    continue;
                }
                // In JSON, amounts without a unit in their key are read as they are in other parameters.
                (_, Cell::Text(text)) if self.is_json && *typing == Typing::Money(Numbers::Unclear) => text.into(),
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
                (_, Cell::Json(source)) => typing.json(serde_json::from_str(source).unwrap_or(Value::Null)),
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

    /// The text for a cell of JSON in another sheet, with the units of amounts that are fen by the rule of JSON and would be yuan there. Texts
    /// without a unit are refused by both. `None` if there are no such amounts.
    pub fn with_units(&self, column: usize, cell: Cell<'_>) -> Option<String> {
        let typing = match self.targets.get(column) {
            Some(Target::Param(_, typing)) if self.is_json && typing.has_json_fen() => typing,
            _ => return None,
        };
        let value = match cell {
            Cell::Empty => return None,
            Cell::Text(text) => text.into(),
            // Written by `Value::to_string`, so it parses.
            Cell::Json(source) => serde_json::from_str(source).ok()?,
        };
        Some(match typing.with_units(value) {
            Value::String(text) => text,
            list => list.to_string(),
        })
    }

    /// Whether a text is a placeholder for an empty cell in this column.
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

/// The columns, unless something is wrong with them.
fn without_findings((columns, findings): (Columns, Vec<Finding>)) -> Result<Columns> {
    match findings.is_empty() {
        true => Ok(columns),
        false => Err(Error::findings(ErrorKind::Invalid, "sheet_columns", findings)),
    }
}
