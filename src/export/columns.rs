//! What each column of a sheet gives: a parameter, a field of the code, the file's name, or nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    cell_value::Typing,
    code_column::{Field, SCENE_PREFIX},
    sheet::{Cell, Cells, Sheet},
};
use haibao_core::{
    error::{Error, Finding, Kind, Result},
    template::{Template, json::escape, params::MAX_ELEMENTS, schema::resolve, source::suggest, violation::quote},
};

/// The column with a row's file name.
pub const FILE_NAME: &str = "file_name";

/// A step into a parameter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A member of an object.
    Key(String),
    /// An element of a list, from 0.
    Index(usize),
}

/// What a column gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// Nothing.
    Ignored,
    /// A parameter, or a part of one.
    Param(Vec<Step>, Typing),
    /// A field of the code.
    Code(Field),
    /// A parameter of the code's scene.
    Scene(String),
    /// The file's name.
    FileName,
}

/// What the columns of one sheet give.
#[derive(Debug)]
pub(super) struct Columns {
    pub targets: Vec<Target>,
    /// Whether a column gives an element of a list.
    indexed: bool,
}

impl Columns {
    /// Finds out what each column gives. `map` gives columns by the names of what they give (`title` -> `商品`).
    ///
    /// # Errors
    /// `sheet_columns`, with `column_unknown`, `column_twice`, `column_missing`, `map_unknown`.
    pub fn find(sheet: &Sheet, template: &Template, map: &BTreeMap<String, String>) -> Result<Self> {
        let known = Known { document: template.params().document() };
        let mut findings = Vec::new();
        let mut targets: Vec<Option<Target>> = vec![None; sheet.columns.len()];
        for (name, column) in map {
            let mut error = |message: String, hint: Option<String>| {
                findings.push(Finding { hint, ..Finding::error("map_unknown", message) });
            };
            let at = sheet.columns.iter().position(|own| own == column);
            let at = at.or_else(|| sheet.columns.iter().position(|own| plain(own) == plain(column)));
            match (at, known.target(name)) {
                (Some(at), Some(target)) => targets[at] = Some(target),
                (None, _) => {
                    let hint = suggest(column, sheet.columns.iter().map(String::as_str));
                    error(format!("the sheet has no column {}", quote(column)), hint);
                }
                (_, None) => error(format!("the template has no parameter {}", quote(name)), known.suggest(name)),
            }
        }
        let mapped = targets.iter().flatten().cloned().collect::<Vec<_>>();
        for (name, target) in sheet.columns.iter().zip(&mut targets) {
            if target.is_some() {
                continue;
            }
            let ignored = name.is_empty() || name.starts_with(['_', '#']);
            *target = match known.target(name) {
                // The map says where this comes from.
                Some(found) if !ignored && !mapped.contains(&found) => Some(found),
                Some(_) => Some(Target::Ignored),
                None if ignored => Some(Target::Ignored),
                None => {
                    let message = format!("the template knows no column {}", quote(name));
                    let hint = known.suggest(name).unwrap_or_else(|| {
                        "a column that is not for the poster is given a name that begins with _ or #".to_owned()
                    });
                    findings.push(Finding::error("column_unknown", message).hint(hint));
                    None
                }
            };
        }
        let targets: Vec<Target> = targets.into_iter().map(|target| target.unwrap_or(Target::Ignored)).collect();
        twice(&sheet.columns, &targets, &mut findings);
        // With an unknown column the missing one is most likely that.
        if findings.is_empty() {
            known.missing(&targets, &mut findings);
        }
        if !findings.is_empty() {
            return Err(Error::findings(Kind::Invalid, "sheet_columns", findings));
        }
        let indexed = |target: &Target| matches!(target, Target::Param(path, _) if path.iter().any(|step| matches!(step, Step::Index(_))));
        Ok(Self { indexed: targets.iter().any(indexed), targets })
    }

    /// The parameters of a row, and for each column that gave a part of them where that stands (a JSON pointer in the
    /// parameters). Elements of lists move up to fill the places of those whose cells are empty.
    pub fn params(&self, row: &Cells) -> (Map<String, Value>, Vec<(usize, String)>) {
        let mut given: Vec<(usize, Vec<Step>, Value)> = Vec::new();
        for (column, target) in self.targets.iter().enumerate() {
            let Target::Param(path, typing) = target else { continue };
            let value = match row.get(column) {
                Cell::Empty => continue,
                Cell::Text(text) => typing.value(text),
                // It was written by `Value::to_string`.
                Cell::Json(source) => serde_json::from_str(source).unwrap_or(Value::Null),
            };
            given.push((column, path.clone(), value));
        }
        if self.indexed {
            move_up(&mut given);
        }
        let mut root = Value::Object(Map::new());
        let mut places = Vec::with_capacity(given.len());
        for (column, path, value) in given {
            places.push((column, pointer(&path)));
            put(&mut root, &path, value);
        }
        let Value::Object(params) = root else { return (Map::new(), places) };
        (params, places)
    }

    /// The column that a pointer into the parameters is about: the one that gave it or a part of it, or that would have.
    pub fn about(&self, at: &str, places: &[(usize, String)]) -> Option<usize> {
        let below = |long: &str, short: &str| {
            long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let given = places.iter().filter(|(_, place)| below(at, place)).max_by_key(|(_, place)| place.len());
        let absent = || {
            self.targets.iter().position(|target| match target {
                Target::Param(path, _) => {
                    let place = pointer(path);
                    below(at, &place) || below(&place, at)
                }
                _ => false,
            })
        };
        given.map(|(column, _)| *column).or_else(absent)
    }

    /// The column of something else than a parameter.
    pub fn of(&self, wanted: &Target) -> Option<usize> {
        self.targets.iter().position(|target| target == wanted)
    }
}

/// Letters alone, so that `商品 标题` is `商品标题` and `Title*` is `title`.
fn plain(name: &str) -> String {
    let name = name.trim_end_matches(['*', '＊']);
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Two columns that give the same, or one a part of the other.
fn twice(names: &[String], targets: &[Target], findings: &mut Vec<Finding>) {
    for (second, target) in targets.iter().enumerate() {
        let clash = targets[..second].iter().position(|other| match (other, target) {
            (Target::Ignored, _) => false,
            (Target::Param(one, _), Target::Param(two, _)) => one.starts_with(two) || two.starts_with(one),
            (one, two) => one == two,
        });
        if let Some(first) = clash {
            let message = format!("the columns {} and {} give the same", quote(&names[first]), quote(&names[second]));
            findings.push(Finding::error("column_twice", message).hint("remove one, or begin its name with _"));
        }
    }
}

/// What a template's sheet may have.
struct Known<'a> {
    document: &'a Value,
}

impl<'a> Known<'a> {
    /// A parameter (by name or title), a field of the code, or the file's name.
    fn target(&self, name: &str) -> Option<Target> {
        if let Some((path, schema)) = self.path(name.trim_end_matches(['*', '＊']).trim()) {
            return Some(Target::Param(path, Typing::of(self.document, schema)));
        }
        let name = plain(name);
        if name == FILE_NAME {
            return Some(Target::FileName);
        }
        let name = name.strip_prefix("code.").unwrap_or(&name);
        if let Some(parameter) = name.strip_prefix(SCENE_PREFIX).filter(|parameter| !parameter.is_empty()) {
            return Some(Target::Scene(parameter.to_owned()));
        }
        // A poster's layout says how wide its code is.
        let field = Field::ALL.iter().find(|(field, own)| *own == name && *field != Field::Width)?;
        Some(Target::Code(field.0))
    }

    /// `goods.name`, `tags[0]`, `标题`.
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

    /// A member of an object by its name, or by its title when only one has it; neither case nor spaces matter.
    fn member(&self, schema: &'a Value, name: &str) -> Option<(String, &'a Value)> {
        let all = self.members(schema);
        if let Some((key, schema)) = all.iter().find(|(key, _)| *key == name) {
            return Some(((*key).to_owned(), schema));
        }
        let wanted = plain(name);
        let title = |schema: &Value| {
            let title = schema.get("title").or_else(|| resolve(self.document, schema).get("title"));
            title.and_then(Value::as_str).map(plain)
        };
        for by_name in [true, false] {
            let fits = |(key, schema): &&(&str, &Value)| {
                if by_name { plain(key) == wanted } else { title(schema).is_some_and(|title| title == wanted) }
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

    /// "did you mean `x`?": the nearest name or title.
    fn suggest(&self, name: &str) -> Option<String> {
        let all = self.members(self.document);
        let titles = all.iter().filter_map(|(_, schema)| schema.get("title").and_then(Value::as_str));
        let keys = all.iter().map(|(key, _)| *key);
        let fields = Field::ALL.iter().map(|(_, name)| *name).chain([FILE_NAME]);
        match haibao_core::template::source::nearest(name, keys.clone().chain(titles).chain(fields)) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => suggest(name, keys),
        }
    }

    /// Required parameters for which there is no column: every row would fail for the same reason.
    fn missing(&self, targets: &[Target], findings: &mut Vec<Finding>) {
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
                let title = title.map(|title| format!(" ({title})")).unwrap_or_default();
                let message = format!("the sheet has no column for `{name}`{title}, which the template needs");
                let hint = "name a column so, or say which one it is: --map NAME=COLUMN";
                findings.push(Finding::error("column_missing", message).hint(hint));
            }
        }
    }
}

/// The members that a schema declares, itself or in its `allOf`.
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

/// Numbers the elements of each list anew, from 0 without a gap.
fn move_up(given: &mut [(usize, Vec<Step>, Value)]) {
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

/// Puts a value at a path; what is on the way is made.
fn put(root: &mut Value, path: &[Step], value: Value) {
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
