//! Reports before drawing starts: invalid rows, cost in codes, contact sheet.

use super::{report, time};
use crate::{
    export::{Failure, risky_rows, rows::CheckedRows},
    service::{
        App, ComposeRequest,
        check::{sheet as contact_sheet, try_one},
        export::Estimate,
    },
    words,
};
use haibao_core::{
    error::{Message, Result},
    template::Template,
};

/// Maximum number of reasons printed; the lists of failures have all of them.
const MAX_REPORTED: usize = 1000;

/// Prints the invalid rows with their reasons.
pub(super) fn report_rows(total: usize, bad: &[Failure]) {
    report::say(&reasons_of(bad));
    report::tell(&match bad.len() {
        0 => words::rows_valid(total),
        n => words::rows_some_invalid(total, n),
    });
}

/// Prints the rows that failed while they were drawn.
pub(super) fn report_failures(failed: &[Failure]) {
    report::say(&reasons_of(failed));
}

fn reasons_of(bad: &[Failure]) -> String {
    let mut text = String::new();
    let reasons = || bad.iter().flat_map(|row| row.reasons.iter().map(|reason| (row.number, reason)));
    for (number, reason) in reasons().take(MAX_REPORTED) {
        let mut message = Message::verbatim(reason.in_language(report::language()));
        if !reason.column.is_empty() {
            message = words::cell_said(&reason.column, format!("{:?}", reason.value), message);
        }
        text.push_str(&report::line(&words::row_said(number, message, &reason.code)));
    }
    let more = reasons().count().saturating_sub(MAX_REPORTED);
    if more > 0 {
        text.push_str(&report::line(&words::more_reasons(more)));
    }
    text
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
pub(super) async fn sheet(app: &App, template: &Template, scale: f32, checked: &CheckedRows) -> Result<Vec<u8>> {
    let fonts = app.renderer.fonts();
    let mut tried = Vec::new();
    for pick in risky_rows::pick(checked, template, fonts, risky_rows::DEFAULT_PICKS) {
        let row = &checked.rows[pick.index];
        let name = risky_rows::label(row.number, pick.reasons.first());
        let name = report::language().text(&name);
        let request = ComposeRequest {
            code: row.code.clone(),
            scale,
            ..ComposeRequest::new(template.id.as_str(), row.params.clone().into())
        };
        tried.push(try_one(app, template, name, request, true).await?);
    }
    let title = format!("{} · {}", template.id, report::language().title(&template.layout.display_name()));
    contact_sheet(&title, &tried, fonts, report::language())
}
