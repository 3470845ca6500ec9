//! The id of an export in a path.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use super::super::{caching::unknown_file, problem::Problem};
use crate::{access::Caller, service::App, store::exports::ExportState, words};
use haibao_core::error::{Error, ErrorKind};

/// Its description.
pub(super) const ID: &str = "Id of the export, 32 hexadecimal digits.";

/// Id in the path of an export that the caller may see. Others are `export_unknown`.
pub(super) struct OwnExport(pub(super) String);

impl FromRequestParts<Arc<App>> for OwnExport {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, app).await.map_err(unknown_file)?;
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_else(Caller::public);
        let export = app.exports.get(&id).await?.export;
        // A cancelled one is gone for its callers, though workers may still have to clean up after it.
        if export.state != ExportState::Cancelled && (caller.sees_all() || caller.sees(export.owner.as_deref())) {
            return Ok(Self(id));
        }
        Err(Error::of(ErrorKind::NotFound, words::export_unknown()).into())
    }
}
