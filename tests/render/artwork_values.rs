//! Values of parameters in artwork: what a caller passes is drawn as browsers draw it, or a finding tells that it is not.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use haibao_core::{
    code::CodeFields,
    encode::Format,
    error::{Error, Finding, Result, Severity},
    plan::{self, Request},
    render,
    template::Template,
};
use serde_json::{Value, json};

use crate::kit;

/// Files of a template with this artwork of 100 x 100 px.
fn files(body: &str, params: &Value, samples: &[(&str, Value)]) -> BTreeMap<String, Bytes> {
    let layout = json!({ "title": "t", "canvas": { "width": 100, "height": 100 }, "artwork": "artwork.svg",
        "params": params, "layers": [] });
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"100\">\n{body}</svg>");
    let samples = samples.iter().map(|(name, sample)| (format!("samples/{name}.json"), sample.to_string().into()));
    [("layout.json".to_owned(), layout.to_string().into()), ("artwork.svg".to_owned(), svg.into())]
        .into_iter()
        .chain(samples)
        .collect()
}

/// A template without samples, any parameters of which are valid.
fn template(body: &str) -> Arc<Template> {
    kit::compile("t", files(body, &json!({ "type": "object" }), &[]))
}

fn draw(template: &Arc<Template>, params: Value) -> Result<Vec<Finding>> {
    let request = Request { params, code: CodeFields::default(), scale: 1.0 };
    let plan = plan::plan(Arc::clone(template), &request, &kit::fonts())?;
    Ok(kit::renderer().render(&plan, &kit::gather(&plan), Format::Png)?.findings)
}

fn only(found: &[Finding]) -> &Finding {
    let [one] = found else { panic!("{found:#?}") };
    one
}

fn place(finding: &Finding) -> (&str, usize, usize) {
    let place = finding.place.as_ref().expect("a place");
    (&place.file, place.line, place.column)
}

#[test]
fn invalid_values_are_told_with_the_poster() {
    for (body, value, code) in [
        ("<rect fill=\"{{v}}\"/>", "红色", "css_value"),
        ("<rect fill=\"{{v}}\"/>", "{{x}}", "css_value"),
        ("<rect fill=\"{{v}}\"/>", "url(#nothing)", "artwork_link"),
        ("<rect fill=\"url(#{{v}})\"/>", "nothing", "artwork_link"),
        ("<rect width=\"{{v}}\" height=\"9\"/>", "abc", "css_value"),
        ("<rect width=\"{{v}}\" height=\"9\"/>", "12px;", "css_value"),
        ("<linearGradient id=\"a\" x1=\"{{v}}\"><stop/></linearGradient>", "abc", "artwork_value"),
        ("<linearGradient id=\"a\"><stop stop-color=\"{{v}}\"/></linearGradient>", "红", "css_value"),
        ("<path d=\"M0 0{{v}}\"/>", "h9x", "artwork_value"),
        ("<rect transform=\"{{v}}\"/>", "turn(3)", "css_value"),
        ("<rect filter=\"{{v}}\"/>", "blurry", "css_value"),
        ("<rect style=\"fill: {{v}}\"/>", "红色", "css_value"),
        ("<rect style=\"{{v}}\"/>", "fil: red", "css_property"),
        ("<style>rect { fill: {{v}} }</style><rect/>", "红色", "css_value"),
        ("<use href=\"{{v}}\"/>", "#nothing", "artwork_link"),
        ("<use href=\"{{v}}\"/>", "", "artwork_link"),
        ("<g offset-path=\"{{v}}\"/>", "path('M0 0')", "css_undrawn"),
        ("<text font-family=\"{{v}}\" y=\"9\">a</text>", "Georgia", "font_unknown"),
        ("<text y=\"9\">a{{v}}</text>", "\u{10fffd}", "glyph_missing"),
    ] {
        let template = template(body);
        assert_eq!(template.all_warnings(), [], "{body}");
        let found = draw(&template, json!({ "v": value })).unwrap_or_else(|error| panic!("{body}: {error}"));
        let one = only(&found);
        let column = body.find("{{").map(|at| at + 1).expect("a tag");
        let shown = (one.code, one.severity, one.pointer.as_deref(), place(one));
        assert_eq!(shown, (code, Severity::Warning, Some("/params/v"), ("artwork.svg", 2, column)), "{body}");
        assert!(one.message.ends_with("; the value is that of the parameter `v`"), "{body}: {}", one.message);
        assert!(one.hint.is_some(), "{body}");
    }
}

#[test]
fn valid_values_are_not_told() {
    for (body, value) in [
        ("<rect fill=\"{{v}}\" stroke=\"{{v}}\" style=\"color: {{v}}\"/>", json!("red")),
        ("<rect fill=\"{{v}}\" width=\"{{v}}\" transform=\"{{v}}\" style=\"{{v}}\" class=\"{{v}}\"/>", json!("")),
        ("<rect width=\"{{v}}\" x=\"{{v}}\" opacity=\"{{v}}\" id=\"{{v}}\"/>", json!(1.5)),
        (
            "<g id=\"a\"/><use href=\"#{{v}}\"/><text font-family=\"Noto Sans SC, {{v}}\" y=\"9\">{{v}}</text>",
            json!("a"),
        ),
        ("{{#each v}}<g id=\"a{{this}}\"/>{{/each}}", json!([1, 2])),
    ] {
        let found = draw(&template(body), json!({ "v": value })).unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(found, [], "{body}");
    }
}

#[test]
fn findings_name_the_parameters_of_a_value() {
    let both = template("<rect transform=\"{{v}} {{w.x}}\"/>");
    let found = draw(&both, json!({ "v": "turn(3)", "w": { "x": "" } })).expect("a poster");
    let message = &only(&found).message;
    assert!(message.ends_with("; the value has the parameters `v`, `w.x`"), "{message}");
    // The same text is kept once for each parameter that it is from.
    let one = template("<rect fill=\"{{#if v}}{{v}}{{else}}{{w}}{{/if}}\"/>");
    for (params, pointer) in
        [(json!({ "v": "no", "w": "" }), "/params/v"), (json!({ "v": "", "w": "no" }), "/params/w")]
    {
        let found = draw(&one, params).expect("a poster");
        assert_eq!(only(&found).pointer.as_deref(), Some(pointer));
    }
    let list = template("{{#each v}}<rect fill=\"{{colour}}\"/>{{/each}}");
    let found = draw(&list, json!({ "v": [{ "colour": "red" }, { "colour": "redd" }] })).expect("a poster");
    assert_eq!(only(&found).pointer.as_deref(), Some("/params/v"));
}

#[test]
fn values_are_told_that_the_artwork_has_later() {
    let both = template("<rect fill=\"{{v}}\"/><rect fill=\"redd\" fil=\"{{v}}\"/>");
    let known = both.warnings();
    assert_eq!(known.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["css_value", "artwork_attribute"]);
    // A poster has the warnings of its template, too.
    assert_eq!(draw(&both, json!({ "v": "red" })).expect("a poster"), known);
    let mut found = draw(&both, json!({ "v": "redd" })).expect("a poster");
    found.retain(|finding| !known.contains(finding));
    let one = only(&found);
    assert_eq!((one.code, one.pointer.as_deref(), place(one).1), ("css_value", Some("/params/v"), 2));
}

#[test]
fn ids_that_parameters_repeat_are_told() {
    let own = template("<g id=\"{{v}}\"/><g id=\"{{w}}\"/>");
    assert_eq!(draw(&own, json!({ "v": "a", "w": "b" })).expect("a poster"), []);
    let found = draw(&own, json!({ "v": "a", "w": "a" })).expect("a poster");
    let one = only(&found);
    assert_eq!((one.code, one.pointer.as_deref()), ("artwork_id", Some("/params/w")));
    let list = template("{{#each v}}<g id=\"row\"/>{{/each}}");
    assert_eq!(draw(&list, json!({ "v": [1] })).expect("a poster"), []);
    let found = draw(&list, json!({ "v": [1, 2] })).expect("a poster");
    let one = only(&found);
    assert_eq!((one.code, place(one).0), ("artwork_id", "artwork.svg (with the poster's parameters)"));
}

#[test]
fn values_that_no_template_may_have_are_refused() {
    let refused = |body: &str, value: &str| -> Error {
        draw(&template(body), json!({ "v": value })).expect_err("a value that is refused")
    };
    for (body, value) in [
        ("<rect fill=\"{{v}}\"/>", "url(http://a.cn/#b)"),
        ("<use href=\"{{v}}\"/>", "other.svg#a"),
        ("<rect style=\"fill: {{v}}\"/>", "red; display: none"),
        ("<style>rect { fill: {{v}} }</style><rect/>", "red } * { display: none"),
    ] {
        let error = refused(body, value);
        let one = only(error.all_findings());
        assert_eq!(
            (error.code(), one.code, one.pointer.as_deref()),
            ("value_invalid", "value_invalid", Some("/params/v")),
            "{body}"
        );
        assert!(one.hint.is_some(), "{body}");
    }
}

#[test]
fn values_of_samples_are_told_when_the_template_is_loaded() {
    let params = json!({ "type": "object", "properties": { "v": { "type": "string" } } });
    let of = |body: &str, bad: &str| {
        let samples = [("usual", json!({ "v": "red" })), ("bad", json!({ "v": bad }))];
        render::compile("t", files(body, &params, &samples), &kit::fonts())
    };
    for (body, bad, code) in [
        ("<rect fill=\"{{v}}\"/>", "红色", "css_value"),
        ("<rect {{#if v}}fill=\"{{v}}\"{{/if}} height=\"9\"/>", "红色", "css_value"),
        ("<text font-family=\"Noto Sans SC, {{v}}\" y=\"9\">a</text><rect stroke=\"{{v}}\"/>", "Georgia", "css_value"),
    ] {
        let template = Arc::new(of(body, bad).unwrap_or_else(|error| panic!("{body}: {:#?}", error.all_findings())));
        assert_eq!((template.warnings(), template.schema_warnings()), (&[][..], vec![]), "{body}");
        let found = template.all_warnings();
        let one = only(&found);
        assert_eq!(
            (one.code, one.pointer.as_deref(), place(one).0),
            (code, Some("/params/v"), "artwork.svg"),
            "{body}"
        );
        assert!(one.message.ends_with("`v` (with samples/bad.json)"), "{}", one.message);
        assert_eq!(draw(&template, json!({ "v": "red" })).expect("a poster"), [], "{body}");
        assert_eq!(draw(&template, json!({ "v": "blu" })).expect("a poster").len(), 1, "{body}");
    }
    for (body, bad, code) in [
        ("<rect fill=\"{{v}}\"/>", "url(http://a.cn/#b)", "artwork_reference"),
        ("<rect style=\"fill: {{v}}\"/>", "red; fill: blue", "value_invalid"),
        ("<g {{#if v}}id=\"a\"{{/if}}/><image href=\"{{v}}\" width=\"9\" height=\"9\"/>", "a.png", "artwork_reference"),
    ] {
        let error = of(body, bad).expect_err("a fault");
        let found = error.all_findings();
        assert_eq!(
            (error.code(), found[0].code, place(&found[0]).0),
            ("template_invalid", code, "artwork.svg"),
            "{body}"
        );
    }
}

#[test]
fn values_of_the_schema_are_told_when_the_template_is_loaded() {
    for (schema, samples, expected) in [
        (json!({ "enum": ["red", "红色"] }), vec![("usual", json!({ "v": "red" }))], 1),
        (json!({ "enum": ["red", "红色"] }), vec![], 1),
        (json!({ "type": "integer" }), vec![], 1),
        (json!({ "type": "string", "default": "red" }), vec![], 0),
        (json!({ "type": "string" }), vec![], 0),
    ] {
        let params = json!({ "type": "object", "properties": { "v": schema, "w": { "type": "string" } } });
        let template = kit::compile("t", files("<rect fill=\"{{v}}\" stroke=\"{{w}}\"/>", &params, &samples));
        let found = template.schema_warnings();
        assert_eq!((found.len(), template.warnings()), (expected, &[][..]), "{schema}");
        let told = |finding: &Finding| finding.message.ends_with("`v` (a value that its schema allows)");
        assert!(found.iter().all(told), "{found:#?}");
    }
}
