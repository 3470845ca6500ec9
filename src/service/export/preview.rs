//! A look at a sheet before its export: what its columns set, how it is read, its first rows and those most likely to look bad.

use std::sync::Arc;

use futures_util::future::try_join_all;

use super::{
    SheetSource,
    jobs::SheetRoom,
    opened::{on_pool, read, with_pictures},
};
use crate::{
    export::{
        Failure, Mapping, SheetRow,
        look::{Looked, look},
        outline::is_kept,
        risky_rows,
        rows::{CheckedRows, Checker, RowOptions, Sorter},
    },
    language::Language,
    service::{
        App, ComposeRequest,
        check::{CaseResult, sheet as contact_sheet, try_row},
        pool::{CancelToken, Kind, Need},
    },
};
use haibao_core::{
    error::{Error, Finding, Message, Result},
    template::Template,
};
use haibao_sheet::Sheet;

/// Rows that are checked; an export checks all of them.
const MAX_CHECKED: usize = 500;
/// Memory of these rows, bytes. The check copies them.
const MAX_CHECKED_BYTES: u64 = 4 << 20;
/// Rows that are shown.
const FIRST: usize = 5;
/// Posters that are drawn of the first rows.
const DRAWN: usize = 2;
/// Number of posters drawn from the rows most likely to look bad.
const RISKY: usize = 3;

/// What the preview of a sheet shows.
#[derive(Debug)]
pub struct Preview {
    /// The sheet, with its first rows.
    pub sheet: Sheet,
    /// Number of all its rows.
    pub rows: usize,
    /// What each column sets, as a column is named.
    pub targets: Vec<Option<String>>,
    /// The parameter that each column may be, which a person has to decide.
    pub likely: Vec<Option<String>>,
    /// Whether this is known from a mapping that was kept of an earlier sheet.
    pub kept: Vec<bool>,
    /// Why the columns do not fit the template.
    pub errors: Vec<Finding>,
    /// How the sheet is read.
    pub notices: Vec<Finding>,
    /// Number of rows that were checked.
    pub checked: usize,
    /// Invalid ones of them, without their cells.
    pub bad: Vec<Failure>,
    /// The rows of the contact sheet, with the reason why each is there.
    pub drawn: Vec<(u64, Vec<Message>)>,
    /// Contact sheet with sample codes, PNG.
    pub posters: Option<Vec<u8>>,
}

impl Preview {
    /// The first rows, as shown.
    pub fn first(&self) -> impl Iterator<Item = (u64, Vec<String>)> {
        self.sheet.rows.iter().take(FIRST).map(|row| (row.number, row.texts(self.sheet.columns.len())))
    }
}

/// Looks at a sheet. `request` is the poster of a row without its parameters and code; `language` that of
/// the names in the picture; `room` the memory of the sheet.
///
/// # Errors
/// Errors of the sheet as a whole, except those of its columns; internal errors of drawing.
pub async fn preview(
    app: &Arc<App>,
    template: &Arc<Template>,
    mut source: SheetSource,
    options: RowOptions,
    request: ComposeRequest,
    language: Language,
    mut room: SheetRoom,
) -> Result<Preview> {
    let (bytes, files) = (source.bytes.clone(), source.files.take());
    let running = || Error::internal("a check of a preview is still running");
    let (sheet, turn) = read(app, template, source, &options.mapping).await?;
    let sheet = Arc::new(sheet);
    let all = |sheet: &Sheet, template: &Template, mapping: &Mapping| Ok(look(sheet, template, mapping));
    let Looked { targets, likely, notices, errors } = on_pool(app, &sheet, template, &options.mapping, all).await?;
    let mut sheet = Arc::into_inner(sheet).ok_or_else(running)?;
    let targeted = sheet.columns.iter().zip(&targets);
    let kept = targeted.map(|(column, target)| is_kept(&options.mapping, column, target.as_deref())).collect();
    if !errors.is_empty() {
        let (bad, drawn, rows) = (Vec::new(), Vec::new(), sheet.rows.len());
        sheet.rows.truncate(FIRST);
        return Ok(Preview {
            sheet,
            rows,
            targets,
            likely,
            kept,
            errors,
            notices,
            checked: 0,
            bad,
            drawn,
            posters: None,
        });
    }
    let rows = sheet.rows.len();
    sheet.keep_first(MAX_CHECKED, MAX_CHECKED_BYTES);
    drop(turn);
    // Its pictures may take long to be stored.
    room.keep(&sheet, bytes.len());
    let sheet = Arc::new(sheet);
    let options = with_pictures(app, template, &sheet, &bytes, files, options).await?;
    drop(bytes);
    let (checked, sheet) = check(app, template, sheet, options).await?;
    let mut sheet = Arc::into_inner(sheet).ok_or_else(running)?;
    let count = sheet.rows.len();
    sheet.rows.truncate(FIRST);
    let checked = Arc::new(checked);
    let picks = pick(app, template, &checked).await?;
    // Also the notices about the options, such as file names.
    let CheckedRows { rows: valid, mut bad, notices, .. } = Arc::into_inner(checked).ok_or_else(running)?;
    bad.iter_mut().for_each(|failure| failure.cells = Vec::new());
    let mut valid: Vec<_> = valid.into_iter().map(Some).collect();
    let chosen = picks.into_iter().filter_map(|(index, why)| Some((valid.get_mut(index)?.take()?, why))).collect();
    // What is left of the rows is what is shown: posters wait for memory.
    drop((valid, room));
    let (tried, drawn) = draw(app, template, chosen, &request, language).await?;
    let posters = if tried.is_empty() {
        None
    } else {
        let (title, fonts) = (language.title(&template.layout.display_name()), Arc::clone(app.renderer.fonts()));
        let png = app.pool.run(Need::of(Kind::Other), move |_| contact_sheet(&title, &tried, &fonts, language));
        Some(png.await?)
    };
    Ok(Preview { sheet, rows, targets, likely, kept, errors, notices, checked: count, bad, drawn, posters })
}

/// Checks the rows on the CPU pool.
async fn check(
    app: &Arc<App>,
    template: &Arc<Template>,
    sheet: Arc<Sheet>,
    options: RowOptions,
) -> Result<(CheckedRows, Arc<Sheet>)> {
    let mut sorter = Sorter::new(&options);
    let (own, template, fonts) = (Arc::clone(&sheet), Arc::clone(template), Arc::clone(app.renderer.fonts()));
    let all = app.pool.run(Need::of(Kind::Other), move |token| {
        let checker = Checker::new(own, template, fonts, options)?;
        let notices = checker.notices().to_vec();
        let mut outcomes = Vec::new();
        for first in (0..MAX_CHECKED).step_by(crate::export::CHUNK) {
            token.check()?;
            outcomes.extend(checker.check(first..first + crate::export::CHUNK));
        }
        Ok((notices, outcomes))
    });
    let (notices, outcomes) = all.await?;
    let mut checked = CheckedRows { notices, ..CheckedRows::default() };
    for outcome in outcomes {
        checked.add(sorter.sort(outcome));
    }
    Ok((checked, sheet))
}

/// The indices of the first valid rows and of those most likely to look bad, with the reasons.
async fn pick(app: &App, template: &Arc<Template>, checked: &Arc<CheckedRows>) -> Result<Vec<(usize, Vec<Message>)>> {
    // Texts of megabytes are measured.
    let risky = {
        let (rows, template, fonts) = (Arc::clone(checked), Arc::clone(template), Arc::clone(app.renderer.fonts()));
        let pick = move |_: &CancelToken<'_>| Ok(risky_rows::pick(&rows, &template, &fonts, RISKY + DRAWN));
        app.pool.run(Need::of(Kind::Other), pick).await?
    };
    let mut picks: Vec<(usize, Vec<Message>)> = (0..checked.rows.len().min(DRAWN)).map(|at| (at, Vec::new())).collect();
    for pick in risky {
        if picks.len() < RISKY + DRAWN && picks.iter().all(|(index, _)| *index != pick.index) {
            picks.push((pick.index, pick.reasons));
        }
    }
    Ok(picks)
}

/// Draws rows, each with the reasons why it is looked at. They wait for the CPU pool together, so that several cores draw.
async fn draw(
    app: &App,
    template: &Arc<Template>,
    rows: Vec<(SheetRow, Vec<Message>)>,
    request: &ComposeRequest,
    language: Language,
) -> Result<(Vec<CaseResult>, Vec<(u64, Vec<Message>)>)> {
    let (mut trials, mut drawn) = (Vec::new(), Vec::new());
    for (row, reasons) in rows {
        let name = language.text(&risky_rows::label(row.number, reasons.first()));
        drawn.push((row.number, reasons));
        let request = ComposeRequest { code: row.code, params: row.params.into(), ..request.clone() };
        trials.push(try_row(app, template, name, request));
    }
    Ok((try_join_all(trials).await?, drawn))
}
