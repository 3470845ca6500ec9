//! What is told and shown before anything is drawn.

use std::fmt::Write as _;

use super::{Args, report, time};
use crate::{
    export::{Failure, dangerous, rows::Checked},
    service::{
        App, ComposeRequest,
        check::{sheet as contact_sheet, try_one},
        export::Estimate,
    },
};
use haibao_core::{encode::Format, error::Result, template::Template};

/// Reasons that are told; all of them stand in failures.csv.
const MAX_TOLD: usize = 50;

/// Tells what is wrong with which rows.
pub(super) fn tell(total: usize, bad: &[Failure]) {
    let mut text = String::new();
    let reasons = || bad.iter().flat_map(|row| row.reasons.iter().map(|reason| (row.number, reason)));
    for (number, reason) in reasons().take(MAX_TOLD) {
        let _ = write!(text, "row {number}: ");
        if !reason.column.is_empty() {
            let _ = write!(text, "{} {:?}: ", reason.column, reason.value);
        }
        let _ = writeln!(text, "{} ({})", reason.message, reason.code);
    }
    let more = reasons().count().saturating_sub(MAX_TOLD);
    if more > 0 {
        let _ = writeln!(text, "and {more} more");
    }
    match bad.len() {
        0 => {
            let _ = writeln!(text, "{total} rows, none is bad");
        }
        n => {
            let _ = writeln!(text, "{total} rows, {n} of them bad");
        }
    }
    report::say(&text);
}

/// Tells how many codes are needed, and how long that takes.
pub(super) fn tell_cost(estimate: &Estimate, per_minute: u32) {
    let (total, about) = (estimate.total(), if estimate.is_exact { "" } else { "about " });
    let least = estimate.time(per_minute);
    let text = match total {
        0 => "all codes are at hand\n".to_owned(),
        _ if least.as_secs() == 0 => format!("{about}{total} new codes from WeChat\n"),
        _ => format!(
            "{about}{total} new codes from WeChat: at least {} with its {per_minute} a minute for an app\n",
            time(least)
        ),
    };
    report::say(&text);
}

/// Draws the rows that are most likely to look bad, each with why, and with a sample in the place of its code.
pub(super) async fn sheet(app: &App, template: &Template, args: &Args, checked: &Checked) -> Result<Vec<u8>> {
    let fonts = app.renderer.fonts();
    let mut tried = Vec::new();
    for pick in dangerous::pick(checked, template, fonts, dangerous::USUAL) {
        let row = &checked.rows[pick.index];
        let name = format!("row {}: {}", row.number, pick.reasons.first().map_or("", String::as_str));
        let request = ComposeRequest {
            code: row.code.clone(),
            format: Format::Png,
            scale: args.scale,
            ..ComposeRequest::new(template.id.as_str(), row.params.clone().into())
        };
        tried.push(try_one(app, template, name, request, true).await?);
    }
    let title = format!("{} · {}", template.id, template.layout.title);
    contact_sheet(&title, &tried, fonts)
}
