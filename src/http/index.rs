//! `GET /`: HTML page of all templates with rendered samples. Uses no third-party resources.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response};
use serde_json::{Value, json};

use super::{
    access::Access::Page,
    created::base_url,
    pages::{self, language::Language, reader::Reader},
    problem::Problem,
    route::Route,
};
use crate::{access::Scope, service::App};
use haibao_core::template::{Template, layout::Height};

const PAGE: pages::Page = pages::Page { name: "index", title: ["模板", "Templates"] };

/// Names of the samples that every template should have, in the order of the page: id, Chinese, English.
const SAMPLES: [(&str, [&str; 2]); 3] = [
    ("usual", ["常见内容", "Usual"]),
    ("longest", ["内容最多", "Longest texts"]),
    ("poorest", ["内容最少", "Fewest texts"]),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/", Page(Scope::Templates))
            .get(page, |_| pages::describe_page("getIndexPage", "All templates with their samples")),
    ]
}

/// Renders the page.
async fn page(State(app): State<Arc<App>>, reader: Reader, headers: HeaderMap) -> Result<Response, Problem> {
    let all = app.templates().await?;
    let base = base_url(&app, &headers);
    let cards: Vec<Value> = all
        .iter()
        .map(|(id, template)| match template {
            Ok(template) => card(template, &base, &reader),
            Err(error) => {
                json!({ "id": id, "title": id, "error": reader.language.error(error.clone()).message() })
            }
        })
        .collect();
    let exports = reader.caller.as_ref().is_none_or(|caller| caller.may(Scope::Exports));
    PAGE.show(&reader, json!({ "templates": cards, "exports": exports }))
}

fn card(template: &Template, base: &str, reader: &Reader) -> Value {
    let needs_key = reader.caller.as_ref().is_some_and(|caller| caller.owner().is_some());
    let canvas = template.layout.canvas;
    let sample = template.samples().get("usual").or_else(|| template.samples().values().next());
    let mut samples: Vec<_> = template.samples().keys().map(|name| sample_name(name, reader.language)).collect();
    samples.sort_by_key(|(rank, ..)| *rank);
    let samples: Vec<_> = samples.iter().map(|(_, file, name)| json!({ "file": file, "name": name })).collect();
    let height = match canvas.height {
        Height::Px(px) => json!(px),
        Height::Auto => Value::Null,
    };
    json!({
        "id": template.id,
        "title": reader.language.title(&template.layout.display_name()),
        "width": canvas.width,
        "height": height,
        "samples": samples,
        "curl": sample.map(|params| curl(base, &template.id, params, needs_key)),
        "error": null,
    })
}

/// Rank, file name and name of a sample. Samples of a template's own come last, under the name of their file.
fn sample_name(file: &str, language: Language) -> (usize, &str, &str) {
    let known = SAMPLES.iter().position(|(known, _)| *known == file);
    let name = known.and_then(|at| SAMPLES.get(at)).map_or(file, |(_, names)| language.of(*names));
    (known.unwrap_or(SAMPLES.len()), file, name)
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
    fn samples_have_names_in_both_languages() {
        assert_eq!(sample_name("usual", Language::Chinese), (0, "usual", "常见内容"));
        assert_eq!(sample_name("poorest", Language::English), (2, "poorest", "Fewest texts"));
        assert_eq!(sample_name("spring", Language::Chinese), (3, "spring", "spring"));
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
