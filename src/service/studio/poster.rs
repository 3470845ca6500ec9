//! Posters of drafts, composed as every other poster.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use crate::service::{App, CodeFrom, ComposeRequest, Composed, compose::compose_of};
use haibao_core::{encode::Format, error::Result, template::Template};

/// The template of a draft: `texts` by path over its files. Without any, the template as its files are.
///
/// # Errors
/// `template_unknown`, `template_invalid` also for a broken edit, `template_unreadable`; `busy`.
pub async fn template_of_draft(app: &App, id: &str, texts: BTreeMap<String, String>) -> Result<Arc<Template>> {
    app.studio.drafts.template(&app.catalog, &app.pool, id, texts).await
}

/// How a poster of a draft is drawn.
#[derive(Debug)]
pub struct Drawn {
    /// Parameters, not yet validated.
    pub params: Value,
    /// Output format.
    pub format: Format,
    /// Scale, output px per canvas px, 1 to 3.
    pub scale: f32,
}

/// Composes a poster of a draft with a sample code, which needs no app, uses no quota and opens nothing.
///
/// # Errors
/// As [`compose`](crate::service::compose()).
pub async fn compose_draft(app: &App, template: Arc<Template>, drawn: Drawn) -> Result<Composed> {
    let Drawn { params, format, scale } = drawn;
    let request = ComposeRequest {
        code_from: CodeFrom::Sample,
        format,
        scale,
        is_hashed: true,
        ..ComposeRequest::new(template.id.as_str(), params)
    };
    compose_of(app, template, request).await
}
