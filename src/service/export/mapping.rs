//! Columns that callers have mapped, kept with the template: the next sheet with such a column needs no mapping. They are in the
//! blob store, since built-in templates cannot be written.

use std::collections::BTreeMap;

use crate::service::{App, call::Call};
use haibao_core::error::Result;

/// Maximum number of kept columns per template.
const MAX_KEPT: usize = 500;

/// Key of the mappings of a template. Each caller has its own.
fn key(template: &str) -> String {
    let call = Call::current();
    let owner = blake3::hash(call.owner().unwrap_or_default().as_bytes());
    format!("mappings/{template}/{}.json", &owner.to_hex()[..16])
}

/// What columns set, by their normalised name.
///
/// # Errors
/// Errors of the blob store.
pub async fn kept(app: &App, template: &str) -> Result<BTreeMap<String, String>> {
    let bytes = app.exports.blobs.get(&key(template)).await?;
    // A damaged file counts as none.
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

/// Keeps mapped columns. They replace earlier ones of the same name; those that set nothing are forgotten.
///
/// # Errors
/// Errors of the blob store.
pub async fn keep(app: &App, template: &str, columns: BTreeMap<String, Option<String>>) -> Result<()> {
    let mut all = kept(app, template).await?;
    let is_new = |(column, name): (&String, &Option<String>)| all.get(column) != name.as_ref();
    if !columns.iter().any(is_new) {
        return Ok(());
    }
    for (column, name) in columns {
        match name {
            Some(name) => drop(all.insert(column, name)),
            None => drop(all.remove(&column)),
        }
    }
    while all.len() > MAX_KEPT {
        all.pop_first();
    }
    let bytes = serde_json::to_vec_pretty(&all).unwrap_or_default();
    app.exports.blobs.put(&key(template), bytes.into()).await
}
