//! `/studio/{template}`: the page of the studio. Its files are embedded; it uses no third-party resources.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use serde_json::json;

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

/// A random number for the styles that the page adds, new in each response.
fn nonce() -> Result<String> {
    let random =
        || getrandom::u64().map_err(|e| Error::internal("the system provides no random bytes").source(e.to_string()));
    Ok(format!("{:016x}{:016x}", random()?, random()?))
}
