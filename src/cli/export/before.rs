//! Reports before drawing starts: invalid rows, cost in codes, contact sheet.

use std::fmt::Write as _;

use super::{report, time};
use crate::{
    export::{Failure, risky_rows, rows::CheckedRows},
    service::{
        App, ComposeRequest,
        check::{sheet as contact_sheet, try_one},
        export::Estimate,
    },
};
use haibao_core::{encode::Format, error::Result, template::Template};

/// Maximum number of reasons printed; the lists of failures have all of them.
const MAX_REPORTED: usize = 1000;

/// Prints the invalid rows with their reasons.
pub(super) fn report_rows(total: usize, bad: &[Failure]) {
    let mut text = reasons_of(bad);
    match bad.len() {
        0 => {
            let _ = writeln!(text, "{total} rows, all valid");
        }
        n => {
            let _ = writeln!(text, "{total} rows, {n} of them invalid");
        }
    }
    report::say(&text);
}

/// Prints the rows that failed while they were drawn.
pub(super) fn report_failures(failed: &[Failure]) {
    report::say(&reasons_of(failed));
}

fn reasons_of(bad: &[Failure]) -> String {
    let mut text = String::new();
    let reasons = || bad.iter().flat_map(|row| row.reasons.iter().map(|reason| (row.number, reason)));
    for (number, reason) in reasons().take(MAX_REPORTED) {
        let _ = write!(text, "row {number}: ");
        if !reason.column.is_empty() {
            let _ = write!(text, "{} {:?}: ", reason.column, reason.value);
        }
        let _ = writeln!(text, "{} ({})", reason.message, reason.code);
    }
    let more = reasons().count().saturating_sub(MAX_REPORTED);
    if more > 0 {
        let _ = writeln!(text, "and {more} more reasons");
    }
    text
}

/// Prints how many new codes are needed and the minimum time to fetch them.
pub(super) fn report_cost(estimate: &Estimate, per_minute: u32) {
    let (total, about) = (estimate.total(), if estimate.is_exact { "" } else { "about " });
    let min_time = estimate.time(per_minute);
    let text = match total {
        0 => "all codes are cached\n".to_owned(),
        _ if min_time.as_secs() == 0 => format!("{about}{total} new codes from WeChat\n"),
        _ => format!(
            "{about}{total} new codes from WeChat: at least {} at {per_minute} per minute and app\n",
            time(min_time)
        ),
    };
    report::say(&text);
}

/// Draws a contact sheet of the rows most likely to look bad, each with the reason and a sample code.
pub(super) async fn sheet(app: &App, template: &Template, scale: f32, checked: &CheckedRows) -> Result<Vec<u8>> {
    let fonts = app.renderer.fonts();
    let mut tried = Vec::new();
    for pick in risky_rows::pick(checked, template, fonts, risky_rows::DEFAULT_PICKS) {
        let row = &checked.rows[pick.index];
        let name = format!("row {}: {}", row.number, pick.reasons.first().map_or("", String::as_str));
        let request = ComposeRequest {
            code: row.code.clone(),
            format: Format::Png,
            scale,
            ..ComposeRequest::new(template.id.as_str(), row.params.clone().into())
        };
        tried.push(try_one(app, template, name, request, true).await?);
    }
    let title = format!("{} · {}", template.id, template.layout.title);
    contact_sheet(&title, &tried, fonts)
}
