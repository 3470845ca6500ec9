//! Reports before drawing starts: invalid rows, cost in codes, contact sheet.

use std::sync::Arc;

use super::{report, time};
use crate::{
    export::{
        Failure,
        risky_rows::{self, Pick},
    },
    service::{
        App, ComposeRequest,
        check::{sheet as contact_sheet, try_row},
        export::{Estimate, spool::SpooledRows},
    },
    words,
};
use haibao_core::{
    error::{Message, Result},
    template::Template,
};

/// Maximum number of reasons printed; the lists of failures have all of them.
const MAX_REPORTED: usize = 1000;

/// Reasons of rows without a poster, to be printed. The first ones are kept.
#[derive(Default)]
pub(super) struct Reasons {
    text: String,
    count: usize,
}

impl Reasons {
    /// Adds those of a row.
    pub(super) fn add(&mut self, row: &Failure) {
        let kept = MAX_REPORTED.saturating_sub(self.count);
        self.count += row.reasons.len();
        for reason in row.reasons.iter().take(kept) {
            let mut message = Message::verbatim(reason.in_language(report::language()));
            if !reason.column.is_empty() {
                message = words::cell_said(&reason.column, format!("{:?}", reason.value), message);
            }
            self.text.push_str(&report::line(&words::row_said(row.number, message, &reason.code)));
        }
    }

    /// Prints them.
    pub(super) fn say(&self) {
        report::say(&self.text);
        let more = self.count.saturating_sub(MAX_REPORTED);
        if more > 0 {
            report::tell(&words::more_reasons(more));
        }
    }
}

/// Prints the invalid rows with their reasons.
pub(super) fn report_rows(total: usize, bad: usize, reasons: &Reasons) {
    reasons.say();
    report::tell(&match bad {
        0 => words::rows_valid(total),
        n => words::rows_some_invalid(total, n),
    });
}

/// Prints how many new codes are needed and the minimum time to fetch them. `is_demo`: from an emulated WeChat.
pub(super) fn report_cost(estimate: &Estimate, per_minute: u32, is_demo: bool) {
    let min_time = estimate.time(per_minute);
    let total = match estimate.is_exact {
        true => Message::verbatim(estimate.total()),
        false => words::about(estimate.total()),
    };
    report::tell(&match estimate.total() {
        0 => words::codes_cached(),
        _ if is_demo => words::codes_sample(total),
        _ if min_time.as_secs() == 0 => words::codes_new(total),
        _ => words::codes_new_time(total, time(min_time), per_minute),
    });
}

/// Draws a contact sheet of the rows most likely to look bad, each with the reason and a sample code.
pub(super) async fn sheet(
    app: &App,
    template: &Arc<Template>,
    scale: f32,
    picks: Vec<Pick>,
    rows: &mut SpooledRows,
) -> Result<Vec<u8>> {
    let mut chosen = rows.find(picks.iter().map(|pick| pick.index))?;
    let mut tried = Vec::new();
    for pick in picks {
        let Some(row) = chosen.remove(&pick.index) else { continue };
        let name = risky_rows::label(row.number, pick.reasons.first());
        let name = report::language().text(&name);
        let request =
            ComposeRequest { code: row.code, scale, ..ComposeRequest::new(template.id.as_str(), row.params.into()) };
        tried.push(try_row(app, template, name, request).await?);
    }
    let title = format!("{} · {}", template.id, report::language().title(&template.layout.display_name()));
    contact_sheet(&title, &tried, app.renderer.fonts(), report::language())
}
