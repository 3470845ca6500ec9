//! Maps sheet columns to what they set: a parameter, a code field, the file name, or nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    cell_value::Typing,
    code_column::{Field, SCENE_PREFIX},
    sheet::{Cell, Cells, Sheet},
};
use crate::words;
use haibao_core::{
    error::{Error, ErrorKind, Finding, Message, Result},
    template::{
        Template,
        json::escape,
        params::{MAX_ELEMENTS, resolve},
        suggest::suggest,
    },
    words::quote,
};

/// Name of the column with the file name.
pub const FILE_NAME: &str = "file_name";

/// One step of a path into the parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Object member.
    Key(String),
    /// List element, from 0.
    Index(usize),
}

/// What a column sets.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// Nothing.
    Ignored,
    /// A parameter or part of one.
    Param(Vec<Step>, Typing),
    /// A code field.
    Code(Field),
    /// A scene parameter of the code.
    Scene(String),
    /// The file name.
    FileName,
}

/// Targets of the columns of a sheet.
#[derive(Debug)]
pub(super) struct Columns {
    pub targets: Vec<Target>,
    /// Whether any column sets a list element.
    is_indexed: bool,
}

impl Columns {
    /// Resolves the target of each column. `map` maps target names to column names (`title` -> `商品`) and takes
    /// precedence over column names.
    ///
    /// # Errors
    /// `sheet_columns`, with the findings `column_unknown`, `column_twice`, `column_missing` and `map_unknown`.
    pub fn find(sheet: &Sheet, template: &Template, map: &BTreeMap<String, String>) -> Result<Self> {
        let resolver = Resolver { document: template.params().document() };
        let mut findings = Vec::new();
        let mut targets: Vec<Option<Target>> = vec![None; sheet.columns.len()];
        for (name, column) in map {
            let at = sheet.columns.iter().position(|own| own == column);
            let at = at.or_else(|| sheet.columns.iter().position(|own| normalized(own) == normalized(column)));
            match (at, resolver.target(name)) {
                (Some(at), Some(target)) => targets[at] = Some(target),
                (None, _) => {
                    let hint = suggest(column, sheet.columns.iter().map(String::as_str));
                    findings.push(words::map_column_unknown(quote(column)).with_hint(hint));
                }
                (_, None) => {
                    findings.push(words::map_param_unknown(quote(name)).with_hint(resolver.suggest(name)));
                }
            }
        }
        let mapped = targets.iter().flatten().cloned().collect::<Vec<_>>();
        for (name, target) in sheet.columns.iter().zip(&mut targets) {
            if target.is_some() {
                continue;
            }
            let ignored = name.is_empty() || name.starts_with(['_', '#']);
            *target = match resolver.target(name) {
                // Targets in `map` are already assigned to another column.
                Some(found) if !ignored && !mapped.contains(&found) => Some(found),
                Some(_) => Some(Target::Ignored),
                None if ignored => Some(Target::Ignored),
                None => {
                    findings.push(words::column_unknown(quote(name)).with_hint(resolver.suggest(name)));
                    None
                }
            };
        }
        let targets: Vec<Target> = targets.into_iter().map(|target| target.unwrap_or(Target::Ignored)).collect();
        find_duplicates(&sheet.columns, &targets, &mut findings);
        // If a column is unknown, it is most likely a misspelt required one: report only one of the two problems.
        if findings.is_empty() {
            resolver.find_missing(&targets, &mut findings);
        }
        if !findings.is_empty() {
            return Err(Error::findings(ErrorKind::Invalid, "sheet_columns", findings));
        }
        let indexed = |target: &Target| matches!(target, Target::Param(path, _) if path.iter().any(|step| matches!(step, Step::Index(_))));
        Ok(Self { is_indexed: targets.iter().any(indexed), targets })
    }

    /// Builds the parameters of a row. Also returns, for each column that set a value, the JSON pointer of that value in
    /// the parameters. List elements from empty cells are removed, so lists have no gaps.
    pub fn params(&self, row: &Cells) -> (Map<String, Value>, Vec<(usize, String)>) {
        let mut given: Vec<(usize, Vec<Step>, Value)> = Vec::new();
        for (column, target) in self.targets.iter().enumerate() {
            let Target::Param(path, typing) = target else { continue };
            let value = match row.get(column) {
                Cell::Empty => continue,
                Cell::Text(text) => typing.value(text),
                // Written by `Value::to_string`, so it parses.
                Cell::Json(source) => serde_json::from_str(source).unwrap_or(Value::Null),
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

/// Normalises a name for comparison: `商品 标题` equals `商品标题`, and `Title*` equals `title`.
fn normalized(name: &str) -> String {
    let name = name.trim_end_matches(['*', '＊']);
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
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

/// Resolves column names against the template's schema.
struct Resolver<'a> {
    document: &'a Value,
}

impl<'a> Resolver<'a> {
    /// Target of a column name: a parameter (by name or title), a code field, or the file name.
    fn target(&self, name: &str) -> Option<Target> {
        if let Some((path, schema)) = self.path(name.trim_end_matches(['*', '＊']).trim()) {
            return Some(Target::Param(path, Typing::of(self.document, schema)));
        }
        let name = normalized(name);
        if name == FILE_NAME {
            return Some(Target::FileName);
        }
        let name = name.strip_prefix("code.").unwrap_or(&name);
        if let Some(parameter) = name.strip_prefix(SCENE_PREFIX).filter(|parameter| !parameter.is_empty()) {
            return Some(Target::Scene(parameter.to_owned()));
        }
        // The width of a code is determined by the poster's layout.
        let field = Field::ALL.iter().find(|(field, own)| *own == name && *field != Field::Width)?;
        Some(Target::Code(field.0))
    }

    /// Resolves a path such as `goods.name`, `tags[0]` or `标题`.
    fn path(&self, name: &str) -> Option<(Vec<Step>, &'a Value)> {
        if let Some((key, schema)) = self.member(self.document, name) {
            return Some((vec![Step::Key(key)], schema));
        }
        let (mut path, mut schema) = (Vec::new(), self.document);
        for part in name.replace('[', ".[").split('.').filter(|part| !part.is_empty()) {
            let index = part.strip_prefix('[').map_or(Some(part), |part| part.strip_suffix(']'))?;
            let own = resolve(self.document, schema);
            match (index.trim().parse::<usize>(), own.get("items")) {
                (Ok(index), Some(items)) if index < MAX_ELEMENTS => {
                    path.push(Step::Index(index));
                    schema = items;
                }
                _ => {
                    let (key, member) = self.member(schema, part)?;
                    path.push(Step::Key(key));
                    schema = member;
                }
            }
        }
        (!path.is_empty()).then_some((path, schema))
    }

    /// Finds an object member by exact name, else by name or title ignoring case and spaces if the match is unique.
    fn member(&self, schema: &'a Value, name: &str) -> Option<(String, &'a Value)> {
        let all = self.members(schema);
        if let Some((key, schema)) = all.iter().find(|(key, _)| *key == name) {
            return Some(((*key).to_owned(), schema));
        }
        let name = normalized(name);
        let title = |schema: &Value| {
            let title = schema.get("title").or_else(|| resolve(self.document, schema).get("title"));
            title.and_then(Value::as_str).map(normalized)
        };
        for by_name in [true, false] {
            let fits = |(key, schema): &&(&str, &Value)| {
                if by_name { normalized(key) == name } else { title(schema).is_some_and(|title| title == name) }
            };
            let mut fitting = all.iter().filter(fits);
            if let (Some((key, schema)), None) = (fitting.next(), fitting.next()) {
                return Some(((*key).to_owned(), schema));
            }
        }
        None
    }

    fn members(&self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        members(self.document, schema)
    }

    /// Suggests the most similar name or title.
    fn suggest(&self, name: &str) -> Option<Message> {
        let all = self.members(self.document);
        let titles = all.iter().filter_map(|(_, schema)| schema.get("title").and_then(Value::as_str));
        let keys = all.iter().map(|(key, _)| *key);
        let fields = Field::ALL.iter().map(|(_, name)| *name).chain([FILE_NAME]);
        match haibao_core::template::suggest::nearest(name, keys.clone().chain(titles).chain(fields)) {
            Some(near) => Some(words::did_you_mean(near)),
            None => suggest(name, keys),
        }
    }

    /// Reports required parameters without a column, which would make every row fail for the same reason.
    fn find_missing(&self, targets: &[Target], findings: &mut Vec<Finding>) {
        let required = self.document.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            let given = targets.iter().any(
                |target| matches!(target, Target::Param(path, _) if path.first() == Some(&Step::Key(name.to_owned()))),
            );
            let schema =
                self.members(self.document).into_iter().find(|(key, _)| *key == name).map(|(_, schema)| schema);
            let has_default = schema.is_some_and(|schema| {
                schema.get("default").or_else(|| resolve(self.document, schema).get("default")).is_some()
            });
            if !given && !has_default {
                let title = schema.and_then(|schema| schema.get("title")).and_then(Value::as_str);
                findings.push(match title {
                    Some(title) => words::titled_column_missing(name, title),
                    None => words::column_missing(name),
                });
            }
        }
    }
}

/// Object members declared by a schema, directly or in its `allOf`.
pub(super) fn members<'a>(document: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let schema = resolve(document, schema);
    let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let parts = parts.filter_map(|part| resolve(document, part).get("properties").and_then(Value::as_object)).flatten();
    own.chain(parts).map(|(key, schema)| (key.as_str(), schema)).collect()
}

/// JSON pointer of a path.
fn pointer(path: &[Step]) -> String {
    path.iter().fold(String::new(), |pointer, step| match step {
        Step::Key(key) => format!("{pointer}/{}", escape(key)),
        Step::Index(index) => format!("{pointer}/{index}"),
    })
}

/// Renumbers the elements of each list from 0 without gaps.
fn close_gaps(given: &mut [(usize, Vec<Step>, Value)]) {
    let old: Vec<Vec<Step>> = given.iter().map(|(_, path, _)| path.clone()).collect();
    for (path, (_, moved, _)) in old.iter().zip(given) {
        for (at, step) in path.iter().enumerate() {
            let Step::Index(index) = step else { continue };
            let mut before: Vec<usize> = old
                .iter()
                .filter_map(|other| match (other.starts_with(&path[..at]), other.get(at)) {
                    (true, Some(Step::Index(other))) if other < index => Some(*other),
                    _ => None,
                })
                .collect();
            before.sort_unstable();
            before.dedup();
            moved[at] = Step::Index(before.len());
        }
    }
}

/// Inserts a value at a path, creating missing objects and lists.
fn insert(root: &mut Value, path: &[Step], value: Value) {
    let place = path.iter().fold(root, |place, step| match step {
        Step::Key(key) => {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            &mut place[key.as_str()]
        }
        Step::Index(index) => {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            if let Value::Array(list) = place
                && list.len() <= *index
            {
                list.resize(index + 1, Value::Null);
            }
            &mut place[*index]
        }
    });
    *place = value;
}
