//! `GET` and `POST /v1/studio/templates/{id}/cases`: the posters of `haibao check`, with what it finds in them.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Extension,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    super::{
        body::{JsonBody, Members},
        caching::unknown_file,
        excerpt::Excerpt,
        fields::{BodyFields, fields},
        large, posters,
        problem::Problem,
    },
    draft,
};
use crate::{
    access::Caller,
    language::Language,
    service::{
        App,
        check::{CaseResult, case_about, case_label},
        pool::{Kind, Need},
        studio::{self, DraftCase},
    },
};
use haibao_core::error::Finding;

fields! {
    /// Unsaved texts over a template's files, and which of its cases to check.
    pub(super) struct CasesBody {
        /// Unsaved texts by path, of `layout.json` and `artwork.svg`. Only for keys with the scope `admin`.
        files: BTreeMap<String, String>, want_texts;
        /// Names of cases. Default: all.
        only: Vec<String>, want_names;
        /// Whether the posters are drawn and checked. Otherwise `findings` is null. Default: true.
        check: bool, want_boolean;
    }
}

/// A poster of `haibao check`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StudioCase {
    /// Name, such as `longest` or `sample usual`.
    name: String,
    /// The name in words.
    title: String,
    /// What is extreme in it.
    about: String,
    /// Parameters; null if no poster is drawn.
    #[schemars(with = "Option<Map<String, Value>>")]
    params: Option<Value>,
    /// Names of the parameters that a generated case leaves empty.
    left_empty: Vec<String>,
    /// What the check has found, as the command line. Null if it was not asked for.
    findings: Option<Vec<Excerpt>>,
    /// Box of the layer that each finding is about, `[x, y, width, height]` in px of the canvas; null if it is about none.
    boxes: Vec<Option<[i64; 4]>>,
}

impl StudioCase {
    fn of(DraftCase { case, result }: DraftCase, language: Language) -> Self {
        let placed = |result: &CaseResult, finding: &Finding| {
            let rect = result.box_of(finding)?;
            Some([i64::from(rect.x0), i64::from(rect.y0), i64::from(rect.width()), i64::from(rect.height())])
        };
        let boxes =
            |result: &CaseResult| -> Vec<_> { result.findings.iter().map(|finding| placed(result, finding)).collect() };
        Self {
            title: language.text(&case_label(&case.name)),
            about: language.text(&case_about(&case.name)),
            name: case.name,
            params: Some(case.params).filter(Value::is_object),
            left_empty: case.left_empty,
            boxes: result.as_ref().map(boxes).unwrap_or_default(),
            findings: result.map(|result| Excerpt::all(&result.findings, language)),
        }
    }
}

/// All cases of the files as they are.
pub(super) async fn saved(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(id) = path.map_err(unknown_file)?;
    respond(&app, &caller, &id, &headers, CasesBody::default(), BTreeMap::new()).await
}

/// The cases of a draft.
pub(super) async fn drafted(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let Path(id) = path.map_err(unknown_file)?;
    let mut members = Members::of(body, "");
    let mut body = CasesBody::read(&mut members);
    let texts = draft::texts(body.files.take(), &mut members);
    posters::check(members)?;
    respond(&app, &caller, &id, &headers, body, texts).await
}

async fn respond(
    app: &App,
    caller: &Caller,
    id: &str,
    headers: &HeaderMap,
    body: CasesBody,
    texts: BTreeMap<String, String>,
) -> Result<Response, Problem> {
    let CasesBody { only, check, .. } = body;
    let template = draft::template(app, caller, id, headers, texts).await?;
    let cases = studio::cases_of_draft(app, &template, only.as_deref(), check.unwrap_or(true)).await?;
    let language = Language::of_client(headers);
    // Parameters of cases have pictures.
    let cases = move || cases.into_iter().map(|case| StudioCase::of(case, language)).collect::<Vec<_>>();
    let cases = large::json(app, Need::of(Kind::Other), cases).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], cases).into_response())
}
