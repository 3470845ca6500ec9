//! Posters of drafts, composed as every other poster.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use crate::service::{App, CodeFrom, ComposeRequest, Composed, compose::compose_of};
use haibao_core::{error::Result, template::Template};

/// The template of a draft: `texts` by path over its files. Without any, the template as its files are.
///
/// # Errors
/// `template_unknown`, `template_invalid` also for a broken edit, `template_unreadable`; `busy`.
pub async fn template_of_draft(app: &App, id: &str, texts: BTreeMap<String, String>) -> Result<Arc<Template>> {
    app.studio.drafts.template(&app.catalog, &app.pool, id, texts).await
}

/// Composes a poster of a draft with a sample code, which needs no app, uses no quota and opens nothing.
///
/// # Errors
/// As [`compose`](crate::service::compose()).
pub async fn compose_draft(app: &App, template: Arc<Template>, params: Value, scale: f32) -> Result<Composed> {
    let request = ComposeRequest::new(template.id.as_str(), params);
    compose_of(app, template, ComposeRequest { code_from: CodeFrom::Sample, scale, ..request }).await
}
