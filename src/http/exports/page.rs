//! `/exports`: the page to upload sheets, follow progress and download archives. Uses no third-party resources.

use axum::response::Response;
use serde_json::json;

use super::super::{
    pages::{Page, reader::Reader},
    problem::Problem,
};

const PAGE: Page = Page { name: "exports", title: ["批量导出", "Exports"] };

/// The HTML page.
pub(super) async fn page(reader: Reader) -> Result<Response, Problem> {
    PAGE.show(&reader, json!({}))
}
