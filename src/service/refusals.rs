//! What a poster would be refused for.

use std::sync::Arc;

use super::{
    App, ComposeRequest,
    failures::Failures,
    planning::plan,
    pool::{CancelToken, Kind, Need},
    precheck::{check_code, source_check},
};
use crate::net::discard::discard;
use haibao_core::{
    error::{ErrorKind, Finding, Result},
    plan::{Plan, Request},
};

/// What a poster would be refused for, as far as that is known without a call to WeChat or to a foreign host. For requests that
/// have faults already.
pub async fn known_refusals(app: &App, request: ComposeRequest) -> Vec<Finding> {
    let ComposeRequest { template, params, code, scale, is_link, .. } = request;
    let template = match app.template(&template).await {
        Ok(template) => template,
        Err(error) => {
            discard(params).await;
            let is_unknown = error.kind() == ErrorKind::NotFound;
            return is_unknown.then(|| error.as_finding().pointer("/template")).into_iter().collect();
        }
    };
    match plan(app, template, Request { params, code, scale }).await {
        Ok(plan) => {
            let mut failed = Failures::default();
            if let Some(Err(error)) = plan.code.as_ref().map(|need| app.codes.check(need)) {
                failed.add_code(&error);
            }
            let limited = if is_link { check_code(&plan).err() } else { None };
            let code = limited.into_iter().chain(failed.into_result().err());
            let code: Vec<Finding> = code.flat_map(|error| error.all_findings().to_vec()).collect();
            [pictures(app, plan).await, code].concat()
        }
        Err(error) if error.kind() == ErrorKind::Invalid => error.all_findings().to_vec(),
        Err(_) => Vec::new(),
    }
}

/// What the pictures of a poster would be refused for. `data:` URIs may have megabytes: on the threads of the network, decoding them would
/// delay other requests.
async fn pictures(app: &App, plan: Arc<Plan>) -> Vec<Finding> {
    let check = source_check(app);
    let find = move |_: &CancelToken<'_>| {
        let found = check.findings(plan.required_sources()).into_iter();
        Ok(found.map(|finding| plan.template.params().titled(finding)).collect())
    };
    let found: Result<Vec<Finding>> = app.pool.run(Need::of(Kind::Other), find).await;
    // The request has other faults already, which do not wait for a busy pool.
    found.unwrap_or_default()
}
