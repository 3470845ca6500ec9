//! CSS of artwork: every finding has a position that exists; what is accepted can be drawn, and rules that apply to nothing
//! change no pixel.
#![no_main]

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use haibao_core::{
    code::CodeFields,
    plan::{self, Request},
    render::{self, Rendered},
    template::Template,
};
use haibao_fuzz::{check_error, check_findings, draw, fonts};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// Elements of every kind, for selectors to match.
const BODY: &str = "<defs><linearGradient id=\"grad\"><stop class=\"from\" offset=\"0\"/><stop offset=\"1\"/></linearGradient>\
    <clipPath id=\"clip\"><circle cx=\"40\" cy=\"40\" r=\"30\"/></clipPath><symbol id=\"sym\"><path d=\"M0 0H9V9Z\"/></symbol></defs>\
    <g id=\"all\" class=\"a b\" lang=\"zh\"><rect id=\"one\" class=\"a\" width=\"60\" height=\"40\"/>\
    <g class=\"deep\" style=\"--size: 4px\"><circle class=\"c\" cx=\"90\" cy=\"40\" r=\"20\" fill=\"url(#grad)\"/>\
    <path class=\"a c\" d=\"M0 80H50\" stroke=\"#333\"/></g><use href=\"#sym\" x=\"100\" y=\"80\" data-x=\"Y\"/></g>\
    <text id=\"t\" x=\"8\" y=\"110\">字<tspan class=\"b\">a</tspan></text>";

fn artwork(css: &str) -> String {
    let css = css.replace("]]>", "]] >");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"160\" height=\"120\"><style><![CDATA[{css}]]></style>{BODY}</svg>"
    )
}

fn compiled(css: &str) -> Option<Arc<Template>> {
    let layout =
        json!({ "title": "css", "canvas": { "width": 160, "height": 120 }, "artwork": "artwork.svg", "layers": [] });
    let files = BTreeMap::from([
        ("artwork.svg".to_owned(), Bytes::from(artwork(css))),
        ("layout.json".to_owned(), layout.to_string().into()),
    ]);
    match render::compile("css", files.clone(), &fonts()) {
        Ok(template) => Some(Arc::new(template)),
        Err(error) => {
            check_error(&error, |name| files.get(name).map(|bytes| &bytes[..]), Some(&layout));
            None
        }
    }
}

fn drawn(template: &Arc<Template>) -> Option<Rendered> {
    let request = Request { params: json!({}), code: CodeFields::default(), scale: 1.0 };
    let plan = plan::plan(template.clone(), &request, &fonts()).expect("no parameters");
    check_findings(&plan.findings);
    let poster = draw(&plan)?.unwrap_or_else(|error| panic!("accepted, but not drawn: {error}"));
    check_findings(&poster.findings);
    Some(poster)
}

fuzz_target!(|data: &[u8]| {
    let Ok(css) = std::str::from_utf8(data) else { return };
    // Handlebars have a target of their own.
    if css.contains("{{") {
        return;
    }
    let Some(template) = compiled(css) else { return };
    let Some(poster) = drawn(&template) else { return };
    // Before: what is open at the end of the input would swallow rules after it.
    let idle = format!("none.such, #nothing > b {{ fill: red; --unused: {{}} }} /* }} */\n{css}");
    // `@import`, `@namespace` and `@charset` must be first.
    if !css.contains('@')
        && let Some(other) = compiled(&idle).as_ref().and_then(drawn)
    {
        assert!(poster.bytes == other.bytes, "rules that apply to nothing change the poster");
    }
});
