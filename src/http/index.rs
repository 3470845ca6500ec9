//! `GET /`: HTML page of all templates as pictures. Uses no third-party resources.

use std::{iter, sync::Arc};

use axum::{extract::State, response::Response};
use serde_json::{Value, json};

use super::{
    access::Access::Page,
    pages::{self, reader::Reader},
    problem::Problem,
    route::Route,
};
use crate::{access::Scope, service::App};
use haibao_core::{
    error::Error,
    template::{Template, layout::Height},
};

const PAGE: pages::Page = pages::Page { name: "index", title: ["模板", "Templates"] };

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new("/", Page(Scope::Templates)).get(page, |_| pages::describe_page("getIndexPage", "All templates"))]
}

/// Renders the page.
async fn page(State(app): State<Arc<App>>, reader: Reader) -> Result<Response, Problem> {
    let all = app.templates().await?;
    let broken = app.catalog.broken();
    let cards: Vec<Value> = all
        .iter()
        .map(|(id, template)| match template {
            // An edit may be broken; the previous version is in use.
            Ok(template) => card(template, broken.get(id), &reader),
            Err(error) => broken_card(id, error, &reader),
        })
        .collect();
    let exports = reader.caller.as_ref().is_none_or(|caller| caller.may(Scope::Exports));
    let edit = app.studio.edit && reader.caller.as_ref().is_some_and(|caller| caller.may(Scope::Admin));
    PAGE.show(&reader, json!({ "templates": cards, "count": cards.len(), "exports": exports, "edit": edit }))
}

fn card(template: &Template, broken: Option<&Error>, reader: &Reader) -> Value {
    let layout = &template.layout;
    let samples = template.samples();
    let sample = samples.get_key_value("usual").or_else(|| samples.first_key_value()).map(|(name, _)| name);
    let height = match layout.canvas.height {
        Height::Px(px) => json!(px),
        Height::Auto => Value::Null,
    };
    let names = iter::once(&layout.title).chain(layout.titles.values()).chain([&template.id]);
    let found = broken.map_or(template.all_warnings().len(), |error| error.all_findings().len().max(1));
    json!({
        "id": template.id,
        "title": reader.language.title(&layout.display_name()),
        "names": names.map(String::as_str).collect::<Vec<_>>().join(" "),
        "width": layout.canvas.width,
        "height": height,
        "sample": sample,
        "found": found,
        "is_one": found == 1,
        "error": broken.map(|error| reason(error, reader)),
        "place": broken.and_then(place),
        "is_usable": true,
    })
}

/// A template that cannot be used.
fn broken_card(id: &str, error: &Error, reader: &Reader) -> Value {
    let found = error.all_findings().len().max(1);
    json!({
        "id": id,
        "title": id,
        "names": id,
        "sample": null,
        "found": found,
        "is_one": found == 1,
        "error": reason(error, reader),
        "place": place(error),
        "is_usable": false,
    })
}

/// What is wrong with a template, the first of it, as parts of a text: `{ text, is_code }`.
fn reason(error: &Error, reader: &Reader) -> Vec<Value> {
    let text = match error.all_findings().first() {
        Some(finding) => reader.language.finding(finding).message,
        None => reader.language.error(error.clone()).message().to_owned(),
    };
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(at, part)| json!({ "text": part, "is_code": at % 2 == 1 })).collect()
}

/// Where that is: `layout.json:3:5`.
fn place(error: &Error) -> Option<String> {
    let place = error.all_findings().first()?.place.as_ref()?;
    Some(format!("{}:{}:{}", place.file, place.line, place.column))
}

/// A `curl` command line that requests a poster from the service at a base URL, quoted for POSIX shells.
pub fn curl(base: &str, template: &str, params: &Value, needs_key: bool) -> String {
    let key = if needs_key { " -H \"Authorization: Bearer $HAIBAO_KEY\"" } else { "" };
    let body = json!({ "template": template, "params": params }).to_string().replace('\'', r"'\''");
    format!("curl {base}/v1/posters -o poster.png -H 'Content-Type: application/json'{key} -d '{body}'")
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};
    use haibao_core::{
        error::{ErrorKind, Finding},
        words,
    };

    use super::*;

    #[test]
    fn names_in_reasons_are_code() {
        let reader = Reader::unknown(&HeaderMap::new(), Uri::from_static("/?lang=en"));
        let finding = Finding::error("json_syntax", words::suggestion("layers"));
        let error = Error::findings(ErrorKind::Invalid, "template_invalid", vec![finding]);
        let parts = [("did you mean ", false), ("layers", true), ("?", false)];
        let expected = parts.map(|(text, is_code)| json!({ "text": text, "is_code": is_code }));
        assert_eq!(reason(&error, &reader), expected);
        assert_eq!(place(&error), None);
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
