//! The cases of `haibao check` for a draft.

use std::sync::Arc;

use crate::service::{
    App,
    check::{Case, CaseResult, cases, try_case, without_posters},
    pool::{Kind, Need},
};
use haibao_core::{error::Result, template::Template};

/// A case of a draft.
#[derive(Debug)]
pub struct DraftCase {
    /// Name and parameters. Without parameters, no poster is drawn.
    pub case: Case,
    /// What the check has found; `None` if it was not asked for.
    pub result: Option<CaseResult>,
}

/// The cases of a template, with what the command line finds in them if `is_checked`. `only`: names of cases, or all.
///
/// # Errors
/// `busy`, and internal errors. Problems of a poster are findings.
pub async fn cases_of_draft(
    app: &App,
    template: &Arc<Template>,
    only: Option<&[String]>,
    is_checked: bool,
) -> Result<Vec<DraftCase>> {
    let is_asked = |name: &str| only.is_none_or(|names| names.iter().any(|one| one == name));
    let own = Arc::clone(template);
    // Pictures are drawn for the parameters.
    let (others, cases) =
        app.pool.run(Need::of(Kind::Other), move |_| Ok((without_posters(&own), cases(&own)))).await?;
    let mut all = Vec::with_capacity(cases.len() + others.len());
    for result in others.into_iter().filter(|result| is_asked(&result.name)) {
        let case = Case { name: result.name.clone(), params: serde_json::Value::Null, left_empty: Vec::new() };
        all.push(DraftCase { case, result: Some(result).filter(|_| is_checked) });
    }
    for case in cases.into_iter().filter(|case| is_asked(&case.name)) {
        let result = match is_checked {
            true => Some(try_case(app, template, case.clone()).await?),
            false => None,
        };
        all.push(DraftCase { case, result });
    }
    Ok(all)
}
