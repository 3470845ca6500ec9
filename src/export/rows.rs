//! Checks the rows of a sheet before anything is drawn or asked for: each becomes a [`Row`] that can be drawn, or a
//! [`Failure`] that says why not.

use std::{
    collections::{BTreeMap, HashSet},
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Map, Value};

use super::{
    Failure, Reason, Row,
    code_column::{self, Field},
    columns::{Columns, Target},
    file_name::Names,
    sheet::{Cell, Cells, Sheet, few, reason},
};
use haibao_core::{
    code::{CodeNeed, SceneRequest},
    error::{Error, Finding, Kind, Result},
    plan::{self, CodeRequest, Request},
    template::{
        Template,
        engine::{Engine, Escaping, Values},
        layout::SceneExpr,
        tags,
    },
    text::FontSet,
};

/// Rows that a thread takes at a time.
const TURN: usize = 64;
/// Rows that are checked before they are handed on.
const WINDOW: usize = 4096;
/// Name under which the pattern of the files' names is compiled.
const PATTERN: &str = "file_name";
/// Most bytes of an expanded pattern: more than any file's name has.
const MAX_PATTERN: usize = 4096;

/// How rows are read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Columns by the name of what they give: `title` -> `商品`.
    pub map: BTreeMap<String, String>,
    /// Handlebars over the parameters and `row` (the row's number with leading zeros) for the files' names. A cell in the
    /// column `file_name` wins. Without both a file is named by its row.
    pub file_name: Option<String>,
    /// The files' ending, without a dot; `png`.
    pub ending: String,
    /// What the code opens; what a row says wins.
    pub code: CodeRequest,
    /// Output px per px of the canvas, 1 to 3; 1.
    pub scale: f32,
}

impl Default for Options {
    fn default() -> Self {
        let (map, file_name, code) = (BTreeMap::new(), None, CodeRequest::default());
        Self { map, file_name, ending: "png".to_owned(), code, scale: 1.0 }
    }
}

/// The rows of a sheet, checked.
#[derive(Debug, Default)]
pub struct Checked {
    /// Those that can be drawn, in the order of the sheet.
    pub rows: Vec<Row>,
    /// Those that cannot, in the order of the sheet.
    pub bad: Vec<Failure>,
    /// The codes that the good rows need, each once.
    pub codes: HashSet<CodeNeed>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are the large one")]
pub enum Outcome {
    /// It can be drawn, and needs this code.
    Good(Row, Option<CodeNeed>),
    /// It cannot.
    Bad(Failure),
}

/// Checks every row of a sheet as [`each`] does, and keeps them all: some 3 KiB a row. For many rows use that.
///
/// # Errors
/// Those of [`each`].
pub fn check(sheet: &Sheet, template: &Arc<Template>, fonts: &FontSet, options: &Options) -> Result<Checked> {
    let mut checked = Checked::default();
    each(sheet, template, fonts, options, |outcome| {
        match outcome {
            Outcome::Good(row, code) => {
                checked.codes.extend(code);
                checked.rows.push(row);
            }
            Outcome::Bad(failure) => checked.bad.push(failure),
        }
        Ok(())
    })?;
    Ok(checked)
}

/// Checks every row of a sheet fully: its cells, its parameters, what its code opens. Uses all cores; `sink` gets the
/// rows in their order, on the caller's thread, and only a few thousand of them wait for it. When it fails, the rest is
/// left out.
///
/// # Errors
/// What is wrong with the sheet as a whole: `sheet_columns` (with `column_unknown`, `column_twice`, `column_missing`,
/// `map_unknown`) and `file_name_invalid`, both before the first row; those of `sink`.
pub fn each(
    sheet: &Sheet,
    template: &Arc<Template>,
    fonts: &FontSet,
    options: &Options,
    mut sink: impl FnMut(Outcome) -> Result<()>,
) -> Result<()> {
    let columns = Columns::find(sheet, template, &options.map)?;
    let pattern = options.file_name.as_deref().map(|pattern| compile(pattern, template)).transpose()?;
    let last = sheet.rows.last().map_or(1, |row| row.number);
    let digits = last.to_string().len();
    let checker = Checker { sheet, template, fonts, options, columns, pattern, digits };
    let (mut names, mut told) = (Names::default(), 0);
    for window in sheet.rows.chunks(WINDOW) {
        for outcome in checker.all(window) {
            sink(match outcome {
                Ok(Good { mut row, code }) => {
                    row.file = names.take(&row.file, &options.ending);
                    Outcome::Good(row, code)
                }
                Err(mut failure) => {
                    few(&mut failure.reasons, &mut told);
                    Outcome::Bad(failure)
                }
            })?;
        }
    }
    Ok(())
}

/// Compiles the pattern of the files' names.
fn compile(pattern: &str, template: &Template) -> Result<Engine> {
    let mut document = template.params().document().clone();
    if let Some(Value::Object(properties)) = document.get_mut("properties") {
        properties.entry("row").or_insert_with(|| serde_json::json!({ "type": "string" }));
    }
    let mut engine = Engine::new(Escaping::None);
    engine.add(PATTERN, pattern, &document, true).map_err(|faults| {
        let finding = |fault: haibao_core::template::engine::Fault| Finding {
            hint: fault.hint,
            ..Finding::error(fault.code, format!("the pattern of the files' names: {}", fault.message))
        };
        Error::findings(Kind::Invalid, "file_name_invalid", faults.into_iter().map(finding).collect())
    })?;
    Ok(engine)
}

/// A row that can be drawn, its file not yet named for good.
struct Good {
    row: Row,
    code: Option<CodeNeed>,
}

struct Checker<'a> {
    sheet: &'a Sheet,
    template: &'a Arc<Template>,
    fonts: &'a FontSet,
    options: &'a Options,
    columns: Columns,
    pattern: Option<Engine>,
    /// Digits of a row's number in a file's name.
    digits: usize,
}

impl Checker<'_> {
    /// These rows in their order.
    fn all(&self, rows: &[Cells]) -> impl Iterator<Item = Result<Good, Failure>> {
        let turns: Vec<&[Cells]> = rows.chunks(TURN).collect();
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(turns.len()).max(1);
        let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let work = || {
            while let Some(turn) = turns.get(next.fetch_add(1, Ordering::Relaxed)) {
                let first = turn.first().map_or(0, |row| row.number);
                let checked: Vec<_> = turn.iter().map(|row| self.row(row)).collect();
                done.lock().unwrap_or_else(PoisonError::into_inner).insert(first, checked);
            }
        };
        thread::scope(|scope| {
            // The thread that asks works, too.
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().flatten()
    }

    fn row(&self, cells: &Cells) -> Result<Good, Failure> {
        let mut reasons = self.sheet.faults.get(&cells.number).cloned().unwrap_or_default();
        let texts = || cells.texts(self.sheet.columns.len());
        let fail = |reasons| Err(Failure { number: cells.number, cells: texts(), reasons });
        // In a row that is torn every further finding would mislead.
        if reasons.iter().any(|reason| ["row_ragged", "row_broken", "quote_open"].contains(&reason.code.as_str())) {
            return fail(reasons);
        }
        let code = self.code(cells, &mut reasons);
        let (params, places) = self.columns.params(cells);
        let request = Request { params: Value::Object(params), code, scale: self.options.scale };
        let need = match plan::plan(self.template.clone(), &request, self.fonts) {
            Ok(plan) => plan.code,
            Err(error) => {
                for finding in error.all_findings() {
                    let found = self.reason(finding, cells, &places);
                    // The first reason of a cell is why the others are there.
                    if found.column.is_empty() || reasons.iter().all(|known| known.column != found.column) {
                        reasons.push(found);
                    }
                }
                None
            }
        };
        if !reasons.is_empty() {
            return fail(reasons);
        }
        let Value::Object(params) = request.params else { return fail(reasons) };
        let file = match self.file(cells, &params) {
            Ok(file) => file,
            Err(why) => {
                let message = format!("the pattern of the files' names: {why}");
                return fail(vec![reason("", "", "file_name_invalid", message)]);
            }
        };
        let row = Row { number: cells.number, cells: texts(), params, code: request.code, file };
        Ok(Good { row, code: need })
    }

    /// What the row says of its code, over what all rows share.
    fn code(&self, cells: &Cells, reasons: &mut Vec<Reason>) -> CodeRequest {
        let mut fields = code_column::fields(&self.options.code);
        let (mut scene, mut parameters) = (None, Map::new());
        for (column, target) in self.columns.targets.iter().enumerate() {
            let (cell, name) = (cells.get(column), self.sheet.columns[column].as_str());
            match (target, cell) {
                (_, Cell::Empty) => {}
                (Target::Code(Field::Scene), Cell::Json(source)) if source.starts_with('{') => {
                    // It was written by `Value::to_string`.
                    fields.scene = serde_json::from_str(source).ok().map(SceneRequest::Map);
                    scene = Some((name, source));
                }
                (Target::Code(field), cell) => {
                    let text = cell.shown().trim();
                    if let Err(message) = field.set(&mut fields, text) {
                        reasons.push(reason(name, text, "cell_invalid", message));
                    }
                    if *field == Field::Scene {
                        scene = Some((name, text));
                    }
                }
                (Target::Scene(parameter), Cell::Text(text)) => {
                    parameters.insert(parameter.clone(), text.trim().into());
                }
                (Target::Scene(parameter), Cell::Json(source)) => {
                    parameters.insert(parameter.clone(), serde_json::from_str(source).unwrap_or(Value::Null));
                }
                _ => {}
            }
        }
        if !parameters.is_empty() {
            if let Some((name, text)) = scene {
                let message = "a row has either `scene` or columns `scene.NAME`";
                reasons.push(reason(name, text, "scene_twice", message));
            }
            fields.scene = Some(SceneRequest::Map(parameters));
        }
        code_column::request(fields)
    }

    /// The name that a row wants for its file.
    fn file(&self, cells: &Cells, params: &Map<String, Value>) -> Result<String, String> {
        let own = self.columns.of(&Target::FileName).map(|column| cells.get(column).shown().trim().to_owned());
        let row = format!("{:0digits$}", cells.number, digits = self.digits);
        let name = match (own.filter(|own| !own.is_empty()), &self.pattern) {
            (Some(own), _) => own,
            (None, None) => return Ok(row),
            (None, Some(pattern)) => {
                // They were checked when the poster was planned.
                let mut params =
                    self.template.check(&Value::Object(params.clone())).map_err(|error| error.message().to_owned())?;
                params.entry("row").or_insert_with(|| row.clone().into());
                pattern.expand(PATTERN, &Values::new(params), MAX_PATTERN)?
            }
        };
        Ok(if name.trim().is_empty() { row } else { name })
    }

    /// A finding, and the column and cell that it is about.
    fn reason(&self, finding: &Finding, cells: &Cells, places: &[(usize, String)]) -> Reason {
        let pointer = finding.pointer.as_deref().unwrap_or_default();
        let column = match pointer.strip_prefix("/params") {
            Some(below) => self.columns.about(below, places),
            None => pointer.strip_prefix("/code/").and_then(|below| self.code_column(below, places)),
        };
        let message = match &finding.hint {
            Some(hint) => format!("{}; {hint}", finding.message),
            None => finding.message.clone(),
        };
        match column {
            Some(column) => {
                let (name, cell) = (&self.sheet.columns[column], cells.get(column).shown());
                reason(name, cell, finding.code, message)
            }
            None => {
                // A parameter without a column is named as the template names it.
                let name = pointer.strip_prefix("/params/").map(|below| below.replace('/', ".")).unwrap_or_default();
                reason(&name, "", finding.code, message)
            }
        }
    }

    /// The column that a field of the code comes from: its own, or that of the parameter which the layout puts there.
    fn code_column(&self, below: &str, places: &[(usize, String)]) -> Option<usize> {
        let (name, rest) = below.split_once('/').unwrap_or((below, ""));
        let (field, _) = Field::ALL.iter().find(|(_, own)| *own == name)?;
        let own = self.columns.of(&Target::Scene(rest.to_owned())).or_else(|| self.columns.of(&Target::Code(*field)));
        if own.is_some() {
            return own;
        }
        let target = self.template.layout.code.as_ref()?;
        let source = match field {
            Field::Page => target.page.as_ref()?.source(),
            Field::Path => target.path.as_ref()?.source(),
            Field::Text => target.text.as_ref()?.source(),
            Field::Scene => match target.scene.as_ref()? {
                SceneExpr::Text(text) => text.source(),
                SceneExpr::Map(map) => map.get(rest).and_then(Value::as_str),
            },
            _ => None,
        };
        let path = tags::sole_path(source?)?;
        self.columns.about(&format!("/{}", path.replace('.', "/")), places)
    }
}

#[cfg(test)]
mod tests;
