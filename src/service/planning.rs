//! Planning a poster on the CPU pool, and checking the texts of its user.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{
    App,
    draw::planning,
    pool::{CancelToken, Need},
    precheck::source_check,
    texts::{self, Author},
};
use crate::{
    net::discard::discard,
    wechat::client::{Risky, TextCheck},
};
use haibao_core::{
    error::{ErrorKind, Result, invalid},
    plan::{self, Plan},
    template::Template,
};

/// Plans a poster on the CPU pool: planning shapes the texts of containers.
///
/// # Errors
/// Errors of [`plan::plan`]; `busy` if the call's deadline cannot be met.
pub async fn plan(app: &App, template: Arc<Template>, request: plan::Request) -> Result<Arc<Plan>> {
    let (need, plan) = planner(app, template, request);
    app.pool.run(need, move |_| plan().map(|(plan, _)| plan)).await
}

/// Work that plans a poster, and what it occupies. It returns the request as well.
pub(super) fn planner(
    app: &App,
    template: Arc<Template>,
    request: plan::Request,
) -> (Need, impl FnOnce() -> Result<(Arc<Plan>, plan::Request)> + Send + use<>) {
    let fonts = Arc::clone(app.renderer.fonts());
    let need = planning(&request.params);
    let check = source_check(app);
    let plan = move || match plan::plan(Arc::clone(&template), &request, &fonts) {
        Err(error) if error.kind() == ErrorKind::Invalid => {
            // Addresses that are refused are found when pictures are fetched: one response has all reasons.
            let sources = plan::sources(Arc::clone(&template), &request, &fonts);
            let refused = check.findings(sources.iter().map(|(source, at)| (source, at.as_str())));
            let refused = refused.into_iter().map(|finding| template.params().titled(finding));
            let all = error.all_findings().iter().cloned().chain(refused).collect();
            Err(invalid("request_invalid", all))
        }
        planned => planned.map(|plan| (Arc::new(plan), request)),
    };
    (need, plan)
}

/// A plan whose texts have been checked, or need no check.
#[derive(Debug)]
pub struct CheckedPlan {
    /// The plan, with the findings of the check. Risky texts are masked if the setting says so.
    pub plan: Arc<Plan>,
    /// Masked texts by the pointer within the parameters.
    masked: Vec<(String, String)>,
}

impl CheckedPlan {
    fn unmasked(plan: Arc<Plan>) -> Self {
        Self { plan, masked: Vec::new() }
    }

    /// Replaces the masked texts in the parameters of the request, for callers that store them: a poster of stored parameters
    /// has a [trusted](Author::Trusted) author. Returns whether there are any.
    pub fn mask(&self, params: &mut Value) -> bool {
        for (pointer, text) in &self.masked {
            if let Some(value) = params.pointer_mut(pointer) {
                *value = Value::String(text.clone());
            }
        }
        !self.masked.is_empty()
    }
}

/// Whether texts must be checked: those of a user that the template marks, if an app checks texts.
pub(super) fn is_checked(app: &App, template: &Template, author: &Author) -> bool {
    let is_user = matches!(author, Author::User(_));
    is_user && template.params().marks() && app.codes.wechat().text_checks().next().is_some()
}

/// A plan with the texts that its template marks, by the pointer within the parameters.
pub(super) struct Marked {
    plan: Arc<Plan>,
    texts: BTreeMap<String, String>,
    /// What the plan was made of: it is planned again if texts are masked.
    request: plan::Request,
}

impl Marked {
    /// Name of the app that checks the texts, and how. `None` if it does not, or without texts.
    fn check(&self, app: &App) -> Option<(&str, TextCheck)> {
        let name = self.plan.code.as_ref().map_or("default", |code| code.app.as_str());
        let check = app.codes.wechat().text_check(name).filter(|_| !self.texts.is_empty());
        check.map(|check| (name, check))
    }

    /// Whether WeChat is asked about the texts: it is if a verdict on those of a user is not known.
    pub(super) fn needs_check(&self, app: &App, author: &Author) -> bool {
        let (Author::User(openid), Some((name, check))) = (author, self.check(app)) else { return false };
        texts::asks(app, name, check, openid.as_deref(), &self.texts)
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn into_request(self) -> plan::Request {
        self.request
    }
}

/// As [`plan()`]. Parameters may have megabytes and thousands of values: they are taken apart on the CPU pool, and not copied.
pub(super) async fn marked_plan(app: &App, template: &Arc<Template>, request: plan::Request) -> Result<Marked> {
    let own = Arc::clone(template);
    let (need, plan) = planner(app, Arc::clone(template), request);
    let marked = move |_: &CancelToken<'_>| {
        let (plan, request) = plan()?;
        let texts = own.params().marked(&request.params).into_iter();
        let texts = texts.map(|(pointer, text)| (pointer, text.to_owned())).collect();
        Ok(Marked { plan, texts, request })
    };
    app.pool.run(need, marked).await
}

/// Plans a poster, and checks the texts of a user that its template marks.
///
/// # Errors
/// Errors of [`plan()`]; `text_risky`, `openid_missing`, `text_uncheckable`, `texts_too_many`, and errors of
/// [`Client::check_text`](crate::wechat::client::Client::check_text).
pub async fn checked_plan(
    app: &App,
    template: Arc<Template>,
    request: plan::Request,
    author: Author,
) -> Result<CheckedPlan> {
    if !is_checked(app, &template, &author) {
        return plan(app, template, request).await.map(CheckedPlan::unmasked);
    }
    // Planning validates the parameters and finds the app, without a call to WeChat.
    let marked = marked_plan(app, &template, request).await?;
    check_texts(app, template, marked, author).await
}

/// Checks the texts of a plan, if its app does. `author`: one whose texts [are checked](is_checked).
///
/// # Errors
/// As [`checked_plan`].
pub(super) async fn check_texts(
    app: &App,
    template: Arc<Template>,
    marked: Marked,
    author: Author,
) -> Result<CheckedPlan> {
    let checked = marked.check(app).map(|(name, check)| (name.to_owned(), check));
    let Marked { plan: planned, texts, request } = marked;
    let (Author::User(openid), Some((name, check))) = (author, checked) else {
        discard(request.params).await;
        return Ok(CheckedPlan::unmasked(planned));
    };
    // It may have megabytes.
    let request = match check.risky {
        Risky::Mask => Some(request),
        Risky::Refuse => {
            discard(request.params).await;
            None
        }
    };
    let found = texts::check(app, &name, check, openid, &texts).await;
    let mut found = found.map_err(|error| template.titled(error))?;
    found.marked = found.marked.into_iter().map(|finding| template.params().titled(finding)).collect();
    let mut checked = CheckedPlan { plan: planned, masked: found.masked.clone() };
    if let Some(mut request) = request.filter(|_| !checked.masked.is_empty()) {
        checked.mask(&mut request.params);
        // A pattern of the schema may not allow asterisks.
        match plan(app, Arc::clone(&template), request).await {
            Ok(plan) => checked.plan = plan,
            Err(error) if error.kind() == ErrorKind::Invalid => return Err(template.titled(found.unmaskable())),
            Err(error) => return Err(error),
        }
    }
    if !found.marked.is_empty() {
        let mut plan = Arc::unwrap_or_clone(checked.plan);
        plan.findings.extend(found.marked);
        checked.plan = Arc::new(plan);
    }
    Ok(checked)
}
