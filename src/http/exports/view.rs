//! JSON representation of exports.

use serde_json::{Value, json};

use crate::{
    service::export::jobs::{ExportJobs, Seen},
    store::exports::{Progress, State, now},
};
use haibao_core::error::Result;

/// Window of the current rate, ms.
const RATE_WINDOW: i64 = Progress::RECENT;

/// An export with its first failed rows.
///
/// # Errors
/// `export_unknown`, and errors of the store.
pub async fn full(exports: &ExportJobs, id: &str) -> Result<Value> {
    let seen = exports.get(id).await?;
    let mut view = summary(&seen);
    view["failures"] = exports.failures(&seen.export).await?.into();
    Ok(view)
}

/// An export without its failed rows. Times are Unix timestamps, s.
pub fn summary(seen: &Seen) -> Value {
    let Seen { export, progress } = seen;
    let seconds = |ms: i64| ms.div_euclid(1000);
    let failed = export.bad + progress.failed;
    let rate = rate(seen);
    let left = (export.total - progress.done - failed).max(0);
    let path = format!("/v1/exports/{}", export.id);
    let is_done = export.state == State::Done;
    let has_list = is_done || (export.state == State::Failed && failed > 0);
    json!({
        "id": export.id,
        "state": export.state,
        "reason": export.reason,
        "template": export.template,
        "sheet": export.sheet,
        "created_at": seconds(export.created_at),
        "started_at": export.started_at.map(seconds),
        "finished_at": export.finished_at.map(seconds),
        "expires_at": seconds(export.expires_at),
        "rows": export.total,
        "done": progress.done,
        "failed": failed,
        "new_codes": export.new_codes,
        "rate": rate,
        "seconds_left": rate.map(|rate| (left as f64 / rate).ceil()),
        "bytes": is_done.then_some(export.archive_bytes),
        "links": {
            "self": path,
            "events": format!("{path}/events"),
            "download": is_done.then(|| format!("{path}/download")),
            "manifest": is_done.then(|| format!("{path}/manifest.csv")),
            "failures": has_list.then(|| format!("{path}/failures.csv")),
        },
    })
}

/// Rows per second: over the recent window while it runs, over the whole run once it is done.
fn rate(seen: &Seen) -> Option<f64> {
    let Seen { export, progress } = seen;
    let started = export.started_at?;
    let (rows, from, to) = match export.state {
        State::Running => (progress.recent, started.max(now() - RATE_WINDOW), now()),
        State::Done => (export.done + export.failed, started, export.finished_at?),
        _ => return None,
    };
    let rate = rows as f64 * 1e3 / (to - from).max(1) as f64;
    (rows > 0).then(|| (rate * 10.0).round() / 10.0).filter(|rate| *rate > 0.0)
}
