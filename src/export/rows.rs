//! Validates the rows of a sheet before anything is rendered or fetched. Each row becomes a renderable [`SheetRow`], or a
//! [`Failure`] with reasons.

mod cells;
mod options;
mod outcome;

use std::{
    collections::{BTreeMap, HashSet},
    num::NonZero,
    ops::{Deref, Range},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use outcome::ValidRow;
use serde_json::{Map, Value};

pub use self::{
    options::{RowOptions, SourceCheck},
    outcome::{CheckedRows, Outcome, RowCheck, Sorter},
};
use super::{
    Failure, Reason, SheetRow,
    cell_value::{Typing, whole_fen},
    code_column::Field,
    columns::{Columns, Target},
    expressions, outline,
};
use crate::words::{self, quote};
use haibao_core::{
    code::{CodeFields, SceneRequest},
    error::{Error, ErrorKind, Finding, Message, Result},
    plan::{self, Request},
    template::{
        Template,
        engine::{Engine, Escaping, Values},
        layout::SceneExpr,
        money::{self, Numbers},
        params::unnamed,
        tags,
    },
    text::FontSet,
    words::is_about_list,
};
use haibao_sheet::{Cell, Cells, Fault, Sheet};

/// Rows that a thread checks per batch.
const BATCH: usize = 64;
/// Rows that are checked in parallel before they are passed on. They take about 4 KiB each.
const WINDOW: usize = 2048;
/// Name of the compiled file name pattern.
const PATTERN: &str = "file_name";
/// Maximum size of an expanded pattern in bytes. Longer than any file name, which is truncated afterwards.
const MAX_PATTERN: usize = 4096;

/// Why the text of a cell is no amount, by the unit of its column. `None` in JSON, where parameters say it, and for amounts.
fn no_amount(text: &str, numbers: Numbers) -> Option<Finding> {
    if let Some([below, above]) = whole_fen(text).filter(|_| numbers == Numbers::Fen) {
        let [yuan, more] = [below, above].map(money::shown);
        return Some(words::cell_fen(quote(text.trim()), below, yuan, above, more));
    }
    let why = if numbers == Numbers::Unclear { None } else { money::read(text, numbers).err() };
    why.map(|why| Finding::error(words::cell_fen::CODE, why))
}

/// Checks every row of a sheet and collects the results.
#[cfg(test)]
pub fn check(sheet: &Sheet, template: &Arc<Template>, fonts: &FontSet, options: &RowOptions) -> Result<CheckedRows> {
    let checker = Checker::new(sheet, Arc::clone(template), fonts, options.clone())?;
    let mut checked = CheckedRows { notices: checker.notices().to_vec(), ..CheckedRows::default() };
    checker.windows().flatten().for_each(|row| checked.add(row));
    Ok(checked)
}

/// Checks a file name pattern.
///
/// # Errors
/// `file_name_invalid` with every fault and its position in the pattern.
pub fn check_pattern(pattern: &str, template: &Template) -> Result<()> {
    compile(pattern, template).map(drop)
}

/// Compiles the file name pattern.
fn compile(pattern: &str, template: &Template) -> Result<Engine> {
    // From 1, in characters.
    let column = |at: usize| pattern.get(..at).map_or(1, |before| before.chars().count() + 1);
    if let Some(each) = tags::words(pattern).into_iter().find(|range| pattern.get(range.clone()) == Some("each")) {
        let finding = words::file_name_each(column(each.start));
        return Err(Error::findings(ErrorKind::Invalid, "file_name_invalid", vec![finding]));
    }
    let mut document = template.params().document().clone();
    if let Some(Value::Object(properties)) = document.get_mut("properties") {
        properties.entry("row").or_insert_with(|| serde_json::json!({ "type": "string" }));
    }
    let mut engine = Engine::new(Escaping::None);
    engine.add(PATTERN, pattern, &document, true).map_err(|faults| {
        let findings = faults.into_iter().map(|fault| {
            let column = column(fault.range.start);
            // `each` is not allowed here either.
            let is_list = is_about_list(&fault.finding);
            let finding = fault.finding.within(|reason| words::file_name_pattern(column, reason));
            if is_list { finding.hint_of(&words::file_name_each(column)) } else { finding }
        });
        Error::findings(ErrorKind::Invalid, "file_name_invalid", findings.collect())
    })?;
    Ok(engine)
}

/// Checks the rows of a sheet: cells, parameters and code.
pub struct Checker<S, F> {
    sheet: S,
    template: Arc<Template>,
    fonts: F,
    options: RowOptions,
    columns: Columns,
    notices: Vec<Finding>,
    pattern: Option<Engine>,
    /// The expressions of the template, with their pointers.
    sources: Vec<(String, String)>,
    /// Minimum number of digits of the row number in a file name.
    digits: usize,
}

impl<S: Deref<Target = Sheet> + Sync, F: Deref<Target = FontSet> + Sync> Checker<S, F> {
    /// Assigns the columns and compiles the file name pattern.
    ///
    /// # Errors
    /// `sheet_columns` (with the findings `column_unknown`, `column_like`, `column_ambiguous`, `column_twice`,
    /// `column_missing`, `map_unknown`) and `file_name_invalid`.
    pub fn new(sheet: S, template: Arc<Template>, fonts: F, mut options: RowOptions) -> Result<Self> {
        let columns = Columns::find(&sheet, &template, &options.mapping)?;
        let pattern = options.file_name.as_deref().map(|pattern| compile(pattern, &template)).transpose()?;
        let last = sheet.rows.last().map_or(1, |row| row.number);
        let links = columns.add_links(&sheet, &template, &mut options.pictures);
        let notices = outline::notices(&sheet).into_iter().chain(columns.notices.iter().cloned());
        let notices = notices
            .chain(links)
            .chain(outline::extensions(&sheet, &columns, options.file_name.as_deref(), &options.extension))
            .chain(outline::raw_amount(&template, options.file_name.as_deref()))
            .collect();
        let (sources, digits) = (expressions::sources(&template), last.to_string().len());
        Ok(Self { sheet, template, fonts, options, columns, notices, pattern, sources, digits })
    }

    /// How the sheet is read: its header, ignored columns, units of amounts, hidden rows.
    pub fn notices(&self) -> &[Finding] {
        &self.notices
    }

    /// Checks some rows, by index, on the calling thread.
    pub fn check(&self, rows: Range<usize>) -> Vec<Outcome> {
        let rows = rows.start..rows.end.min(self.sheet.rows.len());
        self.sheet.rows.get(rows).unwrap_or_default().iter().map(|row| Outcome(self.row(row))).collect()
    }

    /// Checks all rows on all cores, some at a time, and returns the results in row order.
    pub fn windows(&self) -> impl Iterator<Item = Vec<RowCheck>> {
        let mut sorter = Sorter::new(&self.options);
        let windows = self.sheet.rows.chunks(WINDOW);
        windows.map(move |window| self.check_all(window).map(|outcome| sorter.sort(outcome)).collect())
    }

    /// Checks rows in parallel and returns the results in row order.
    fn check_all(&self, rows: &[Cells]) -> impl Iterator<Item = Outcome> {
        let batches: Vec<&[Cells]> = rows.chunks(BATCH).collect();
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(batches.len()).max(1);
        let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let work = || {
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                let first = batch.first().map_or(0, |row| row.number);
                let checked: Vec<_> = batch.iter().map(|row| Outcome(self.row(row))).collect();
                done.lock().unwrap_or_else(PoisonError::into_inner).insert(first, checked);
            }
        };
        thread::scope(|scope| {
            // The calling thread is one of the workers.
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().flatten()
    }

    fn row(&self, cells: &Cells) -> Result<ValidRow, Failure> {
        let faults = self.sheet.faults.get(&cells.number).map(Vec::as_slice).unwrap_or_default();
        let mut reasons: Vec<Reason> = faults.iter().map(Reason::from).collect();
        let texts = || self.texts(cells);
        let fail = |reasons| Err(Failure { number: cells.number, cells: texts(), reasons });
        // If the cells do not line up with the columns, further findings would be misleading.
        if faults.iter().any(Fault::is_misaligned) {
            return fail(reasons);
        }
        let code = self.code(cells, &mut reasons);
        self.check_digits(cells, &mut reasons);
        self.check_pictures(cells, faults, &mut reasons);
        let (params, pointers) = self.columns.params(cells, &self.options.pictures);
        let request = Request { params: Value::Object(params), code, scale: self.options.scale };
        let need = match plan::plan(self.template.clone(), &request, &self.fonts) {
            Ok(plan) => {
                let check = self.options.sources.as_ref();
                let findings = check.map_or_else(Vec::new, |check| check.findings(plan.required_sources()));
                self.add_reasons(&findings, cells, &pointers, &mut reasons);
                plan.code
            }
            Err(error) => {
                let mut findings = error.all_findings().to_vec();
                if let Some(check) = &self.options.sources {
                    let sources = plan::sources(self.template.clone(), &request, &self.fonts);
                    findings.extend(check.findings(sources.iter().map(|(source, at)| (source, at.as_str()))));
                }
                self.add_reasons(&findings, cells, &pointers, &mut reasons);
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
                return fail(vec![Reason::in_cell("", "", words::file_name_invalid(why))]);
            }
        };
        let row = SheetRow { number: cells.number, cells: texts(), params, code: request.code, file };
        Ok(ValidRow { row, code: need })
    }

    /// Adds findings as reasons. A cell that could not be read at all has its reason already.
    fn add_reasons(
        &self,
        findings: &[Finding],
        cells: &Cells,
        pointers: &[(usize, String)],
        reasons: &mut Vec<Reason>,
    ) {
        let known: HashSet<String> = reasons.iter().map(|reason| reason.column.clone()).collect();
        for finding in findings {
            let found = self.reason(finding, cells, pointers);
            if !known.contains(&found.column) || found.column.is_empty() {
                reasons.push(found);
            }
        }
        reasons.dedup();
    }

    /// The cells as they are written to the list of failures. Pictures in cells are named by their content, and amounts of JSON have
    /// their unit: the list is a sheet, whose amounts are yuan.
    fn texts(&self, cells: &Cells) -> Vec<String> {
        let mut texts = cells.texts(self.sheet.columns.len());
        for (column, text) in texts.iter_mut().enumerate() {
            if let Some(own) = self.columns.with_units(column, cells.get(column)) {
                *text = own;
            }
        }
        for column in self.columns.pictures() {
            if let (Some(text), Some(source)) =
                (texts.get_mut(column), self.options.pictures.cell(cells.number, column))
            {
                source.clone_into(text);
            }
        }
        texts
    }

    /// Code fields of a row: its cells over the shared options.
    fn code(&self, cells: &Cells, reasons: &mut Vec<Reason>) -> CodeFields {
        let mut fields = self.options.code.clone();
        let (mut scene, mut parameters) = (None, Map::new());
        for (column, target) in self.columns.targets.iter().enumerate() {
            let (cell, name) = (cells.get(column), self.sheet.columns[column].as_str());
            match (target, cell) {
                (_, Cell::Empty) => {}
                (Target::Code(Field::Scene), Cell::Json(source)) if source.starts_with('{') => {
                    // Written by `Value::to_string`, so it parses.
                    fields.scene = serde_json::from_str(source).ok().map(SceneRequest::Map);
                    scene = Some((name, source));
                }
                (Target::Code(field), cell) => {
                    let text = cell.shown().trim();
                    if let Err(message) = field.set(&mut fields, text) {
                        reasons.push(Reason::in_cell(name, text, words::cell_invalid(message)));
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
                reasons.push(Reason::in_cell(name, text, words::scene_twice()));
            }
            fields.scene = Some(SceneRequest::Map(parameters));
        }
        fields
    }

    /// Requested file name of a row: from its cell, the pattern or its number.
    fn file(&self, cells: &Cells, params: &Map<String, Value>) -> Result<String, Message> {
        let own = self.columns.position(&Target::FileName).map(|column| cells.get(column).shown().trim().to_owned());
        let row = format!("{:0digits$}", cells.number, digits = self.digits);
        let name = match (own.filter(|own| !own.is_empty()), &self.pattern) {
            (Some(own), _) => own,
            (None, None) => return Ok(row),
            (None, Some(pattern)) => {
                // Planning has validated the parameters; this adds their defaults.
                let mut params =
                    self.template.check(&Value::Object(params.clone())).map_err(|error| error.words().clone())?;
                params.entry("row").or_insert_with(|| row.clone().into());
                pattern.expand(PATTERN, &Values::new(params), MAX_PATTERN)?
            }
        };
        Ok(if name.trim().is_empty() { row } else { name })
    }

    /// Converts a finding to a reason by locating its column and cell.
    fn reason(&self, finding: &Finding, cells: &Cells, pointers: &[(usize, String)]) -> Reason {
        let pointer = finding.pointer.as_deref().unwrap_or_default();
        let column = match pointer.strip_prefix("/params") {
            Some(below) => self.columns.column_at(below, pointers),
            None => {
                let of_code = pointer.strip_prefix("/code/").and_then(|below| self.code_column(below, pointers));
                of_code.or_else(|| self.quoted_column(finding, cells))
            }
        };
        match column {
            Some(column) => {
                let (name, cell) = (&self.sheet.columns[column], cells.get(column).shown());
                match &self.columns.targets[column] {
                    Target::Param(_, Typing::Boolean) if finding.code == words::cell_boolean::CODE => {
                        Reason::in_cell(name, cell, words::cell_boolean(quote(cell.trim())))
                    }
                    Target::Param(_, Typing::Money(numbers)) if finding.code == words::cell_fen::CODE => {
                        Reason::in_cell(name, cell, no_amount(cell, *numbers).unwrap_or_else(|| unnamed(finding)))
                    }
                    _ => Reason::in_cell(name, cell, unnamed(finding)),
                }
            }
            None => Reason::in_cell(&outline::param_at(&self.template, pointer), "", unnamed(finding)),
        }
    }

    /// The column that sets a code field: its own column, or that of the parameter that the layout uses for the field.
    fn code_column(&self, below: &str, pointers: &[(usize, String)]) -> Option<usize> {
        let (name, rest) = below.split_once('/').unwrap_or((below, ""));
        let (field, _) = Field::ALL.iter().find(|(_, own)| *own == name)?;
        let scene = self.columns.position(&Target::Scene(rest.to_owned()));
        let own = scene.or_else(|| self.columns.position(&Target::Code(*field)));
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
        self.columns.column_at(&format!("/{}", path.replace('.', "/")), pointers)
    }
}

#[cfg(test)]
mod tests;
