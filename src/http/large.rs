//! Responses of JSON that may be large. They are made and written on the CPU pool: on the threads of the network, they would delay other
//! requests.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::service::{App, pool::Need};
use haibao_core::error::{Error, Result};

/// Responds with the JSON of what `make` returns.
///
/// # Errors
/// `busy`, as [`Pool::run`](crate::service::pool::Pool::run).
pub(super) async fn json<T: Serialize + 'static>(
    app: &App,
    need: Need,
    make: impl FnOnce() -> T + Send + 'static,
) -> Result<Response> {
    let write = move |made: T| {
        serde_json::to_vec(&made).map_err(|e| Error::internal("a response cannot be serialised").source(e))
    };
    let written = app.pool.run(need, move |_| write(make())).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], written).into_response())
}
