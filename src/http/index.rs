//! `GET /`: HTML page of all templates with rendered samples. Uses no third-party resources.

use std::sync::{Arc, LazyLock};

use axum::{Extension, extract::State, http::HeaderMap, response::Response};
use handlebars::Handlebars;
use serde_json::{Value, json};

use super::{access::Access::Page, created::base_url, pages, problem::Problem, route::Route, session};
use crate::{
    access::{Caller, Scope},
    service::App,
};
use haibao_core::{
    error::{Error, Result},
    template::Template,
};

static PAGE: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    #[expect(clippy::expect_used, reason = "the page is embedded, and a test renders it")]
    engine.register_template_string("page", include_str!("index.html")).expect("the page is well-formed");
    engine
});

/// Content security policy: inline styles and same-origin images only.
const POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/", Page(Scope::Templates))
            .get(page, |_| pages::describe_page("getIndexPage", "All templates with their samples")),
    ]
}

/// Renders the page.
async fn page(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let all = app.templates().await?;
    let base = base_url(&app, &headers);
    let cards: Vec<Value> = all
        .iter()
        .map(|(id, template)| match template {
            Ok(template) => card(template, &base, caller.owner().is_some()),
            Err(error) => json!({ "id": id, "title": id, "error": error.message() }),
        })
        .collect();
    let page = PAGE.render(
        "page",
        &json!({ "version": env!("CARGO_PKG_VERSION"), "templates": cards, "session": session::button(&caller) }),
    );
    let page = page.map_err(|e| Error::internal("the page cannot be rendered").source(e))?;
    Ok(pages::page(POLICY, page))
}

fn card(template: &Template, base: &str, needs_key: bool) -> Value {
    let canvas = template.layout.canvas;
    let sample = template.samples().get("usual").or_else(|| template.samples().values().next());
    let mut samples: Vec<_> = template.samples().keys().collect();
    samples.sort_by_key(|name| *name != "usual");
    json!({
        "id": template.id,
        "title": template.layout.title,
        "width": canvas.width,
        "height": canvas.height,
        "samples": samples,
        "curl": sample.map(|params| curl(base, &template.id, params, needs_key)),
        "error": null,
    })
}

/// A `curl` command line that requests a poster from the service at a base URL, quoted for POSIX shells.
pub fn curl(base: &str, template: &str, params: &Value, needs_key: bool) -> String {
    let key = if needs_key { " -H \"Authorization: Bearer $HAIBAO_KEY\"" } else { "" };
    let body = json!({ "template": template, "params": params }).to_string().replace('\'', r"'\''");
    format!("curl {base}/v1/posters -o poster.png -H 'Content-Type: application/json'{key} -d '{body}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_templates_and_escapes_their_text() {
        let card = json!({ "id": "a", "title": "<b>", "width": 1, "height": 2, "samples": ["usual"], "curl": "curl 'x'", "error": null });
        let broken = json!({ "id": "b", "title": "b", "error": "line 1" });
        let html = PAGE
            .render("page", &json!({ "version": "1", "templates": [card, broken], "session": "" }))
            .expect("a page");
        assert!(html.contains("/v1/templates/a/samples/usual.png"), "{html}");
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>"), "{html}");
        assert!(html.contains("line 1"), "{html}");
    }

    #[test]
    fn single_quotes_are_escaped_for_the_shell() {
        let line = curl("http://h:1", "t", &json!({ "title": "it's" }), false);
        assert_eq!(
            line,
            r#"curl http://h:1/v1/posters -o poster.png -H 'Content-Type: application/json' -d '{"template":"t","params":{"title":"it'\''s"}}'"#
        );
    }
}
