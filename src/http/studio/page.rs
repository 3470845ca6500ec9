//! `/studio/{template}` and `/studio/new`: the pages of the studio. Their files are embedded; they use no third-party resources.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use serde_json::{Value, json};

use super::super::{
    caching::unknown_file,
    pages::{Page, reader::Reader},
    problem::Problem,
};
use crate::{
    access::Scope,
    service::{App, studio},
};
use haibao_core::error::{Error, Result};

const PAGE: Page = Page { name: "studio", title: ["设计台", "Studio"] };
const NEW_PAGE: Page = Page { name: "studio-new", title: ["新建模板", "New template"] };

/// The HTML page.
pub(super) async fn page(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    reader: Reader,
) -> Result<Response, Problem> {
    let Path(template) = path.map_err(unknown_file)?;
    studio::require(&app.catalog, &template).await?;
    let caller = reader.caller.as_ref();
    let data = json!({
        "template": template,
        "editable": app.studio.edit && caller.is_some_and(|caller| caller.may(Scope::Admin)),
        // Requests that are copied from the page need one.
        "key": caller.is_some_and(|caller| caller.owner().is_some()),
    });
    PAGE.show_alone(&reader, data, &nonce()?)
}

/// The HTML page of new templates.
pub(super) async fn new_page(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, Problem> {
    let caller = reader.caller.as_ref();
    let copied = app.templates().await?.into_iter().filter_map(|(id, template)| {
        let template = template.ok()?;
        let sample = template.samples().get_key_value("usual").or_else(|| template.samples().first_key_value());
        let title = reader.language.title(&template.layout.display_name());
        Some(json!({ "id": id, "title": title, "sample": sample.map(|(name, _)| name) }))
    });
    let data = json!({
        "starters": Value::Array(copied.collect()).to_string(),
        "editable": app.studio.edit && caller.is_some_and(|caller| caller.may(Scope::Admin)),
    });
    NEW_PAGE.show_alone(&reader, data, &nonce()?)
}

/// A random number for the styles that the page adds, new in each response.
fn nonce() -> Result<String> {
    let random =
        || getrandom::u64().map_err(|e| Error::internal("the system provides no random bytes").source(e.to_string()));
    Ok(format!("{:016x}{:016x}", random()?, random()?))
}
