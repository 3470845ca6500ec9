//! Processes one row: plans it, fetches its code and renders it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value};

use super::{
    drawn::digests,
    tries::{is_fatal, with_retries},
};
use crate::{
    export::{Done, Failure, Reason, SheetRow, outline::param_at},
    outside,
    service::{self, App, CodeFrom, call::Call, compose_plan, pool::Held},
    wechat::client::WaitPolicy,
};
use haibao_core::{
    asset::Asset,
    code::{CodeNeed, Opens},
    encode::Format,
    error::{Error, Finding, Result},
    plan::{self, Plan},
    scene::Scene,
    template::{Template, json::unescape, params::unnamed},
};

/// Maximum number of concurrent code requests per chunk.
const CONCURRENT_CODES: usize = 16;

/// Settings shared by all rows.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Template; the whole export uses this version.
    pub template: Arc<Template>,
    /// Image format of the posters.
    pub format: Format,
    /// Output pixels per canvas pixel, 1 to 3.
    pub scale: f32,
    /// Whether a poster with findings is a failure.
    pub strict: bool,
    /// Names of the sheet's columns by what they set, such as `goods.name`.
    pub columns: BTreeMap<String, String>,
}

/// Result of rendering a row.
#[derive(Debug)]
pub enum RowResult {
    /// The row has a poster.
    Done {
        /// Line of the manifest.
        done: Done,
        /// Encoded image.
        bytes: Bytes,
        /// Time spent on a drawing thread.
        drawing: Duration,
    },
    /// The row has no poster.
    Failed(Failure),
}

/// A row that is ready to be rendered, or the error that prevents it.
pub(super) struct Prepared {
    row: SheetRow,
    ready: Result<Ready>,
}

struct Ready {
    plan: Arc<Plan>,
    code: Option<Asset>,
    scene: Option<String>,
}

/// Plans the rows of a chunk and fetches their codes concurrently. Equal codes are fetched once.
///
/// # Errors
/// Only fatal errors ([`is_fatal`]); others are stored with the row.
pub(super) async fn prepare(app: &Arc<App>, spec: &Spec, rows: Vec<SheetRow>) -> Result<Vec<Prepared>> {
    let mut prepared = Vec::with_capacity(rows.len());
    let mut all = stream::iter(rows)
        .map(|row| async {
            let ready = ready(app, spec, &row).await;
            Prepared { row, ready }
        })
        .buffered(CONCURRENT_CODES);
    while let Some(one) = all.next().await {
        match one.ready {
            Err(error) if is_fatal(&error) => return Err(error),
            _ => prepared.push(one),
        }
    }
    Ok(prepared)
}

async fn ready(app: &App, spec: &Spec, row: &SheetRow) -> Result<Ready> {
    let plan = with_retries(|| plan(app, spec, row)).await?;
    let Some(need) = plan.code.clone() else {
        return Ok(Ready { plan, code: None, scene: None });
    };
    if plan.is_auto() {
        // The colour depends on the images below the code, so the code is fetched during rendering.
        let scene = match need.page_and_scene() {
            Some((_, scene)) => {
                let call = Call::current();
                with_retries(|| app.links.text_by(call.owner(), scene)).await?
            }
            None => content(&need).to_owned(),
        };
        return Ok(Ready { plan, code: None, scene: Some(scene) });
    }
    let (need, picture) = with_retries(|| app.codes.code(need.clone(), WaitPolicy::Wait)).await?;
    Ok(Ready { plan, code: Some(picture.asset), scene: Some(content(&need).to_owned()) })
}

/// Plans a row.
///
/// # Errors
/// As [`service::plan`].
async fn plan(app: &App, spec: &Spec, row: &SheetRow) -> Result<Arc<Plan>> {
    let request = plan::Request { params: row.params.clone().into(), code: row.code.clone(), scale: spec.scale };
    service::plan(app, Arc::clone(&spec.template), request).await
}

/// Content of a code: scene, path or text.
fn content(need: &CodeNeed) -> &str {
    match &need.opens {
        Opens::Unlimited { scene: Scene::Text(text) | Scene::Long(text), .. } => text,
        Opens::Limited { path } | Opens::Square { path } => path,
        Opens::Qr { text } => text,
    }
}

/// Renders a row. The memory of a poster is counted until the second value is dropped.
///
/// # Errors
/// Only fatal errors ([`is_fatal`]); others become [`RowResult::Failed`].
pub(super) async fn draw(app: &App, spec: &Spec, prepared: Prepared) -> Result<(RowResult, Option<Arc<Held>>)> {
    let Prepared { row, ready } = prepared;
    let drawn = match &ready {
        Ok(Ready { plan, code, .. }) => {
            let from = || code.clone().map_or(CodeFrom::WeChat, CodeFrom::Picture);
            with_retries(|| compose_plan(app, Arc::clone(plan), from(), spec.format, spec.strict)).await
        }
        Err(error) => Err(error.clone()),
    };
    let composed = match drawn {
        Ok(composed) => composed,
        Err(error) if is_fatal(&error) => return Err(error),
        Err(error) => return Ok((RowResult::Failed(failure(spec, row, &error)), None)),
    };
    let bytes = composed.rendered.bytes;
    let mut findings: Vec<String> = Vec::new();
    for finding in &composed.rendered.findings {
        if !findings.iter().any(|code| code == finding.code) {
            findings.push(finding.code.to_owned());
        }
    }
    let times = composed.times;
    let (crc32, sha256) = digests(bytes.clone()).await?;
    let done = Done {
        number: row.number,
        file: row.file,
        scene: ready.ok().and_then(|ready| ready.scene),
        bytes: bytes.len() as u64,
        crc32,
        sha256,
        findings,
    };
    Ok((RowResult::Done { done, bytes, drawing: times.place + times.draw + times.encode }, composed.held))
}

/// Converts a row and its error to a failure.
fn failure(spec: &Spec, row: SheetRow, error: &Error) -> Failure {
    let reason = |finding: &Finding| {
        let pointer = finding.pointer.as_deref().unwrap_or_default();
        let below = pointer.strip_prefix("/params/").unwrap_or_default();
        Reason {
            value: value_at(&row.params, below).map(shown).unwrap_or_default(),
            column: column_of(&spec.columns, below).cloned().unwrap_or_else(|| param_at(&spec.template, pointer)),
            ..Reason::of(&unnamed(finding))
        }
    };
    let error = outside::logged(error);
    let reasons = match error.all_findings() {
        [] => vec![reason(&error.as_finding())],
        all => all.iter().map(reason).collect(),
    };
    Failure { number: row.number, cells: row.cells, reasons }
}

/// The value at a JSON pointer into the parameters, without its first slash.
fn value_at<'p>(params: &'p Map<String, Value>, below: &str) -> Option<&'p Value> {
    let (name, rest) = below.split_at(below.find('/').unwrap_or(below.len()));
    params.get(&unescape(name))?.pointer(rest)
}

/// The column that sets the value at such a pointer, or the object or list that has it. Which column sets one element of a list is not
/// known here: empty cells leave no gaps.
fn column_of<'c>(columns: &'c BTreeMap<String, String>, below: &str) -> Option<&'c String> {
    let is_index = |step: &str| step.bytes().all(|byte| byte.is_ascii_digit());
    let (mut name, mut found) = (String::new(), None);
    for step in below.split('/').take_while(|step| !is_index(step)) {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&unescape(step));
        found = columns.get(&name).or(found);
    }
    found
}

/// Parameter value as text, truncated to 60 characters.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_of_lists_are_found_in_the_column_of_their_list() {
        let params = json!({ "photos": ["a.png", "b.png"], "goods": { "a/b": "x" } });
        let params = params.as_object().expect("an object");
        let columns = [("photos", "图集"), ("goods.a/b", "名称"), ("tags[0]", "标签 1")];
        let columns = BTreeMap::from(columns.map(|(name, column)| (name.to_owned(), column.to_owned())));
        for (below, column, value) in [
            ("photos/1", Some("图集"), Some(json!("b.png"))),
            ("photos", Some("图集"), Some(json!(["a.png", "b.png"]))),
            ("goods/a~1b", Some("名称"), Some(json!("x"))),
            ("goods/c", None, None),
            ("tags/0", None, None),
            ("", None, None),
        ] {
            assert_eq!(column_of(&columns, below).map(String::as_str), column, "{below}");
            assert_eq!(value_at(params, below), value.as_ref(), "{below}");
        }
    }
}
