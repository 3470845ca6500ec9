//! Elements of a template's artwork that layers can be bound to.

use std::{collections::BTreeMap, sync::Arc};

use super::{drafts::need, poster::template_of_draft};
use crate::service::App;
use haibao_core::{artwork::shapes::Shape, error::Result, render};

/// The elements of the artwork, as it is on disk, that have an id and a size, in the order of drawing.
///
/// # Errors
/// `template_unknown`, `template_invalid`, `template_unreadable`; `busy`.
pub async fn shapes(app: &App, id: &str) -> Result<Vec<Shape>> {
    let template = template_of_draft(app, id, BTreeMap::new()).await?;
    let fonts = Arc::clone(app.catalog.fonts());
    app.pool.run(need(&template.files), move |_| render::shapes(&template, &fonts)).await
}
